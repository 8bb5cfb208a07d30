"""Shipped, collected, short, cancelled, expired: what left beats what was said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passerelle.fulfilment import FulfilmentRules, OrderState
from tests.fulfilment.invented_life import line, order, say
from tests.fulfilment.told import after, codes, where

ONE = order(line("A", 1, 1000))
TWO = order(line("A", 2, 2000))
BOTH = order(line("A", 2, 2000), line("B", 1, 500))
PICKUP = order(line("A", 2, 2000), kind="click_and_collect", store="S1")
TWICE = FulfilmentRules(shortage_cancelled_too=True)
ACCEPTED = say("accepted", "E-1", 0, erp_number="E-1")


def test_partial_shipments_add_up() -> None:
    """Two deliveries of one line; the order is shipped when the last piece is."""
    first, second = say("shipped", "BL-1", 1, of="A:1"), say("shipped", "BL-2", 2, of="A:1 B:1")
    part, whole = after(BOTH, ACCEPTED, first), after(BOTH, ACCEPTED, first, second)
    assert part.shipment_state == "Partial"
    assert whole.shipment_state == "Shipped"
    assert [(one.key, one.items) for one in whole.deliveries] == [
        ("BL-1", (("L-A", 1),)),
        ("BL-2", (("L-A", 1), ("L-B", 1))),
    ]


def test_an_order_is_complete_when_it_left_where_no_carrier_speaks() -> None:
    """A setting: without carrier events an order would never be complete."""
    left = say("shipped", "BL-1", 1)
    assert after(BOTH, ACCEPTED, left).order_state == "Confirmed"
    assert after(BOTH, ACCEPTED, left, rules=FulfilmentRules(complete_on="shipped")).order_state == "Complete"


def test_a_delivery_completed_later_holds_what_it_says_last() -> None:
    """The same delivery number is the same delivery: it grows, it is not added."""
    state = after(BOTH, say("shipped", "BL-1", 1, of="A:1"), say("shipped", "BL-1", 2, of="A:2"))
    assert [(one.key, one.items) for one in state.deliveries] == [("BL-1", (("L-A", 2),))]
    assert codes(state) == []


def test_more_than_was_ordered_is_not_delivered() -> None:
    """The delivery that left first has its pieces; the one too many is told with what is known."""
    state = after(TWO, say("shipped", "BL-2", 2, of="A:1"), say("shipped", "BL-1", 1, of="A:2"))
    assert [(one.key, one.items) for one in state.deliveries] == [("BL-1", (("L-A", 2),))]
    [found] = state.contradictions
    assert found.code == "over_delivery"
    assert found.message is not None
    assert found.message.ref == "BL-2"
    assert "of 2 x A: 2 shipped with BL-1" in found.text


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any), min_size=2, max_size=5),
    st.integers(1, 9),
    st.booleans(),
)
def test_a_later_number_of_the_same_day_takes_nothing_away(
    brought: list[tuple[int, int]],
    first: int,
    dated: bool,  # noqa: FBT001 - drawn
) -> None:
    """Deliveries of one day, told one after the other: what the shop shows of the earlier ones stays."""
    told = [
        say("shipped", f"BL-{first + number}", 1 if dated else None, of=f"A:{some} B:{others}")
        for number, (some, others) in enumerate(brought)
    ]
    shown: dict[str, tuple[tuple[str, int], ...]] = {}
    for count in range(1, len(told) + 1):
        now = {one.key: one.items for one in after(BOTH, *told[:count]).deliveries}
        assert {key: now[key] for key in shown} == shown
        shown = now
    assert sum(count for items in shown.values() for _, count in items) <= 3


def test_a_piece_from_the_place_that_ships_is_the_one_that_left() -> None:
    """One piece at each of two places: the warehouse ships its own."""
    state = after(
        TWO,
        say("allocated", "A1", 1, place="S1", of="A:1"),
        say("allocated", "A2", 2, place="W1", of="A:1"),
        say("shipped", "BL-1", 3, place="W1", of="A:1"),
    )
    assert [(unit.place, unit.state) for unit in state.units] == [("S1", "allocated"), ("W1", "shipped")]


def test_a_shortage_gives_up_its_pieces_only() -> None:
    """One of two was not found: the other one goes on, the order is whole when it has left."""
    state = after(TWO, ACCEPTED, say("short", "S-1", 1, of="A:1"), say("shipped", "BL-1", 2))
    assert (where(state), codes(state)) == ({"A": {"cancelled": 1, "shipped": 1}}, [])
    assert (state.order_state, state.shipment_state) == ("Confirmed", "Shipped")


def test_a_shortage_of_what_was_shipped_loses() -> None:
    """The parcel is on its way: nothing is cancelled, nothing is refunded, it is told."""
    state = after(ONE, say("short", "S-1", 5, of="A:1"), say("shipped", "BL-1", 1, of="A:1"))
    assert (where(state), codes(state)) == ({"A": {"shipped": 1}}, ["short_but_shipped"])
    assert not [one for one in state.requests if one.kind == "refund"]


def test_shipped_after_a_shortage_wins_in_any_order() -> None:
    """Found after all and sent: what left counts."""
    state = after(ONE, say("short", "S-1", 1, of="A:1"), say("shipped", "BL-1", 5, of="A:1"))
    assert (where(state), codes(state)) == ({"A": {"shipped": 1}}, ["short_but_shipped"])


def test_two_shortages_of_the_same_piece_are_told() -> None:
    """Two shortage numbers cannot take one piece twice."""
    state = after(ONE, say("short", "S-1", 1, of="A:1"), say("short", "S-2", 2, of="A:1"))
    assert (where(state), codes(state)) == ({"A": {"cancelled": 1}}, ["ended_twice"])


def test_an_answer_may_repeat_the_key_of_our_request() -> None:
    """An ERP that knows our request by its key answers under it, as it does under the number of the asker."""
    asked = say("cancel_asked", "Q-1", 1, of="A:1")
    for ref in ("Q-1", "cancel/Q-1"):
        state = after(TWO, ACCEPTED, asked, say("cancelled", ref, 2))
        assert where(state) == {"A": {"cancelled": 1, "confirmed": 1}}
        assert not [one for one in state.requests if one.kind == "cancel"]


def refunds(state: OrderState) -> int:
    """What is asked to be paid back, in cents."""
    return sum(one.amount.cent_amount for one in state.requests if one.kind == "refund" and one.amount)


def test_a_shortage_that_the_erp_cancels_too_is_one_end() -> None:
    """The warehouse does not find a piece, the ERP cancels it under a number of its own: one is lost."""
    said = [ACCEPTED, say("short", "S-1", 1, of="A:1"), say("cancelled", "AN-1", 2, of="A:1")]
    state = after(TWO, *said, rules=TWICE)
    assert (where(state), codes(state)) == ({"A": {"cancelled": 1, "confirmed": 1}}, [])
    assert [one.code for one in state.remarks] == ["ended_again"]
    assert [one.key for one in state.requests if one.kind == "refund"] == ["refund/short/S-1"]


def test_what_is_cancelled_under_another_number_is_another_piece() -> None:
    """Unless the rules say so; it is the same end when no other piece is left, or under the same number."""
    short = [ACCEPTED, say("short", "S-1", 1, of="A:1")]
    other, same = say("cancelled", "AN-1", 2, of="A:1"), say("cancelled", "S-1", 2, of="A:1")
    assert where(after(TWO, *short, other)) == {"A": {"cancelled": 2}}
    assert (where(after(ONE, *short, other)), codes(after(ONE, *short, other))) == (
        {"A": {"cancelled": 1}},
        [],
    )
    assert where(after(TWO, *short, same)) == {"A": {"cancelled": 1, "confirmed": 1}}


def test_a_piece_that_was_not_found_is_lost_whoever_cancels_it() -> None:
    """In either order of the two words; what a customer cancels is there."""
    short = say("short", "S-1", 2, place="W1", of="A:1")
    for minutes in (1, 3):
        state = after(ONE, ACCEPTED, short, say("cancelled", "AN-1", minutes, of="A:1"))
        assert [(unit.state, unit.lost, unit.place) for unit in state.units] == [("cancelled", True, "W1")]
    [unit] = after(ONE, ACCEPTED, say("cancelled", "AN-1", 1, of="A:1")).units
    assert not unit.lost


def test_a_second_cancellation_of_what_was_short_takes_another_piece() -> None:
    """A shortage is said again once: whoever cancels one more means one more."""
    said = [say("short", "S-1", 1, of="A:1"), say("cancelled", "AN-1", 2, of="A:1")]
    state = after(TWO, ACCEPTED, *said, say("cancelled", "AN-2", 3, of="A:1"), rules=TWICE)
    assert (where(state), codes(state)) == ({"A": {"cancelled": 2}}, [])
    more = [say("cancelled", f"AN-{number}", number, of="A:1") for number in (2, 3)]
    again = after(TWO, ACCEPTED, *said, *more, rules=TWICE)
    assert codes(again) == ["ended_twice"]


def test_what_a_customer_cancels_is_another_piece_than_the_one_that_was_short() -> None:
    """The answer to a customer is about a piece of its own, and about the short one when no other is left."""
    asked = say("cancel_asked", "Q-1", 2, of="A:1")
    said = [ACCEPTED, say("short", "S-1", 1, of="A:1"), asked, say("cancelled", "Q-1", 3, of="A:1")]
    for placed, pieces in ((TWO, 2), (ONE, 1)):
        state = after(placed, *said, rules=TWICE)
        assert (where(state), codes(state)) == ({"A": {"cancelled": pieces}}, [])


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)).filter(any), min_size=1, max_size=3),
    st.lists(st.integers(1, 30), min_size=6, max_size=6),
    st.booleans(),
)
def test_a_cancellation_of_what_was_short_changes_nothing(
    shortages: list[tuple[int, int]],
    minutes: list[int],
    whole: bool,  # noqa: FBT001 - drawn
) -> None:
    """Before or after its shortage: pieces, money and what contradicts are as without it."""
    told = [
        say("short", f"S-{number}", 40 + number, of=f"A:{some} B:{others}")
        for number, (some, others) in enumerate(shortages)
    ]
    first = after(BOTH, ACCEPTED, *told)
    if whole and any(unit.state != "cancelled" for unit in first.units):
        return
    again = [
        say("cancelled", f"AN-{number}", 2 * minutes[number], of=f"A:{some} B:{others}")
        for number, (some, others) in enumerate(shortages)
    ]
    again = [say("cancelled", "AN", 2 * minutes[5])] if whole else again
    state = after(BOTH, ACCEPTED, *told, *again, rules=TWICE)
    assert where(state) == where(first)
    assert state.order_state == first.order_state
    assert refunds(state) == refunds(first)
    if sum(some for some, _ in shortages) <= 2 and sum(others for _, others in shortages) <= 1:
        assert codes(state) == []


def test_all_pieces_given_up_cancel_the_order() -> None:
    """The order's state is that of its pieces."""
    state = after(TWO, ACCEPTED, say("short", "S-1", 1, of="A:1"), say("short", "S-2", 2, of="A:1"))
    assert (state.order_state, state.shipment_state) == ("Cancelled", "Canceled")


