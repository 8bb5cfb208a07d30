"""Copybooks: the COBOL description of a record to the places of its values.

Source: IBM Enterprise COBOL Language Reference, "Data division: data description entry".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from .copybook_text import Statement, ill_copybook, statements
from .copybook_types import USAGES, Storage, Usage, storage_of
from .packed_decimals import NumberKind

__all__ = ["CopybookField", "CopybookRecord", "CopybookTable", "read_copybook"]

_LEVEL = re.compile(r"\d{1,2}")
_NAME = re.compile(r"[\w:-]+")
_TOP, _RENAMES, _ALONE, _CONSTANT, _CONDITION = 1, 66, 77, 78, 88
_MOST_TIMES = 100_000
_NAMELESS = "FILLER"
_NOISE = frozenset({"IS", "ARE", "TIMES", "CHARACTER", "GLOBAL", "EXTERNAL", "USAGE", "SIGN"})
_PLACING = frozenset(
    {"PIC", "PICTURE", "LEADING", "TRAILING", "SEPARATE", "OCCURS", "REDEFINES", "SYNC", "SYNCHRONIZED"}
)
_IDLE = frozenset(
    {"VALUE", "VALUES", "BLANK", "JUST", "JUSTIFIED", "INDEXED", "ASCENDING", "DESCENDING", "LEFT", "RIGHT"}
)
_CLAUSES = _PLACING | _IDLE | frozenset(USAGES)


class CopybookField(NamedTuple):
    """One value: its position from 1 and width in bytes, text or the way its number is stored."""

    name: str
    at: int
    width: int
    kind: NumberKind | Literal["text"]
    decimals: int
    signed: bool
    sign: Literal["trailing", "leading"]
    separate: bool


class CopybookTable(NamedTuple):
    """An OCCURS: its fields count their positions from the start of each of its `times` groups."""

    name: str
    at: int
    every: int
    times: int
    fields: tuple[CopybookField, ...]


class CopybookRecord(NamedTuple):
    """One record: its length in bytes, its fields by place, its tables."""

    name: str
    length: int
    fields: tuple[CopybookField, ...]
    tables: tuple[CopybookTable, ...]

    @property
    def is_text(self) -> bool:
        """True when no field is packed or binary, so that records may stand in lines."""
        every = [*self.fields, *(one for table in self.tables for one in table.fields)]
        return all(one.kind in ("text", "zoned") for one in every)


def read_copybook(
    text: str, *, file: str, record: str | None = None, redefines: Sequence[str] = ()
) -> CopybookRecord:
    """Lay out one record of a copybook.

    `record` names the 01 when there are several. Of items that redefine each other the first is read, or the
    one named in `redefines`. Names are as written; one that stands in several groups gets its group in front
    (`GROUP.NAME`). FILLER is left out; levels 66, 77, 78 and 88 take no place in a record. An OCCURS is a
    table; one inside it gives a field for each of its elements (`NAME(1)`, `NAME(2)`).

    Unsigned numbers in characters without decimals are texts: their zeros in front may be part of a code.

    Raises ConfigError, with the line: what is no entry, what has no fixed place (OCCURS DEPENDING ON), what
    is not supported (COMP-1, COMP-2, national characters, SYNCHRONIZED binary numbers), names that are not
    there.
    """
    roots = _tree(text, file)
    named = [item.name for item in roots]
    if record is None and len(roots) > 1:
        raise ill_copybook(file, roots[1].line, f"{len(roots)} records: {', '.join(named)}", "Say which")
    wanted = None if record is None else record.upper()
    root = next((item for item in roots if wanted in (None, item.name.upper())), None)
    if root is None:
        known = f"known: {', '.join(named)}" if named else "it describes none"
        raise ill_copybook(file, 1, f"no record {record or ''}; {known}")
    return _Layout(root, file, redefines).record()


@dataclass
class _Item:
    level: int
    name: str
    line: int
    storage: Storage | None = None
    times: int | None = None
    redefines: str | None = None
    inherited: Usage = field(default_factory=Usage)
    children: list[_Item] = field(default_factory=list)


def _tree(text: str, file: str) -> list[_Item]:
    """Put the entries of a copybook below each other by their levels."""
    roots: list[_Item] = []
    above: list[_Item] = []
    for statement in statements(text, file=file):
        level = _level(statement, file)
        if level in (_RENAMES, _ALONE, _CONSTANT, _CONDITION):
            continue
        if not roots and level != _TOP:
            # A copybook that is meant to stand below an 01 of the program.
            roots.append(_Item(0, "", statement.line))
            above.append(roots[0])
        while above and above[-1].level >= level:
            above.pop()
        item = _item(statement, level, above[-1].inherited if above else Usage(), file)
        if above and above[-1].storage is not None:
            what = f"{item.name} stands below {above[-1].name}, which has a picture"
            raise ill_copybook(file, item.line, what)
        (above[-1].children if above else roots).append(item)
        above.append(item)
    return roots


def _level(statement: Statement, file: str) -> int:
    if _LEVEL.fullmatch(statement.words[0]) is None:
        what = f"{' '.join(statement.words[:4])}: an entry begins with its level, such as 05"
        raise ill_copybook(file, statement.line, what)
    return int(statement.words[0])


def _item(statement: Statement, level: int, inherited: Usage, file: str) -> _Item:
    """Read the clauses of one entry."""
    words = list(statement.words[1:])
    named = bool(words) and words[0].upper() not in _CLAUSES and _NAME.fullmatch(words[0]) is not None
    item = _Item(level, words.pop(0) if named else _NAMELESS, statement.line)
    _Clauses([word for word in words if word.upper() not in _NOISE], item, inherited, file).read()
    return item


class _Clauses:
    """Reads the words behind a name."""

    def __init__(self, words: list[str], item: _Item, inherited: Usage, file: str) -> None:
        self._words = words
        self._item = item
        self._usage = inherited
        self._file = file
        self._picture: str | None = None
        self._synchronized = False

    def read(self) -> None:
        """Read all of them, and settle how the item is stored."""
        while self._words:
            self._clause(self._words.pop(0))
        self._item.inherited = self._usage
        if self._picture is not None or self._usage.stands_alone:
            try:
                self._item.storage = storage_of(self._picture, self._usage)
            except ValueError as error:
                raise self._ill(str(error)) from error
            if self._synchronized and self._item.storage.kind == "binary":
                raise self._ill("SYNCHRONIZED moves binary numbers, which is not supported")

    def _clause(self, written: str) -> None:
        word = written.upper()
        if word in USAGES:
            self._usage = self._usage._replace(word=word)
        elif word in _IDLE:
            # What an item begins with, how it is searched or shown, tells nothing of its place.
            while self._words and self._words[0].upper() not in _CLAUSES:
                self._words.pop(0)
        elif word in _PLACING:
            self._placing(word)
        else:
            raise self._ill(f"{written} is no clause that is known here")

    def _placing(self, word: str) -> None:
        match word:
            case "PIC" | "PICTURE":
                self._picture = self._next(word)
            case "LEADING":
                self._usage = self._usage._replace(sign="leading")
            case "TRAILING":
                self._usage = self._usage._replace(sign="trailing")
            case "SEPARATE":
                self._usage = self._usage._replace(separate=True)
            case "OCCURS":
                self._occurs()
            case "REDEFINES":
                self._item.redefines = self._next(word)
            case "SYNC" | "SYNCHRONIZED":
                self._synchronized = True

    def _occurs(self) -> None:
        times = self._next("OCCURS")
        if self._words and self._words[0].upper() in ("TO", "DEPENDING"):
            advice = (
                "When every record has room for all of them, write OCCURS and the largest number; records as"
                " long as their tables cannot be told apart without a length in front"
            )
            raise self._ill("OCCURS DEPENDING ON has no fixed place", advice)
        if not times.isdecimal() or not 0 < int(times) <= _MOST_TIMES:
            raise self._ill(f"OCCURS {times}: expected a number up to {_MOST_TIMES:,}")
        self._item.times = int(times)

    def _next(self, clause: str) -> str:
        if not self._words:
            raise self._ill(f"nothing stands behind {clause}")
        return self._words.pop(0)

    def _ill(self, what: str, advice: str = "") -> Exception:
        return ill_copybook(self._file, self._item.line, f"{self._item.name}: {what}", advice)


class _Layout:
    """Walks over the items of a record and gives each its place."""

    def __init__(self, root: _Item, file: str, redefines: Sequence[str]) -> None:
        self._root = root
        self._file = file
        self._chosen = {name.upper() for name in redefines}
        self._met: set[str] = set()
        self._fields: list[CopybookField] = []
        self._tables: list[CopybookTable] = []
        self._shared = Counter(item.name.upper() for item, _ in self._read(root, "") if item.storage)

    def record(self) -> CopybookRecord:
        self._unit(self._root)
        self._put(self._root, 1, self._fields, "", "", inside=False)
        missing = self._chosen - self._met
        if missing:
            what = f"{', '.join(sorted(missing))} redefines nothing here"
            raise ill_copybook(self._file, self._root.line, what)
        names = Counter([one.name for one in self._fields] + [table.name for table in self._tables])
        for name, count in names.items():
            if count > 1:
                raise ill_copybook(self._file, self._root.line, f"{name} stands {count} times in one group")
        length = self._unit(self._root) * (self._root.times or 1)
        return CopybookRecord(self._root.name, length, tuple(self._fields), tuple(self._tables))

    def _read(self, item: _Item, group: str) -> list[tuple[_Item, str]]:
        """List the items that will be read, each with its group."""
        found = [(item, group)]
        for child, _ in self._places(item)[0]:
            found += self._read(child, item.name)
        return found

    def _places(self, item: _Item) -> tuple[list[tuple[_Item, int]], int]:
        """Give the children that are read with their offsets, and the bytes of all of them.

        Of those that share a place, the first or the chosen one is read.
        """
        places: list[tuple[_Item, int]] = []
        shared: dict[str, int] = {}
        end = 0
        for child in item.children:
            name = child.name.upper()
            if child.redefines is None:
                shared[name] = len(places)
                places.append((child, end))
            else:
                first = shared.get(child.redefines.upper())
                if first is None:
                    what = f"{child.name} redefines {child.redefines}, which does not stand beside it"
                    raise ill_copybook(self._file, child.line, what)
                shared[name] = first
                if name in self._chosen:
                    self._met.add(name)
                    places[first] = (child, places[first][1])
            offset = places[shared[name]][1]
            end = max(end, offset + self._unit(child) * (child.times or 1))
        return places, end

    def _unit(self, item: _Item) -> int:
        """Count the bytes of one of an item."""
        if item.storage is not None:
            return item.storage.width
        if not item.children:
            raise ill_copybook(self._file, item.line, f"{item.name} has neither a picture nor items below it")
        return self._places(item)[1]

    def _put(
        self, item: _Item, at: int, into: list[CopybookField], group: str, element: str, *, inside: bool
    ) -> None:
        if item.times is None:
            self._put_one(item, at, into, group, element, inside=inside)
        elif inside:
            for number in range(item.times):
                place = at + number * self._unit(item)
                self._put_one(item, place, into, group, f"{element}({number + 1})", inside=True)
        else:
            fields: list[CopybookField] = []
            self._put_one(item, 1, fields, group, "", inside=True)
            if fields:
                name = self._name(item, group)
                self._tables.append(CopybookTable(name, at, self._unit(item), item.times, tuple(fields)))

    def _put_one(
        self, item: _Item, at: int, into: list[CopybookField], group: str, element: str, *, inside: bool
    ) -> None:
        if item.storage is None:
            for child, offset in self._places(item)[0]:
                self._put(child, at + offset, into, item.name, element, inside=inside)
        elif item.name.upper() != _NAMELESS:
            into.append(CopybookField(self._name(item, group) + element, at, *item.storage))

    def _name(self, item: _Item, group: str) -> str:
        shared = self._shared[item.name.upper()] > 1 and group not in ("", _NAMELESS)
        return f"{group}.{item.name}" if shared else item.name
