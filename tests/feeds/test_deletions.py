"""Records that their source no longer has, from files to the shop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from passerelle.sync import RunReport, Thresholds
from passerelle.testing import Flaky, Trouble
from tests.sync.desk import counted, line

from .house import House, stock_xml
from .incoming.partner import mapping_with

FILES = """
folder: out
pattern: "STOCK_{mode}_{sequence:5}.xml"
modes: {C: full, D: delta}
ready: {marker: .ok}
"""
LAX = Thresholds(removed_share=None, absent_share=None, volume_drop=None)
ALL = [line(sku, 5) for sku in "ABC"]


def shop(folder: Path, deletes: str) -> House:
    """A house whose feed says this of deleted records; no share stops it."""
    mapping = mapping_with(folder, FILES, more=f"deletes: {deletes}\n")
    house = House(folder, mapping=mapping)
    house.thresholds = LAX
    return house


def told(sku: str, action: str) -> dict[str, str]:
    """A line with an action code."""
    return {**line(sku, 7), "ACTION": action}


async def file(
    house: House, number: int, lines: list[dict[str, str]], mode: str = "C", **options: Any
) -> RunReport:
    """Drop one file and run."""
    house.put(f"STOCK_{mode}_{number:05}.xml", stock_xml(lines, sequence=number, mode=mode))
    report = await house.run(**options)
    assert counted(report) == report.received
    return report


async def test_a_record_goes_after_so_many_fulls_without_it(tmp_path: Path) -> None:
    """One full is not enough, a delta in between counts nothing; back again, it is created anew."""
    house = shop(tmp_path, "{absent: delete, after: 2}")
    await file(house, 1, ALL)
    assert (await file(house, 2, ALL[:2])).removed == 0
    assert (await file(house, 3, ALL[:1], mode="D")).removed == 0
    report = await file(house, 4, ALL[:2])
    assert (report.outcome, report.removed, sorted(house.quantities)) == ("succeeded", 1, ["A", "B"])
    assert (await file(house, 5, ALL)).created == 1
    assert sorted(house.quantities) == ["A", "B", "C"]


async def test_a_record_that_was_back_in_between_stays(tmp_path: Path) -> None:
    """Only fulls in a row count."""
    house = shop(tmp_path, "{absent: delete, after: 2}")
    for number, lines in enumerate((ALL, ALL[:2], ALL, ALL[:2]), 1):
        assert (await file(house, number, lines)).removed == 0
    assert sorted(house.quantities) == ["A", "B", "C"]


async def test_nothing_goes_by_default(tmp_path: Path) -> None:
    """Absence is counted, and that is all."""
    house = shop(tmp_path, "{}")
    for number in range(1, 5):
        report = await file(house, number, ALL if number == 1 else ALL[:1])
        assert report.removed == 0
    assert sorted(house.quantities) == ["A", "B", "C"]


async def test_too_many_are_stopped_and_the_file_stays_applied(tmp_path: Path) -> None:
    """The guard stops removals alone; the next run takes them away when a person says why."""
    house = shop(tmp_path, "{absent: delete, after: 1}")
    house.thresholds = Thresholds(absent_share=None, volume_drop=None)
    twenty = [line(f"S{number:02d}", 5) for number in range(20)]
    await file(house, 1, twenty)
    report = await file(house, 2, twenty[:10])
    assert (report.outcome, report.removed, report.files[0].state) == ("stopped_by_guard", 0, "applied")
    assert "10 of 20 records would be taken away" in report.message
    assert "--override-guard" in report.advice
    assert len(house.quantities) == 20
    again = await house.run()
    assert (again.outcome, again.removed) == ("stopped_by_guard", 0)
    decided = await house.run(override_guard="end of season")
    assert (decided.outcome, decided.removed, len(house.quantities)) == ("succeeded", 10, 10)
    assert any("end of season" in note for note in decided.notes)


async def test_a_dry_run_foresees_what_goes(tmp_path: Path) -> None:
    """It counts the file that it reads, shows the record and its fields, and leaves no trace."""
    house = shop(tmp_path, "{absent: delete, after: 2, flag: {path: ACTION, is: L}, flagged: delete}")
    await file(house, 1, ALL)
    await file(house, 2, ALL[:2])
    before = house.memory()
    report = await file(house, 3, [told("A", "L"), ALL[1]], dry_run=True)
    assert {(row.key, row.kind) for row in report.changes} == {("A|001", "delete"), ("C|001", "delete")}
    assert (report.removed, report.planned, house.memory()) == (0, 2, before)
    assert sorted(house.quantities) == ["A", "B", "C"]


async def test_what_the_source_tells_as_deleted_goes_at_once(tmp_path: Path) -> None:
    """By the policy for it, from a delta too; it is counted as gone, not as rejected."""
    house = shop(tmp_path, "{flag: {path: ACTION, is: L}, flagged: delete}")
    await file(house, 1, ALL)
    report = await file(house, 2, [told("A", "L"), told("X", "L"), told("B", "M")], mode="D")
    assert (report.gone, report.updated, report.quarantined, report.removed) == (2, 1, 0, 1)
    assert (report.outcome, house.quantities) == ("succeeded", {"B": 7, "C": 5})


async def test_without_a_policy_a_flagged_record_is_held(tmp_path: Path) -> None:
    """It is told and waits for a person; the shop keeps it."""
    house = shop(tmp_path, "{flag: {path: ACTION, is: L}}")
    await file(house, 1, ALL)
    report = await file(house, 2, [told("A", "L")], mode="D")
    assert (report.gone, report.quarantined, report.removed) == (0, 1, 0)
    assert sorted(house.quantities) == ["A", "B", "C"]


@pytest.mark.parametrize("first", ["L", "M"])
async def test_the_last_word_on_a_record_counts(tmp_path: Path, first: str) -> None:
    """Deleted and sent again in one file, or sent and then deleted, in one batch and over several."""
    last = "M" if first == "L" else "L"
    house = shop(tmp_path, "{flag: {path: ACTION, is: L}, flagged: delete}")
    await file(house, 1, ALL)
    between = [line(f"S{number}", 1) for number in range(4)]
    await file(house, 2, [told("A", first), told("A", last)], mode="D")
    assert ("A" in house.quantities) == (last == "M")
    await file(house, 3, [told("B", first), *between, told("B", last)], mode="D")
    assert ("B" in house.quantities) == (last == "M")


async def test_a_full_that_tells_and_then_omits_it_takes_it_once(tmp_path: Path) -> None:
    """The two policies do not meet: what is flagged is not absent too."""
    house = shop(tmp_path, "{absent: delete, after: 1, flag: {path: ACTION, is: L}, flagged: delete}")
    await file(house, 1, ALL)
    assert (await file(house, 2, [told("A", "L"), ALL[1]])).removed == 2
    report = await file(house, 3, [told("A", "L"), ALL[1]])
    assert (report.gone, report.removed, house.quantities) == (1, 0, {"B": 5})


async def test_a_run_that_dies_before_the_removal_leaves_it_to_the_next(tmp_path: Path) -> None:
    """The mark is made with the file: what was told as deleted goes without the file being read again."""
    house = shop(tmp_path, "{flag: {path: ACTION, is: L}, flagged: delete}")
    await file(house, 1, ALL)
    house.put("STOCK_D_00002.xml", stock_xml([told("A", "L")], sequence=2, mode="D"))
    report = await house.run(sink=Flaky(house.shelf, Trouble.FATAL, at={1}, keys={"A|001"}))
    assert (report.outcome, report.removed, "A" in house.quantities) == ("failed", 0, True)
    report = await house.run()
    assert (report.outcome, report.received, report.removed) == ("succeeded", 0, 1)
    assert sorted(house.quantities) == ["B", "C"]


async def test_removals_wait_while_a_file_is_stopped(tmp_path: Path) -> None:
    """A file that the guard holds back may bring the record back: nothing goes before it is decided."""
    house = shop(tmp_path, "{absent: delete, after: 1}")
    house.thresholds = Thresholds(removed_share=None, absent_share=None, floor=1)
    ten = [line(f"S{number}", 5) for number in range(10)]
    await file(house, 1, ten)
    house.put("STOCK_C_00002.xml", stock_xml(ten[:9], sequence=2, mode="C"))
    report = await file(house, 3, [line(f"S{number}", 0) for number in range(10)])
    assert (report.outcome, report.removed, len(house.quantities)) == ("stopped_by_guard", 0, 10)
    assert any("when no file is stopped any more" in note for note in report.notes)


async def test_a_shop_that_refuses_everything_fails_the_run(tmp_path: Path) -> None:
    """The files are applied, and the report says what could not be done."""
    house = shop(tmp_path, "{absent: delete, after: 1}")
    await file(house, 1, ALL)
    house.put("STOCK_C_00002.xml", stock_xml(ALL[:2], sequence=2, mode="C"))
    report = await house.run(sink=Flaky(house.shelf, Trouble.FATAL, every=1))
    assert (report.outcome, report.files[0].state) == ("failed", "applied")
    assert "records absent from full files" in report.message


async def test_told_and_absent_are_capped_together(tmp_path: Path) -> None:
    """Four told and four absent of twenty are eight: none of them goes until a person lets them pass."""
    house = shop(tmp_path, "{absent: delete, after: 1, flag: {path: ACTION, is: L}, flagged: delete}")
    house.thresholds = Thresholds(absent_share=None, volume_drop=None, removed_share=0.25)
    skus = [f"S{number:02d}" for number in range(20)]
    await file(house, 1, [line(sku, 5) for sku in skus])
    lines = [*(told(sku, "L") for sku in skus[:4]), *(line(sku, 5) for sku in skus[8:])]
    report = await file(house, 2, lines)
    assert (report.outcome, report.removed, report.files[0].state) == ("stopped_by_guard", 0, "applied")
    assert "told as deleted and records absent from full files" in report.message
    assert "8 of 20 records would be taken away (40 %)" in report.message
    decided = await house.run(override_guard="end of season")
    assert (decided.outcome, decided.removed, sorted(house.quantities)) == ("succeeded", 8, skus[8:])
