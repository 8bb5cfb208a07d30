"""Orders met: every order of the shop is written down once, the cursor moving in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..commercetools import OrderCursor as ShopCursor
from ..commercetools import OrderSource
from ..errors import Fault, Position, Refused
from ..ledger import Ledger, NewOrder, OrderCursor, Quarantined
from ..records import Order
from ..sync import Progress, RunReport, Watch

__all__ = ["OrderCollector"]


class OrderCollector:
    """Reads the shop's orders into the ledger; a dry run only remembers them."""

    def __init__(self, ledger: Ledger, feed: str, report: RunReport, watch: Watch, *, dry_run: bool) -> None:
        self._ledger = ledger
        self._feed = feed
        self._report = report
        self._watch = watch
        self._dry_run = dry_run
        #: Orders that this run met first: what the ledger holds of them is what they are now.
        self.fresh: set[str] = set()
        #: Orders that a dry run met and did not write down.
        self.unwritten: list[Order] = []

    async def collect(self, source: OrderSource) -> None:
        """Meet every order of the shop, once; the cursor moves in the transaction that writes them down."""
        await self._look_again(source)
        at = self._ledger.orders.cursor(self._feed)
        cursor = None if at is None else ShopCursor(at.created_at, at.shop_id)
        async for page in source.since(cursor):
            self._meet(page.orders, page.refused, OrderCursor(page.cursor.created_at, page.cursor.id))
            self._watch(Progress(self._feed, "collect", "orders", self._report.received))

    async def _look_again(self, source: OrderSource) -> None:
        """Read the orders that could not be carried when they were met: the cursor has passed them."""
        orders: list[Order] = []
        refused: list[Refused] = []
        for entry in self._ledger.quarantine.entries(self._feed):
            try:
                order = await source.by_id(entry.record_key or "")
            except Refused as refusal:
                refused.append(refusal)
            else:
                orders += [] if order is None else [order]
        self._meet(orders, refused, None)

    def _meet(self, orders: Sequence[Order], refused: Sequence[Refused], cursor: OrderCursor | None) -> None:
        self._report.quarantined += len(refused)
        for refusal in refused:
            self._report.reject(refusal.code, refusal.message, refusal.advice)
        if self._dry_run:
            known = self._ledger.orders.known([order.id for order in orders])
            new = [order for order in orders if order.id not in known]
            self.unwritten += [order for order in new if order.exported_as is None]
            self._report.received += len(new)
        else:
            self._write_down(orders, refused, cursor)

    def _write_down(
        self, orders: Sequence[Order], refused: Sequence[Refused], cursor: OrderCursor | None
    ) -> None:
        ledger = self._ledger
        with ledger.transaction():
            ledger.quarantine.add(self._report.run_id, self._feed, map(self._put_aside, refused))
            ledger.quarantine.resolve_keys(self._feed, [order.id for order in orders], self._report.run_id)
            added = ledger.orders.add_pending(
                [
                    NewOrder(
                        number=order.order_number,
                        shop_id=order.id,
                        destination=self._feed,
                        created_at=order.created_at,
                        record=msgspec.json.encode(order),
                    )
                    for order in orders
                ],
                run_id=self._report.run_id,
                source=self._feed,
                cursor=cursor,
            )
            new = set(added.new)
            for order in orders:
                if order.order_number not in new:
                    continue
                if order.exported_as is None:
                    ledger.orders.set_step(order.order_number, "mark", "pending")
                else:
                    # The shop remembers an export that this ledger does not: it is not done again.
                    ledger.orders.set_step(
                        order.order_number, "export", "done", external_id=order.exported_as
                    )
        for clash in added.clashes:
            self._report.reject(
                "order_number_clash",
                f"order {clash.number} ({clash.shop_id}) has the number of another order",
                "Give one of the two another number in the shop",
            )
        self.fresh |= new
        self._report.received += len(new)

    def _put_aside(self, refusal: Refused) -> Quarantined:
        order_id = str(refusal.data["order_id"])
        fault = Fault(refusal.code, Position("orders"), order_id, refusal.message, refusal.advice)
        return Quarantined(record_key=order_id, faults=(fault,))
