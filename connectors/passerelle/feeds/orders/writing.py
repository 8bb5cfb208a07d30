"""Orders written: gathered to files of a bounded size, stored with their orders before they leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from ...ledger import Ledger
from ...mapping import OutgoingMapping
from ...records import Order
from ...sync import RunReport
from ..outgoing.content import OutgoingContent
from .delivery import Delivery
from .remarks import OrderRemarks

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
        self._delivery = delivery
        self._most = most
        self._now = now
        self._content = OutgoingContent(ledger, mapping, remarks)
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
        if self._content.is_single:
            with self._ledger.transaction():
                for order in orders:
                    self._store([order])
        else:
            self._store(orders)
        await self._delivery.deliver_pending()

    def _store(self, orders: list[Order]) -> None:
        """Number and store the file with its orders, in one transaction."""
        self._report.mapped += len(orders)
        self._ledger.outbox.prepare(
            self._mapping.feed,
            [order.order_number for order in orders],
            self._content.of(orders, self._now()),
            run_id=self._report.run_id,
        )
