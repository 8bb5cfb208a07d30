"""Edits of others, told once a run, counted when they are set right."""

from __future__ import annotations

from typing import Any

import pytest

from passerelle.ledger import ForeignDecision, Ledger, Sighting


def seen(
    decision: ForeignDecision = "overwrite", *, key: str = "a", field: str = "name.fr", theirs: Any = "x"
) -> Sighting:
    """An edit of a name."""
    return Sighting(key, field, "ours", theirs, decision)


def story(ledger: Ledger, feed: str) -> list[tuple[str, str, str, int]]:
    """What is kept of a feed."""
    return [(one.key, one.field, one.decision, one.times) for one in ledger.foreign_edits.entries(feed)]


def run_of(ledger: Ledger, feed: str) -> str:
    """A new run."""
    return ledger.runs.start(feed, mode="auto").id


def test_an_edit_counts_when_it_was_set_right(ledger: Ledger) -> None:
    """Met twice by one run it counts once; of a run that wrote nothing it does not count."""
    edits = ledger.foreign_edits
    first = run_of(ledger, "f")
    edits.met(first, "f", [seen()])
    edits.met(first, "f", [seen(theirs={"deep": [1, None]})])
    assert story(ledger, "f") == [("a", "name.fr", "overwrite", 0)]
    assert (edits.overwritten(first, "f", ["a", "b"]), edits.overwritten(first, "f", ["a"])) == (1, 0)
    second = run_of(ledger, "f")
    edits.met(second, "f", [seen()])
    third = run_of(ledger, "f")
    edits.met(third, "f", [seen()])
    edits.overwritten(third, "f", ["a"])
    assert story(ledger, "f") == [("a", "name.fr", "overwrite", 2)]
    [one] = edits.of("f", ["a"]).values()
    assert (one.first_run_id, one.run_id, one.theirs) == (first, third, "x")
    assert one.first_seen <= one.last_seen


def test_what_is_left_counts_their_values(ledger: Ledger) -> None:
    """The same value again is no new one."""
    for theirs in ("x", "x", "y", None):
        ledger.foreign_edits.met(run_of(ledger, "f"), "f", [seen("keep", theirs=theirs)])
    assert story(ledger, "f") == [("a", "name.fr", "keep", 3)]


@pytest.mark.parametrize("decision", ["keep", "report", "fight"])
def test_what_is_left_is_settled_when_both_agree(ledger: Ledger, decision: ForeignDecision) -> None:
    """It is no longer given; met again it has a new story. What was set right has its story go on."""
    edits, run = ledger.foreign_edits, run_of(ledger, "f")
    edits.met(run, "f", [seen(decision), seen(field="slug.fr")])
    assert edits.count_left("f") == 1
    assert edits.settle("f", [("a", "name.fr"), ("a", "slug.fr"), ("b", "name.fr")]) == 1
    assert story(ledger, "f") == [("a", "slug.fr", "overwrite", 0)]
    assert (edits.count_left("f"), list(edits.of("f", ["a"]))) == (0, [("a", "slug.fr")])
    edits.met(run_of(ledger, "f"), "f", [seen(decision)])
    assert ("a", "name.fr", decision, 1) in story(ledger, "f")


def test_a_release_is_for_what_was_left(ledger: Ledger) -> None:
    """All of a feed, of a record, or one field; it counts from the beginning."""
    edits, run = ledger.foreign_edits, run_of(ledger, "f")
    rows = [seen("fight"), seen("keep", field="slug.fr"), seen("report", key="b"), seen(key="c")]
    edits.met(run, "f", rows)
    edits.met(run, "g", [seen("fight")])
    assert edits.release("f", key="a", field="slug.fr") == ["a"]
    assert edits.release("f") == ["a", "b"]
    assert edits.release("f") == []
    assert {decision for *_, decision, _ in story(ledger, "f")} == {"released", "overwrite"}
    assert story(ledger, "g") == [("a", "name.fr", "fight", 1)]
    edits.met(run_of(ledger, "f"), "f", [seen()])
    assert ("a", "name.fr", "overwrite", 0) in story(ledger, "f")


def test_edits_of_all_feeds_are_given_in_order(ledger: Ledger) -> None:
    """The oldest first, each with its feed."""
    for feed in ("g", "f"):
        ledger.foreign_edits.met(run_of(ledger, feed), feed, [seen("keep")])
    assert [one.feed for one in ledger.foreign_edits.entries()] == ["g", "f"]
    ledger.foreign_edits.met(run_of(ledger, "f"), "f", [])
    assert len(story(ledger, "f")) == 1
