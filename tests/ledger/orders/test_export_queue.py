"""What waits to leave and what waits to be marked is read page by page, whatever lies in between."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from passerelle.ledger import Ledger, NewOrder
from passerelle.ledger.orders.export_queue import Settled

AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def test_marks_are_found_behind_many_orders_that_still_wait(tmp_path: Path) -> None:
    """Twenty orders wait, the last two left: a small page finds these, and no page comes twice."""
    numbers = [f"W-{number:02}" for number in range(22)]
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        ledger.orders.add_pending(
            [NewOrder(number=one, shop_id=f"id-{one}", destination="out", created_at=AT) for one in numbers]
        )
        queue = ledger.export_queue
        ids = queue.ids(numbers)
        queue.open_marks(list(ids.values()))
        for number in numbers[-2:]:
            ledger.orders.set_step(number, "export", "done", external_id="FILE")
        marks = queue.marks("out", "pending", after=0, limit=3)
        assert [(one.number, one.external_id) for one in marks] == [("W-20", "FILE"), ("W-21", "FILE")]
        assert queue.marks("out", "pending", after=marks[-1].id, limit=3) == []
        assert queue.marks("elsewhere", "pending", after=0, limit=3) == []
        met, after = [], 0
        while page := queue.page("out", after=after, limit=7):
            met += [one.number for one in page]
            after = page[-1].id
        assert met == numbers[:-2]


def test_a_mark_is_claimed_by_one_and_settled_once(tmp_path: Path) -> None:
    """A second process gets nothing; what was lost is found among those in doubt."""
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        ledger.orders.add_pending([NewOrder(number="W-1", shop_id="i", destination="out", created_at=AT)])
        queue = ledger.export_queue
        [order_id] = queue.ids(["W-1"]).values()
        queue.open_marks([order_id])
        queue.open_marks([order_id])
        ledger.orders.set_step("W-1", "export", "done", external_id="FILE")
        assert queue.claim_marks([order_id], run_id=None) == {order_id}
        assert queue.claim_marks([order_id], run_id=None) == frozenset()
        queue.settle_marks([Settled(order_id, "in_doubt", None, {"reason": "lost"})], run_id=None)
        assert queue.marks("out", "pending", after=0, limit=3) == []
        [doubted] = queue.marks("out", "in_doubt", after=0, limit=3)
        assert doubted.in_doubt
        assert queue.claim_marks([order_id], run_id=None) == {order_id}
        queue.settle_marks([Settled(order_id, "done", "FILE")], run_id=None)
        step = ledger.orders.step("W-1", "mark")
        assert step is not None
        assert (step.state, step.external_id) == ("done", "FILE")
        states = [event.state for event in ledger.orders.timeline("W-1") if event.step == "mark"]
        assert states == ["pending", "claimed", "in_doubt", "claimed", "done"]
