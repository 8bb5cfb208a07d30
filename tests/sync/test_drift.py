"""Where the shop is not as we wrote it: told by field, with age and probable cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from passerelle.records import Category
from passerelle.sync import RunReport
from passerelle.sync.drift import Drift, Slice, look_for_drift

from .desk import Desk, level, line, open_ledger
from .labels import edit, label, labels_desk


@pytest.fixture
def make(tmp_path: Path) -> Any:
    """Make a desk whose feed has these lines."""
    ledger = open_ledger(tmp_path / "ledger.db")
    yield lambda more="", **options: labels_desk(ledger, tmp_path, more, **options)
    ledger.close()


async def look(desk: Desk, **options: Any) -> tuple[Drift, RunReport]:
    """Look under a new run, with these options of a look; others are the job's."""
    asked = {name: options.pop(name) for name in ("part", "repair", "extra") if name in options}
    _, report = await desk.plan([], **options)
    drift = await look_for_drift(desk.job, report, **asked)
    assert drift.checked == drift.agreeing + drift.missing + drift.different + drift.unclear
    return drift, report


async def test_a_shop_that_agrees_shows_nothing(make: Any) -> None:
    """All are checked, nothing is told."""
    desk: Desk = make()
    await desk.carry([label(key, "Robe") for key in "abc"])
    drift, _ = await look(desk)
    assert (drift.checked, drift.agreeing, drift.found, drift.rows) == (3, 3, 0, [])


async def test_edits_losses_and_deletions_have_their_causes(make: Any) -> None:
    """By field, with both values and since when; what was deleted is missing."""
    desk: Desk = make()
    await desk.carry([label(key, "Robe") for key in "abc"])
    edit(desk, "a", name={"fr-FR": "Jupe"}, order_hint="0.9")
    desk.shelf._kept["b"].body["order_hint"] = "0.7"  # noqa: SLF001 - lost without a new version
    desk.shelf.take("c")
    drift, _ = await look(desk)
    told = {(row.key, row.field): (row.state, row.cause, row.ours, row.theirs) for row in drift.rows}
    assert told == {
        ("a", "name.fr-FR"): ("different", "edited", "Robe", "Jupe"),
        ("a", "order_hint"): ("different", "edited", "0.1", "0.9"),
        ("b", "order_hint"): ("different", "lost_update", "0.1", "0.7"),
        ("c", ""): ("missing", "deleted", None, None),
    }
    assert (drift.missing, drift.different) == (1, 2)
    assert drift.causes == {"edited": 2, "lost_update": 1, "deleted": 1}
    assert all(row.since is not None for row in drift.rows)


async def test_what_nobody_wrote_is_told_so(make: Any) -> None:
    """Without a binding there never was an answer."""
    desk: Desk = make()
    await desk.carry([label("a", "Robe")])
    desk.shelf.take("a")
    desk.ledger.bindings.forget("shelf", "category", ["a"])
    drift, _ = await look(desk)
    assert drift.causes == {"never_written": 1}


async def test_the_slices_cover_all_once(make: Any) -> None:
    """As many looks as slices, each key in one of them."""
    desk: Desk = make()
    await desk.carry([label(f"k{number}", "Robe") for number in range(40)])
    checked = [(await look(desk, part=Slice(number, 4)))[0].checked for number in (1, 2, 3, 4)]
    assert sum(checked) == 40
    assert all(checked)


async def test_what_is_left_to_others_is_no_drift(make: Any) -> None:
    """By policy, and what was given up as a fight; the rest of the record is told and mended."""
    desk: Desk = make("foreign_edits: {owners: {pim: keep}}")
    await desk.carry([label("a", "Robe"), label("b", "Robe")])
    edit(desk, "a", name={"nl-BE": "Rok"})
    edit(desk, "b", name={"nl-BE": "Rok"}, order_hint="0.9")
    drift, report = await look(desk, repair=True)
    assert (drift.agreeing, drift.left, drift.different) == (1, 1, 1)
    assert [(row.key, row.field) for row in drift.rows] == [("b", "order_hint")]
    [item] = desk.ledger.plans.stream(report.run_id)
    assert (item.key, b"nl-BE" in (item.change or b"").partition(b"kept")[0]) == ("b", False)


async def test_stock_that_moved_is_no_drift(desk: Desk) -> None:
    """Orders took it; an entry that is gone is drift."""
    await desk.carry([line("A", 10), line("B", 10)])
    desk.shelf.put(level("A", 8))
    desk.shelf.take("B/depot-001")
    drift, _ = await look(desk)
    assert (drift.moved, drift.missing, drift.different) == (1, 1, 0)


