"""Requests: what we owe others, once, under keys from business facts."""

from __future__ import annotations

import msgspec

from passerelle.fulfilment import FulfilmentRules, OrderState
from tests.fulfilment.invented_life import line, order, say
from tests.fulfilment.told import after

TWO = order(line("A", 2, 2000))
ACCEPTED = say("accepted", "E-1", 0, erp_number="E-1")


def mails(state: OrderState) -> list[str]:
    """The keys of the mails that are to be sent."""
    return sorted(one.key for one in state.requests if one.kind == "mail")


def test_a_customer_is_told_of_each_real_change_once() -> None:
    """Two deliveries are two mails; told again or completed with parcels they are no more."""
    first, second = say("shipped", "BL-1", 1, of="A:1"), say("shipped", "BL-2", 2, of="A:1")
    tracked = say("tracked", "x", 3, delivery="BL-1", parcel="4711")
    assert mails(after(TWO, first)) == ["mail/shipped/BL-1"]
    assert mails(after(TWO, first, first, tracked, second)) == ["mail/shipped/BL-1", "mail/shipped/BL-2"]


def test_nobody_is_told_of_what_is_not_followed() -> None:
    """A shortage of what was shipped is no news for the customer."""
    state = after(TWO, say("shipped", "BL-1", 1, of="A:2"), say("short", "S-1", 2, of="A:1"))
    assert mails(state) == ["mail/shipped/BL-1"]


def test_a_refusal_to_cancel_is_told() -> None:
    """The customer asked: the no is an answer too."""
    state = after(TWO, ACCEPTED, say("cancel_refused", "Q-1", 2, reason="packed"))
    assert mails(state) == ["mail/cancel_refused/Q-1/all"]


def test_a_new_revision_is_asked_of_the_erp_until_it_answers() -> None:
    """Revision 2 of an order that left as 1; changed or refused, it is asked no more."""
    changed = msgspec.structs.replace(TWO, revision=2)
    [request] = [one for one in after(changed, ACCEPTED).requests if one.kind == "change"]
    assert (request.key, request.step) == ("change/2", 8)
    assert not [one for one in after(changed, exported=False).requests if one.kind == "change"]
    assert not [one for one in after(changed, exported_revision=2).requests if one.kind == "change"]
    for kind in ("changed", "change_refused"):
        answered = after(changed, ACCEPTED, say(kind, "x", 5, revision=2))
        assert not [one for one in answered.requests if one.kind == "change"]


def test_a_refused_change_is_said() -> None:
    """The shop shows what the ERP does not have: people must know."""
    changed = msgspec.structs.replace(TWO, revision=2)
    state = after(changed, ACCEPTED, say("change_refused", "x", 5, revision=2, reason="picking"))
    assert [one.code for one in state.remarks] == ["change_refused"]
    assert "picking" in state.remarks[0].text


def test_a_shortage_asks_to_count_and_takes_nothing_off() -> None:
    """Stock is not decremented twice: the place is asked to count, and only where its owner wants that."""
    short = say("short", "S-1", 1, place="W1", of="A:1")
    assert not [one for one in after(TWO, short).requests if one.kind == "stock"]
    told = after(TWO, short, rules=FulfilmentRules(shortage="told"))
    [request] = [one for one in told.requests if one.kind == "stock"]
    assert (request.step, request.detail) == (12, {"place": "W1", "sku": "A", "asks": "count"})


def test_a_cancelled_allocation_is_released() -> None:
    """The place that had put the pieces aside puts them back."""
    state = after(TWO, say("allocated", "A1", 1, place="S1"), say("cancelled", "Q-1", 2))
    [release] = [one for one in state.requests if one.kind == "release"]
    assert (release.key, release.lines) == ("release/A1/cancelled/Q-1", (("L-A", 2),))


def test_a_place_that_let_go_by_itself_is_not_asked_to() -> None:
    """A store that says short has nothing to put back."""
    state = after(TWO, say("allocated", "A1", 1, place="S1"), say("short", "S-1", 2, place="S1"))
    assert not [one for one in state.requests if one.kind == "release"]


def test_what_a_retailer_does_not_ask_for_is_not_asked() -> None:
    """`asks` says which kinds of requests exist."""
    state = after(TWO, say("short", "S-1", 1, of="A:1"), rules=FulfilmentRules(asks=("refund",)))
    assert {one.kind for one in state.requests} == {"refund"}
