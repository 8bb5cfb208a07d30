"""Drift: what is different between two files, and whether the mapping reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.workbench.comparing import compare
from passerelle.workbench.drift import Change
from tests.workbench.workplace import Workplace, row


def _changes(workplace: Workplace, old: Path, new: Path) -> list[tuple[str, str, str, str, bool]]:
    drifted = compare(old, new, workplace.mapping())
    return [(one.kind, one.path, one.before, one.after, one.read) for one in drifted.changes]


def _files(workplace: Workplace, old: list[str], new: list[str]) -> tuple[Path, Path]:
    return workplace.stock(*old, name="SHELF_20261101.xml"), workplace.stock(*new, name="SHELF_20261102.xml")


def test_the_same_file_has_not_drifted(workplace: Workplace) -> None:
    """Nothing changed, nothing is told."""
    rows = [row(f"sku-{number:03d}", qty=str(number)) for number in range(30)]
    assert _changes(workplace, *_files(workplace, rows, rows)) == []


def test_another_day_of_the_same_feed_has_not_drifted(workplace: Workplace) -> None:
    """Quantities move, SKUs come and go, one more record: that is what a feed is for."""
    old = [row(f"sku-{number:03d}", qty=str(number)) for number in range(30)]
    new = [row(f"sku-{number:03d}", qty=str(number * 7)) for number in range(2, 33)]
    changes = _changes(workplace, *_files(workplace, old, new))
    assert changes == [("records", "", "30", "31", False)]


def test_a_name_that_is_gone_counts_when_it_is_read(workplace: Workplace) -> None:
    """QTY became QUANTITY: the one is lost, the other is new and read by nobody yet."""
    old = [row("a", NOTE="x")]
    new = [row("a").replace("QTY", "QUANTITY")]
    changes = {change[:2]: change[4] for change in _changes(workplace, *_files(workplace, old, new))}
    assert changes == {("lost", "QTY"): True, ("lost", "NOTE"): False, ("new", "QUANTITY"): False}


def test_a_name_for_which_the_mapping_waited_counts_as_read(workplace: Workplace) -> None:
    """DUE was never there, and now the mapping reads it."""
    changes = _changes(workplace, *_files(workplace, [row("a")], [row("a", DUE="20261201")]))
    assert [(kind, path, read) for kind, path, _, _, read in changes] == [("new", "DUE", True)]


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (["1,5", "2,0"], ["1.5", "2.0"], ["kind"]),
        (["1", "2"], ["1,5", "2"], ["kind"]),
        (["20261101"], ["01/11/2026"], ["kind"]),
        (["abc"], ["12"], []),
        (["A1", "B2"], ["A1", "B22"], ["wider"]),
        (["7"], ["1234"], ["wider"]),
        (["7"], ["123"], []),
        (["a word", "two"], ["a word that is a little longer"], ["wider"]),
    ],
)
def test_another_way_of_writing(
    workplace: Workplace, before: list[str], after: list[str], kinds: list[str]
) -> None:
    """Another decimal separator, decimals in whole numbers, another date, a wider code."""
    old, new = _files(workplace, [row("a", X=text) for text in before], [row("a", X=text) for text in after])
    drifted = compare(old, new)
    assert [one.kind for one in drifted.changes if one.path == "X"] == kinds


def test_what_repeats_now(workplace: Workplace) -> None:
    """A second element of a name makes a list of a text: every field that reads it faults."""
    changes = _changes(workplace, *_files(workplace, [row("a")], [row("a") + "<QTY>2</QTY>"]))
    assert changes == [("repeats", "QTY", "1", "2", True)]


def test_a_share_of_empties_that_moved(workplace: Workplace) -> None:
    """Absent and empty alike; a small file says nothing about shares."""
    old = [row(f"s{number}", COLOUR="red") for number in range(20)]
    new = [row(f"s{number}", COLOUR="" if number < 8 else "red") for number in range(20)]
    changes = _changes(workplace, *_files(workplace, old, new))
    assert changes == [("empty", "COLOUR", "0%", "40%", False)]
    few = _changes(workplace, *_files(workplace, old[:9], new[:9]))
    assert "empty" not in [kind for kind, *_ in few]


def test_new_codes_count_when_the_table_lacks_them(workplace: Workplace) -> None:
    """014 has a row, 099 has none: only that one is a danger."""
    old = [row(f"s{number}", place="012") for number in range(9)]
    new = [*old, row("x", place="014"), row("y", place="099")]
    codes = [
        (after, read)
        for kind, _, _, after, read in _changes(workplace, *_files(workplace, old, new))
        if kind == "codes"
    ]
    assert codes == [("099 (not in colours)", True), ("014", False)]


def test_without_a_mapping_everything_counts(workplace: Workplace) -> None:
    """The format of both files is guessed, and what is gone is told."""
    old, new = _files(workplace, [row("a", NOTE="x"), row("b", NOTE="y")], [row("a"), row("b")])
    drifted = compare(old, new)
    assert drifted.read_changes == (Change("lost", "record", "NOTE", "text, x, y", "", read=True),)