def test_an_end_that_is_taken_back_with_a_reason_is_none() -> None:
    """The store found it again and says so: the shortage before counts no more, and contradicts nothing."""
    found = say("preparing", "T-2", 3, place="S1", of="A:1", backward=True, reason="found in the back")
    state = after(ONE, say("short", "S-1", 1, of="A:1"), found)
    assert (where(state), codes(state)) == ({"A": {"preparing": 1}}, [])
    again = after(ONE, say("short", "S-1", 1, of="A:1"), found, say("short", "S-2", 5, of="A:1"))
    assert where(again) == {"A": {"cancelled": 1}}


def test_work_on_pieces_that_were_given_up_is_told() -> None:
    """The warehouse packs what was cancelled an hour ago: somebody has to stop it."""
    state = after(ONE, say("cancelled", "Q-1", 1), say("packed", "T", 61, place="W1"))
    assert (where(state), codes(state)) == ({"A": {"cancelled": 1}}, ["work_after_end"])


def test_a_click_asks_and_the_answer_decides() -> None:
    """Asked: nothing changes but that the ERP is asked. Answered: the pieces are given up."""
    asked = say("cancel_asked", "Q-1", 1)
    waiting = after(TWO, ACCEPTED, asked)
    assert where(waiting) == {"A": {"confirmed": 2}}
    [request] = [one for one in waiting.requests if one.kind == "cancel"]
    assert (request.key, request.lines) == ("cancel/Q-1", (("L-A", 2),))
    done = after(TWO, ACCEPTED, asked, say("cancelled", "Q-1", 2))
    assert (where(done), done.order_state) == ({"A": {"cancelled": 2}}, "Cancelled")
    assert not [one for one in done.requests if one.kind == "cancel"]
    no = after(TWO, ACCEPTED, asked, say("cancel_refused", "Q-1", 2, reason="packed"))
    assert where(no) == {"A": {"confirmed": 2}}
    assert not [one for one in no.requests if one.kind == "cancel"]


