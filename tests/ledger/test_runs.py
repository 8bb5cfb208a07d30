from __future__ import annotations

from datetime import timedelta

import psutil
import pytest

from passerelle.errors import Fatal
from passerelle.ledger import Ledger, Outcome, Owner
from passerelle.ledger.database import utc_now
from passerelle.ledger.owners import this_process
from tests.ledger.workers import Work, go, line, ready

ELSEWHERE = Owner(host="another-host", pid=1, process_started=1.0)
DEAD = Owner(this_process().host, 2**22 + 1, 1.0)


class TestRuns:
    @pytest.mark.parametrize("outcome", ["succeeded", "completed_with_rejects", "stopped_by_guard", "failed"])
    def test_a_run_ends_with_one_of_four_outcomes(self, ledger: Ledger, outcome: Outcome) -> None:
        """What was asked, what came of it and when is read back as it was written."""
        run = ledger.runs.start("stock", mode="full", parameters={"limit": 5, "zones": ["FR"]})
        assert ledger.runs.get(run.id) == run
        ledger.runs.finish(run.id, outcome, {"created": 1}, "one created")
        (over,) = ledger.runs.last("stock")
        assert (over.outcome, over.totals, over.message) == (outcome, {"created": 1}, "one created")
        assert over.parameters == {"limit": 5, "zones": ["FR"]}
        assert over.finished_at is not None
        assert over.finished_at >= over.started_at
        assert not over.interrupted

    def test_an_outcome_is_never_written_over(self, ledger: Ledger) -> None:
        """A run that is over, or unknown, cannot end."""
        run = ledger.runs.start("stock", mode="full")
        ledger.runs.finish(run.id, "failed")
        with pytest.raises(Fatal, match="over"):
            ledger.runs.finish(run.id, "succeeded")
        with pytest.raises(Fatal, match="not known"):
            ledger.runs.finish("no-such-run", "succeeded")

    def test_the_last_come_first(self, ledger: Ledger) -> None:
        """`last` gives the newest runs of a feed, or of all."""
        ids = [ledger.runs.start(feed, mode="full").id for feed in ("stock", "prices", "stock", "stock")]
        assert [run.id for run in ledger.runs.last("stock", 2)] == [ids[3], ids[2]]
        assert [run.id for run in ledger.runs.last(n=4)] == ids[::-1]
        assert len(set(ids)) == 4


class TestSweeping:
    def test_a_run_whose_process_was_killed_is_closed_as_interrupted(
        self, ledger: Ledger, ledger_url: str, work: Work
    ) -> None:
        """A kill -9 leaves a run open; the next start closes it, once, and leaves living runs alone."""
        worker = work("run", ledger_url, "stock")
        ready(worker)
        go(worker)
        run_id = line(worker)
        mine = ledger.runs.start("stock", mode="full")
        assert ledger.runs.sweep_dead() == []
        worker.kill()
        worker.wait()
        assert ledger.runs.sweep_dead("prices") == []
        (swept,) = ledger.runs.sweep_dead("stock")
        assert (swept.id, swept.outcome, swept.interrupted) == (run_id, "failed", True)
        assert ledger.runs.get(run_id) == swept
        assert ledger.runs.sweep_dead() == []
        assert [run.outcome for run in ledger.runs.last("stock", 2)] == [None, "failed"]
        ledger.runs.finish(mine.id, "succeeded")

    def test_a_process_number_given_out_again_is_not_the_same_process(self, ledger: Ledger) -> None:
        """Our own number with another start time belonged to somebody who is dead."""
        me = psutil.Process()
        host = ledger.runs.start("stock", mode="full").owner.host
        ledger.runs.start("stock", mode="full", owner=Owner(host, me.pid, me.create_time() - 3600))
        assert len(ledger.runs.sweep_dead()) == 1

    def test_a_process_elsewhere_gets_the_benefit_of_the_doubt(self, ledger: Ledger) -> None:
        """It cannot be asked: what is known of it is asked for, and without that it is left alone."""
        run = ledger.runs.start("stock", mode="full", owner=ELSEWHERE)
        assert ledger.runs.sweep_dead() == []
        assert [one.id for one in ledger.runs.sweep_dead(lives=lambda one: one.id != run.id)] == [run.id]

    def test_who_died_and_was_not_followed_is_left_behind(self, ledger: Ledger) -> None:
        """Seen or not yet; a look without writing follows nothing, and what began long ago is over."""
        began = utc_now()
        for feed in ("seen", "followed", "looked-at"):
            ledger.runs.start(feed, mode="auto", owner=DEAD)
        assert len(ledger.runs.sweep_dead()) == 3
        for feed, mode in (("followed", "full"), ("looked-at", "dry_run")):
            ledger.runs.finish(ledger.runs.start(feed, mode=mode).id, "succeeded")
        ledger.runs.start("not seen", mode="auto", owner=DEAD)
        modes = ("auto", "full")
        assert [run.feed for run in ledger.runs.left_behind(modes, began)] == [
            "seen",
            "looked-at",
            "not seen",
        ]
        later = utc_now() + timedelta(seconds=1)
        assert [run.feed for run in ledger.runs.left_behind(modes, later)] == ["not seen"]
