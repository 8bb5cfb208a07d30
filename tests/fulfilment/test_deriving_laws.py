"""The laws of deriving, for any order and anything that is said about it."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import Fatal
from passerelle.fulfilment import FulfilmentRules, Request, Timers, awaited, derive, view
from passerelle.records import Money, Order, OrderMessage
from tests.fulfilment.invented_life import at, line, messages, order, orders, say

_SAID = st.lists(messages(), max_size=8)
_RULES = FulfilmentRules(restock="graded", shortage="told", refund_charges_on_full_return=True)


def _cents(money: Money | None) -> int:
    assert money is not None
    return money.cent_amount


@given(orders(), _SAID, st.booleans(), st.data())
def test_order_and_number_of_messages_do_not_matter(
    placed: Order,
    said: list[OrderMessage],
    exported: bool,  # noqa: FBT001 - drawn
    data: st.DataObject,
) -> None:
    """The same set of messages gives the same state, the same view and the same awaited steps."""
    again = data.draw(
        st.permutations(said + data.draw(st.lists(st.sampled_from(said)) if said else st.just([])))
    )
    once = derive(placed, said, exported=exported, rules=_RULES)
    twice = derive(placed, again, exported=exported, rules=_RULES)
    assert once == twice
    assert view(placed, once) == view(placed, twice)
    assert awaited(placed, once, said, Timers(), exported_at=at(1), now=at(9)) == awaited(
        placed, twice, again, Timers(), exported_at=at(1), now=at(9)
    )


@given(orders(), _SAID)
def test_every_piece_is_in_exactly_one_state(placed: Order, said: list[OrderMessage]) -> None:
    """No piece is lost or made: units and the shop's items sum to what was ordered, line by line."""
    state = derive(placed, said)
    ordered = {line.id: line.quantity for line in placed.lines if line.kind == "article"}
    assert Counter(unit.line for unit in state.units) == Counter(ordered)
    assert len({(unit.line, unit.index) for unit in state.units}) == len(state.units)
    shown: Counter[str] = Counter()
    for name, _, count in view(placed, state).items:
        shown[name] += count
    assert shown == Counter(ordered)


@given(orders(), _SAID)
def test_what_is_delivered_and_returned_never_exceeds_what_was_ordered(
    placed: Order, said: list[OrderMessage]
) -> None:
    """The shop does not check what deliveries hold, so the view does; every key is there once."""
    picture = view(placed, derive(placed, said))
    ordered = {line.id: line.quantity for line in placed.lines}
    delivered: Counter[str] = Counter()
    for delivery in picture.deliveries:
        assert delivery.items
        for name, count in delivery.items:
            delivered[name] += count
    assert all(count <= ordered[name] for name, count in delivered.items())
    assert len({one.key for one in picture.returns}) == len(picture.returns)
    assert len({one.key for one in picture.deliveries}) == len(picture.deliveries)


@given(orders(), _SAID)
def test_money_asked_for_never_exceeds_money_there(placed: Order, said: list[OrderMessage]) -> None:
    """Refunds asked and told stay within what was paid, captures within what is left of the total."""
    state = derive(placed, said, rules=_RULES)
    refunds = sum(_cents(one.amount) for one in state.requests if one.kind == "refund")
    captures = sum(_cents(one.amount) for one in state.requests if one.kind == "capture")
    assert state.refunded.cent_amount + refunds <= state.paid.cent_amount or not refunds
    assert state.refunded <= state.paid
    assert captures <= max(placed.total.cent_amount - state.paid.cent_amount, 0)
    assert all(_cents(one.amount) > 0 for one in state.requests if one.kind in {"refund", "capture"})
    assert len({one.key for one in state.requests}) == len(state.requests)


@given(orders(), st.lists(messages(), max_size=6), st.data())
def test_money_that_went_out_over_a_history_stays_within_what_was_paid(
    placed: Order, said: list[OrderMessage], data: st.DataObject
) -> None:
    """Told one by one in any order, with what was asked remembered, all requests of a history stay in bounds.

    This is what a ledger does: it opens a request the first time that it follows, and tells deriving of it.
    """
    asked: dict[str, Request] = {}
    paid = 0
    heard: list[OrderMessage] = []
    for message in data.draw(st.permutations(said)):
        if message.kind in {"refunded", "captured"}:
            continue
        heard.append(message)
        state = derive(placed, heard, rules=_RULES, asked=tuple(asked.values()))
        for request in state.requests:
            asked.setdefault(request.key, request)
        paid = state.paid.cent_amount
    refunds = sum(_cents(one.amount) for one in asked.values() if one.kind == "refund")
    captures = sum(_cents(one.amount) for one in asked.values() if one.kind == "capture")
    assert refunds <= paid
    assert captures <= max(placed.total.cent_amount - paid, 0)


@given(orders(), _SAID)
def test_every_message_that_is_not_followed_says_why(placed: Order, said: list[OrderMessage]) -> None:
    """A contradiction has words for people: what was said, what is known, what to do."""
    state = derive(placed, said)
    for found in state.contradictions:
        assert found.message in said
        assert found.text
        assert found.advice
    assert all(message in said for message in state.waiting)


def test_a_message_about_another_order_is_a_fault_of_the_caller() -> None:
    """Two orders mixed up would give a state that is true of neither: nothing is derived."""
    stray = msgspec.structs.replace(say("accepted", "E-1"), order_number="O-2")
    with pytest.raises(Fatal, match="O-2"):
        derive(order(line("A", 1, 100)), [stray])
