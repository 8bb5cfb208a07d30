"""A faster way through flat records: one pattern, learned from the file, instead of a tree (ADR 0009).

It speculates that the next record looks like those before it, and takes nothing on trust: a record counts
only when every byte of it, and between it and the one before, is accounted for by the pattern. What is not
(a comment, an entity, an attribute, a control character, another order) is left to the XML parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

from ..batches import RowBatch
from ..charset import COMMON, Charset
from .scanned_rows import Layout, ScannedRows

__all__ = ["FlatScanner", "Run"]

# Neither is a character of XML; as all others in this set it is the parser that says so.
_NO_CHARACTERS = ("\ufffe", "\uffff")
_TEXT = "[^<>&\x00-\x08\x0a-\x1f]*"
_SOME = _TEXT.replace("*", "+")
_BLANKS = "[ \t\r\n]*"
_LEAF = re.compile(rf"({_BLANKS})<([^\s<>/&\"'=!?:]+)(?:/>|>{_TEXT}</\2>)")
#: Shapes that are learned of one file; one with more has no fixed layout.
_MOST_SHAPES = 16
#: A run of so many records is worth the change between the two ways.
_WORTH_IT = 8
_MOST_GIVEN = 4096
#: Records of which all leaves are there at once: few enough for the processor's nearer caches.
_AT_ONCE = 100


class Run(NamedTuple):
    """Records that stand one behind the other, up to `end` in the text."""

    batch: RowBatch
    end: int


class _Blanks(NamedTuple):
    """What stands before a record, before each of its leaves, and before its end tag."""

    before: str
    between: str
    last: str


class FlatScanner:
    """Reads runs of records that have one leaf behind the other, each name once; `record` is their name.

    It knows no layout until it was shown a record. The texts of `texts` are read ahead.
    """

    def __init__(self, record: str, charset: Charset, texts: Sequence[str] = ()) -> None:
        self._record = record
        self._texts = tuple(dict.fromkeys(texts))
        self._codec = charset.name
        self._opening, self._closing = f"<{record}>", f"</{record}>"
        self.end_tag = self._closing.encode()
        self._layout = Layout(self._opening, (), self._closing, sparse=False)
        self._names: tuple[str, ...] = ()
        self._optional: frozenset[str] = frozenset()
        self._blanks: _Blanks | None = None
        self._regular = True
        self._pattern: re.Pattern[str] | None = None
        self._shapes = 0
        self._given = 1

    @classmethod
    def suits(cls, record: str, charset: Charset) -> bool:
        """Say whether files in this charset can be scanned at all."""
        return charset.name in COMMON and record.isascii() and ":" not in record

    def text(self, block: bytes) -> str | None:
        """Decode some of the file; None when only the parser can say what is wrong with it."""
        try:
            text = block.decode(self._codec)
        except UnicodeDecodeError:
            return None
        return text if text.isascii() or not any(one in text for one in _NO_CHARACTERS) else None

    def bytes(self, text: str) -> bytes:
        """Give the bytes of a piece of decoded text again."""
        return text.encode(self._codec)

    def run(self, text: str, start: int, *, most: int, first: int, line: int | None) -> Run | None:
        """Read the records that stand at `start`, at most so many; None when there is none to be read.

        `first` is the ordinal of the next record, `line` the line that `start` is in.
        """
        if self._pattern is None:
            return None
        # One match behind the other without a gap, as re.Scanner does it; typeshed does not know the method.
        scan = iter(self._pattern.scanner(text, start).match, None)  # type: ignore[attr-defined]
        layout, end = self._layout, start
        starts: list[int] = []
        xml: list[bytes] = []
        texts: dict[str, list[str | None]] = {name: [] for name in self._texts if name in layout.names}
        while found := list(islice(scan, min(_AT_ONCE, most - len(xml)))):
            leaves = layout.leaves(found)
            starts.append(end)
            xml += layout.sealed(leaves)
            for name in texts:
                texts[name] += layout.texts(name, leaves)
            end = found[-1].end()
        if not xml:
            return None
        if len(xml) >= _WORTH_IT:
            self._given = 1
        return Run(ScannedRows(layout, xml, texts, first=first, lines=self._lines(text, starts, line)), end)

    def _lines(self, text: str, starts: Sequence[int], line: int | None) -> Callable[[int], int | None]:
        """Tell the lines of the records of a run, when somebody asks."""
        if line is None:
            return lambda _: None
        if self._regular and self._blanks is not None and not self._optional:
            before, between, last = (blanks.count("\n") for blanks in self._blanks)
            first, step = line + before, before + len(self._names) * between + last
            return lambda place: first + step * place
        return _Lines(text, starts, self._opening, line)

    def give_way(self, text: str, start: int) -> int:
        """Say up to where the parser shall read: one record, and more each time that it does not pay."""
        end, count, self._given = start, self._given, min(2 * self._given, _MOST_GIVEN)
        for _ in range(count):
            found = text.find(self._closing, end)
            if found < 0:
                return len(text)
            end = found + len(self._closing)
        return end

    def learn(self, text: str, sealed_opening: str) -> None:
        """Look at the last record of a text that ends behind it; its start tag is given as it is sealed."""
        if self._shapes >= _MOST_SHAPES:
            return
        start = text.rfind(self._opening)
        if start < 0:
            return
        names: list[str] = []
        blanks: set[str] = set()
        at, end = start + len(self._opening), len(text) - len(self._closing)
        while leaf := _LEAF.match(text, at, end):
            blanks.add(leaf[1])
            names.append(leaf[2])
            at = leaf.end()
        last = text[at:end]
        if not names or last.strip(" \t\r\n") or len(set(names)) < len(names):
            return
        merged = _merged(self._names, tuple(names))
        if merged is None:
            return
        optional = self._optional | set(merged).symmetric_difference(names)
        if self._names:
            optional |= set(merged).difference(self._names)
        around = _Blanks(_end_of(text[:start]), min(blanks), last)
        if self._blanks is not None and text[:start].strip(" \t\r\n"):
            # Something else stands between it and the record before.
            around = around._replace(before=self._blanks.before)
        regular = self._regular and len(blanks) == 1 and self._blanks in (None, around)
        shape = (merged, frozenset(optional), regular)
        if self._pattern is None or shape != (self._names, self._optional, self._regular):
            self._names, self._optional, self._regular = shape
            self._blanks = around
            self._shapes += 1
            self._pattern = self._compiled(*map(re.escape, around) if regular else (_BLANKS,) * 3)
        known, sparse = self._layout, bool(self._optional)
        if (known.opening, known.names, known.sparse) != (sealed_opening, self._names, sparse):
            self._layout = Layout(sealed_opening, self._names, self._closing, sparse=sparse)

    def _compiled(self, before: str, between: str, last: str) -> re.Pattern[str]:
        parts = [before, re.escape(self._opening)]
        if self._optional:
            # In a record without any leaf, the blanks are its text.
            parts.append(f"(?!{_BLANKS}{re.escape(self._closing)})")
        for name in map(re.escape, self._names):
            if not self._optional:
                parts.append(f"{between}<{name}(?:(>{_SOME}</{name}>)|/>|></{name}>)")
            else:
                parts.append(f"(?:{between}<{name}(?:(>{_SOME}</{name}>)|(/>|></{name}>)))?")
        return re.compile("".join([*parts, last, re.escape(self._closing)]))


class _Lines:
    """The lines of records between which blanks differ; `opening`, their start tag, stands nowhere else.

    `starts` are where the first record stands, and each `_AT_ONCE`th behind it.
    """

    def __init__(self, text: str, starts: Sequence[int], opening: str, line: int) -> None:
        self._text = text
        self._starts = starts
        self._opening = opening
        self._first = line
        self._rewind()

    def _rewind(self) -> None:
        # The record asked for last, and its line; up to where lines are counted; where the next may stand.
        self._place, self._line = -1, self._first
        self._counted = self._behind = self._starts[0]

    def __call__(self, place: int) -> int:
        """Give the line of a record; asked for in their order, no line is counted twice."""
        if place < self._place:
            self._rewind()
        if place > self._place:
            last, start = self._place, self._behind
            group = place // _AT_ONCE
            if last < group * _AT_ONCE - 1:
                last, start = group * _AT_ONCE - 1, self._starts[group]
            for _ in range(place - last):
                opening = self._text.index(self._opening, start)
                start = opening + 1
            self._line += self._text.count("\n", self._counted, opening)
            self._place, self._counted, self._behind = place, opening, start
        return self._line


def _end_of(text: str) -> str:
    return text[len(text.rstrip(" \t\r\n")) :]


def _merged(known: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...] | None:
    """Put the names of two records in one order; None when they contradict each other."""
    merged: list[str] = []
    rest = list(known)
    for name in names:
        if name in rest:
            place = rest.index(name)
            merged += rest[: place + 1]
            del rest[: place + 1]
        elif name in merged:
            return None
        else:
            merged.append(name)
    return (*merged, *rest)
