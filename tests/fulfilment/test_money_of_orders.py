"""Captures and refunds: once each, to the cent, never more than was paid."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passerelle.fulfilment import FulfilmentRules, OrderState
from passerelle.fulfilment.worth import Purse, worth
from passerelle.records import Order
from tests.fulfilment.invented_life import eur, held, line, order, orders, say
from tests.fulfilment.told import after, codes

TWO = order(line("A", 2, 1999), line("B", 1, 500), freight=490)
LEFT = say("shipped", "BL-1", 10, of="A:2 B:1")
BACK = say("returned", "R-9", 30, return_number="R-9", of="A:1")


def asked(state: OrderState, kind: str) -> dict[str, int]:
    """What is asked of the payment provider, in cents."""
    return {
        one.key: one.amount.cent_amount
        for one in state.requests
        if one.kind == kind and one.amount is not None
    }


def test_a_shortage_is_refunded_once_for_its_pieces() -> None:
    """Paid at checkout: the piece that was not found goes back, freight stays."""
    state = after(TWO, say("short", "S-1", 5, of="A:1"))
    assert asked(state, "refund") == {"refund/short/S-1": 1000}
    assert state.payment_state == "CreditOwed"


def test_refunds_of_a_line_sum_to_the_line() -> None:
    """19.99 for two pieces: 10.00 and 9.99, whichever piece comes back first."""
    second = say("returned", "R-10", 40, return_number="R-10", of="A:1")
    state = after(TWO, LEFT, BACK, second)
    assert asked(state, "refund") == {"refund/R-9/R-9": 999, "refund/R-10/R-10": 1000}


def test_a_second_refund_makes_up_the_rest_of_what_went_out() -> None:
    """Asked for the later return first: what went out stands, the other one is the rest, to the cent."""
    later = say("returned", "R-0", 40, return_number="R-0", of="A:1")
    first = after(TWO, LEFT, later)
    assert asked(first, "refund") == {"refund/R-0/R-0": 1000}
    both = after(TWO, LEFT, later, BACK, asked=first.requests)
    assert asked(both, "refund") == {"refund/R-0/R-0": 1000, "refund/R-9/R-9": 999}


def test_a_grade_under_a_number_of_its_own_is_no_second_refund() -> None:
    """Received as X-1, graded as X-2: one due, under the number that it was received with."""
    received = say("returned", "X-1", 30, return_number="R-9", of="A:1")
    graded = say("returned", "X-2", 40, return_number="R-9", of="A:1", grade="sellable")
    announced = say("return_announced", "R-9", 20, return_number="R-9", of="A:1")
    state = after(TWO, LEFT, announced, received, graded)
    assert list(asked(state, "refund")) == ["refund/R-9/X-1"]


def test_a_refund_that_went_out_for_nothing_leaves_less_for_the_next() -> None:
    """Expired and refunded; the till's earlier ticket comes, then the piece comes back: paid back once."""
    pickup = order(line("A", 2, 2000), kind="click_and_collect", store="S1")
    other = say("collected", "T-1", 10, place="S1", of="A:1")
    expired = say("expired", "X-1", 99, of="A:1")
    sent = after(pickup, other, expired).requests
    ticket = say("collected", "T-2", 90, place="S1", of="A:1")
    back = say("returned", "R-9", 200, return_number="R-9", place="S1", of="A:1")
    state = after(pickup, other, expired, ticket, back, asked=sent)
    assert asked(after(pickup, other, expired), "refund") == {"refund/expired/X-1": 1000}
    assert asked(state, "refund") == {}


def test_a_cancelled_order_is_refunded_with_its_freight() -> None:
    """Nothing was sent: everything goes back, in parts that sum to what was paid."""
    state = after(TWO, say("cancelled", "Q-1", 5))
    assert sum(asked(state, "refund").values()) == TWO.total.cent_amount
    assert asked(state, "refund")["refund/charges"] == 490


def test_freight_of_a_full_return_goes_back_where_the_retailer_says_so() -> None:
    """A setting: off, the freight stays; on, it goes back with the last piece."""
    back = say("returned", "R-9", 30, return_number="R-9")
    assert sum(asked(after(TWO, LEFT, back), "refund").values()) == 2499
    rules = FulfilmentRules(refund_charges_on_full_return=True)
    assert sum(asked(after(TWO, LEFT, back, rules=rules), "refund").values()) == 2989


