"""Backups of a workspace: made while a run is at work, restored elsewhere; the next run has nothing to do."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from passerelle.errors import ConfigError, Fatal
from passerelle.feeds import Settings, Workspace
from passerelle.ledger import Ledger
from passerelle.operations.backup import back_up, check_backup, read_manifest, restore
from tests.feeds.house import House
from tests.sync.desk import line

LINES = [line(sku, 5) for sku in ("A", "B", "C", "D", "E", "F", "G")]


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house that carried one full file."""
    return House(tmp_path / "house")


def moved(house: House, home: Path) -> House:
    """The same ERP and shop, with a workspace that knows nothing."""
    other = House(home, mapping=house.mapping)
    shutil.rmtree(other.erp)
    shutil.copytree(house.erp, other.erp)
    other.shelf = house.shelf
    return other


async def test_a_backup_of_a_run_at_work_is_restored_and_nothing_is_written_anew(
    house: House, tmp_path: Path
) -> None:
    """What the shop took before is known, what it took after is found to agree: nothing is written twice."""
    house.drop(1, LINES, mode="C")
    await house.run()
    house.drop(2, [line(sku, 9) for sku in ("A", "B", "C", "D")])
    write = house.shelf.apply
    made: list[Path] = []

    async def apply(change: Any) -> Any:
        if len(made) == 2:
            made.append(back_up(house.workspace, tmp_path / "backups")[0])
        elif len(made) < 2:
            made.append(Path())
        return await write(change)

    house.shelf.apply = apply  # type: ignore[method-assign]  # the third change is when the backup is made
    report = await house.run()
    assert (report.updated, len(made)) == (4, 3)
    house.shelf.apply = write  # type: ignore[method-assign]  # as before
    versions = house.shelf.versions()

    other = moved(house, tmp_path / "other")
    manifest, _ = restore(other.workspace, made[2])
    with other.ledger() as ledger:
        # The run was at work then, and nobody works on this ledger now.
        assert ledger.runs.running() == []
        assert ledger.runs.last()[0].message == "interrupted: a backup was restored"
        assert next(ledger.audit.entries()).what == "ledger_restored"
    # The ERP's file was put away by the run that went on: it comes once more, as after a disaster.
    other.drop(2, [line(sku, 9) for sku in ("A", "B", "C", "D")])
    report = await other.run()
    assert (report.outcome, report.created, report.updated) == ("succeeded", 0, 0)
    assert other.shelf.versions() == versions
    assert manifest.ledger.rows["fingerprint"] == 7


async def test_originals_are_listed_or_copied_and_what_is_missing_is_named(
    house: House, tmp_path: Path
) -> None:
    """Without them the archive must come from its own backup; with them it is whole, to the last replay."""
    name = house.drop(1, LINES, mode="C")
    await house.run()
    listed, manifest = back_up(house.workspace, tmp_path / "listed")
    assert (manifest.originals.copied, manifest.originals.count > 0) == (False, True)
    _, missing = restore(moved(house, tmp_path / "one").workspace, listed)
    assert any(name in path for path in missing)
    assert len(missing) == manifest.originals.count

    copied, _ = back_up(house.workspace, tmp_path / "copied", originals=True)
    other = moved(house, tmp_path / "two")
    assert restore(other.workspace, copied)[1] == []
    report = await other.run(skus=["A"], since="2026-10-01", until="2026-12-31")
    assert (report.outcome, report.received, report.unchanged) == ("succeeded", 1, 1)


def test_the_newest_backups_stay(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Older ones go when the new one is whole; what is no backup is nobody's business."""
    with house.workspace.ledger():
        pass
    folder = tmp_path / "backups"
    (folder / "other").mkdir(parents=True)
    made = []
    for second in range(3):
        moment = f"passerelle-2026112{second}T000000Z"
        monkeypatch.setattr("passerelle.operations.backup._NAME", moment)
        made.append(back_up(house.workspace, folder, keep=2)[0])
    assert sorted(path.name for path in folder.iterdir()) == ["other", *(path.name for path in made[1:])]
    with pytest.raises(ConfigError, match="already"):
        back_up(house.workspace, folder)
    assert {path.stat().st_mode & 0o077 for path in (made[2], made[2] / "manifest.json")} == {0}


def test_a_backup_that_fails_leaves_nothing(house: House, tmp_path: Path) -> None:
    """No half a backup that somebody would trust, and no trace in the log."""
    with pytest.raises(ConfigError, match="no ledger"):
        back_up(house.workspace, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="Nothing can be written"):
        back_up(house.workspace, tmp_path / "file")


def test_what_is_no_backup_or_damaged_is_named(house: House, tmp_path: Path) -> None:
    """A folder of backups names those in it; a changed file is found before anything is restored."""
    with house.workspace.ledger():
        pass
    made, _ = back_up(house.workspace, tmp_path / "backups")
    with pytest.raises(ConfigError, match=made.name):
        read_manifest(tmp_path / "backups")
    check_backup(made)
    packed = (made / "ledger.db.gz").read_bytes()
    (made / "ledger.db.gz").write_bytes(packed[:-9] + b"\0" + packed[-8:])
    empty = Workspace(Settings(home=tmp_path / "empty", mappings=tmp_path))
    with pytest.raises(Fatal, match=r"ledger\.db\.gz"):
        restore(empty, made)
    assert not (tmp_path / "empty").exists()


def test_a_ledger_in_use_is_not_restored_over(house: House, tmp_path: Path) -> None:
    """Not even over its own."""
    with house.workspace.ledger() as ledger:
        _touch(ledger)
        made, _ = back_up(house.workspace, tmp_path / "backups")
        with pytest.raises(ConfigError, match="not empty"):
            restore(house.workspace, made)
        assert ledger.runs.last()


def _touch(ledger: Ledger) -> None:
    ledger.runs.finish(ledger.runs.start("stock", mode="full").id, "succeeded")
