"""Order sweeps: when each source was last looked through, how a queue is, what was last heard of orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.ledger import Ledger, NewOrder
from passerelle.records import Money, Order

EVERY = timedelta(minutes=10)


def order(number: str) -> Order:
    """An order without lines."""
    return Order(
        id=f"id-{number}", version=1, order_number=number, created_at=datetime(2026, 11, 2, 8, tzinfo=UTC),
        state="Open", payment_state=None, total=Money(100, "EUR"), lines=(),
    )  # fmt: skip


def test_a_look_that_began_and_did_not_end_keeps_the_end_of_the_one_before(ledger: Ledger) -> None:
    """So that somebody can say since when nothing was seen."""
    sweeps = ledger.order_sweeps
    sweeps.begin("orders-out", "orders", every=EVERY, run_id="r-1")
    [first] = sweeps.all()
    assert (first.feed, first.kind, first.every, first.ended_at) == ("orders-out", "orders", EVERY, None)
    sweeps.end("orders-out", "orders")
    ended = sweeps.all()[0].ended_at
    assert ended is not None
    assert ended >= first.began_at
    sweeps.begin("orders-out", "orders", run_id="r-2")
    [again] = sweeps.all()
    assert (again.ended_at, again.run_id, again.every) == (ended, "r-2", None)
    assert again.began_at >= ended
    sweeps.drop("orders-out", "orders")
    assert sweeps.all() == []


def test_a_health_keeps_the_time_since_which_it_is(ledger: Ledger) -> None:
    """Read again and again; another one has a time of its own."""
    sweeps = ledger.order_sweeps
    since = []
    for state in ("Healthy", "Healthy", "ConfigurationError", "ConfigurationError"):
        sweeps.begin("orders-out", "subscription")
        sweeps.end("orders-out", "subscription", state=state)
        [one] = sweeps.all()
        assert one.state == state
        since.append(one.state_since)
    assert since[0] is not None
    assert since[0] == since[1] != since[2] == since[3]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["id-1", "id-2", "id-9"]), st.integers(1, 50)), max_size=5))
def test_the_last_message_of_an_order_never_goes_back(ledger: Ledger, told: list[dict[str, int]]) -> None:
    """Whatever order batches come in; orders that nobody took down are passed over."""
    ledger.orders.add_pending([NewOrder.of(order(number), "orders-out") for number in ("1", "2")])
    sweeps = ledger.order_sweeps
    before = sweeps.message_numbers(["id-1", "id-2"])
    for numbers in told:
        sweeps.heard(numbers)
    wanted = {
        one: max([*(numbers[one] for numbers in told if one in numbers), before.get(one, 0)])
        for one in ("id-1", "id-2")
    }
    assert sweeps.message_numbers(["id-1", "id-2", "id-9"]) == {
        one: last for one, last in wanted.items() if last
    }