def test_a_refund_told_twice_is_one() -> None:
    """The provider's file comes again: refunded once, and nothing more is asked."""
    paid_back = say("refunded", "PSP-1", 50, return_number="R-9", amount=eur(1000))
    state = after(TWO, LEFT, BACK, paid_back, paid_back)
    assert state.refunded == eur(1000)
    assert asked(state, "refund") == {}


def test_a_refund_at_the_till_blocks_the_web_refund() -> None:
    """The store gave the money back: the provider is not asked."""
    till = say("refunded", "POS-7", 31, return_number="R-9", place="S1", amount=eur(1000))
    state = after(TWO, LEFT, BACK, till)
    assert asked(state, "refund") == {}
    assert sum(unit.refunded for unit in state.units) == 1000


def test_a_return_paid_back_by_the_till_and_by_the_provider_is_an_alarm() -> None:
    """Each of the two is told as it came; together they are more than the return is worth."""
    till = say("refunded", "POS-7", 31, return_number="R-9", place="S1", amount=eur(1000))
    web = say("refunded", "PSP-1", 32, return_number="R-9", amount=eur(1000))
    state = after(TWO, LEFT, BACK, web, till)
    assert (codes(state), state.refunded) == (["refunded_twice"], eur(2000))
    assert "S1 (POS-7), the provider (PSP-1)" in state.contradictions[0].text
    halves = [say("refunded", f"PSP-{part}", part, return_number="R-9", amount=eur(500)) for part in (41, 42)]
    parts = after(TWO, LEFT, BACK, *halves)
    assert (codes(parts), sum(unit.refunded for unit in parts.units)) == ([], 1000)


def test_a_refund_without_a_return_number_leaves_less_to_refund() -> None:
    """Somebody refunded by hand: what is asked later never exceeds what was paid."""
    by_hand = say("refunded", "PSP-1", 20, amount=eur(2400))
    everything = say("returned", "R-9", 30, return_number="R-9")
    state = after(TWO, LEFT, everything, by_hand)
    assert sum(asked(state, "refund").values()) == 99


def test_more_refunded_than_paid_is_an_alarm() -> None:
    """The shop never says more was given back than was paid."""
    state = after(TWO, LEFT, say("refunded", "PSP-1", 20, amount=eur(9999)))
    assert (state.refunded, codes(state)) == (TWO.total, ["refunded_more_than_paid"])


def test_a_refund_under_our_own_key_settles_it() -> None:
    """Providers answer with the key that they were asked with."""
    short = say("short", "S-1", 5, of="A:1")
    done = say("refunded", "refund/short/S-1", 9, amount=eur(1000))
    state = after(TWO, short, done)
    assert (asked(state, "refund"), state.refunded, state.payment_state) == ({}, eur(1000), "Paid")


HELD = order(line("A", 2, 1999), line("B", 1, 500), freight=490, **held(2989))


def test_money_put_aside_is_captured_by_delivery_with_the_freight_first() -> None:
    """Each delivery once; the freight goes with the first; together they are the total."""
    first, second = say("shipped", "BL-1", 10, of="A:1"), say("shipped", "BL-2", 20, of="A:1 B:1")
    assert asked(after(HELD, first), "capture") == {"capture/BL-1": 1490}
    assert asked(after(HELD, first, second), "capture") == {"capture/BL-1": 1490, "capture/BL-2": 1499}


def test_the_freight_is_captured_once_when_the_first_delivery_is_heard_last() -> None:
    """BL-2 was captured with the freight before BL-1 was told: BL-1 is captured without it."""
    first, second = say("shipped", "BL-1", 10, of="A:1"), say("shipped", "BL-2", 20, of="A:1 B:1")
    heard_first = after(HELD, second)
    assert asked(heard_first, "capture") == {"capture/BL-2": 1990}
    state = after(HELD, first, second, asked=heard_first.requests)
    assert asked(state, "capture") == {"capture/BL-1": 999, "capture/BL-2": 1990}


def test_the_freight_is_not_captured_again_while_pieces_are_still_to_come() -> None:
    """One piece was captured with the freight, another left before it, a third is still here."""
    earlier, later = say("shipped", "BL-1", 10, of="B:1"), say("shipped", "BL-2", 20, of="A:1")
    sent = after(HELD, later).requests
    assert asked(after(HELD, later), "capture") == {"capture/BL-2": 1490}
    state = after(HELD, earlier, later, asked=sent)
    assert asked(state, "capture") == {"capture/BL-1": 500, "capture/BL-2": 1490}


