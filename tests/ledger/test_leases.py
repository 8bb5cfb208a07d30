from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psutil
import pytest

from passerelle.ledger import LeaseHeld, LeaseLost, Ledger, Owner, leases
from passerelle.ledger.database import Database, utc_now
from passerelle.ledger.owners import this_process
from tests.ledger.workers import Work, go, line, ready

ELSEWHERE = Owner("another-host", 1, 1.0)


@contextmanager
def _as(owner: Owner) -> Iterator[None]:
    """Take leases as another process would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leases, "this_process", lambda: owner)
        yield


class TestLeases:
    def test_a_second_taker_is_told_who_holds_it(self, ledger: Ledger) -> None:
        """The message names the holder, what it does and since when, and survives pickling."""
        with (
            ledger.leases.take("stock", ttl=60, purpose="run 17"),
            pytest.raises(LeaseHeld) as caught,
        ):
            ledger.leases.take("stock", ttl=60)
        assert caught.value.holder.pid == psutil.Process().pid
        assert "run 17" in str(caught.value)
        copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - pickled in the line itself
        assert (str(copy), copy.holder) == (str(caught.value), caught.value.holder)

    def test_it_is_free_after_its_block(self, ledger: Ledger) -> None:
        """Also when the block raised; leases of other names never matter."""
        with pytest.raises(RuntimeError), ledger.leases.take("stock", ttl=60):  # noqa: PT012 - a block is the point
            assert ledger.leases.holder("prices") is None
            assert ledger.leases.holder("stock") is not None
            raise RuntimeError
        assert ledger.leases.holder("stock") is None
        ledger.leases.take("stock", ttl=60).release()

    def test_a_living_holder_keeps_it_however_silent(self, ledger: Ledger) -> None:
        """On the same host the process itself is asked, and a long batch is no reason to work twice."""
        with ledger.leases.take("stock", ttl=-1), pytest.raises(LeaseHeld):
            ledger.leases.take("stock", ttl=60)

    def test_a_process_number_given_out_again_does_not_keep_it(self, ledger: Ledger) -> None:
        """A holder is a number and a start time."""
        me = psutil.Process()
        with _as(Owner(this_process().host, me.pid, me.create_time() - 3600)):
            dead = ledger.leases.take("stock", ttl=3600)
        with ledger.leases.take("stock", ttl=60) as mine:
            with pytest.raises(LeaseLost):
                dead.heartbeat()
            dead.release()
            mine.heartbeat()

    def test_another_host_keeps_it_until_it_expires(self, ledger: Ledger) -> None:
        """What cannot be asked is believed for as long as it said, and heartbeats prolong that."""
        with _as(Owner("another-host", 1, 1.0)):
            theirs = ledger.leases.take("stock", ttl=3600)
        held = ledger.leases.holder("stock")
        assert held is not None
        assert held.expires_at > utc_now() + timedelta(minutes=50)
        with pytest.raises(LeaseHeld):
            ledger.leases.take("stock", ttl=60)
        theirs.heartbeat()
        theirs.release()
        with _as(Owner("another-host", 1, 1.0)):
            theirs = ledger.leases.take("stock", ttl=-1)
        with ledger.leases.take("stock", ttl=60), pytest.raises(LeaseLost):
            theirs.heartbeat()

    @pytest.mark.parametrize(("seconds", "heard"), [(59, True), (61, True), (119, True), (121, False)])
    def test_who_is_silent_for_twice_its_lease_is_not_heard_any_more(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, *, seconds: int, heard: bool
    ) -> None:
        """One lease's time of silence may be a database that was away; nobody else's beat counts."""
        start = utc_now()
        times = [start, start + timedelta(seconds=seconds)]
        monkeypatch.setattr(Database, "now", lambda database, connection: times[0])  # noqa: ARG005 - as it is called
        with _as(ELSEWHERE):
            ledger.leases.take("feed:stock", ttl=60)
        del times[0]
        assert ledger.leases.is_heard("feed:stock", ELSEWHERE) is heard
        assert not ledger.leases.is_heard("feed:stock", this_process())
        assert not ledger.leases.is_heard("feed:other", ELSEWHERE)

    def test_a_heartbeat_is_written_when_it_is_due(self, ledger: Ledger) -> None:
        """Cheap enough for every batch: it writes after a third of the time, and moves the end."""
        with ledger.leases.take("stock", ttl=3600) as lease:
            before = ledger.leases.holder("stock")
            lease.heartbeat_if_due()
            after = ledger.leases.holder("stock")
            lease.heartbeat()
            later = ledger.leases.holder("stock")
        assert before is not None
        assert after is not None
        assert later is not None
        assert before.expires_at == after.expires_at < later.expires_at


class TestProcesses:
    def test_of_processes_that_take_at_once_one_wins(self, work: Work, ledger_url: str) -> None:
        """The others are told who holds it."""
        workers = [work("take", ledger_url, "stock") for _ in range(3)]
        ready(*workers)
        go(*workers)
        said = [line(worker) for worker in workers]
        assert said.count("taken") == 1
        winner = workers[said.index("taken")]
        assert sorted(said) == [f"held by {winner.pid}"] * 2 + ["taken"]

    def test_a_killed_holder_is_succeeded_at_once_by_one(
        self, work: Work, ledger: Ledger, ledger_url: str
    ) -> None:
        """Nobody waits for the end of a dead process's time, and the take-over itself has one winner."""
        dead = work("take", ledger_url, "stock")
        heirs = [work("take", ledger_url, "stock") for _ in range(2)]
        ready(dead, *heirs)
        go(dead)
        assert line(dead) == "taken"
        with pytest.raises(LeaseHeld):
            ledger.leases.take("stock", ttl=60)
        dead.kill()
        dead.wait()
        go(*heirs)
        assert sorted(line(heir).split()[0] for heir in heirs) == ["held", "taken"]
