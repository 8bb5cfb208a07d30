"""Orders out: collected from the shop, written into one file of the ERP, delivered, marked (ADR 0007)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

from ..commercetools import Client, OrderSource
from ..files import Folder
from ..ledger import Content, Ledger, OutboxFile
from ..mapping import OutgoingMapping
from ..records import Order
from ..sync import ChangeRow, RunReport, Watch
from .gate import Gate
from .options import RunOptions
from .order_choosing import OrderChooser
from .order_collecting import OrderCollector
from .order_delivery import OrderDelivery
from .order_marking import OrderMarker
from .wiring import name_pattern

__all__ = ["OrderExport"]

#: Orders in one file: a file of a size that any ERP reads at once.
IN_ONE_FILE = 500


class OrderExport:
    """Exports what is due; in the report `created` is exported and `updated` is marked in the shop."""

    def __init__(
        self,
        ledger: Ledger,
        mapping: OutgoingMapping,
        options: RunOptions,
        report: RunReport,
        watch: Watch,
        *,
        lag: timedelta,
        gate: Gate | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._lag = lag
        self._gate = gate
        self._now = now
        self._ledger = ledger
        self._mapping = mapping
        self._options = options
        self._report = report
        self._feed = mapping.feed
        self._pattern = name_pattern(mapping.spec.files)
        self._channel = str(mapping.spec.target.get("commercetools", {}).get("channel", "erp"))
        self._collector = OrderCollector(ledger, self._feed, report, watch, dry_run=options.dry_run)
        self._chooser = OrderChooser(ledger, mapping, options, report)
        self._delivery = OrderDelivery(ledger, mapping, report)
        self._marker = OrderMarker(ledger, self._feed, self._channel, report, watch)

    async def carry(self, client: Client, root: Folder) -> None:
        """Finish what a dead run left, collect, export what may go, mark it in the shop."""
        source = OrderSource(client, channel=self._channel, lag=self._lag)
        await source.prepare()
        self._delivery.note_overdue(self._now())
        if self._gate is not None and not self._gate.is_open():
            # The shop may be asked at any hour: what is met now leaves when the partner may be visited.
            await self._collector.collect(source)
            return
        if not self._options.dry_run:
            self._ledger.orders.doubt_abandoned()
            await self._delivery.deliver_pending(root)
        await self._collector.collect(source)
        due = await self._chooser.due(client, source, self._collector)
        if self._options.dry_run:
            self._show(due)
            return
        in_one_file = 1 if self._mapping.one_record_a_file else IN_ONE_FILE
        for start in range(0, len(due), in_one_file):
            self._prepare(due[start : start + in_one_file])
        await self._delivery.deliver_pending(root)
        await self._marker.mark(client)

    def _show(self, due: list[Order]) -> None:
        self._report.mapped += len(due)
        self._report.planned += len(due)
        self._report.changes += [
            ChangeRow(order.order_number, "create", "export", None, str(order.total)) for order in due[:200]
        ]
        self._report.fields["export"] = len(due)

    def _prepare(self, orders: list[Order]) -> OutboxFile:
        """Number and store the file with its orders, in one transaction."""
        now = self._now()

        def build(sequence: int) -> Content:
            day = now.astimezone(ZoneInfo("Europe/Paris")).date()
            buffer = BytesIO()
            written = self._mapping.write(orders, buffer, sequence=sequence, written_at=now)
            self._report.notes += [
                f"{lost.path}: the file cannot hold {lost.character!r}, {lost.written} stands for it"
                for lost in written.lost
            ]
            return Content(self._pattern.format(sequence=sequence, date=day), buffer.getvalue())

        self._report.mapped += len(orders)
        return self._ledger.outbox.prepare(
            self._feed, [order.order_number for order in orders], build, run_id=self._report.run_id
        )
