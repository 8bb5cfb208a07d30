"""Records that their source no longer has."""

from __future__ import annotations

import pytest

from passerelle.errors import ConfigError, Fatal, GuardStop
from passerelle.records import Product, StockLevel
from passerelle.sync import Applied, Change, Job, RunReport, Thresholds, remove
from passerelle.sync.removing import Leaving, remove_all
from passerelle.testing import Flaky, Shelf, Trouble

from .desk import Desk, line, stock_key, stock_shelf

FREE = Thresholds(removed_share=None)


async def take_away(
    desk: Desk, *keys: str, policy: str = "delete", sink: object = None, **options: object
) -> RunReport:
    """Remove under a new run."""
    settings = {"thresholds": FREE, **options}
    _, report = await desk.plan([], sink=sink, **settings)  # type: ignore[arg-type]  # a test's own sinks
    await remove(desk.job, report, keys, policy, file="removals")  # type: ignore[arg-type]  # also a wrong one
    return report


async def test_what_is_gone_is_deleted_and_forgotten(desk: Desk) -> None:
    """The shop loses the record, the ledger remembers how; sent again, it is created anew."""
    await desk.carry([line("A", 1), line("B", 2)])
    report = await take_away(desk, "A|001")
    assert (report.removed, list(desk.shelf.contents())) == (1, ["B/depot-001"])
    assert desk.known("A|001", "B|001") == ["B|001"]
    assert desk.ledger.wanted.get("stock", ["A|001"])["A|001"].removed == "delete"
    assert desk.ledger.bindings.get("shelf", "stock", ["A|001"]) == {}
    again = await desk.carry([line("A", 1)])
    assert (again.created, desk.ledger.wanted.get("stock", ["A|001"])["A|001"].removed) == (1, None)


async def test_what_others_made_is_left_alone(desk: Desk) -> None:
    """Nothing is removed that no run of the feed wrote or agreed with."""
    desk.shelf.put(StockLevel(sku="A", quantity=1, supply_channel="depot-001"))
    report = await take_away(desk, "A|001")
    assert (report.removed, list(desk.shelf.contents())) == (0, ["A/depot-001"])


async def test_what_is_gone_already_needs_nothing(desk: Desk) -> None:
    """Somebody deleted it: no change, no fault, and the ledger forgets it too."""
    await desk.carry([line("A", 1)])
    desk.shelf.take("A/depot-001")
    report = await take_away(desk, "A|001")
    assert (report.removed, report.rejects, desk.known("A|001")) == (0, [], [])


async def test_too_many_removals_stop_before_the_first(desk: Desk) -> None:
    """The guard counts all of them against what is known; a person with a reason lets them pass."""
    await desk.carry([line(f"S{n}", 1) for n in range(20)])
    keys = [f"S{n}|001" for n in range(6)]
    with pytest.raises(GuardStop, match="6 of 20 records would be taken away"):
        await take_away(desk, *keys, thresholds=Thresholds())
    assert len(desk.shelf.contents()) == 20
    report = await take_away(desk, *keys, thresholds=Thresholds(), override_guard="season is over")
    assert (report.removed, len(desk.shelf.contents())) == (6, 14)
    assert "season is over" in report.notes[0]


async def test_a_dry_run_removes_nothing(desk: Desk) -> None:
    """It shows what would go."""
    await desk.carry([line("A", 1)])
    report = await take_away(desk, "A|001", dry_run=True)
    assert (report.planned, report.removed, desk.known("A|001")) == (1, 0, ["A|001"])
    assert ("A|001", "delete", "quantity", "1", None) in [
        (row.key, row.kind, row.field, row.old, row.new) for row in report.changes
    ]


async def test_a_policy_that_the_target_does_not_know_is_a_fault_of_the_mapping(desk: Desk) -> None:
    """Nothing is done then."""
    await desk.carry([line("A", 1)])
    with pytest.raises(ConfigError, match="deactivate"):
        await take_away(desk, "A|001", policy="deactivate")
    assert desk.known("A|001") == ["A|001"]


async def test_keep_is_a_policy(desk: Desk) -> None:
    """It reads nothing and does nothing."""
    await desk.carry([line("A", 1)])
    reads = desk.shelf.reads
    await take_away(desk, "A|001", policy="keep")
    assert (desk.shelf.reads, desk.known("A|001")) == (reads, ["A|001"])


async def test_a_record_that_moved_is_looked_at_again(desk: Desk) -> None:
    """Somebody writes it between plan and removal: it is read and decided again, then removed."""
    moved: list[str] = []

    class Moving(Shelf[StockLevel]):
        async def apply(self, change: Change) -> Applied:
            if change.kind == "delete" and not moved:
                moved.append(change.key)
                self.put(StockLevel(sku="A", quantity=9, supply_channel="depot-001"))
            return await super().apply(change)

    desk.shelf = Moving(StockLevel, key=stock_key, entity="stock")
    await desk.carry([line("A", 1)])
    report = await take_away(desk, "A|001")
    assert (len(moved), report.removed, desk.shelf.contents()) == (1, 1, {})