def test_an_answer_without_lines_is_about_what_was_asked() -> None:
    """One of two was to be cancelled: the yes does not cancel the other."""
    state = after(TWO, ACCEPTED, say("cancel_asked", "Q-1", 1, of="A:1"), say("cancelled", "Q-1", 2))
    assert where(state) == {"A": {"cancelled": 1, "confirmed": 1}}


def test_an_order_that_never_left_is_cancelled_by_us() -> None:
    """Nobody else knows it: the click is the answer, and the ERP is not asked."""
    state = after(TWO, say("cancel_asked", "Q-1", 1), exported=False)
    assert (where(state), state.order_state) == ({"A": {"cancelled": 2}}, "Cancelled")
    assert not [one for one in state.requests if one.kind == "cancel"]


def test_a_cancellation_after_shipping_becomes_a_return() -> None:
    """The ERP says cancelled, the parcel is on its way: it is expected back under the request's number."""
    state = after(ONE, ACCEPTED, say("shipped", "BL-1", 1), say("cancelled", "Q-1", 2))
    assert (where(state), codes(state)) == ({"A": {"return_announced": 1}}, ["cancelled_after_shipping"])
    assert [unit.return_number for unit in state.units] == ["Q-1"]
    assert not [one for one in state.requests if one.kind == "refund"]


