"""What a worker takes up and what it leaves alone; what a run in parts does on a bad day."""

from __future__ import annotations

import asyncio

import pytest

from passerelle.feeds.parts import recipe_of
from passerelle.feeds.parts_worker import Told, Worked, work
from passerelle.ledger import Division, Ledger, Owner, PlanItem
from passerelle.ledger.owners import this_process

from .conftest import MakeYard
from .yard import Yard, counts, levels


@pytest.fixture
async def yard(yards: MakeYard) -> Yard:
    """A yard with SQLite, for this process alone."""
    made = yards()
    await made.set_up()
    return made


async def _worked(yard: Yard, *, told: list[Told] | None = None) -> Worked:
    """Let a worker do what there is to do."""
    return await work(yard.workspace, once=True, told=(told if told is not None else []).append)


def _died(ledger: Ledger, *, parts: int | None) -> None:
    """A run whose process is no more."""
    dead = Owner(this_process().host, 2**22 + 1, 1.0)
    ledger.runs.start("levels", mode="auto", parameters={"parts": parts}, owner=dead)


async def test_a_run_in_parts_that_died_is_taken_up(yard: Yard) -> None:
    """A worker carries the feed with the options of the run that died; what is not in parts waits as ever."""
    yard.drop("levels", 1, levels(3, 5))
    with yard.ledger() as ledger:
        _died(ledger, parts=None)
        assert (await _worked(yard)).runs == []
        _died(ledger, parts=4)
        worked = await _worked(yard)
        run = ledger.runs.get(worked.runs[0])
        assert run is not None
        assert (run.outcome, run.totals["created"], run.parameters["parts"]) == ("succeeded", 3, 4)
        assert ledger.runs.running() == []


async def test_a_run_in_parts_that_others_closed_first_is_taken_up(yard: Yard) -> None:
    """The sweep of a service may be quicker than any worker: the feed is carried all the same, and once."""
    yard.drop("levels", 1, levels(3, 5))
    with yard.ledger() as ledger:
        _died(ledger, parts=None)
        assert len(ledger.runs.sweep_dead()) == 1
        assert (await _worked(yard)).runs == []
        _died(ledger, parts=4)
        assert len(ledger.runs.sweep_dead()) == 1
        worked = await _worked(yard)
        run = ledger.runs.get(worked.runs[0])
        assert run is not None
        assert (run.outcome, run.totals["created"], run.parameters["parts"]) == ("succeeded", 3, 4)
        assert (await _worked(yard)).runs == []


async def test_a_run_that_nobody_can_carry_as_it_was_asked_for_is_left_alone(yard: Yard) -> None:
    """An older version let it be asked for; the worker says so once, and goes on with other work."""
    yard.drop("levels", 1, levels(3, 5))
    told: list[Told] = []
    with yard.ledger() as ledger:
        dead = Owner(this_process().host, 2**22 + 1, 1.0)
        run = ledger.runs.start("levels", mode="auto", parameters={"parts": 4, "via": "import"}, owner=dead)
        worked = await _worked(yard, told=told)
        assert (worked.runs, set(worked.left_alone)) == ([], {run.id})
        assert [one.what for one in told] == ["died", "alone"]
        assert "--via import and 4 parts" in told[-1].text


async def test_a_run_that_kills_who_takes_it_up_is_left_to_a_person(yard: Yard) -> None:
    """After three in a row that died, nobody takes up the fourth by itself."""
    yard.drop("levels", 1, levels(3, 5))
    with yard.ledger() as ledger:
        for _ in range(3):
            _died(ledger, parts=4)
            assert len(ledger.runs.sweep_dead("levels")) == 1
        _died(ledger, parts=4)
        assert (await _worked(yard)).runs == []
        assert len(ledger.runs.running()) == 1


@pytest.mark.parametrize("same", [True, False])
async def test_a_worker_with_other_mappings_leaves_the_run_alone(yard: Yard, *, same: bool) -> None:
    """A part means what the mapping means that planned it; others are told once, and do nothing."""
    told: list[Told] = []
    recipe = recipe_of(yard.workspace.incoming("levels")) if same else "0.0/an older one"
    with yard.ledger() as ledger, ledger.leases.take("feed:levels", ttl=60):
        run = ledger.runs.start("levels", mode="auto", parameters={"parts": 2})
        ledger.plans.spool(
            run.id, [PlanItem(1, "K1", b"raw", b"strong", "same", b'{"sku":"K1","quantity":1}')]
        )
        ledger.parts.divide(
            Division(
                run_id=run.id,
                feed="levels",
                file="f.csv",
                base=0,
                recipe=recipe,
                options={},
                lease_seconds=30,
            ),
            [[[1]]],
        )
        worked = await _worked(yard, told=told)
        state = ledger.parts.state(run.id)
    assert state is not None
    assert (worked.parts, state.done, set(worked.left_alone)) == ((1, 1, set()) if same else (0, 0, {run.id}))
    assert [one.what for one in told] == (["part"] if same else ["alone"])


def test_a_no_of_the_shop_ends_the_run_for_all(yards: MakeYard) -> None:
    """The run fails as one process would have failed; what was taken is noted, the next run does the rest."""
    yard = yards()
    asyncio.run(yard.set_up())
    yard.drop("levels", 1, levels(600, 5))
    rule = {"path": f"/{yard.project}/inventory", "method": "POST", "kind": "status", "status": 403}
    yard.shop.fail({**rule, "skip": 300, "count": 1})
    failed = yard.run_here("levels", parts=2)
    assert failed.outcome == "failed", failed
    assert failed.files[0].state == "held"
    assert failed.created + failed.pending == 600
    # Calls that were under way beside the refused one may still have been taken.
    assert 250 <= failed.created < 300 + yard.connections, failed
    memory = yard.memory()
    assert [memory[name] for name in ("plan", "plan_part", "plan_part_item", "plan_part_note")] == [0] * 4
    after = yard.run_here("levels", parts=2)
    assert counts(after) | {"created": 0, "unchanged": 0} == {
        **dict.fromkeys(counts(after), 0),
        "received": 600,
    }
    assert (after.outcome, after.created + after.unchanged) == ("succeeded", 600)
    assert len(yard.dump()["inventory"]) == 600


def test_a_small_plan_is_not_divided(yards: MakeYard) -> None:
    """Fewer changes than a group of answers a part are sent sooner than they are divided."""
    yard = yards()
    asyncio.run(yard.set_up())
    yard.drop("levels", 1, levels(40, 5))
    report = yard.run_here("levels", parts=8)
    assert (report.outcome, report.created, report.verified) == ("succeeded", 40, 40)
