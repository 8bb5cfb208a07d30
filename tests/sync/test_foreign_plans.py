"""Foreign edits that an approved plan writes over, or leaves, count as those of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from passerelle.errors import Fatal
from passerelle.sync import RunReport, apply_stored, decide, store_plan
from passerelle.testing import Crash, Flaky, Trouble

from .desk import Desk, open_ledger
from .labels import edit, label, labels_desk, names


@pytest.fixture
def make(tmp_path: Path) -> Any:
    """Make a desk whose feed has these lines."""
    ledger = open_ledger(tmp_path / "ledger.db")
    yield lambda more="", **options: labels_desk(ledger, tmp_path, more, **options)
    ledger.close()


def stories(desk: Desk) -> dict[tuple[str, str], tuple[str, int]]:
    """The ledger's rows: decision and times."""
    return {
        (one.key, one.field): (one.decision, one.times) for one in desk.ledger.foreign_edits.entries("labels")
    }


async def planned(desk: Desk, *values: dict[str, str]) -> str:
    """Plan rows of a file and keep the plan; its number."""
    _, report = await desk.plan(list(values), dry_run=True)
    plan = store_plan(desk.job, report, files=[{"name": "f.xml"}])
    desk.ledger.plans.drop(desk.job.run_id)
    desk.ledger.runs.finish(desk.job.run_id, "succeeded")
    return str(plan.id)


async def applied(desk: Desk, plan: str, *, sink: Any = None) -> RunReport:
    """Approve it and carry it out under a run of its own."""
    found = desk.ledger.decisions.named(plan)
    found = decide(desk.ledger, found, approve=True, by="ann", mapping_version=desk.mapping.version)
    run = desk.ledger.runs.start("labels", mode="apply")
    job = replace(desk.job, run_id=run.id, dry_run=False, sink=sink or desk.shelf)
    report = RunReport(feed="labels", entity="category", run_id=run.id)
    desk.job = job
    await apply_stored(job, report, found)
    return report


async def test_a_plan_sets_right_as_often_as_a_run_may(make: Any) -> None:
    """Two runs and a plan make three: after that the field is left, whoever planned."""
    desk: Desk = make()
    await desk.carry([label("a", "Robe 0")])
    for turn in (1, 2):
        edit(desk, "a", name={"fr-FR": "Jupe"})
        await desk.carry([label("a", f"Robe {turn}")])
    edit(desk, "a", name={"fr-FR": "Jupe"})
    plan = await planned(desk, label("a", "Robe 3"))
    assert stories(desk) == {("a", "name.fr-FR"): ("overwrite", 2)}
    report = await applied(desk, plan)
    assert (names(desk)["fr-FR"], report.foreign, report.foreign_left) == ("Robe 3", 1, 0)
    assert stories(desk) == {("a", "name.fr-FR"): ("overwrite", 3)}
    edit(desk, "a", name={"fr-FR": "Jupe"})
    plan = await planned(desk, label("a", "Robe 4", hint="0.5"))
    report = await applied(desk, plan)
    assert (names(desk)["fr-FR"], [row.code for row in report.rejects]) == ("Jupe", ["foreign_fight"])
    assert desk.shelf.contents()["a"]["order_hint"] == "0.5"
    assert stories(desk) == {("a", "name.fr-FR"): ("fight", 3)}


async def test_what_a_plan_leaves_to_others_is_written_down(make: Any) -> None:
    """The next run does not look at the record any more: what the plan did not say would be forgotten."""
    desk: Desk = make("foreign_edits: keep")
    await desk.carry([label("a", "Robe")])
    edit(desk, "a", name={"fr-FR": "Jupe"})
    report = await applied(desk, await planned(desk, label("a", "Robes", hint="0.3")))
    assert (report.updated, report.foreign, report.foreign_left) == (1, 1, 1)
    assert (names(desk)["fr-FR"], stories(desk)) == ("Jupe", {("a", "name.fr-FR"): ("keep", 1)})


async def test_what_moved_since_is_not_written_over_and_does_not_count(make: Any) -> None:
    """Who edits after the plan keeps the last word; nothing was set right."""
    desk: Desk = make()
    await desk.carry([label("a", "Robe")])
    edit(desk, "a", name={"fr-FR": "Jupe"})
    plan = await planned(desk, label("a", "Robes"))
    edit(desk, "a", name={"fr-FR": "Jupon"})
    report = await applied(desk, plan)
    assert (report.moved, names(desk)["fr-FR"], stories(desk)) == (1, "Jupon", {})


@pytest.mark.parametrize("trouble", [Trouble.LOST, Trouble.CRASH_AFTER])
async def test_it_counts_once_however_often_the_plan_is_applied(make: Any, trouble: Trouble) -> None:
    """An answer that was lost, a run that died behind its call: what was set right is counted, once."""
    desk: Desk = make()
    await desk.carry([label("a", "Robe")])
    edit(desk, "a", name={"fr-FR": "Jupe"})
    plan = await planned(desk, label("a", "Robes"))
    try:
        await applied(desk, plan, sink=Flaky(desk.shelf, trouble, at={1}))
    except Crash:
        await applied(desk, plan)
    assert (names(desk)["fr-FR"], stories(desk)) == ("Robes", {("a", "name.fr-FR"): ("overwrite", 1)})
    with pytest.raises(Fatal, match="was applied"):
        await applied(desk, plan)
