"""Latest: what came last of each feed, and how many records stand on it, in both databases."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.errors import Fault, Position
from passerelle.ledger import Ledger, ParkedRecord, Quarantined

_FAULT = Fault("unknown_code", Position("a.xml", 1, 1), "9", "a code")


def test_what_came_last_and_what_was_carried(ledger: Ledger) -> None:
    """The newest file of any state, the newest that was carried, by mode; of other feeds nothing."""
    for name, mode, state in (
        ("1", "full", "applied"),
        ("2", "delta", "applied"),
        ("3", "delta", "skipped"),
        ("4", "delta", "refused"),
        ("5", "full", "held"),
    ):
        ledger.files.record("stock", name, name, 1, mode=mode, state=state)  # type: ignore[arg-type]  # as written above
    ledger.files.record("prices", "p", "p", 1, state="collected")
    found = ledger.latest.of(["stock", "prices", "nobody"])
    assert [getattr(found["stock"].file, "name", None), getattr(found["stock"].carried, "name", None)] == [
        "5",
        "3",
    ]
    assert (found["prices"].file is not None, found["prices"].carried) == (True, None)
    assert found["nobody"] == (None, None, None, None, None)
    full = ledger.latest.of(["stock"], mode="full")["stock"]
    assert full.file is not None
    assert full.carried is not None
    assert (full.file.name, full.file.state, full.carried.name) == ("5", "held", "1")
    assert full.file.recorded_at.tzinfo is not None


def test_runs_that_only_look_are_no_runs(ledger: Ledger) -> None:
    """A dry run, a plan and an undo say nothing of how a feed stands; a failed run is no good one."""
    good = ledger.runs.start("stock", mode="auto")
    ledger.runs.finish(good.id, "completed_with_rejects")
    failed = ledger.runs.start("stock", mode="full")
    ledger.runs.finish(failed.id, "failed", message="no connection")
    for mode in ("dry_run", "plan", "undo"):
        ledger.runs.finish(ledger.runs.start("stock", mode=mode).id, "succeeded")
    came = ledger.latest.of(["stock"])["stock"]
    assert came.run is not None
    assert came.good_run is not None
    assert (came.run.id, came.run.message, came.good_run.id) == (failed.id, "no connection", good.id)
    assert came.first_run_at is not None
    assert abs(came.first_run_at - good.started_at) < timedelta(milliseconds=1)
    at_work = ledger.runs.start("stock", mode="auto")
    came = ledger.latest.of(["stock"])["stock"]
    assert came.run is not None
    assert (came.run.id, came.run.outcome, came.run.finished_at) == (at_work.id, None, None)


def test_what_is_open_is_counted_by_feed(ledger: Ledger) -> None:
    """Closed rejects and waits do not count."""
    run = ledger.runs.start("stock", mode="auto").id
    for feed, keys in (("stock", "abc"), ("prices", "a")):
        ledger.quarantine.add(run, feed, [Quarantined(record_key=key, faults=(_FAULT,)) for key in keys])
    ledger.quarantine.resolve_keys("stock", ["a"], run)
    waiting = [ParkedRecord(key=key, waits_for=("x",), record=b"{}", raw=b"r", strong=b"s") for key in "ab"]
    ledger.parked.park(run, "stock", waiting, age_limit=timedelta(days=1))
    ledger.parked.resolve("stock", ["b"], run)
    assert ledger.latest.refused() == {"stock": 2, "prices": 1}
    assert ledger.latest.waiting() == {"stock": 1}


_parts = st.text(st.sampled_from("ABab09~}{.-_é"), min_size=1, max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(keys=st.sets(st.tuples(_parts, st.sampled_from(["001", "002", "é", "~"])), max_size=30))
def test_first_parts_are_counted_without_reading_all(ledger: Ledger, keys: set[tuple[str, str]]) -> None:
    """As many as there are different first parts, whatever signs they have and however they sort."""
    known = f"f{abs(hash(frozenset(keys)))}"
    ledger.fingerprints.store(known, [("|".join(key), b"r", b"s") for key in keys])
    ledger.fingerprints.store(f"{known}-other", [("Z|1", b"r", b"s")])
    assert ledger.latest.first_parts(known) == len({first for first, _ in keys})
    assert ledger.latest.records(known) == len(keys)
