from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from passerelle.ledger import (
    Ledger,
    NewOrder,
    OrderCursor,
    SecondAnswer,
    StepOutOfOrder,
    StepState,
    UnknownOrder,
)
from tests.ledger.workers import Work, done_together

DAY = datetime(2026, 11, 1, 9, 30, 0, 123000, tzinfo=UTC)
STATES: tuple[StepState, ...] = ("pending", "claimed", "done", "in_doubt", "refused")


def _order(number: int, /, **changes: str) -> NewOrder:
    plain = NewOrder(
        number=f"W{number:04d}",
        shop_id=f"id-{number}",
        destination="erp",
        created_at=DAY + timedelta(minutes=number),
        record=b'{"a":1}',
    )
    return replace(plain, **changes)


class TestAdding:
    def test_an_order_is_written_down_once(self, ledger: Ledger) -> None:
        """The same message twice is no second order and no second step."""
        assert ledger.orders.add_pending([_order(1), _order(2)]).new == ("W0001", "W0002")
        added = ledger.orders.add_pending([_order(2), _order(3)])
        assert (added.new, added.known, added.clashes) == (("W0003",), ("W0002",), ())
        assert ledger.orders.known(["id-1", "id-3", "id-9"]) == {"id-1", "id-3"}
        assert [order.number for order, _ in ledger.orders.in_state("export", "pending")] == [
            "W0001",
            "W0002",
            "W0003",
        ]
        assert len(ledger.orders.steps("W0002")) == 1

    def test_it_is_read_back_as_it_was(self, ledger: Ledger) -> None:
        """Number, shop id, destination, time and record; by number and by shop id."""
        ledger.orders.add_pending([_order(1)])
        entry = ledger.orders.get("W0001")
        assert entry is not None
        assert entry == ledger.orders.by_shop_id("id-1")
        assert (entry.created_at, entry.record, entry.destination) == (
            _order(1).created_at,
            b'{"a":1}',
            "erp",
        )
        assert ledger.orders.get("W0009") is None

    @pytest.mark.parametrize("changes", [{"number": "W0001"}, {"shop_id": "id-1"}])
    def test_a_number_belongs_to_one_order(self, ledger: Ledger, changes: dict[str, str]) -> None:
        """Two shop orders with one number, or one with two numbers, are reported and not mixed up."""
        ledger.orders.add_pending([_order(1)])
        clash = _order(2, **changes)
        assert ledger.orders.add_pending([clash]).clashes == (clash,)

    def test_the_cursor_moves_with_the_orders(self, ledger: Ledger) -> None:
        """It goes on only, unless a person sets it back; microseconds and ids count."""
        cursor = OrderCursor(DAY, "id-1")
        assert ledger.orders.cursor("shop") is None
        ledger.orders.add_pending([_order(1)], source="shop", cursor=cursor)
        ledger.orders.add_pending([], source="shop", cursor=OrderCursor(DAY, "id-0"))
        assert ledger.orders.cursor("shop") == cursor
        later = OrderCursor(DAY + timedelta(microseconds=1), "id-0")
        ledger.orders.add_pending([], source="shop", cursor=later)
        assert ledger.orders.cursor("shop") == later
        ledger.orders.set_cursor("shop", cursor)
        assert ledger.orders.cursor("shop") == cursor

    def test_a_time_without_zone_is_refused(self, ledger: Ledger) -> None:
        """Nobody could say later which hour was meant; and nothing of the batch is kept."""
        naive = OrderCursor(DAY.replace(tzinfo=None), "id-1")
        with pytest.raises(Exception, match="without a zone"):
            ledger.orders.add_pending([_order(1)], source="shop", cursor=naive)
        assert ledger.orders.get("W0001") is None