async def test_a_refused_removal_is_told_and_tried_again(desk: Desk) -> None:
    """The others go; what could not go stays known as absent, so the next run tries it again."""
    await desk.carry([line("A", 1), line("B", 1)])
    sink = Flaky(desk.shelf, Trouble.REFUSED, at={1}, keys={"A|001"})
    report = await take_away(desk, "A|001", "B|001", sink=sink)
    assert (report.removed, [row.code for row in report.rejects]) == (1, ["refused"])
    assert desk.known("A|001", "B|001") == ["A|001"]


async def test_what_was_removed_before_a_crash_is_noted(desk: Desk) -> None:
    """The target refuses everything from the second on: the first is gone, and the ledger knows."""
    await desk.carry([line(sku, 1) for sku in "ABC"])
    sink = Flaky(stock_like(desk.shelf), Trouble.FATAL, at={2})
    with pytest.raises(Fatal):
        await take_away(desk, "A|001", "B|001", "C|001", sink=sink)
    assert set(desk.known("A|001", "B|001", "C|001")) == {f"{key[0]}|001" for key in desk.shelf.contents()}
    assert len(desk.shelf.contents()) == 2


def stock_like(shelf: Shelf[StockLevel]) -> Shelf[StockLevel]:
    """The same shelf, one change at a time."""
    shelf.concurrency = 1
    return shelf


async def test_undo_knows_what_was_removed(desk: Desk) -> None:
    """The image of a removed record holds all that it was."""
    await desk.carry([line("A", 3)])
    report = await take_away(desk, "A|001")
    ((image,),) = desk.ledger.before.of_run(report.run_id)
    assert (image.kind, b'"quantity":3' in image.before) == ("delete", True)


async def test_a_record_that_comes_back_is_shown_again(desk: Desk) -> None:
    """Taken off by the policy, back in the file: the sink says what shows it again."""
    shelf: Shelf[Product] = Shelf(Product, key=lambda record: record.key, entity="product")
    shelf.put(Product(key="p", published=True))
    job: Job[Product]
    _, report = await desk.plan([], sink=shelf, thresholds=FREE)
    job = desk.job
    desk.ledger.bindings.put("shelf", "product", [("p", "id-1", 1)])
    await remove(job, report, ["p"], "unpublish", file="removals")
    assert shelf.contents()["p"]["published"] is False
    buried = desk.ledger.wanted.get("stock", ["p"])["p"]
    assert (buried.removed, shelf.returned(Product(key="p"), "unpublish").published) == ("unpublish", True)


def test_a_shelf_without_the_door_is_refused() -> None:
    """What cannot remove is no Removing: the protocol is looked at, not guessed."""
    from passerelle.sync import Removing  # noqa: PLC0415 - beside its use

    assert isinstance(stock_shelf(), Removing)
    assert not isinstance(object(), Removing)


async def test_removals_for_two_reasons_are_counted_together(desk: Desk) -> None:
    """Each alone is within the share; together they are too many, and none of them goes."""
    await desk.carry([line(f"S{n:02d}", 1) for n in range(20)])
    _, report = await desk.plan([], thresholds=Thresholds(removed_share=0.2))
    told = Leaving("told", [f"S{n:02d}|001" for n in range(4)], "delete")
    absent = Leaving("absent", [f"S{n:02d}|001" for n in range(4, 8)], "delete")
    with pytest.raises(GuardStop, match=r"told and absent: .*8 of 20 records would be taken away"):
        await remove_all(desk.job, report, [told, absent])
    assert (report.removed, len(desk.shelf.contents())) == (0, 20)
    _, report = await desk.plan([], thresholds=Thresholds(removed_share=0.2))
    await remove_all(desk.job, report, [told])
    assert (report.removed, len(desk.shelf.contents())) == (4, 16)


async def test_a_policy_that_is_no_good_stops_the_others_too(desk: Desk) -> None:
    """All is planned before the first is sent."""
    await desk.carry([line("A", 1), line("B", 1)])
    _, report = await desk.plan([], thresholds=FREE)
    wrong = Leaving("absent", ["B|001"], "deactivate")
    with pytest.raises(ConfigError, match="deactivate"):
        await remove_all(desk.job, report, [Leaving("told", ["A|001"], "delete"), wrong])
    assert (report.removed, len(desk.shelf.contents())) == (0, 2)


async def test_each_removal_has_a_place_of_its_own(desk: Desk) -> None:
    """Undo finds the images of both reasons: none is written over the other's."""
    await desk.carry([line("A", 3), line("B", 4)])
    _, report = await desk.plan([], thresholds=FREE)
    both = [Leaving("told", ["A|001"], "delete"), Leaving("absent", ["B|001"], "delete")]
    await remove_all(desk.job, report, both)
    assert (report.removed, desk.shelf.contents()) == (2, {})
    images = [image for page in desk.ledger.before.of_run(report.run_id) for image in page]
    assert len({image.seq for image in images}) == len(images) == 2
