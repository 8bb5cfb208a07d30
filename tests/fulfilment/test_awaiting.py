"""What is awaited, since when, and when it is late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from passerelle.fulfilment import Awaited, Timers, awaited, derive
from passerelle.records import Order, OrderMessage
from tests.fulfilment.invented_life import NOON, at, held, line, order, say

TWO = order(line("A", 2, 2000))
ACCEPTED = say("accepted", "E-1", 5, erp_number="E-1")
LEFT = say("shipped", "BL-1", 30)
TRACKED = say("tracked", "x", 31, delivery="BL-1", parcel="4711")
#: Every order is awaited to its end; the tests look at the steps before.
TIMERS = Timers(complete=None)


def waits(
    placed: Order,
    *said: OrderMessage,
    exported_at: datetime | None = NOON,
    now: datetime | None = None,
    timers: Timers = TIMERS,
    **how: Any,
) -> list[Awaited]:
    """What an order awaits after this was said."""
    state = derive(placed, said, exported=exported_at is not None, **how)
    return list(awaited(placed, state, said, timers, exported_at=exported_at, now=now))


def steps(found: list[Awaited]) -> list[tuple[int, str, int]]:
    """Step, subject and pieces of what is awaited."""
    return [(one.step, one.subject, one.pieces) for one in found]


@pytest.mark.parametrize(
    ("placed", "said", "expected"),
    [
        (TWO, (), [(6, "", 0), (7, "", 0)]),
        (TWO, (say("taken", "f", 1),), [(7, "", 0)]),
        (TWO, (say("refused", "1", 2, reason="blocked"),), [(1, "", 2), (7, "refused: blocked", 0)]),
        (TWO, (ACCEPTED,), [(9, "", 2)]),
        (TWO, (ACCEPTED, say("allocated", "A1", 9, place="W1", of="A:1")), [(9, "", 1), (11, "place W1", 1)]),
        (TWO, (ACCEPTED, say("preparing", "T", 9, place="W1")), [(13, "place W1", 2)]),
        (TWO, (ACCEPTED, LEFT), [(14, "delivery BL-1", 2), (17, "delivery BL-1", 2)]),
        (TWO, (ACCEPTED, LEFT, TRACKED), [(17, "delivery BL-1", 2)]),
        (TWO, (ACCEPTED, LEFT, TRACKED, say("delivered", "e", 99)), []),
        (TWO, (ACCEPTED, say("cancel_asked", "Q-1", 9)), [(9, "", 2), (22, "cancel/Q-1", 2)]),
        (TWO, (ACCEPTED, say("short", "S-1", 9, of="A:2")), [(25, "refund/short/S-1", 2)]),
        (
            TWO,
            (ACCEPTED, LEFT, TRACKED, say("return_announced", "R-9", 99, of="A:1")),
            [(17, "delivery BL-1", 1), (24, "return R-9", 1)],
        ),
        (TWO, (ACCEPTED, TRACKED), [(9, "", 2), (13, "tracked x", 0)]),
        (
            TWO,
            (ACCEPTED, say("exchanged", "R-9", 9, return_number="R-9")),
            [(9, "", 2), (26, "exchanged R-9", 0)],
        ),
    ],
)
def test_each_piece_awaits_its_next_step(
    placed: Order, said: tuple[OrderMessage, ...], expected: list[tuple[int, str, int]]
) -> None:
    """What comes next follows from where the pieces are; answers and money are awaited beside them."""
    assert steps(waits(placed, *said)) == expected


def test_an_order_that_did_not_leave_awaits_its_gate() -> None:
    """Since it was placed, a day at most; its pieces are kept from being sold for two weeks."""
    held, found = waits(TWO, exported_at=None)
    assert (found.step, found.name, found.since, found.due) == (3, "gate", NOON, NOON + timedelta(days=1))
    assert (held.step, held.name, held.pieces) == (1, "stock_hold", 2)
    assert (held.since, held.due) == (NOON, NOON + timedelta(days=14))


def test_an_order_that_the_erp_refused_keeps_its_pieces_as_long() -> None:
    """Mended and sent again it may still go out; accepted, it is no question any more."""
    refused = say("refused", "A-1", 20)
    held = next(one for one in waits(TWO, refused) if one.name == "stock_hold")
    assert (held.since, held.due) == (at(20), at(20) + timedelta(days=14))
    assert "stock_hold" not in {one.name for one in waits(TWO, refused, ACCEPTED)}


def test_since_is_when_it_happened_and_due_is_the_timer_later() -> None:
    """A delivery of half past is awaited five days from then, whenever it was heard of."""
    found = waits(TWO, ACCEPTED, LEFT, TRACKED)
    assert [(one.since, one.due) for one in found] == [(at(30), at(30) + timedelta(days=5))]


def test_every_timer_can_be_set_or_switched_off() -> None:
    """A retailer whose ERP sends no allocations does not await them."""
    assert steps(waits(TWO, ACCEPTED, timers=Timers(complete=None, allocation=None))) == []
    quick = Timers(complete=None, technical_ack=timedelta(minutes=15))
    assert waits(TWO, timers=quick)[0].due == NOON + timedelta(minutes=15)


def test_timers_are_read_from_settings_as_durations() -> None:
    """`PT15M` is a quarter of an hour; a timer that does not exist is refused."""
    timers = msgspec.convert({"technical_ack": "PT15M", "invoice": "P2D"}, Timers)
    assert (timers.technical_ack, timers.invoice) == (timedelta(minutes=15), timedelta(days=2))
    with pytest.raises(msgspec.ValidationError, match="acknowledgement"):
        msgspec.convert({"acknowledgement": "PT15M"}, Timers)


PICKUP = order(line("A", 1, 1000), kind="click_and_collect", store="S1")
READY = say("ready", "1", 60, place="S1")


def test_click_and_collect_awaits_the_store_then_the_customer() -> None:
    """Ready within the store's promise, collected within a week, then the store says that it expired."""
    assert steps(waits(PICKUP, ACCEPTED)) == [(18, "", 1)]
    assert steps(waits(PICKUP, ACCEPTED, READY)) == [(19, "place S1", 1)]
    late = at(60) + timedelta(days=7, minutes=1)
    assert steps(waits(PICKUP, ACCEPTED, READY, now=late)) == [(19, "place S1", 1), (20, "place S1", 1)]


