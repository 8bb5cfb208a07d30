"""Orders out: collected from the shop, let through, written into files of the ERP, marked (ADR 0007)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ...commercetools import Client, Need, OrderSource
from ...commercetools.orders.messages import OrderMessages
from ...commercetools.orders.subscriptions import OrderSubscription
from ...ledger import Ledger
from ...mapping import OutgoingMapping
from ...records import Order
from ...sync import ChangeRow, RunReport, Watch
from ..incoming.gate import Gate
from ..options import RunOptions
from .choosing import OrderChooser
from .collecting import OrderCollector
from .delivery import Delivery, note_overdue
from .dressing import OrderDressing
from .edit_settling import EditSettling
from .handling import OrderHandler
from .marking import OrderMarker
from .out_settings import OrderOutSettings
from .remarks import OrderRemarks
from .writing import OrderFiles

__all__ = ["OrderExport"]

#: So many orders of a dry run are named.
_NAMED = 200


class OrderExport:
    """Exports what is due; in the report `created` is exported and `updated` is marked in the shop.

    Orders are written while they are collected, a page at a time: memory does not grow with their number,
    and a run that dies has exported what it collected before.
    """

    def __init__(
        self,
        ledger: Ledger,
        mapping: OutgoingMapping,
        options: RunOptions,
        report: RunReport,
        watch: Watch,
        delivery: Delivery,
        *,
        lag: timedelta,
        gate: Gate | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        is_taken: Callable[[Order], bool] = lambda _: True,
        subscription: OrderSubscription | None = None,
    ) -> None:
        self._ledger = ledger
        self._options = options
        self._report = report
        self._lag = lag
        self._gate = gate
        self._now = now
        self._subscription = subscription
        self._settings = OrderOutSettings.of(mapping.spec.target.get("commercetools", {}))
        self._remarks = OrderRemarks()
        self._handler = OrderHandler(
            ledger, mapping.feed, self._settings, report, self._remarks, is_taken=is_taken
        )
        self._collector = OrderCollector(
            ledger,
            mapping.feed,
            self._settings,
            self._handler,
            report,
            self._remarks,
            watch,
            dry_run=options.dry_run,
        )
        dressing = OrderDressing(self._settings.addresses, self._remarks)
        self._chooser = OrderChooser(ledger, mapping, self._settings, options, report, dressing, now=now)
        self._mapping = mapping
        self._delivery = delivery
        self._marker = OrderMarker(ledger, mapping.feed, self._settings.channel, report, watch)

    async def carry(self, client: Client) -> None:
        """Finish what a dead run left, collect, export what may go, mark it in the shop."""
        source = OrderSource(
            client, channel=self._settings.channel, lag=self._lag, rules=self._settings.reading
        )
        await source.prepare()
        messages = self._messages(client)
        note_overdue(self._ledger, self._mapping, self._report, self._now())
        if self._gate is not None and not self._gate.is_open():
            # The shop may be asked at any hour: what is met now leaves when the partner may be visited.
            await self._collect_only(source, messages)
        elif self._options.dry_run:
            await self._foresee(source)
        else:
            await self._export(client, source, messages)
        self._chooser.tell()
        self._remarks.tell(self._report)

    async def _export(self, client: Client, source: OrderSource, messages: OrderMessages | None) -> None:
        self._ledger.orders.doubt_abandoned()
        await self._settle_edits(client)
        await self._delivery.deliver_pending()
        files = OrderFiles(
            self._ledger,
            self._mapping,
            self._report,
            self._remarks,
            self._delivery,
            most=self._settings.in_one_file,
            now=self._now,
        )
        await self._collector.look_after(client)
        if messages is not None:
            self._collector.begin_messages(messages)
        async for due in self._chooser.waiting(source, self._handler):
            await files.add(due)
        async for orders in self._collector.orders(source):
            await files.add(self._chooser.choose(orders))
        if messages is not None:
            async for orders in self._collector.changed(source, messages):
                await files.add(self._chooser.choose(orders))
        if self._subscription is not None:
            async for orders in self._collector.notified(source, self._subscription):
                await files.add(self._chooser.choose(orders))
        await files.flush()
        await self._marker.mark(client)

    async def _collect_only(self, source: OrderSource, messages: OrderMessages | None) -> None:
        if messages is not None:
            self._collector.begin_messages(messages)
        async for _ in self._collector.orders(source):
            pass

    async def _foresee(self, source: OrderSource) -> None:
        due: list[Order] = []
        count = 0
        async for orders in self._chooser.waiting(source, self._handler):
            count += len(orders)
            due += orders[: _NAMED - len(due)]
        async for orders in self._collector.orders(source):
            leaving = self._chooser.foresee(orders)
            count += len(leaving)
            due += leaving[: _NAMED - len(due)]
        self._report.mapped += count
        self._report.planned += count
        self._report.fields["export"] = count
        self._report.changes += [
            ChangeRow(order.order_number, "create", "export", None, str(order.total)) for order in due
        ]

    async def _settle_edits(self, client: Client) -> None:
        """Find out what became of edits whose run is over: until then nobody takes their orders in."""
        waiting = self._ledger.order_edits.open()
        if not waiting:
            return
        settling = EditSettling(self._ledger, client, self._mapping.feed, self._settings, self._report)
        await settling.prepare()
        for kept in waiting:
            entry = self._ledger.orders.get(kept.number)
            if entry is not None and entry.destination == self._mapping.feed:
                await settling.settle(kept)

    def _messages(self, client: Client) -> OrderMessages | None:
        if not self._settings.messages:
            return None
        client.require([Need("messages")])
        heard = self._ledger.order_sweeps.message_numbers
        return OrderMessages(client, own_client=client.config.client_id, lag=self._lag, heard=heard)
