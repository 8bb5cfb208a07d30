"""A ledger in PostgreSQL is backed up while a feed runs, lost, and restored; the next run ends right."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from passerelle.commercetools import Client
from passerelle.feeds import Workspace
from passerelle.feeds.parts import SMALLEST
from passerelle.operations.backup import back_up, check_backup, restore

from .conftest import MakeYard
from .yard import Yard, levels, until

#: Enough for two parts of the smallest size.
RECORDS = 2 * SMALLEST


def written(yard: Yard, pieces: int) -> int:
    """How many levels of the shop have so many pieces."""
    return sum(entry["quantityOnStock"] == pieces for entry in yard.dump()["inventory"])


async def versions(yard: Yard) -> Counter[int]:
    """How many levels of the shop were written how often: 1 when they were made."""
    async with Client(yard.config) as client:
        return Counter([entry["version"] for entry in await client.query_all("inventory", [None])])


def put_back(yard: Yard) -> None:
    """The ERP's people take the last file out of their archive folder, as after a disaster."""
    inbox = yard.home / "erp" / yard.workspace.incoming("levels").spec.files.folder
    (archived,) = inbox.rglob("LEVELS_C_00002_*.csv")
    assert archived.parent != inbox
    archived.rename(inbox / archived.name)
    (inbox / archived.name).with_suffix(".ok").touch()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("parts", "end"), [(1, "it went on"), (2, "the machine died")])
def test_the_run_after_a_restore_ends_as_if_nothing_had_been(
    yards: MakeYard, postgresql: Callable[[], str], tmp_path: Path, parts: int, end: str
) -> None:
    """What the shop took before and after the backup is written once; the ledger knows what it would know."""
    alone, yard = yards(), yards(postgresql(), connections=2)
    for one in (alone, yard):
        asyncio.run(one.set_up())
        one.drop("levels", 1, levels(RECORDS, 1))
        assert one.run_here("levels").outcome == "succeeded"
        one.drop("levels", 2, levels(RECORDS, 2))
    assert alone.run_here("levels").updated == RECORDS

    yard.shop.control("POST", "/latency", {"ms": 60})
    run = yard.start_run("levels", parts=parts)
    until(lambda: written(yard, 2) > RECORDS // 8, within=60, what="it writes")
    folder, manifest = back_up(yard.workspace, tmp_path / "backups")
    by_then = written(yard, 2)
    assert by_then < RECORDS, "the run was over before the backup was"
    check_backup(folder)
    assert manifest.ledger.kind == "postgresql"
    # The plan that is at work, and who has which part of it, are in the backup.
    rows = manifest.ledger.rows
    assert (rows["plan_item"] > 0, rows["plan_part"] > 0) == (True, parts > 1)
    if end == "it went on":
        yard.shop.control("POST", "/latency", {"ms": 0})
        assert yard.report(run)["outcome"] == "succeeded"
        put_back(yard)
    else:
        until(lambda: written(yard, 2) > by_then, within=60, what="it goes on writing")
        yard.kill(run)
        yard.shop.control("POST", "/latency", {"ms": 0})

    # The database is gone, and the folders are there: the same home with another ledger.
    yard.ledger_url = postgresql()
    workspace: Workspace = yard.workspace
    _, missing = restore(workspace, folder)
    assert missing == []
    with yard.ledger() as ledger:
        assert ledger.runs.running() == []
        assert ledger.runs.last("levels")[0].message == "interrupted: a backup was restored"
        assert ledger.leases.holder("feed:levels") is None
    left = {name: yard.memory()[name] for name in ("plan", "plan_item", "plan_division", "plan_part")}
    assert left == dict.fromkeys(left, 0)

    report = yard.run_here("levels", parts=parts)
    assert (report.outcome, report.received) == ("succeeded", RECORDS), report
    assert asyncio.run(versions(yard)) == {2: RECORDS}
    assert yard.dump() == alone.dump()
    assert yard.memory() == alone.memory()
