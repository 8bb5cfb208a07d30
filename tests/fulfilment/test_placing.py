"""Allocation, claims and preparation: words about where pieces are made ready."""

from __future__ import annotations

import pytest

from passerelle.records import MessageKind
from tests.fulfilment.invented_life import line, order, say
from tests.fulfilment.told import after, codes, where

ONE = order(line("A", 1, 1000))
TWO = order(line("A", 2, 2000))
ACCEPTED = say("accepted", "E-1", 0, erp_number="E-1")


def test_pieces_go_from_ordered_to_exported_to_confirmed() -> None:
    """What we did and what the ERP answered are the first states of every piece."""
    assert where(after(ONE, exported=False)) == {"A": {"ordered": 1}}
    assert where(after(ONE)) == {"A": {"exported": 1}}
    assert where(after(ONE, ACCEPTED)) == {"A": {"confirmed": 1}}


def test_an_answer_of_the_erp_says_that_the_order_left() -> None:
    """A ledger that lost the export still learns it from the acknowledgement of the file."""
    assert where(after(ONE, say("taken", "f.xml", 1), exported=False)) == {"A": {"exported": 1}}


@pytest.mark.parametrize("kind", ["allocated", "claimed", "preparing", "packed", "ready"])
def test_each_word_brings_all_pieces_where_it_names_none(kind: MessageKind) -> None:
    """Without lines a word is about every piece; a step may come without those before it."""
    state = after(TWO, ACCEPTED, say(kind, "1", 5, place="S1"))
    assert where(state) == {"A": {kind: 2}}
    assert {unit.place for unit in state.units} == {"S1"}
    assert codes(state) == []


def test_the_furthest_word_wins_out_of_order() -> None:
    """Packed at five past, prepared at six past by another clock: the pieces are packed."""
    state = after(TWO, say("packed", "T", 5, place="W1"), say("preparing", "T", 6, place="W1"))
    assert where(state) == {"A": {"packed": 2}}
    assert codes(state) == []


def test_a_new_allocation_takes_what_nobody_has_first() -> None:
    """Two pieces, two allocations of one: each place has one."""
    state = after(
        TWO, say("allocated", "A1", 1, place="W1", of="A:1"), say("allocated", "A2", 2, place="S1", of="A:1")
    )
    assert sorted(str(unit.place) for unit in state.units) == ["S1", "W1"]


def test_a_reallocation_replaces_and_the_old_place_is_told_once() -> None:
    """The piece is at the new place; the old allocation is released under a key of both."""
    state = after(ONE, say("allocated", "A1", 1, place="W1"), say("allocated", "A2", 2, place="S1"))
    assert [unit.place for unit in state.units] == ["S1"]
    [release] = [one for one in state.requests if one.kind == "release"]
    assert (release.key, release.detail["place"], release.lines) == ("release/A1/A2", "W1", (("L-A", 1),))


def test_a_store_that_declines_gives_back_and_its_second_no_changes_nothing() -> None:
    """Declined twice is declined once; what another place has by then stays there."""
    given = say("allocated", "A1", 1, place="S1")
    declined = say("declined", "S1", 2, place="S1", reason="not on the shelf")
    state = after(ONE, ACCEPTED, given, declined)
    assert where(state) == {"A": {"confirmed": 1}}
    assert state.units[0].place is None
    assert state.units[0].why == "not on the shelf"
    rerouted = after(
        ONE,
        ACCEPTED,
        given,
        declined,
        say("allocated", "A2", 3, place="S2"),
        say("declined", "again", 4, place="S1"),
    )
    assert [unit.place for unit in rerouted.units] == ["S2"]
    assert codes(rerouted) == []


def test_a_late_claim_after_rerouting_is_rejected() -> None:
    """The first store claims what the second one has: it keeps looking for nothing."""
    state = after(
        ONE,
        say("allocated", "A1", 1, place="S1"),
        say("allocated", "A2", 2, place="S2"),
        say("claimed", "S1", 3, place="S1"),
    )
    assert where(state) == {"A": {"allocated": 1}}
    assert [unit.place for unit in state.units] == ["S2"]
    assert codes(state) == ["late_claim"]
    assert "S1" in state.contradictions[0].text
    assert "S2" in state.contradictions[0].text


def test_an_allocation_does_not_take_what_is_being_prepared() -> None:
    """Work that began is taken back only by a message that says so, and why."""
    begun = (say("allocated", "A1", 1, place="W1"), say("preparing", "T", 2, place="W1"))
    state = after(ONE, *begun, say("allocated", "A2", 3, place="S1", of="A:1"))
    assert (where(state), codes(state)) == ({"A": {"preparing": 1}}, ["allocated_at_work"])
    back = say("allocated", "A2", 3, place="S1", of="A:1", backward=True, reason="damaged at W1")
    taken = after(ONE, *begun, back)
    assert (where(taken), codes(taken)) == ({"A": {"allocated": 1}}, [])
    assert (taken.units[0].place, taken.units[0].why) == ("S1", "damaged at W1")


def test_backward_without_a_reason_is_not_followed() -> None:
    """Forward only; the way back needs a reason."""
    state = after(ONE, say("packed", "T", 1, place="W1"), say("preparing", "U", 2, place="W1", backward=True))
    assert (where(state), codes(state)) == ({"A": {"packed": 1}}, ["backward_without_reason"])


def test_too_many_pieces_in_an_allocation_are_told() -> None:
    """Three of two cannot be allocated."""
    state = after(TWO, say("allocated", "A1", 1, place="W1", of="A:3"))
    assert (where(state), codes(state)) == ({"A": {"allocated": 2}}, ["allocated_too_many"])


def test_a_line_that_was_not_ordered_is_told_once_and_the_others_are_followed() -> None:
    """A message may be right about one line and wrong about another."""
    state = after(TWO, say("shipped", "BL-1", 1, of="A:1 X:1"))
    assert (where(state), codes(state)) == ({"A": {"shipped": 1, "exported": 1}}, ["unknown_line"])
    assert "X" in state.contradictions[0].text


def test_two_erp_numbers_are_a_duplicate_in_the_erp() -> None:
    """The first number stays, the second one is an alarm."""
    state = after(ONE, say("accepted", "x", 2, erp_number="E-2"), say("accepted", "x", 1, erp_number="E-1"))
    assert (state.erp_number, codes(state)) == ("E-1", ["duplicate_in_erp"])
    assert "E-2" in state.contradictions[0].text


def test_refused_then_accepted_is_accepted() -> None:
    """An order that was corrected at the ERP is no contradiction, but it is told."""
    state = after(
        ONE, say("refused", "1", 1, reason="unknown SKU"), say("accepted", "E-1", 2, erp_number="E-1")
    )
    assert (state.order_state, state.refused, codes(state)) == ("Confirmed", None, [])
    assert [one.code for one in state.remarks] == ["refused_then_accepted"]


def test_accepted_then_refused_stays_accepted() -> None:
    """The ERP has it under a number: a refusal that comes later is asked about."""
    state = after(ONE, ACCEPTED, say("refused", "1", 5, reason="blocked"))
    assert (state.order_state, codes(state)) == ("Confirmed", ["refused_after_acceptance"])


def test_a_refused_order_says_why_and_cancels_nothing() -> None:
    """Refused is for people: no piece is given up by it."""
    state = after(ONE, say("refused", "1", 5, reason="blocked"))
    assert (state.refused, state.order_state, where(state)) == ("blocked", "Open", {"A": {"exported": 1}})
