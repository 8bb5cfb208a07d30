"""Orders handled: the one way by which orders of the shop come into the ledger, whoever named them.

A poll of orders, a poll of messages, a queue of notifications: each names orders, the same order as often as
it likes and in any order. They are read as they are now and handed over here; what is known already changes
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from ...commercetools.orders.heard import SHOP
from ...commercetools.orders.reading import difference
from ...commercetools.orders.source import OrderPage
from ...errors import Fault, Position, Refused
from ...ledger import Ledger, NewOrder, OrderCursor, Quarantined
from ...ledger.orders.export_queue import Settled
from ...ledger.orders.messages import Facts, Heard
from ...records import Order, OrderMessage
from ...sync import RunReport
from .elsewhere import elsewhere_on, without
from .out_settings import OrderOutSettings
from .remarks import OrderRemarks

__all__ = ["OrderHandler"]

#: What stands for the file of a message that the shop's own order said.
_SAID_BY = "commercetools"
_NO_NUMBERS: Mapping[str, int] = MappingProxyType({})


class OrderHandler:
    """Writes orders down, page by page, each page in one transaction with the cursor that follows it.

    `is_taken` tells whether another feed takes an order that this one leaves alone.
    """

    def __init__(
        self,
        ledger: Ledger,
        feed: str,
        settings: OrderOutSettings,
        report: RunReport,
        remarks: OrderRemarks,
        *,
        is_taken: Callable[[Order], bool] = lambda _: True,
    ) -> None:
        self._ledger = ledger
        self._feed = feed
        self._settings = settings
        self._report = report
        self._remarks = remarks
        self._is_taken = is_taken

    def take(
        self,
        page: OrderPage,
        *,
        source: str | None = None,
        cursor: OrderCursor | None = None,
        numbers: Mapping[str, int] = _NO_NUMBERS,
    ) -> list[Order]:
        """Bring the ledger up to what these orders are now; give those of them that are this feed's.

        `source` and `cursor` say how far something was read, once these orders are safe; `numbers` which
        message of the shop was the last that told of an order, by shop id.
        """
        page = self._without_edited(self._without_others(page))
        mine = [order for order in page.orders if self._settings.takes(order)]
        aside = [*page.refused, *self._homeless(page.orders)]
        ledger, run_id = self._ledger, self._report.run_id
        with ledger.transaction():
            ledger.quarantine.add(run_id, self._feed, map(_put_aside, aside))
            ledger.quarantine.resolve_keys(self._feed, [order.id for order in mine], run_id)
            added = ledger.orders.add_pending(
                [NewOrder.of(order, self._feed) for order in mine],
                run_id=run_id,
                source=source,
                cursor=cursor,
            )
            self._begin([order for order in mine if order.order_number in set(added.new)])
            ledger.order_sweeps.heard(numbers)
            # Also of orders that another feed took down: what the shop says of them is said once.
            ledger.order_book.note(self._heard(page.said))
        for refusal in aside:
            self._report.quarantined += 1
            self._report.reject(refusal.code, refusal.message, refusal.advice)
        for clash in added.clashes:
            self._report.reject(
                "order_number_clash",
                f"order {clash.number} ({clash.shop_id}) has the number of another order",
                "Give one of the two another number in the shop",
            )
        clashing = {clash.shop_id for clash in added.clashes}
        self._report.received += len(added.new)
        self._tell(mine, added.new, added.revised)
        return [order for order in mine if order.id not in clashing]

    def _without_others(self, page: OrderPage) -> OrderPage:
        """Leave out the orders that were placed elsewhere: whoever took them has them already."""
        others = elsewhere_on(self._ledger, page)
        if not others:
            return page
        for said in page.said:
            if said.order_number in others:
                self._remarks.add(
                    "orders placed elsewhere of which the shop says something, nobody here follows it",
                    f"{said.order_number}: {said.kind}",
                )
        return without(page, others)

    def _without_edited(self, page: OrderPage) -> OrderPage:
        """Leave out the orders that an edit of the ERP is about to change: who applies it takes them in."""
        return without(page, self._ledger.order_edits.open_among([one.order_number for one in page.orders]))

    def _begin(self, new: Sequence[Order]) -> None:
        """Open the mark of new orders; those that the shop knows as exported are not exported again."""
        queue = self._ledger.export_queue
        ids = queue.ids([order.order_number for order in new])
        queue.open_marks(
            [ids[order.order_number] for order in new if order.exported_as is None],
            run_id=self._report.run_id,
        )
        out = [order for order in new if order.exported_as is not None]
        if out:
            queue.close(
                [Settled(ids[one.order_number], "done", one.exported_as) for one in out],
                steps=("export",),
                run_id=self._report.run_id,
            )
            self._ledger.order_book.recompute([one.order_number for one in out], run_id=self._report.run_id)

    def _heard(self, said: Sequence[OrderMessage]) -> list[Heard]:
        """Keep of what the shop says what it did not learn from us.

        A cancellation that the ledger knows is our own word come back, and so is a return that it knows.
        """
        if not said:
            return []
        numbers = [message.order_number for message in said]
        states = self._ledger.export_queue.states(numbers)
        known = self._ledger.order_messages.known(numbers)
        return [
            Heard(message, self._feed, _SAID_BY, None, self._report.run_id)
            for message in said
            if not (
                (message.ref == SHOP and states.get(message.order_number) == "Cancelled")
                or _is_known_return(message, known.get(message.order_number, {}))
            )
        ]

    def _homeless(self, orders: Sequence[Order]) -> Iterator[Refused]:
        for order in orders:
            if not self._settings.takes(order) and not self._is_taken(order):
                yield Refused(
                    f"order {order.order_number} ({order.kind}"
                    f"{'' if order.store is None else f', store {order.store}'}) is of no feed",
                    code="no_feed",
                    advice="Let a feed of orders take this kind (target: kinds, stores)",
                    order_id=order.id,
                    order_number=order.order_number,
                )

    def _tell(self, mine: Sequence[Order], new: Sequence[str], revised: Sequence[str]) -> None:
        fresh = set(new)
        for order in mine:
            off = difference(order)
            if order.order_number in fresh and off.cent_amount:
                self._remarks.add(
                    "orders whose lines and freight do not sum to their total",
                    f"{order.order_number}: {off} is missing of {order.total}",
                )
        for number in revised:
            self._remarks.add("orders that changed after they left, the ERP is asked to follow", number)


def _is_known_return(message: OrderMessage, known: Facts) -> bool:
    if message.kind != "return_announced" or message.return_number is None:
        return False
    number = message.return_number.replace("%", "%25").replace("/", "%2F")
    return any(key.startswith((f"return_announced/{number}/", f"returned/{number}/")) for key in known)


def _put_aside(refusal: Refused) -> Quarantined:
    order_id = str(refusal.data["order_id"])
    fault = Fault(refusal.code, Position("orders"), order_id, refusal.message, refusal.advice)
    return Quarantined(record_key=order_id, faults=(fault,))
