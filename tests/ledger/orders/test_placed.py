"""Placed orders: claimed before the call, done when the shop has them, and never the shop's own."""

from __future__ import annotations

from datetime import UTC, datetime

from passerelle.ledger import Ledger, MetOrder, NewOrder, PlacedClaim

WHEN = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
CLAIM = PlacedClaim(number="OLD-1", placed_at=WHEN, total=12470, currency="EUR", pieces=2, sender_number="1")
SHOWN = MetOrder("OLD-1", "id-1", 12470, "EUR")


def test_a_claim_is_in_doubt_when_its_run_is_over(ledger: Ledger) -> None:
    """Until then it may be under way; the next run that claims it answers for it."""
    run = ledger.runs.start("old-orders", mode="auto")
    assert ledger.placed_orders.claim(CLAIM, feed="old-orders", run_id=run.id)
    found = ledger.placed_orders.get("OLD-1")
    assert found is not None
    assert (found.state, found.in_doubt) == ("claimed", False)
    ledger.runs.finish(run.id, "failed", {}, "interrupted")
    found = ledger.placed_orders.get("OLD-1")
    assert found is not None
    assert found.in_doubt
    again = ledger.runs.start("old-orders", mode="auto")
    assert ledger.placed_orders.claim(CLAIM, feed="old-orders", run_id=again.id)
    found = ledger.placed_orders.get("OLD-1")
    assert found is not None
    assert (found.in_doubt, found.run_id) == (False, again.id)


def test_it_is_recognised_by_its_amount_and_then_by_its_id(ledger: Ledger) -> None:
    """Claimed, its id is not known: an order of another amount under its number is a customer's."""
    placed = ledger.placed_orders
    placed.claim(CLAIM, feed="old-orders")
    assert placed.among([SHOWN]) == {"OLD-1"}
    assert placed.among([SHOWN._replace(cents=1)]) == frozenset()
    assert placed.among([SHOWN._replace(currency="SEK")]) == frozenset()
    placed.settle([(CLAIM, "id-1")], feed="old-orders")
    # Edited in the shop since: it is the same order.
    assert placed.among([SHOWN._replace(cents=1)]) == {"OLD-1"}
    assert placed.among([SHOWN._replace(shop_id="id-2")]) == frozenset()


def test_a_claim_that_is_taken_back_leaves_nothing(ledger: Ledger) -> None:
    """What is there stays."""
    placed = ledger.placed_orders
    placed.claim(CLAIM, feed="old-orders")
    placed.release("OLD-1")
    assert placed.get("OLD-1") is None
    placed.settle([(CLAIM, None)], feed="old-orders")
    placed.release("OLD-1")
    found = placed.get("OLD-1")
    assert found is not None
    assert (found.state, found.shop_id) == ("done", None)


def test_an_order_of_the_shop_is_never_placed_elsewhere(ledger: Ledger) -> None:
    """Who is known under the number keeps it."""
    new = NewOrder(number="OLD-1", shop_id="id-9", destination="orders-out", created_at=WHEN)
    ledger.orders.add_pending([new])
    assert not ledger.placed_orders.claim(CLAIM, feed="old-orders")
    ledger.placed_orders.settle([(CLAIM, "id-9")], feed="old-orders")
    assert ledger.placed_orders.get("OLD-1") is None
