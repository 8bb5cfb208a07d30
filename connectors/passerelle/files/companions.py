"""Companions: the files of other inputs that come with a main file, told by their names alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .names import FileName, FileNamePattern

__all__ = ["Companions", "Wanted", "companions_of"]


class Wanted(NamedTuple):
    """What comes with a main file: names of this pattern.

    `same` are the named parts that agree with the main file's (None: all that both names have). `expect`
    holds, for a named part, the values of which each needs a file. An `optional` one may be missing.
    """

    pattern: FileNamePattern
    same: Sequence[str] | None = None
    expect: Mapping[str, Sequence[str]] = {}
    optional: bool = False


class Companions(NamedTuple):
    """The files found, in the order of their names, and in words what is missing."""

    files: tuple[FileName, ...]
    missing: tuple[str, ...]


def companions_of(main: FileName, wanted: Wanted, names: Iterable[str]) -> Companions:
    """Choose the companions of a main file among the names of a folder, its own left out.

    Of names that differ only in date, time or sequence, the newest is taken. Names that differ in another
    part, such as language or zone, are taken all.
    """
    newest: dict[tuple[tuple[str, str], ...], FileName] = {}
    for name in sorted(set(names)):
        found = wanted.pattern.match(name)
        if found is None or not _agree(main, found, wanted.same):
            continue
        kind = tuple(
            (part, text) for part, text in found.parts.items() if part not in wanted.pattern.counting
        )
        known = newest.get(kind)
        if known is None or _age(found) >= _age(known):
            newest[kind] = found
    files = tuple(sorted(newest.values(), key=lambda file: file.name))
    return Companions(files, () if wanted.optional and not files else tuple(_missing(main, wanted, files)))


def _agree(main: FileName, found: FileName, same: Sequence[str] | None) -> bool:
    shared = main.parts.keys() & found.parts.keys() if same is None else same
    return all(_told(main, part) == _told(found, part) for part in shared)


def _told(name: FileName, part: str) -> object:
    """Give a part by its meaning: sequences as numbers, modes translated, dates as days."""
    text = name.parts.get(part)
    if text is None:
        return None
    if part == "sequence":
        return name.sequence
    if part == "mode":
        return name.mode
    if part == "date" and name.date is not None:
        return name.date
    return text


def _age(name: FileName) -> tuple[dt.date, dt.time, int]:
    return (name.date or dt.date.min, name.time or dt.time.min, name.sequence or 0)


def _missing(main: FileName, wanted: Wanted, files: Sequence[FileName]) -> Iterable[str]:
    pattern = wanted.pattern.text
    if not wanted.expect and not files:
        yield f"{main.name} waits for a file {pattern}{_with(main, wanted)}"
    for part, values in wanted.expect.items():
        there = {file.parts.get(part) for file in files}
        for value in values:
            if value not in there:
                yield f"{main.name} waits for a file {pattern} with {part} {value}{_with(main, wanted, ', ')}"


def _with(main: FileName, wanted: Wanted, before: str = " with ") -> str:
    names = wanted.pattern.parts if wanted.same is None else wanted.same
    shared = [f"{part} {main.parts[part]}" for part in names if part in main.parts]
    return before + ", ".join(shared) if shared else ""