def test_asking_to_cancel_what_has_left_asks_the_erp_nothing() -> None:
    """After the pick a cancellation is a return: the customer is to send it back."""
    state = after(ONE, ACCEPTED, say("shipped", "BL-1", 1), say("cancel_asked", "Q-1", 2))
    assert not [one for one in state.requests if one.kind == "cancel"]
    assert [one.code for one in state.remarks] == ["cancel_becomes_return"]


def test_ready_and_collected() -> None:
    """Click and collect: ready with a code, collected with a ticket, complete."""
    ready = say("ready", "1", 10, place="S1", pickup_code="4711")
    state = after(PICKUP, ACCEPTED, ready)
    assert (state.shipment_state, state.pickup_code) == ("Ready", "4711")
    done = after(PICKUP, ACCEPTED, ready, say("collected", "T-1", 20, place="S1"))
    assert (where(done), done.order_state, done.shipment_state) == (
        {"A": {"collected": 2}},
        "Complete",
        "Delivered",
    )


def test_a_ticket_told_twice_is_one() -> None:
    """The till sends its day again: nothing changes."""
    ticket = say("collected", "T-1", 20, place="S1", of="A:1")
    assert after(PICKUP, ticket, ticket) == after(PICKUP, ticket)


def test_a_ticket_before_the_expiry_wins() -> None:
    """The race of collected and expired is decided by the till's time, not by arrival."""
    expired, ticket = say("expired", "X-1", 30, of="A:2"), say("collected", "T-1", 29, place="S1", of="A:2")
    state = after(PICKUP, expired, ticket)
    assert (where(state), codes(state)) == ({"A": {"collected": 2}}, ["expired_after_collection"])
    assert not [one for one in state.requests if one.kind == "refund"]


def test_a_ticket_of_the_same_moment_as_the_expiry_wins() -> None:
    """The customer stood there."""
    state = after(
        PICKUP, say("expired", "X-1", 30, of="A:2"), say("collected", "T-1", 30, place="S1", of="A:2")
    )
    assert (where(state), codes(state)) == ({"A": {"collected": 2}}, ["expired_after_collection"])


def test_a_ticket_after_the_expiry_is_asked_about() -> None:
    """The pieces were on sale again: the expiry stands, the ticket may be a sale of its own."""
    expired, ticket = say("expired", "X-1", 30, of="A:2"), say("collected", "T-1", 31, place="S1", of="A:2")
    state = after(PICKUP, ticket, expired)
    assert (where(state), codes(state)) == ({"A": {"cancelled": 2}}, ["collected_after_expiry"])


def test_what_is_left_expires() -> None:
    """One collected, the rest expires: no contradiction."""
    state = after(PICKUP, say("collected", "T-1", 20, place="S1", of="A:1"), say("expired", "X-1", 99))
    assert (where(state), codes(state)) == ({"A": {"collected": 1, "cancelled": 1}}, [])


