"""Readiness: only whole files are taken, oldest first, and halves are reported."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.files import FileNamePattern, LocalFolder, MarkerReady, Seen, StableReady

PATTERN = FileNamePattern.parse("STOCK_{zone}_{mode}_{sequence:5}_{date:AAAAMMJJ}.xml")


class Clock:
    """A clock that is moved by hand."""

    now = 1_000_000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def put(folder: Path, *names: str) -> None:
    """Create files with some content."""
    for name in names:
        (folder / name).write_bytes(b"x")


def name(sequence: int, extension: str = "xml", day: str = "20261101") -> str:
    """Name a stock file."""
    return f"STOCK_TOUS_C_{sequence:05}_{day}.{extension}"


def test_a_file_is_ready_with_its_marker(tmp_path: Path) -> None:
    """A file is ready when its marker is there, beside it or appended; halves of both kinds are reported."""
    put(
        tmp_path,
        name(1),
        name(1, "ok"),
        name(2),
        name(2, "xml.ok"),
        name(3),
        name(4, "ok"),
        name(5, "xml.ok"),
    )
    put(tmp_path, "lisez-moi.txt", "AUTRE.ok")
    found = MarkerReady(".ok").look(LocalFolder(tmp_path), PATTERN, {})
    assert [(ready.name.sequence, ready.marker) for ready in found.files] == [
        (1, name(1, "ok")),
        (2, name(2, "xml.ok")),
    ]
    assert {(orphan.kind, orphan.name) for orphan in found.orphans} == {
        ("file_without_marker", name(3)),
        ("marker_without_file", name(4, "ok")),
        ("marker_without_file", name(5, "xml.ok")),
    }


def test_the_age_of_a_half_is_told_by_our_clock(tmp_path: Path) -> None:
    """A half ages from our first look, and is forgotten once it is whole or gone."""
    clock, looks = Clock(), dict[str, Seen]()
    rule, folder = MarkerReady(".ok", clock=clock), LocalFolder(tmp_path)
    put(tmp_path, name(1), name(2, "ok"))
    assert [orphan.age for orphan in rule.look(folder, PATTERN, looks).orphans] == [0, 0]
    clock.now += 600
    assert [orphan.age for orphan in rule.look(folder, PATTERN, looks).orphans] == [600, 600]
    put(tmp_path, name(1, "ok"))
    (tmp_path / name(2, "ok")).unlink()
    assert rule.look(folder, PATTERN, looks).orphans == []
    assert looks == {}


def test_files_being_written_are_passed_over(tmp_path: Path) -> None:
    """`.tmp`, `.part` and `.filepart` say that a file is still being written, in any case."""
    anything = FileNamePattern.parse("STOCK{*}")
    put(tmp_path, "STOCK.xml.tmp", "STOCK.xml.part", "STOCK.xml.FILEPART", "STOCK.xml")
    looks: dict[str, Seen] = {}
    rule = StableReady(0, clock=Clock())
    rule.look(LocalFolder(tmp_path), anything, looks)
    found = rule.look(LocalFolder(tmp_path), anything, looks)
    assert [ready.file.name for ready in found.files] == ["STOCK.xml"]


def test_a_stable_file_needs_two_looks_far_enough_apart(tmp_path: Path) -> None:
    """Size and date must be unchanged for the time set, as we saw it; a change starts anew."""
    clock, looks = Clock(), dict[str, Seen]()
    rule, folder = StableReady(30, clock=clock), LocalFolder(tmp_path)

    def look() -> tuple[list[str], list[str]]:
        found = rule.look(folder, PATTERN, looks)
        return [ready.file.name for ready in found.files], list(found.waiting)

    put(tmp_path, name(1))
    os.utime(tmp_path / name(1), (1, 1))  # as old as can be: that proves nothing about the upload
    assert look() == ([], [name(1)])
    clock.now += 29
    assert look() == ([], [name(1)])
    (tmp_path / name(1)).write_bytes(b"xx")
    clock.now += 1
    assert look() == ([], [name(1)])
    clock.now += 29
    assert look() == ([], [name(1)])
    clock.now += 1
    assert look() == ([name(1)], [])
    os.utime(tmp_path / name(1), (2, 2))
    assert look() == ([], [name(1)])


def test_one_look_is_never_enough(tmp_path: Path) -> None:
    """Even with no time set, a file must have been seen before."""
    put(tmp_path, name(1))
    looks: dict[str, Seen] = {}
    clock = Clock()
    assert StableReady(0, clock=clock).look(LocalFolder(tmp_path), PATTERN, looks).files == []
    assert len(StableReady(0, clock=clock).look(LocalFolder(tmp_path), PATTERN, looks).files) == 1


@given(sequences=st.lists(st.integers(0, 99_999), unique=True, max_size=8), limit=st.integers(1, 5))
@settings(deadline=None)  # each example writes files
def test_the_oldest_come_first_and_then_the_limit(sequences: list[int], limit: int) -> None:
    """The files are sorted before the limit cuts: the oldest are never left behind."""
    with tempfile.TemporaryDirectory() as folder:
        for number in sequences:
            put(Path(folder), name(number), name(number, "ok"))
        found = MarkerReady(".ok").look(LocalFolder(Path(folder)), PATTERN, {}, limit=limit)
    assert [ready.name.sequence for ready in found.files] == sorted(sequences)[:limit]


def test_without_sequence_the_day_decides_then_the_folders_date(tmp_path: Path) -> None:
    """The order is sequence, business day, the folder's date, name."""
    pattern = FileNamePattern.parse("CATEG_{zone}_{date:AAAAMMJJ}.xml")
    order = [
        "CATEG_SI_20261031.xml",
        "CATEG_PL_20261101.xml",
        "CATEG_BE_20261101.xml",
        "CATEG_FR_20261101.xml",
    ]
    for file, date in zip(order, (9, 1, 2, 2), strict=True):
        put(tmp_path, file, file.replace(".xml", ".ok"))
        os.utime(tmp_path / file, (date, date))
    found = MarkerReady(".ok").look(LocalFolder(tmp_path), pattern, {})
    assert [ready.file.name for ready in found.files] == order