class TestSteps:
    def test_a_step_is_claimed_once(self, ledger: Ledger) -> None:
        """Claim, call, store the answer: whoever comes second gets nothing to do."""
        ledger.orders.add_pending([_order(1)])
        run = ledger.runs.start("orders", mode="delta")
        claimed = ledger.orders.claim("W0001", "sync_info", run_id=run.id)
        assert claimed is not None
        assert (claimed.attempt, claimed.state, claimed.run_id) == (1, "claimed", run.id)
        assert ledger.orders.claim("W0001", "sync_info") is None
        done = ledger.orders.set_step("W0001", "sync_info", "done", external_id="v7", detail={"version": 7})
        assert (done.external_id, done.detail, done.run_id) == ("v7", {"version": 7}, run.id)
        assert ledger.orders.claim("W0001", "sync_info") is None

    def test_a_lost_answer_is_read_before_it_is_claimed_again(self, ledger: Ledger) -> None:
        """After a time-out: read first."""
        ledger.orders.add_pending([_order(1)])
        ledger.orders.claim("W0001", "sync_info")
        ledger.orders.set_step("W0001", "sync_info", "in_doubt")
        assert ledger.orders.claim("W0001", "sync_info") is None
        assert ledger.orders.claim("W0001", "sync_info", after_reading=True) is not None

    @pytest.mark.parametrize("before", STATES)
    @pytest.mark.parametrize("after", STATES)
    def test_which_state_may_follow_which(self, ledger: Ledger, before: StepState, after: StepState) -> None:
        """The whole table: nothing leaves done or refused, and nothing goes back to pending."""
        allowed = {
            ("pending", "claimed"),
            ("pending", "done"),
            ("pending", "refused"),
            ("claimed", "done"),
            ("claimed", "in_doubt"),
            ("claimed", "refused"),
            ("in_doubt", "done"),
            ("in_doubt", "refused"),
            ("in_doubt", "claimed"),
        }
        ledger.orders.add_pending([_order(1)])
        ledger.orders.set_step("W0001", "ack", before)
        if before == after or (before, after) in allowed:
            assert ledger.orders.set_step("W0001", "ack", after).state == after
        else:
            with pytest.raises(StepOutOfOrder):
                ledger.orders.set_step("W0001", "ack", after)
            last = ledger.orders.step("W0001", "ack")
            assert last is not None
            assert last.state == before

    def test_two_erp_numbers_for_one_order_are_an_alarm(self, ledger: Ledger) -> None:
        """The same answer again is nothing, another one may mean that the ERP has the order twice."""
        ledger.orders.add_pending([_order(1)])
        ledger.orders.set_step("W0001", "ack", "done", external_id="ERP-1")
        ledger.orders.set_step("W0001", "ack", "done", external_id="ERP-1")
        with pytest.raises(SecondAnswer, match="ERP-2"):
            ledger.orders.set_step("W0001", "ack", "done", external_id="ERP-2")
        assert len(ledger.orders.timeline("W0001")) == 2

    def test_only_a_refused_step_is_tried_again(self, ledger: Ledger) -> None:
        """The new attempt is a row of its own; the refused one stays as it was."""
        ledger.orders.add_pending([_order(1)])
        with pytest.raises(StepOutOfOrder):
            ledger.orders.try_again("W0001", "export")
        ledger.orders.set_step("W0001", "export", "refused", detail={"reason": "no address"})
        assert ledger.orders.try_again("W0001", "export").attempt == 2
        assert [(one.attempt, one.state) for one in ledger.orders.steps("W0001")] == [
            (1, "refused"),
            (2, "pending"),
        ]
        assert [step.attempt for _, step in ledger.orders.in_state("export", *STATES)] == [2]

    def test_an_unknown_order_is_named(self, ledger: Ledger) -> None:
        """An answer to an order that we never met is put aside, not invented."""
        with pytest.raises(UnknownOrder, match="W0404"):
            ledger.orders.set_step("W0404", "ack", "done")
        with pytest.raises(UnknownOrder):
            ledger.orders.timeline("W0404")

    def test_the_claims_of_a_dead_run_are_in_doubt(self, ledger: Ledger) -> None:
        """Nobody will store their answer: they are read before they are done again. Others go on."""
        ledger.orders.add_pending([_order(1), _order(2)])
        dead, alive = (ledger.runs.start("orders", mode="delta") for _ in range(2))
        ledger.orders.claim("W0001", "sync_info", run_id=dead.id)
        ledger.orders.claim("W0002", "sync_info", run_id=alive.id)
        ledger.runs.finish(dead.id, "failed")
        assert [step.number for step in ledger.orders.doubt_abandoned()] == ["W0001"]
        assert ledger.orders.doubt_abandoned() == []
        assert ledger.orders.counts() == {
            ("export", "pending"): 2,
            ("sync_info", "in_doubt"): 1,
            ("sync_info", "claimed"): 1,
        }

    def test_the_timeline_tells_what_happened(self, ledger: Ledger) -> None:
        """Every change of every step, in its order, with what the other side said."""
        ledger.orders.add_pending([_order(1)])
        ledger.orders.claim("W0001", "sync_info")
        ledger.orders.set_step("W0001", "sync_info", "done", external_id="v2")
        ledger.orders.set_step("W0001", "ack", "refused", detail={"reason": "no address"})
        events = ledger.orders.timeline("W0001")
        assert [(one.step, one.state, one.external_id) for one in events] == [
            ("export", "pending", None),
            ("sync_info", "claimed", None),
            ("sync_info", "done", "v2"),
            ("ack", "refused", None),
        ]
        assert events[-1].detail == {"reason": "no address"}
        assert [one.at for one in events] == sorted(one.at for one in events)

    def test_what_waits_too_long_is_found(self, ledger: Ledger) -> None:
        """An alarm asks for steps that are in a state since before a time, by destination."""
        ledger.orders.add_pending([_order(1), _order(2, destination="store")])
        now = datetime.now(tz=UTC)
        assert ledger.orders.in_state("export", "pending", before=now - timedelta(hours=1)) == []
        late = ledger.orders.in_state("export", "pending", before=now + timedelta(hours=1), destination="erp")
        assert [order.number for order, _ in late] == ["W0001"]

    def test_two_processes_never_claim_the_same_step(
        self, ledger: Ledger, ledger_url: str, work: Work
    ) -> None:
        """Every step is claimed, each by one of them."""
        numbers = [f"W{number:04d}" for number in range(100)]
        ledger.orders.add_pending([_order(number) for number in range(100)])
        workers = [work("claim", ledger_url, *numbers) for _ in range(2)]
        said = done_together(*workers)
        assert sorted([*said[0], *said[1]]) == numbers