async def test_the_repair_says_what_was_wanted(make: Any) -> None:
    """Created again, set right: the plan holds the wanted records with the prints that make them known."""
    desk: Desk = make()
    await desk.carry([label("a", "Robe"), label("b", "Robe"), label("c", "Robe")])
    edit(desk, "a", name={"fr-FR": "Jupe"})
    desk.shelf.take("b")
    _, report = await look(desk, repair=True)
    items = {item.key: item for item in desk.ledger.plans.stream(report.run_id)}
    assert {key: item.kind for key, item in items.items()} == {"a": "update", "b": "create"}
    known = desk.ledger.fingerprints.lookup("labels", ["a", "b"])
    assert {key: (item.raw, item.strong) for key, item in items.items()} == {
        key: (one.raw, one.strong) for key, one in known.items()
    }
    assert desk.shelf.contents()["a"]["name"]["fr-FR"] == "Jupe"


async def test_what_was_taken_away_is_not_missed(make: Any) -> None:
    """A tombstone wants nothing."""
    desk: Desk = make()
    await desk.carry([label("a", "Robe")])
    desk.ledger.wanted.bury("labels", ["a"], "delete")
    desk.shelf.take("a")
    assert (await look(desk))[0].checked == 0


async def test_only_those_asked_for_are_looked_at(make: Any) -> None:
    """By key or SKU."""
    desk: Desk = make()
    await desk.carry([label("a", "Robe"), label("b", "Robe")])
    assert (await look(desk, skus=frozenset({"b"})))[0].checked == 1


async def test_what_no_feed_wants_any_more_is_told(make: Any) -> None:
    """We made it, it is there, and no feed has a word on it; what is gone from the shop too is nothing."""
    desk: Desk = make()
    await desk.carry([label(key, "Robe") for key in "abcd"])
    for key in "bcd":
        desk.ledger.wanted.forget("labels", [key])
    desk.ledger.fingerprints.forget("labels", ["b", "c"])
    desk.shelf.take("c")
    drift, _ = await look(desk, repair=True)
    assert [(row.key, row.state, row.cause) for row in drift.rows] == [("b", "unwanted", "no_longer_wanted")]
    assert drift.rows[0].since is not None
    assert (drift.checked, drift.unwanted, drift.found) == (1, 1, 1)
    assert "b" in desk.shelf.contents()


async def test_what_was_taken_off_or_is_another_feeds_is_wanted(make: Any) -> None:
    """A tombstone is a word on it; so is a record of another feed, under this key or another one."""
    desk: Desk = make()
    await desk.carry([label(key, "Robe") for key in "abcd"])
    desk.ledger.wanted.bury("labels", ["a"], "unpublish")
    bound = desk.ledger.bindings.get("shelf", "category", ["c"])["c"]
    desk.ledger.bindings.put("shelf", "category", [("old-c", bound.target_id, bound.version)])
    for key in "abd":
        desk.ledger.fingerprints.forget("labels", [key])
    for key in "bd":
        desk.ledger.wanted.put("other", [(key, b'{"key":"%s"}' % key.encode())])
        desk.ledger.wanted.forget("labels", [key])
    drift, _ = await look(desk, siblings=lambda: ["other"])
    assert (drift.unwanted, drift.found) == (0, 0)
    assert (await look(desk))[0].unwanted == 2


async def test_each_slice_tells_its_own_unwanted(make: Any) -> None:
    """All slices together tell each once, in batches smaller than what there is."""
    desk: Desk = make()
    keys = [f"k{number:02}" for number in range(20)]
    await desk.carry([label(key, "Robe") for key in keys])
    desk.ledger.wanted.forget("labels", keys)
    desk.ledger.fingerprints.forget("labels", keys)
    looks = [(await look(desk, part=Slice(number, 3), batch=4))[0] for number in (1, 2, 3)]
    assert sorted(row.key for drift in looks for row in drift.rows) == keys
    assert (await look(desk, skus=frozenset({"k01"})))[0].unwanted == 0


async def test_what_the_shop_cannot_list_is_a_note(make: Any) -> None:
    """The shelf lists nothing by id."""
    desk: Desk = make()
    desk.shelf.put(Category(key="x"))
    drift, report = await look(desk, extra=10)
    assert (drift.extra, len(report.notes)) == (0, 1)