def test_the_stores_own_date_ends_a_collection() -> None:
    """A date that the store says counts, not the timer."""
    dated = say("ready", "1", 60, place="S1", until=at(600))
    assert [one.due for one in waits(PICKUP, ACCEPTED, dated)] == [at(600)]


def test_a_store_that_sends_awaits_a_claim_first() -> None:
    """Ship from store: the store claims or declines within two hours."""
    store = order(line("A", 1, 1000), kind="ship_from_store")
    given = say("allocated", "A1", 9, place="S1")
    [found] = waits(store, ACCEPTED, given)
    assert (found.step, found.due) == (10, at(9) + timedelta(hours=2))
    assert steps(waits(store, ACCEPTED, given, say("claimed", "1", 10, place="S1"))) == [(11, "place S1", 1)]


def test_an_e_reservation_awaits_its_store_then_its_customer() -> None:
    """Confirmed within two hours, held for three days."""
    reserved = order(line("A", 1, 1000), kind="reservation", store="S1", payment_state=None, payments=())
    asked = waits(reserved, exported_at=None)
    assert steps(asked) == [(21, "place S1", 1)]
    assert asked[0].due == NOON + timedelta(hours=2)
    kept = waits(reserved, say("held", "1", 5, place="S1"), exported_at=None)
    assert [(one.step, one.due) for one in kept] == [(21, at(5) + timedelta(days=3))]


def test_captures_refunds_and_changes_are_awaited() -> None:
    """What we asked of others is awaited until they answer."""
    on_hold = order(line("A", 2, 2000), **held(2000))
    found = waits(on_hold, ACCEPTED, LEFT, TRACKED)
    assert [(one.step, one.subject, one.due) for one in found if one.step == 15] == [
        (15, "capture/BL-1", at(30) + timedelta(days=3))
    ]
    changed = msgspec.structs.replace(TWO, revision=2)
    assert (8, "revision 2", 0) in steps(waits(changed, ACCEPTED))


def test_an_order_that_is_open_too_long_is_late() -> None:
    """Sixty days after it was placed; an order that is complete awaits nothing."""
    found = waits(TWO, ACCEPTED, timers=Timers(allocation=None))
    assert [(one.step, one.due) for one in found] == [(28, NOON + timedelta(days=60))]
    delivered = (ACCEPTED, LEFT, TRACKED, say("delivered", "e", 99))
    assert waits(TWO, *delivered, timers=Timers()) == []


def test_an_invoice_is_awaited_where_one_is_expected() -> None:
    """Off unless set: many ERPs send no links."""
    said = (ACCEPTED, LEFT, TRACKED, say("delivered", "e", 99))
    timers = Timers(complete=None, invoice=timedelta(days=2))
    assert [(one.step, one.since) for one in waits(TWO, *said, timers=timers)] == [(27, at(30))]
    assert waits(TWO, *said, say("invoiced", "F-1", 120), timers=timers) == []
