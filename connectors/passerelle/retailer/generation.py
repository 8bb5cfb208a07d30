"""Generation: the folders of the ERP as they look after one, two or three days, with troubles on request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from .house import House
from .model import FEEDS, Changes, Feed, Key, Mode
from .sheet import Sheet, drop
from .trouble import Incident, Trouble

__all__ = ["FOLDERS", "FileEntry", "Manifest", "Step", "generate", "lay_folders"]

Step = Literal["full", "delta1", "delta2", "all"]

FOLDERS = (
    *dict.fromkeys(feed.folder for feed in FEEDS),
    "out/acquittements",
    "out/expeditions",
    "out/evenements",
    "out/magasins",
    "out/transporteur",
    "out/receptions",
    "out/etats",
    "in/commandes",
    "in/demandes",
)
"""The folders below the ERP's root, as its partners see them."""

_DAYS: dict[str, tuple[int, ...]] = {"full": (1,), "delta1": (2,), "delta2": (3,), "all": (1, 2, 3)}


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file that was dropped.

    `added` and `changed` are the keys that its day touched (both empty on the opening day); `troubles`
    struck it; `affected` are the keys of the records that they spoiled or took away.
    """

    feed: Feed
    mode: Mode
    sequence: int
    path: Path
    records: int
    size: int
    sha256: str
    changes: Changes
    marked: bool = True
    troubles: tuple[str, ...] = ()
    affected: tuple[Key, ...] = ()

    @property
    def name(self) -> str:
        """Return the file's name."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was generated: the house, and its files in the order in which they were dropped."""

    house: House
    root: Path
    files: tuple[FileEntry, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """Return the record count of each file by name."""
        return {entry.name: entry.records for entry in self.files}

    def of(self, feed: str) -> tuple[FileEntry, ...]:
        """Return the files of one feed, named like `STOCK_TOUS`."""
        return tuple(entry for entry in self.files if entry.feed.name == feed)


def generate(
    target: Path,
    *,
    seed: int = 1,
    styles: int = 400,
    stores: int = 40,
    step: Step = "all",
    troubles: Iterable[str | Trouble | Incident] = (),
) -> Manifest:
    """Write the ERP's files below `target`: the full files, a delta, or all three days.

    Troubles strike the last day of the step, each in its usual feed or in the one named after a colon
    (`wrong_count:TARIFS_PL`). The same arguments write the same bytes.
    """
    if step not in get_args(Step):
        raise ValueError(f"no step is named {step!r}; there are {', '.join(get_args(Step))}")
    incidents = [Incident.parse(trouble) for trouble in troubles]
    house = House.invent(seed=seed, styles=styles, stores=stores)
    lay_folders(target)
    days = _DAYS[step]
    files: list[FileEntry] = []
    for number in days:
        for feed in FEEDS:
            here = [incident for incident in incidents if incident.feed == feed and number == days[-1]]
            sheets: tuple[Sheet, ...] = (house.day(number).sheet(feed),)
            for incident in here:
                # What a trouble makes of the file is what the next one finds: the last sheet is the odd one.
                sheets = (*sheets[:-1], *incident.strike(sheets[-1], house, number))
            files.extend(_drop(sheet, house, target) for sheet in sheets)
    return Manifest(house, target, tuple(files))


def lay_folders(root: Path) -> None:
    """Create the folders that the ERP and its partners exchange files in."""
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)


def _drop(sheet: Sheet, house: House, root: Path) -> FileEntry:
    dropped = drop(sheet, root / sheet.feed.folder)
    return FileEntry(
        feed=sheet.feed,
        mode=sheet.mode,
        sequence=sheet.sequence,
        path=dropped.path,
        records=dropped.records,
        size=dropped.size,
        sha256=dropped.sha256,
        changes=house.day((sheet.day - house.books.today).days + 1).changes[sheet.feed],
        marked=sheet.marked,
        troubles=sheet.troubles,
        affected=sheet.affected,
    )