def test_an_order_sent_to_the_store_is_ready_when_it_arrived() -> None:
    """Shipped from the warehouse to the store: ready there, then collected or expired."""
    sent = say("shipped", "BL-1", 5, place="W1")
    ready = say("ready", "1", 50, place="S1")
    assert where(after(PICKUP, ACCEPTED, say("allocated", "A1", 1, place="W1"), sent, ready)) == {
        "A": {"ready": 2}
    }
    assert where(after(PICKUP, sent, ready, say("expired", "X-1", 99))) == {"A": {"cancelled": 2}}
    assert where(after(PICKUP, sent, ready, say("collected", "T-1", 60, place="S1"))) == {
        "A": {"collected": 2}
    }


RESERVED = order(line("A", 1, 1000), kind="reservation", store="S1", payment_state=None, payments=())


def test_a_reservation_is_held_and_bought() -> None:
    """Held by the store, sold there: complete, with nothing captured and nothing exported."""
    held = after(RESERVED, say("held", "1", 5, place="S1"))
    assert (where(held), held.order_state) == ({"A": {"ready": 1}}, "Confirmed")
    sold = after(RESERVED, say("held", "1", 5, place="S1"), say("hold_closed", "T-1", 9, event="sold"))
    assert (where(sold), sold.order_state) == ({"A": {"collected": 1}}, "Complete")
    assert {one.kind for one in sold.requests} == {"mail"}


def test_a_reservation_is_refused_or_lapses() -> None:
    """Refused by the store, or not fetched: given up, nothing to refund."""
    refused = after(RESERVED, say("hold_refused", "1", 5, place="S1", reason="sold out"))
    lapsed = after(RESERVED, say("held", "1", 5, place="S1"), say("hold_closed", "1", 99))
    for state in (refused, lapsed):
        assert (where(state), state.order_state) == ({"A": {"cancelled": 1}}, "Cancelled")
        assert {one.kind for one in state.requests} == {"mail"}


def test_a_reservation_that_the_customer_gives_up_is_told_to_the_store() -> None:
    """No ERP has it: the store puts the piece back."""
    state = after(RESERVED, say("held", "1", 5, place="S1"), say("cancel_asked", "Q-1", 6))
    assert where(state) == {"A": {"cancelled": 1}}
    [release] = [one for one in state.requests if one.kind == "release"]
    assert (release.key, release.detail["place"]) == ("release/reservation/Q-1", "S1")


def test_a_hold_of_a_sale_contradicts() -> None:
    """A sale has no hold: the store mixed up two numbers."""
    state = after(ONE, say("hold_closed", "1", 5))
    assert (where(state), codes(state)) == ({"A": {"exported": 1}}, ["not_a_reservation"])


def test_lines_without_goods_are_never_shipped() -> None:
    """Gift cards, freight and donations have no pieces; a delivery may name them without harm."""
    mixed = order(
        line("A", 1, 1000), line("G", 1, 5000, kind="gift_card"), line("D", 1, 100, kind="donation")
    )
    state = after(mixed, ACCEPTED, say("shipped", "BL-1", 1, of="A:1 G:1"), say("delivered", "x", 2))
    assert [unit.sku for unit in state.units] == ["A"]
    assert (state.order_state, codes(state)) == ("Complete", [])


def test_an_order_without_goods_is_complete_when_it_is_accepted() -> None:
    """Nothing is shipped of a gift card: the ERP's word is the last step."""
    card = order(line("G", 1, 5000, kind="gift_card"))
    assert after(card).order_state == "Open"
    assert after(card, ACCEPTED).order_state == "Complete"
    assert after(card, say("cancelled", "Q-1", 1)).order_state == "Cancelled"


def test_a_sold_gift_card_keeps_an_order_from_being_cancelled_by_shortages() -> None:
    """All goods are short, the gift card was sold: complete, not cancelled; cancelled whole is cancelled."""
    mixed = order(line("A", 1, 1000), line("G", 1, 5000, kind="gift_card"))
    assert after(mixed, ACCEPTED, say("short", "S-1", 1, of="A:1")).order_state == "Complete"
    assert after(mixed, ACCEPTED, say("cancelled", "Q-1", 1)).order_state == "Cancelled"
