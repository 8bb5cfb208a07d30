"""Returns: announced, received in any place, graded; once each."""

from __future__ import annotations

from passerelle.fulfilment import FulfilmentRules, view
from tests.fulfilment.invented_life import line, order, say
from tests.fulfilment.told import after, codes, where

TWO = order(line("A", 2, 2000))
LEFT = say("shipped", "BL-1", 10, of="A:2")
ANNOUNCED = say("return_announced", "R-9", 20, return_number="R-9", of="A:1")


def test_announced_received_and_graded() -> None:
    """Each word moves the one piece of the return; the other stays with the customer."""
    received = say("returned", "R-9", 30, return_number="R-9", place="S2", of="A:1")
    graded = say("returned", "R-9", 40, return_number="R-9", place="S2", of="A:1", grade="sellable")
    assert where(after(TWO, LEFT, ANNOUNCED)) == {"A": {"return_announced": 1, "shipped": 1}}
    assert where(after(TWO, LEFT, ANNOUNCED, received)) == {"A": {"returned": 1, "shipped": 1}}
    assert where(after(TWO, LEFT, ANNOUNCED, received, graded)) == {"A": {"restocked": 1, "shipped": 1}}
    assert where(after(TWO, LEFT, graded)) == {"A": {"restocked": 1, "shipped": 1}}


def test_a_return_that_nobody_announced_is_fine_and_said() -> None:
    """A customer brings it to any store: it is back, and people can see that it came unannounced."""
    state = after(TWO, LEFT, say("returned", "POS-1", 30, place="S2", of="A:1", grade="sellable"))
    assert (where(state), codes(state)) == ({"A": {"restocked": 1, "shipped": 1}}, [])
    assert [one.code for one in state.remarks] == ["return_not_announced"]
    assert [unit.place for unit in state.units if unit.state == "restocked"] == ["S2"]


def test_goods_that_come_back_before_we_know_that_they_left_wait() -> None:
    """The delivery is late, not the return wrong: it waits and is taken up."""
    back = say("returned", "R-9", 30, return_number="R-9", of="A:1")
    early = after(TWO, back)
    assert (where(early), early.waiting, codes(early)) == ({"A": {"exported": 2}}, (back,), [])
    assert where(after(TWO, back, LEFT)) == {"A": {"returned": 1, "shipped": 1}}


def test_more_than_was_delivered_does_not_come_back() -> None:
    """Three of two came back: two did, the third is told."""
    state = after(TWO, LEFT, say("returned", "R-9", 30, return_number="R-9", of="A:3"))
    assert (where(state), codes(state)) == ({"A": {"returned": 2}}, ["returned_too_many"])


def test_a_return_received_without_lines_is_the_one_that_was_announced() -> None:
    """`R-9 is here` means the piece of R-9, not the whole order."""
    state = after(TWO, LEFT, ANNOUNCED, say("returned", "R-9", 30, return_number="R-9"))
    assert where(state) == {"A": {"returned": 1, "shipped": 1}}


def test_a_return_of_what_was_cancelled_too_late_is_one_return() -> None:
    """Cancelled after it had left, then announced by the customer: one return, of the customer's number."""
    recalled = say("cancelled", "Q-1", 15, of="A:1")
    for of in ("A:1", ""):
        state = after(TWO, LEFT, recalled, say("return_announced", "R-9", 20, of=of))
        assert {unit.return_number for unit in state.units if unit.state == "return_announced"} == {"R-9"}
        assert codes(state) == ["cancelled_after_shipping"]
    assert where(after(TWO, LEFT, recalled, ANNOUNCED)) == {"A": {"return_announced": 1, "shipped": 1}}


def test_two_pieces_of_one_return_are_graded_differently() -> None:
    """One sellable and one not, told in two rows of one document."""
    state = after(
        TWO,
        LEFT,
        say("returned", "R-9", 30, return_number="R-9", of="A:1", grade="sellable"),
        say("returned", "R-9", 30, return_number="R-9", of="A:1", grade="unusable"),
    )
    assert (where(state), codes(state)) == ({"A": {"restocked": 1, "unusable": 1}}, [])


