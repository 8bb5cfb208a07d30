"""Plans that a person decides about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from passerelle.errors import ConfigError, Fatal
from passerelle.ledger import Ledger, PlanItem, StoredPlan

NOW = datetime.now(UTC)


def _stored(ledger: Ledger, *keys: str, feed: str = "stock", digest: str = "") -> StoredPlan:
    """Store a plan that deletes these records."""
    run = ledger.runs.start(feed, mode="plan")
    ledger.plans.spool(
        run.id, [PlanItem(seq, key, b"raw", None, "delete", None, b"{}") for seq, key in enumerate(keys, 1)]
    )
    return ledger.decisions.store(
        run.id,
        feed=feed,
        origin="run",
        digest=digest or ledger.plans.digest(run.id),
        facts={"files": ["a.xml"]},
        expires_at=NOW + timedelta(hours=1),
    )


def test_what_is_stored_outlives_its_run(ledger: Ledger) -> None:
    """The end of the run does not drop it; its items are read under the run that planned it."""
    plan = _stored(ledger, "A", "B")
    ledger.plans.drop(plan.run_id)
    assert [item.key for item in ledger.plans.stream(plan.run_id)] == ["A", "B"]
    assert (plan.state, plan.facts, plan.digest) == (
        "stored",
        {"files": ["a.xml"]},
        ledger.plans.digest(plan.run_id),
    )
    assert ledger.decisions.get(plan.id) == plan


def test_a_plan_is_stored_once(ledger: Ledger) -> None:
    """What people were shown is not replaced under the same number; a plan without items is one too."""
    plan = _stored(ledger)
    with pytest.raises(Fatal, match="stored already"):
        ledger.decisions.store(plan.run_id, feed="stock", origin="run", digest="x", facts={})
    assert ledger.decisions.last("stock") == [plan]


def test_a_plan_that_runs_is_none_to_decide_about(ledger: Ledger) -> None:
    """Only what was stored is listed and found."""
    run = ledger.runs.start("stock", mode="auto")
    ledger.plans.spool(run.id, [PlanItem(1, "A", b"", None, "delete")])
    assert ledger.decisions.last() == []
    with pytest.raises(ConfigError, match="no stored plan"):
        ledger.decisions.named("1")


def test_it_is_decided_once(ledger: Ledger) -> None:
    """Who comes second is told so: nothing is written over; who, when and why are kept."""
    plan = _stored(ledger, "A")
    approved = ledger.decisions.decide(plan.id, "approved", by="ann", reason="season ends")
    assert approved is not None
    assert (approved.state, approved.decided_by, approved.reason) == ("approved", "ann", "season ends")
    assert approved.decided_at is not None
    assert ledger.decisions.decide(plan.id, "approved", by="bob") is None
    done = ledger.decisions.close(plan.id)
    assert done is not None
    assert (done.state, done.decided_by) == ("applied", "ann")
    assert ledger.decisions.decide(plan.id, "refused", by="bob") is None
    assert ledger.decisions.close(plan.id) is None


def test_what_was_approved_and_interrupted_can_be_given_up(ledger: Ledger) -> None:
    """A plan that will never be finished does not stay open for ever."""
    plan = _stored(ledger, "A")
    ledger.decisions.decide(plan.id, "approved", by="ann")
    refused = ledger.decisions.decide(plan.id, "refused", by="bob", reason="too late")
    assert refused is not None
    assert (refused.state, refused.decided_by) == ("refused", "bob")


def test_it_is_found_by_number_or_digest(ledger: Ledger) -> None:
    """Six digits of the digest are enough while no other plan begins so."""
    first = _stored(ledger, "A", digest="abcdef0123")
    second = _stored(ledger, "B", digest="abcdef9999")
    assert ledger.decisions.named(str(first.id)).id == first.id
    assert ledger.decisions.named("#" + str(second.id)).id == second.id
    assert ledger.decisions.named("ABCDEF9").id == second.id
    with pytest.raises(ConfigError, match="means several plans"):
        ledger.decisions.named("abcdef")
    for nothing in ("abc", "", "9" * 30, "%%%%%%"):
        with pytest.raises(ConfigError, match="no stored plan"):
            ledger.decisions.named(nothing)


def test_a_number_that_looks_like_a_digest_must_be_clear(ledger: Ledger) -> None:
    """Digits that name one plan by number and another by digest name neither."""
    plan = _stored(ledger, "A")
    while plan.id < 12:
        plan = _stored(ledger, "A")
    other = _stored(ledger, "B", digest=f"{plan.id:06d}ff")
    assert ledger.decisions.named(str(plan.id)).id == plan.id
    with pytest.raises(ConfigError, match="means several plans"):
        ledger.decisions.named(f"{plan.id:06d}")
    assert ledger.decisions.named(other.digest).id == other.id


def test_of_plans_alike_the_one_that_waits_is_meant(ledger: Ledger) -> None:
    """The same file planned again, after the first plan was refused, has the same digest."""
    first, second, third = (_stored(ledger, "A") for _ in range(3))
    assert first.digest == third.digest
    ledger.decisions.decide(third.id, "refused", by="ann", reason="no")
    assert ledger.decisions.named(first.digest[:8]).id == second.id


def test_the_last_are_listed_first(ledger: Ledger) -> None:
    """By feed and by state, the newest first."""
    first, second, other = _stored(ledger, "A"), _stored(ledger, "B"), _stored(ledger, "C", feed="prices")
    ledger.decisions.decide(first.id, "refused", by="ann", reason="no")
    assert [plan.id for plan in ledger.decisions.last()] == [other.id, second.id, first.id]
    assert [plan.id for plan in ledger.decisions.last("stock", n=1)] == [second.id]
    assert [plan.id for plan in ledger.decisions.last("stock", states=["refused"])] == [first.id]


def test_facts_are_added(ledger: Ledger) -> None:
    """What became of a plan is known beside what it is about."""
    plan = _stored(ledger, "A")
    assert ledger.decisions.note(plan.id, {"moved": 3}).facts == {"files": ["a.xml"], "moved": 3}
    found = ledger.decisions.get(plan.id)
    assert found is not None
    assert found.facts["moved"] == 3


def test_items_go_and_the_row_stays(ledger: Ledger) -> None:
    """A number never means another plan later; what waits, or is at work, keeps its items."""
    refused, waits, works = _stored(ledger, "A"), _stored(ledger, "B"), _stored(ledger, "C")
    ledger.decisions.decide(refused.id, "refused", by="ann", reason="no")
    ledger.decisions.decide(works.id, "approved", by="ann")
    assert ledger.decisions.forget_items(NOW - timedelta(days=1), 9) == 0
    assert ledger.decisions.forget_items(datetime.now(UTC) + timedelta(seconds=1), 9) == 1
    assert [ledger.plans.totals(plan.run_id).items for plan in (refused, waits, works)] == [0, 1, 1]
    assert ledger.decisions.forget_items(NOW + timedelta(days=1), 9) == 1
    assert [plan.id for plan in ledger.decisions.last()] == [works.id, waits.id, refused.id]


def test_items_go_in_pieces(ledger: Ledger) -> None:
    """A plan of millions of rows goes as any other, so many rows at a time; the next plan only after it."""
    plans = [_stored(ledger, "A", "B", "C"), _stored(ledger, "D")]
    for plan in plans:
        ledger.decisions.decide(plan.id, "refused", by="ann", reason="no")
    before = datetime.now(UTC) + timedelta(seconds=1)
    left = []
    while ledger.decisions.forget_items(before, 2):
        left.append([ledger.plans.totals(plan.run_id).items for plan in plans])
    assert left == [[1, 1], [0, 1], [0, 0]]


def test_it_expires_unless_it_was_decided(ledger: Ledger) -> None:
    """Time passes for decisions, not for what was decided."""
    plan = _stored(ledger, "A")
    assert (plan.is_expired(NOW), plan.is_expired(NOW + timedelta(hours=1))) == (False, True)
    approved = ledger.decisions.decide(plan.id, "approved", by="ann")
    assert approved is not None
    assert not approved.is_expired(NOW + timedelta(hours=1))


def test_items_are_moved_behind_others(ledger: Ledger) -> None:
    """The files of a batch are planned one by one and kept as one plan."""
    run = ledger.runs.start("stock", mode="plan")
    items = [PlanItem(seq, f"k{seq}", b"", None, "create") for seq in (1, 2)]
    ledger.plans.spool(run.id, items)
    assert ledger.plans.move(run.id, "kept") == 2
    ledger.plans.spool(run.id, items)
    assert ledger.plans.move(run.id, "kept", base=10) == 2
    assert [(item.seq, item.key) for item in ledger.plans.stream("kept")] == [
        (1, "k1"), (2, "k2"), (11, "k1"), (12, "k2"),
    ]  # fmt: skip
    assert ledger.plans.totals(run.id).items == 0
    plan = _stored(ledger, "A")
    assert ledger.plans.move(plan.run_id, "kept") == 0


def test_a_run_is_named_by_a_part_of_its_id(ledger: Ledger) -> None:
    """As much as tells it apart; less, or what nobody has, is refused.

    The first six characters are the same for hours, the first eight for a minute.
    """
    run = ledger.runs.start("stock", mode="auto")
    ledger.runs.start("stock", mode="auto")
    assert ledger.runs.named(run.id).id == run.id
    assert ledger.runs.named(run.id[-12:].upper()).id == run.id
    for wrong in (run.id[:6], "abc", "%%%%%%", "no-such-run"):
        with pytest.raises(ConfigError, match="run"):
            ledger.runs.named(wrong)


def test_images_of_a_record_changed_twice(ledger: Ledger) -> None:
    """A run of several files may change a record in each: all that was done to it is read together."""
    run = ledger.runs.start("stock", mode="auto")
    rows = [
        (1, "A", "create", b""),
        (2, "B", "update", b"{}"),
        (7, "A", "update", b"{}"),
        (9, "C", "update", b""),
    ]
    ledger.before.keep(run.id, "stock", rows)
    ledger.before.done(run.id, [(seq, f"id-{key}", seq, b"{}") for seq, key, _, _ in rows if key != "C"])
    assert ledger.before.repeated(run.id) == ["A"]
    assert [(one.seq, one.kind) for one in ledger.before.of_keys(run.id, ["A", "C"])] == [
        (1, "create"), (7, "update"),
    ]  # fmt: skip
    assert ledger.before.done_places(run.id) == [1, 2, 7]