def test_what_the_shop_shows_as_charged_is_what_we_asked_for() -> None:
    """The shop's payment is updated by the provider: the second delivery is still captured whole."""
    first, second = say("shipped", "BL-1", 10, of="A:1"), say("shipped", "BL-2", 20, of="A:1 B:1")
    sent = after(HELD, first).requests
    charged = order(line("A", 2, 1999), line("B", 1, 500), freight=490, **held(2989))
    [payment] = charged.payments
    charged = Order(
        **{name: getattr(charged, name) for name in Order.__struct_fields__ if name != "payments"},
        payments=(type(payment)(ref="P-1", authorised=eur(2989), charged=eur(1490)),),
    )
    assert asked(after(charged, first, second, asked=sent), "capture")["capture/BL-2"] == 1499


def test_a_capture_that_was_answered_is_not_asked_again() -> None:
    """Captured by the provider, told by delivery number."""
    done = say("captured", "TX-1", 12, delivery="BL-1", amount=eur(2989))
    state = after(HELD, LEFT, done)
    assert (asked(state, "capture"), state.paid, state.payment_state) == ({}, eur(2989), "Paid")


def test_a_failed_capture_is_told() -> None:
    """The authorisation lapsed: the payment failed until a capture of the same number succeeds."""
    failed = say("capture_failed", "capture/BL-1", 12)
    assert after(HELD, LEFT, failed).payment_state == "Failed"
    done = say("captured", "capture/BL-1", 15, amount=eur(2989))
    assert after(HELD, LEFT, failed, done).payment_state == "Paid"


def test_a_shortage_of_money_put_aside_refunds_nothing() -> None:
    """It was never taken: what is left of the authorisation is released when nothing more will be sent."""
    short = say("short", "S-1", 5, of="B:1")
    assert asked(after(HELD, short), "refund") == {}
    done = after(HELD, short, say("shipped", "BL-1", 10, of="A:2"))
    assert asked(done, "refund") == {}
    assert asked(done, "capture") == {"capture/BL-1": 2489}
    assert asked(done, "release") == {"release/authorisation": 500}


def test_a_shortage_beside_a_capture_refunds_not_even_a_cent() -> None:
    """Two pieces of 9.99 and 10.00: one was captured, one was never taken, whichever is which."""
    state = after(
        HELD,
        say("short", "S-1", 5, of="A:1 B:1"),
        say("shipped", "BL-1", 10, of="A:1"),
        say("captured", "TX-1", 12, delivery="BL-1", amount=eur(1490)),
    )
    assert asked(state, "refund") == {}


def test_a_return_before_its_capture_waits_for_it() -> None:
    """A refund of what is not paid yet waits, it is not cut."""
    early = after(HELD, LEFT, BACK)
    assert asked(early, "refund") == {}
    captured = say("captured", "TX-1", 60, delivery="BL-1", amount=eur(2989))
    assert asked(after(HELD, LEFT, BACK, captured), "refund") == {"refund/R-9/R-9": 1000}


def test_a_refund_of_which_only_a_part_was_captured_waits_whole() -> None:
    """Two pieces came back, one of them is captured: the refund is not cut in two."""
    said = (
        say("shipped", "BL-1", 10, of="A:1"),
        say("shipped", "BL-2", 20, of="A:1 B:1"),
        say("captured", "TX-1", 25, delivery="BL-1", amount=eur(1490)),
        say("returned", "R-9", 30, return_number="R-9", of="A:2"),
    )
    assert asked(after(HELD, *said), "refund") == {}
    second = say("captured", "TX-2", 40, delivery="BL-2", amount=eur(1499))
    assert asked(after(HELD, *said, second), "refund") == {"refund/R-9/R-9": 1999}


def test_orders_on_account_are_never_refunded() -> None:
    """Nothing was paid: a credit note is the ERP's."""
    account = order(line("A", 2, 1999), payment_state=None, payments=())
    assert asked(after(account, LEFT, BACK), "refund") == {}


@given(orders(), st.data())
def test_the_parts_of_an_order_sum_to_its_total(placed: Order, data: st.DataObject) -> None:
    """Pieces, charges and gift cards are the total to the cent, in whatever sets the pieces are taken."""
    parts = worth(placed)
    pieces = [line for line, steps in parts.steps.items() for _ in steps[1:]]
    purse = Purse(parts)
    taken = [purse.take([(line, 1)]) for line in data.draw(st.permutations(pieces))]
    assert min(taken, default=0) >= 0
    assert sum(taken) + parts.charges + parts.gift_cards == placed.total.cent_amount
    assert parts.charges >= 0
    assert parts.gift_cards >= 0
