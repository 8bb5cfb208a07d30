"""Checking: every flaw of any number of mappings, each with the lines around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ..errors import ConfigError
from ..mapping import Flaw, Place, load_mapping
from ..mapping.documents import documents, feeds_of, file_of
from ..mapping.loading import mapping_files, yaml_files

__all__ = ["Checked", "FlawReport", "FrameLine", "check"]

#: Lines shown around the one with the flaw.
_AROUND = 2


class FrameLine(msgspec.Struct, frozen=True):
    """One line of a mapping with its number from 1."""

    number: int
    text: str


class FlawReport(msgspec.Struct, frozen=True):
    """One flaw: where it stands (line and column from 1), what is wrong, and the lines around it."""

    file: str
    line: int
    column: int
    message: str
    frame: tuple[FrameLine, ...]


class Checked(msgspec.Struct, frozen=True):
    """What a check found; `files` are all mappings that were looked at."""

    files: tuple[str, ...]
    flaws: tuple[FlawReport, ...]


def check(paths: Iterable[Path]) -> Checked:
    """Check mappings, and all mappings below folders; a feed name that stands twice in a folder is a flaw.

    Every feed of a file is checked, or the one that is named: `poland.yaml#prices-pl`. A file that others
    extend and that is no feed itself is checked with each of them.

    Raises:
        ConfigError: a path is not there.
    """
    files: dict[Path, None] = {}
    flaws: dict[Flaw, None] = {}
    for path in paths:
        if path.is_dir():
            found = yaml_files(path)
            flaws.update(dict.fromkeys(_repeated(mapping_files(path))))
        elif file_of(path)[0].is_file():
            found = [path]
        else:
            raise ConfigError(f"There is no {path}", advice="Name a mapping, or a folder of mappings")
        files.update(dict.fromkeys(found))
    for feed in feeds_of(files):
        flaws.update(dict.fromkeys(_flaws(feed)))
    return Checked(tuple(map(str, files)), tuple(_report(flaw) for flaw in sorted(flaws)))


def _flaws(path: Path) -> Iterator[Flaw]:
    try:
        load_mapping(path)
    except ConfigError as error:
        if "flaws" not in error.data:
            raise
        yield from error.data["flaws"]


def _repeated(files: Iterable[Path]) -> Iterator[Flaw]:
    """Find feed names that stand twice, in two files; loading tells those of one file."""
    first: dict[str, Path] = {}
    for file in files:
        for name, node in documents(file, []):
            if name and first.setdefault(name, file) != file:
                place = Place(str(file), node.place.line, 1)
                yield Flaw(place, f"feed {name!r} is already in {first[name]}")


def _report(flaw: Flaw) -> FlawReport:
    place = flaw.place
    return FlawReport(place.file, place.line, place.column, flaw.message, tuple(_frame(flaw)))


def _frame(flaw: Flaw) -> Iterator[FrameLine]:
    try:
        lines = Path(flaw.place.file).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        # The flaw itself says that the file cannot be read.
        return
    first = max(flaw.place.line - _AROUND, 1)
    for number in range(first, min(flaw.place.line + _AROUND, len(lines)) + 1):
        yield FrameLine(number, lines[number - 1])
