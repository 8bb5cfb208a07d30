"""Reconciling one order: what shop, ledger and ERP say of it, and in what they differ. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Literal, TypeAlias

import msgspec

from ...ledger import ReckonedOrder
from ...records import Money, OrderStatement, StatedState

__all__ = ["REPAIRS", "Difference", "Repair", "ShopOrder", "Sides", "differences", "stated"]

#: What can be done about a difference: read the order again, show it again, hear the messages again, send
#: it again (only when a person says so).
Repair: TypeAlias = Literal["collect", "project", "replay", "export"]
REPAIRS: tuple[Repair, ...] = ("collect", "project", "replay", "export")

_RANK: dict[str, int] = {"received": 0, "confirmed": 1, "partly_shipped": 2, "shipped": 3}
_OVER = ("cancelled", "refused")


class ShopOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the shop has it; `number` is its id where it has no number. Amounts in minor units."""

    number: str
    id: str
    created_at: datetime
    state: str
    shipment: str | None
    payment: str | None
    amount: int
    currency: str
    has_number: bool = True


class Sides(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one order; no side at all means that nobody there has it."""

    number: str
    shop: ShopOrder | None = None
    ledger: ReckonedOrder | None = None
    erp: tuple[OrderStatement, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One difference about one order: its kind, what each side says, why probably, what repairs it.

    `grave` is False for what will probably be gone tomorrow. `amount` is the order's, in minor units.
    """

    number: str
    code: str
    cause: str
    shop: str | None = None
    ledger: str | None = None
    erp: str | None = None
    amount: int | None = None
    currency: str | None = None
    shop_id: str | None = None
    destination: str | None = None
    repair: Repair | None = None
    detail: str = ""
    grave: bool = True


def stated(order: ReckonedOrder) -> StatedState | None:
    """Say an order's state in the words of an ERP's list; None while it has not left."""
    if order.order_state == "Cancelled":
        return "cancelled"
    if order.shipment_state == "Partial":
        return "partly_shipped"
    if order.shipment_state in ("Shipped", "Delivered") or order.order_state == "Complete":
        return "shipped"
    if order.order_state == "Confirmed":
        return "confirmed"
    if order.refused and order.export in ("done", "refused"):
        return "refused"
    return "received" if order.export == "done" else None


def differences(sides: Sides, *, day: date, stated_at: datetime | None) -> Iterator[Difference]:
    """Compare what is said of an order that was placed on a day.

    `stated_at` is when the ERP wrote its list; None when there is none, and nothing is said of the ERP then.
    What left after it is not missed. An order that only the ERP has is told when it places it on this day.
    """
    shop, ledger = sides.shop, sides.ledger
    if ledger is None and shop is not None:
        yield Difference(
            number=sides.number,
            code="missing_in_ledger",
            cause="not_collected" if shop.has_number else "no_number",
            shop=_words(shop.state, shop.shipment, shop.payment),
            erp=_said(sides.erp),
            amount=shop.amount,
            currency=shop.currency,
            shop_id=shop.id,
            repair="collect" if shop.has_number else None,
        )
    elif ledger is not None and shop is None:
        yield _of(ledger, "missing_in_shop", "deleted", erp=_said(sides.erp))
    elif ledger is not None and shop is not None:
        yield from _shop_and_ledger(shop, ledger)
    if stated_at is None:
        return
    if ledger is not None and ledger.kind == "reservation":
        return  # a promise of a store: no ERP lists it
    if ledger is not None:
        yield from _ledger_and_erp(ledger, sides.erp, stated_at)
    elif shop is None and sides.erp and sides.erp[0].placed_on in (None, day.isoformat()):
        first = sides.erp[0]
        yield Difference(
            number=sides.number,
            code="only_in_erp",
            cause="unknown_to_us",
            erp=_said(sides.erp),
            amount=None if first.amount is None else first.amount.cent_amount,
            currency=None if first.amount is None else first.amount.currency,
        )


def _shop_and_ledger(shop: ShopOrder, ledger: ReckonedOrder) -> Iterator[Difference]:
    if ledger.total is not None and (shop.amount, shop.currency) != (ledger.total, ledger.currency):
        yield _of(
            ledger,
            "amount_differs_in_shop",
            "not_read_again",
            shop=_money(shop.amount, shop.currency),
            said=_money(ledger.total, ledger.currency),
            repair="collect",
        )
    if shop.payment == "Paid" and ledger.export in (None, "pending", "claimed", "in_doubt"):
        yield _of(
            ledger,
            "paid_and_waiting",
            f"export_{ledger.export or 'not_begun'}",
            shop=_words(shop.state, shop.shipment, shop.payment),
            said=ledger.code or ledger.export or "—",
            detail=ledger.reason,
        )
    told = {
        "state": (shop.state, ledger.order_state),
        "shipment": (shop.shipment, ledger.shipment_state),
        "payment": (shop.payment, ledger.payment_state),
    }
    # What the ledger says nothing of is left to the shop, and so is what did not leave yet.
    apart = {
        name: pair
        for name, pair in told.items()
        if pair[1] is not None and pair[0] != pair[1] and (name != "state" or ledger.export == "done")
    }
    if apart:
        yield _of(
            ledger,
            "state_differs_in_shop",
            "not_shown_yet" if ledger.dirty else "changed_in_shop",
            shop=_words(*(pair[0] for pair in apart.values())),
            said=_words(*(pair[1] for pair in apart.values())),
            # Who paid is the shop's own knowledge: it is read again first.
            repair="collect" if "payment" in apart else "project",
            detail=", ".join(apart),
        )


def _ledger_and_erp(
    ledger: ReckonedOrder, erp: Sequence[OrderStatement], stated_at: datetime
) -> Iterator[Difference]:
    left = ledger.export == "done"
    living = [one for one in erp if one.state not in _OVER]
    if not living and stated(ledger) == "refused":
        cause = "refused_by_erp"
        yield _of(
            ledger, "refused", cause, said="refused", erp=_said(erp), repair="export", detail=ledger.reason
        )
        return
    if not erp:
        if left and ledger.export_at is not None and ledger.export_at < stated_at:
            cause = "never_answered" if ledger.erp_number is None else "accepted_and_not_listed"
            file = ledger.file or ""
            yield _of(ledger, "missing_in_erp", cause, said=stated(ledger), repair="export", detail=file)
        return
    if not left and ledger.export != "refused":
        yield _of(ledger, "not_sent_and_in_erp", "sent_by_other_way", said=ledger.export, erp=_said(erp))
    if len(living) > 1:
        yield _of(ledger, "twice_in_erp", _twice(living), said=ledger.erp_number, erp=_numbers(living))
    mine = _same(ledger, living or list(erp))
    if mine is None:
        yield _of(ledger, "erp_number_differs", "answer_not_heard", said=ledger.erp_number, erp=_numbers(erp))
        mine = erp[0]
    yield from _contents(ledger, mine)


def _contents(ledger: ReckonedOrder, erp: OrderStatement) -> Iterator[Difference]:
    if erp.amount is not None and ledger.total is not None and erp.state not in _OVER:
        ours = Money(ledger.total, ledger.currency or erp.amount.currency)
        if (erp.amount.cent_amount, erp.amount.currency) != (ours.cent_amount, ours.currency):
            behind = erp.revision is not None and erp.revision < ledger.revision
            yield _of(
                ledger,
                "amount_differs_in_erp",
                "change_not_taken" if behind else "changed_in_erp",
                said=str(ours),
                erp=str(erp.amount),
                detail=""
                if erp.revision is None
                else f"{erp.revision} < {ledger.revision}"
                if behind
                else "",
            )
    ours_state = stated(ledger)
    if erp.state is None or ours_state is None or erp.state == ours_state:
        return
    if erp.state == "refused" and ours_state == "received":
        yield _of(
            ledger,
            "state_differs_in_erp",
            "refusal_not_heard",
            said=ours_state,
            erp=erp.state,
            repair="replay",
        )
    elif erp.state in _RANK and ours_state in _RANK and _RANK[ours_state] > _RANK[erp.state]:
        # Its list may be older than what it told us since.
        yield _of(
            ledger, "state_differs_in_erp", "list_is_older", said=ours_state, erp=erp.state, grave=False
        )
    else:
        cause = "cancelled_on_one_side" if "cancelled" in (erp.state, ours_state) else "message_lost"
        yield _of(ledger, "state_differs_in_erp", cause, said=ours_state, erp=erp.state, repair="replay")


def _same(ledger: ReckonedOrder, erp: Sequence[OrderStatement]) -> OrderStatement | None:
    """Find the entry that is meant by the number that we know; any, while we know none or it says none."""
    for one in erp:
        if ledger.erp_number is None or one.erp_number in (None, ledger.erp_number):
            return one
    return None


def _of(
    ledger: ReckonedOrder,
    code: str,
    cause: str,
    *,
    shop: str | None = None,
    said: str | None = None,
    erp: str | None = None,
    repair: Repair | None = None,
    detail: str = "",
    grave: bool = True,
) -> Difference:
    return Difference(
        number=ledger.number,
        code=code,
        cause=cause,
        shop=shop,
        ledger=said if said is not None else ledger.order_state,
        erp=erp,
        amount=ledger.total,
        currency=ledger.currency,
        shop_id=ledger.shop_id,
        destination=ledger.destination,
        repair=repair,
        detail=detail,
        grave=grave,
    )


def _twice(erp: Sequence[OrderStatement]) -> str:
    return "two_numbers" if len({one.erp_number for one in erp}) > 1 else "listed_twice"


def _numbers(erp: Sequence[OrderStatement]) -> str:
    return ", ".join(one.erp_number or "—" for one in erp)


def _said(erp: Sequence[OrderStatement]) -> str | None:
    return ", ".join(f"{one.erp_number or ''} {one.state or ''}".strip() or "—" for one in erp) or None


def _words(*words: str | None) -> str:
    return " / ".join(word or "—" for word in words)


def _money(amount: int, currency: str | None) -> str:
    return str(amount) if currency is None else str(Money(amount, currency))
