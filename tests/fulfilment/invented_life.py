"""Invented orders and what is said about them, for the tests of fulfilment."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st

from passerelle.records import MessageKind, MessageLine, Money, Order, OrderLine, OrderMessage, Payment

#: Noon of an invented day; everything else is told in minutes from it.
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KINDS: tuple[MessageKind, ...] = get_args(MessageKind)
PLACES = ("W1", "S1", "S2")


def at(minutes: int) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def eur(cents: int) -> Money:
    """An amount in euro cents."""
    return Money(cents, "EUR")


def line(name: str, quantity: int, total: int, **fields: Any) -> OrderLine:
    """A line whose id is `L-` and whose SKU is its name."""
    return OrderLine(
        id=f"L-{name}",
        sku=name,
        name=name,
        quantity=quantity,
        unit_price=eur(total // max(quantity, 1)),
        total=eur(total),
        **fields,
    )


def order(*lines: OrderLine, freight: int = 0, **fields: Any) -> Order:
    """An order that sums to its lines and its freight, paid at checkout unless told otherwise."""
    total = sum(one.total.cent_amount for one in lines) + freight
    known: dict[str, Any] = {
        "payment_state": "Paid",
        "payments": (Payment(ref="P-1", method="card", charged=eur(total)),),
        "shipping_price": eur(freight),
    }
    return Order(
        id="id-1",
        version=1,
        order_number="O-1",
        created_at=NOON,
        state="Open",
        total=eur(total),
        lines=lines,
        **{**known, **fields},
    )


def held(total: int) -> dict[str, Any]:
    """How an order is paid whose money is only put aside at checkout."""
    return {
        "payment_state": "Pending",
        "payments": (Payment(ref="P-1", method="card", authorised=eur(total)),),
    }


def say(
    kind: MessageKind, ref: str, minutes: int | None = None, /, *, of: str = "", **fields: Any
) -> OrderMessage:
    """Say something about the order; `of` names pieces: `A:2 B:1`."""
    lines = tuple(
        MessageLine(sku=sku, quantity=int(quantity))
        for sku, quantity in (part.split(":") for part in of.split())
    )
    return OrderMessage(
        order_number="O-1",
        kind=kind,
        ref=ref,
        at=None if minutes is None else at(minutes),
        lines=lines,
        **fields,
    )


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """Any order: every kind, lines with and without goods, paid at checkout or held."""
    names = itertools.count()
    lines = tuple(
        OrderLine(
            id=f"L{number}",
            sku=draw(st.sampled_from(["A", "B", "C"])),
            name=f"line {number}",
            quantity=quantity,
            unit_price=eur(cents),
            total=eur(draw(st.integers(0, cents * quantity))),
            kind=draw(st.sampled_from(["article", "article", "article", "gift_card", "donation"])),
        )
        for number in itertools.islice(names, draw(st.integers(1, 3)))
        for quantity, cents in [(draw(st.integers(1, 3)), draw(st.integers(0, 2_000)))]
    )
    freight = draw(st.integers(0, 500))
    off = draw(st.integers(-3, 3))
    total = max(sum(one.total.cent_amount for one in lines) + freight + off, 0)
    ways: list[dict[str, Any]] = [held(total), {}, {"payment_state": None, "payments": ()}]
    return msgspec.structs.replace(
        order(
            *lines,
            freight=freight,
            kind=draw(st.sampled_from(["delivery", "ship_from_store", "click_and_collect", "reservation"])),
            store=draw(st.sampled_from([None, "S1"])),
            revision=draw(st.integers(1, 2)),
            **draw(st.sampled_from(ways)),
        ),
        # Shops round: lines do not always sum to the total.
        total=eur(total),
    )


def messages() -> st.SearchStrategy[OrderMessage]:
    """Anything that can be said, sense or nonsense, with few numbers and moments, so that they meet.

    One number is drawn for a message: twenty fields drawn one by one would take most of a test's time.
    """
    return st.integers(0, 2**32 - 1).map(_message)


def _message(seed: int) -> OrderMessage:
    dice = Random(seed)  # noqa: S311 - no secret

    def maybe(*values: Any) -> Any:
        return dice.choice([None, *values])

    named = [
        MessageLine(
            quantity=dice.randint(0, 4),
            sku=dice.choice(["A", "B", "C", "A", "B", "C", "Z"]),
            line=maybe(None, "L0", "L1"),
        )
        for _ in range(dice.randint(0, 2))
    ]
    amount, minutes = maybe(*range(0, 3_000, 7)), maybe(0, 1, 2, 3, 4, 5)
    return OrderMessage(
        order_number="O-1",
        kind=dice.choice(KINDS),
        ref=dice.choice(["1", "2"]),
        at=None if minutes is None else at(minutes),
        lines=tuple(named),
        place=maybe(*PLACES),
        delivery=maybe("1", "2"),
        parcel=maybe("P1", "P2"),
        carrier=maybe("GLS"),
        tracking_id=maybe("T1"),
        event=maybe("sold", "scan"),
        erp_number=maybe("E1", "E2"),
        return_number=maybe("R1", "R2"),
        grade=maybe("sellable", "unusable"),
        amount=None if amount is None else eur(amount),
        document=maybe("invoice", "credit_note"),
        new_order=maybe("O-2"),
        pickup_code=maybe("1234", "9999"),
        until=maybe(at(5), at(9)),
        revision=maybe(1, 2),
        reason=maybe("because"),
        backward=dice.random() < 0.2,
    )
