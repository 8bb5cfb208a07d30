"""Line numbers of records, counted on the bytes when somebody asks: right, or not given.

libxml2 keeps 16 bits of an element's line; above line 65,535 lxml gives the line of the first text inside
instead, one too far in a pretty-printed file and more in others.
"""

from __future__ import annotations

import re
from collections import deque
from itertools import islice, repeat
from typing import TypeAlias

from .markup import unhidden

__all__ = ["LineCounter", "Place", "line_of"]


class LineCounter:
    """Follows the start tags of one element name in bytes that pass by.

    `known` is False for charsets whose bytes are not ASCII's: then no line is ever given. With `local`, the
    name may carry a prefix; `known` turns False for good when lines are lost. `inside` is what closes the
    comment or the CDATA section that the last piece ended in, None outside of any.
    """

    def __init__(self, tag: str, *, known: bool, local: bool = False) -> None:
        name = re.escape(tag.encode())
        self._start = re.compile(rb"<" + (rb"(?:[\w.-]+:)?" if local else b"") + name + rb"(?=[\s/>])")
        self._opening = b"<" + tag.encode()
        self._whole = self._opening + b">"
        self._plain = re.compile(re.escape(self._whole))
        self._local = local
        self.known = known
        self.inside: bytes | None = None
        self._line = 1
        self._started = 0
        self._ended = 0
        self._pieces: deque[_Piece] = deque()

    def feed(self, chunk: bytes) -> None:
        """Count the start tags in this piece; a piece ends behind a `>`."""
        # What looks like a record in a comment or in CDATA is none.
        chunk, self.inside = unhidden(chunk, self.inside)
        # Plain searching is three times as fast as the pattern, and nearly always enough.
        starts, pattern = chunk.count(self._whole), self._plain
        if self._local or chunk.count(self._opening) != starts:
            starts, pattern = len(self._start.findall(chunk)), self._start
        if starts and self.known:
            self._pieces.append(_Piece(chunk, pattern, self._line, self._started, starts))
            self._started += starts
        self._line += chunk.count(b"\n")

    def run(self, chunk: bytes, count: int, lines: int) -> list[Place | None] | None:
        """Give the places of `count` whole records, which are all of a piece with so many ends of lines.

        None when more start tags stand there: the piece is to be fed. Nothing may be waited for.
        """
        chunk, _ = unhidden(chunk, None)
        if chunk.count(self._opening) != count and len(self._start.findall(chunk)) != count:
            return None
        piece = _Piece(chunk, self._start, self._line, self._started, count)
        places: list[Place | None] = [*zip(repeat(piece), range(self._started, piece.end))]
        self._started = self._ended = piece.end
        self._line += lines
        return places

    def skip(self, lines: int) -> None:
        """Pass by bytes with so many ends of lines, whose records are not waited for here."""
        self._line += lines

    def next(self) -> Place | None:
        """Give the place where the element that ended now started; None when it is not known for sure."""
        return self.take(1)[0]

    def take(self, count: int) -> list[Place | None]:
        """Give the places where the elements started that ended now, one behind the other."""
        places: list[Place | None] = []
        while len(places) < count and self._ended < self._started:
            piece = self._pieces[0]
            end = min(piece.end, self._ended + count - len(places))
            places += zip(repeat(piece), range(self._ended, end))
            self._ended = end
            if end == piece.end:
                self._pieces.popleft()
        return places + [None] * (count - len(places))

    @property
    def waiting(self) -> int:
        """How many elements have started that were not asked for yet."""
        return self._started - self._ended

    @property
    def line(self) -> int | None:
        """The line that the bytes seen so far end in; None when lines are not known for sure."""
        return self._line if self.known else None

    def lose(self) -> None:
        """Give no line from here on: elements of this name inside each other end in another order."""
        self.known = False
        self._ended = self._started


class _Piece:
    """Some bytes of the file, and the start tags in them; they are asked for in their order, or nearly."""

    def __init__(self, chunk: bytes, pattern: re.Pattern[bytes], line: int, first: int, starts: int) -> None:
        self.end = first + starts
        self._chunk = chunk
        self._pattern = pattern
        self._line = line
        self._first = first
        self._rewind()

    def _rewind(self) -> None:
        # The start tag that was asked for last, where and in which line it stands, and those behind it.
        self._asked = self._first - 1
        self._offset = 0
        self._there = self._line
        self._behind = self._pattern.finditer(self._chunk)

    def line(self, index: int) -> int:
        """Give the line of a start tag, counted through the file; none behind it is looked at."""
        if index < self._asked:
            self._rewind()
        if index > self._asked:
            start = next(islice(self._behind, index - self._asked - 1, None)).start()
            self._there += self._chunk.count(b"\n", self._offset, start)
            self._asked, self._offset = index, start
        return self._there


#: Where an element started, as its number in a piece of the file; its line is reckoned when it is asked for.
Place: TypeAlias = tuple[_Piece, int]


def line_of(place: Place | None) -> int | None:
    """Give the line of a place; None when it is not known."""
    return None if place is None else place[0].line(place[1])
