"""Line numbers of records, counted on the bytes: right, or not given.

Bytes that pass by are counted block by block; of a block, the lines are told apart when somebody asks.
libxml2 keeps 16 bits of an element's line; above line 65,535 lxml gives the line of the first text inside
instead, one too far in a pretty-printed file and more in others.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from itertools import islice, repeat
from typing import TypeAlias

from .markup import unhidden

__all__ = ["LineCounter", "Place", "line_of"]

#: Bytes that are counted as one: twenty records or so, since it is one in a hundred that is asked for.
_BLOCK = 8_192

#: Counts start tags between two places of some bytes.
_Count: TypeAlias = Callable[[bytes, int, int], int]


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
        if not self.known:
            return
        # Plain searching is three times as fast as the pattern, and nearly always enough.
        piece = self._piece(chunk, self._plain, self._times(self._whole))
        if self._local or chunk.count(self._opening) != piece.end - self._started:
            piece = self._piece(chunk, self._start, self._matches)
        if piece.end > self._started:
            self._pieces.append(piece)
            self._started = piece.end
        self._line = piece.last_line

    def run(self, chunk: bytes, count: int) -> tuple[list[Place | None], int] | None:
        """Give the places of `count` whole records, which are all of a piece, and how many lines end in it.

        None when more start tags stand there: the piece is to be fed. Nothing may be waited for.
        """
        chunk, _ = unhidden(chunk, None)
        piece = self._piece(chunk, self._start, self._times(self._opening))
        if piece.end - self._started != count:
            piece = self._piece(chunk, self._start, self._matches)
            if piece.end - self._started != count:
                return None
        places: list[Place | None] = [*zip(repeat(piece), range(self._started, piece.end))]
        self._started = self._ended = piece.end
        lines, self._line = piece.last_line - self._line, piece.last_line
        return places, lines

    def _piece(self, chunk: bytes, pattern: re.Pattern[bytes], count: _Count) -> _Piece:
        return _Piece(chunk, pattern, count, line=self._line, first=self._started)

    def _matches(self, chunk: bytes, start: int, end: int) -> int:
        return len(self._start.findall(chunk, start, end))

    @staticmethod
    def _times(tag: bytes) -> _Count:
        return lambda chunk, start, end: chunk.count(tag, start, end)

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

    def __init__(
        self, chunk: bytes, pattern: re.Pattern[bytes], count: _Count, *, line: int, first: int
    ) -> None:
        self._chunk = chunk
        self._pattern = pattern
        #: Of each block: where it begins, in which line, and the number of the first start tag in it.
        self._offsets: list[int] = []
        self._lines: list[int] = []
        self._firsts: list[int] = []
        start, size = 0, len(chunk)
        while start < size:
            # Behind a `>`, no start tag's name is cut in two.
            end = chunk.find(b">", start + _BLOCK) + 1 or size
            self._offsets.append(start)
            self._lines.append(line)
            self._firsts.append(first)
            line += chunk.count(b"\n", start, end)
            first += count(chunk, start, end)
            start = end
        self.end = first
        self.last_line = line
        # The start tag that was asked for last, where and in which line it stands, and those behind it.
        self._asked = first
        self._offset = size
        self._there = line
        self._behind = pattern.finditer(b"")

    def line(self, index: int) -> int:
        """Give the line of a start tag, counted through its block; none behind it is looked at."""
        if index == self._asked:
            return self._there
        block = bisect_right(self._firsts, index) - 1
        if index < self._asked or self._offset < self._offsets[block]:
            self._asked, self._offset = self._firsts[block] - 1, self._offsets[block]
            self._there = self._lines[block]
            self._behind = self._pattern.finditer(self._chunk, self._offset)
        start = next(islice(self._behind, index - self._asked - 1, None)).start()
        self._there += self._chunk.count(b"\n", self._offset, start)
        self._asked, self._offset = index, start
        return self._there


#: Where an element started, as its number in a piece of the file; its line is reckoned when it is asked for.
Place: TypeAlias = tuple[_Piece, int]


def line_of(place: Place | None) -> int | None:
    """Give the line of a place; None when it is not known."""
    return None if place is None else place[0].line(place[1])