def test_a_corrected_grade_replaces_the_older_one() -> None:
    """One piece, sellable at first sight, unusable at the second: unusable, told as a correction."""
    one = order(line("A", 1, 1000))
    state = after(
        one,
        say("shipped", "BL-1", 10),
        say("returned", "R-9", 30, return_number="R-9", of="A:1", grade="sellable"),
        say("returned", "R-9", 40, return_number="R-9", of="A:1", grade="unusable"),
    )
    assert (where(state), codes(state)) == ({"A": {"unusable": 1}}, [])
    assert "grade_corrected" in [one.code for one in state.remarks]


def test_the_shop_has_a_return_item_for_each_piece() -> None:
    """A return item has one state: pieces are counted, those that came furthest first, so that keys stay."""
    both = say("return_announced", "R-9", 20, return_number="R-9", of="A:2")
    one = say("returned", "R-9", 30, return_number="R-9", of="A:1", grade="sellable")
    before = view(TWO, after(TWO, LEFT, both)).returns
    then = view(TWO, after(TWO, LEFT, both, one)).returns
    assert [(item.key, item.shipment) for item in before] == [
        ("R-9/L-A/1", "Advised"),
        ("R-9/L-A/2", "Advised"),
    ]
    assert [(item.key, item.shipment) for item in then] == [
        ("R-9/L-A/1", "BackInStock"),
        ("R-9/L-A/2", "Advised"),
    ]
    assert [item.payment for item in then] == ["Initial", "NonRefundable"]


def test_return_items_are_counted_from_the_furthest() -> None:
    """The second piece that arrives is graded before the first: it is the first item in stock again."""
    state = after(
        TWO,
        LEFT,
        say("return_announced", "R-9", 20, return_number="R-9", of="A:2"),
        say("returned", "X-1", 30, return_number="R-9", of="A:1"),
        say("returned", "X-2", 40, return_number="R-9", of="A:1", grade="sellable"),
    )
    assert where(state) == {"A": {"returned": 1, "restocked": 1}}
    assert [(item.key, item.shipment) for item in view(TWO, state).returns] == [
        ("R-9/L-A/1", "BackInStock"),
        ("R-9/L-A/2", "Returned"),
    ]


def test_stock_is_told_only_when_its_owner_wants_to_be_told() -> None:
    """The ERP's next stock file has the piece: adding it too would sell it twice."""
    graded = say("returned", "R-9", 30, return_number="R-9", place="S2", of="A:1", grade="sellable")
    assert not [one for one in after(TWO, LEFT, graded).requests if one.kind == "stock"]
    told = after(TWO, LEFT, graded, rules=FulfilmentRules(restock="graded"))
    [request] = [one for one in told.requests if one.kind == "stock"]
    assert (request.step, request.lines, request.detail["place"]) == (24, (("L-A", 1),), "S2")
    unusable = say("returned", "R-9", 30, return_number="R-9", place="S2", of="A:1", grade="unusable")
    rules = FulfilmentRules(restock="graded")
    assert not [one for one in after(TWO, LEFT, unusable, rules=rules).requests if one.kind == "stock"]


def test_an_exchange_is_both_halves_or_nothing() -> None:
    """Without its return, or without its new order, an exchange waits."""
    half = say("exchanged", "R-9", 40, return_number="R-9")
    both = say("exchanged", "R-9", 40, return_number="R-9", new_order="O-2")
    back = say("returned", "R-9", 30, return_number="R-9", of="A:1")
    assert after(TWO, LEFT, both).waiting == (both,)
    assert after(TWO, LEFT, back, half).waiting == (half,)
    state = after(TWO, LEFT, back, both)
    assert state.waiting == ()
    [request] = [one for one in state.requests if one.kind == "exchange"]
    assert (request.key, request.detail["order"]) == ("exchange/R-9/O-2", "O-2")


def test_what_is_exchanged_is_not_paid_back() -> None:
    """The money went into the new order: no refund, and the shop says so."""
    back = say("returned", "R-9", 30, return_number="R-9", of="A:1")
    both = say("exchanged", "R-9", 40, return_number="R-9", new_order="O-2")
    state = after(TWO, LEFT, back, both)
    assert not [one for one in state.requests if one.kind == "refund"]
    assert [item.payment for item in view(TWO, state).returns] == ["NotRefunded"]
