"""Checking: every flaw of any number of mappings, each with the lines around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from ..errors import ConfigError
from ..mapping import Flaw, Place, load_mapping
from ..mapping.loading import EXAMPLES, MODEL
from ..mapping.yaml_source import plain, read_alone

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

    A file that others extend and that is no feed itself is checked with each of them.

    Raises:
        ConfigError: a path is not there.
    """
    files: dict[Path, None] = {}
    flaws: dict[Flaw, None] = {}
    for path in paths:
        if path.is_dir():
            found = [one for one in sorted(path.rglob("*.yaml")) if one.name != MODEL]
            own = [one for one in found if EXAMPLES not in one.relative_to(path).parts[:-1]]
            flaws.update(dict.fromkeys(_repeated(own)))
        elif path.is_file():
            found = [path]
        else:
            raise ConfigError(f"There is no {path}", advice="Name a mapping, or a folder of mappings")
        files.update(dict.fromkeys(found))
    bases = _bases(files)
    for file in files:
        if file not in bases:
            flaws.update(dict.fromkeys(_flaws(file)))
    return Checked(tuple(map(str, files)), tuple(_report(flaw) for flaw in sorted(flaws)))


def _flaws(path: Path) -> Iterator[Flaw]:
    try:
        load_mapping(path)
    except ConfigError as error:
        if "flaws" not in error.data:
            raise
        yield from error.data["flaws"]


def _bases(files: Iterable[Path]) -> set[Path]:
    """Find the files that have no feed's name and that others extend."""
    extended: set[Path] = set()
    unnamed: set[Path] = set()
    for file in files:
        told = _top(file)
        if "extends" in told:
            extended.add((file.parent / str(told["extends"])).resolve())
        if "feed" not in told:
            unnamed.add(file)
    return {file for file in unnamed if file.resolve() in extended}


def _repeated(files: Iterable[Path]) -> Iterator[Flaw]:
    """Find feed names that stand twice."""
    first: dict[str, Path] = {}
    for file in files:
        feed = _top(file).get("feed")
        if feed is not None and first.setdefault(str(feed), file) != file:
            yield Flaw(Place(str(file), 1, 1), f"feed {feed!r} is already in {first[str(feed)]}")


def _top(path: Path) -> dict[str, Any]:
    """Read the names that stand at the top of a file; none when it cannot be read, which loading tells."""
    node = read_alone(path)
    return {} if node is None else plain(node)


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
