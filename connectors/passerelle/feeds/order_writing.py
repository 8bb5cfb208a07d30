"""Orders written: gathered to files of a bounded size, stored with their orders before they leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import BytesIO

from ..ledger import Content, Ledger
from ..mapping import OutgoingMapping
from ..records import Order
from ..sync import RunReport
from .order_delivery import Delivery
from .order_remarks import OrderRemarks
from .outgoing_names import FileNames, attempt_name, record_key

__all__ = ["OrderFiles"]


class OrderFiles:
    """Gathers orders; what fills a file is stored, then delivered."""

    def __init__(
        self,
        ledger: Ledger,
        mapping: OutgoingMapping,
        report: RunReport,
        remarks: OrderRemarks,
        delivery: Delivery,
        *,
        most: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger = ledger
        self._mapping = mapping
        self._report = report
        self._remarks = remarks
        self._delivery = delivery
        self._is_single = mapping.one_record_a_file or mapping.spec.http is not None
        self._most = most
        self._now = now
        self._names = FileNames(mapping)
        self._gathered: dict[str, Order] = {}

    async def add(self, orders: Sequence[Order]) -> None:
        """Gather orders in the order in which they came; one that is gathered already counts as it is now."""
        for order in orders:
            self._gathered[order.order_number] = order
            if len(self._gathered) == self._most:
                await self.flush()

    async def flush(self) -> None:
        """Store what was gathered, even if it fills no file."""
        if not self._gathered:
            return
        orders = list(self._gathered.values())
        self._gathered.clear()
        if self._is_single:
            with self._ledger.transaction():
                for order in orders:
                    self._store([order])
        else:
            self._store(orders)
        await self._delivery.deliver_pending()

    def _store(self, orders: list[Order]) -> None:
        """Number and store the file with its orders, in one transaction."""
        now = self._now()
        key = record_key(orders[0])
        is_again = self._mapping.spec.http is not None and self._is_stored(key)

        def build(sequence: int) -> Content:
            buffer = BytesIO()
            written = self._mapping.write(orders, buffer, sequence=sequence, written_at=now)
            for table, what in written.unknown:
                self._remarks.add(f"{table} does not know {what!r}", f"file number {sequence}")
            for lost in written.lost:
                self._remarks.add(
                    f"{lost.path}: the file cannot hold {lost.character!r}, {lost.written} stands for it",
                    f"file number {sequence}",
                )
            if self._mapping.spec.http is not None:
                return Content(attempt_name(key, sequence if is_again else None), buffer.getvalue())
            return Content(self._names.name(sequence, now), buffer.getvalue())

        self._report.mapped += len(orders)
        self._ledger.outbox.prepare(
            self._mapping.feed, [order.order_number for order in orders], build, run_id=self._report.run_id
        )

    def _is_stored(self, key: str) -> bool:
        return self._ledger.outbox.get(self._mapping.feed, key) is not None
