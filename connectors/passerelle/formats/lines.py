"""Line numbers of records, counted on the bytes: right, or not given.

libxml2 keeps 16 bits of an element's line; above line 65,535 lxml gives the line of the first text inside
instead, one too far in a pretty-printed file and more in others.
"""

from __future__ import annotations

import re
from collections import deque
from itertools import accumulate

from .markup import unhidden

__all__ = ["LineCounter"]


class LineCounter:
    """Counts the lines of the start tags of one element name in bytes that pass by.

    `known` is False for charsets whose bytes are not ASCII's: then no line is ever given. With `local`, the
    name may carry a prefix; `known` turns False for good when lines are lost. `inside` is what closes the
    comment or the CDATA section that the last piece ended in, None outside of any.
    """

    def __init__(self, tag: str, *, known: bool, local: bool = False) -> None:
        name = re.escape(tag.encode())
        self._start = re.compile(rb"<" + (rb"(?:[\w.-]+:)?" if local else b"") + name + rb"(?=[\s/>])")
        self._opening = b"<" + tag.encode()
        self._whole = self._opening + b">"
        self._local = local
        self.known = known
        self.inside: bytes | None = None
        self._line = 1
        self._waiting: deque[int] = deque()

    def feed(self, chunk: bytes) -> None:
        """Note every start tag in this piece; a piece ends behind a `>`."""
        # What looks like a record in a comment or in CDATA is none.
        chunk, self.inside = unhidden(chunk, self.inside)
        # Plain searching is three times as fast as the pattern, and nearly always enough.
        parts = chunk.split(self._opening)
        if self._local or chunk.count(self._whole) != len(parts) - 1:
            parts = self._start.split(chunk)
        ends = list(accumulate([part.count(b"\n") for part in parts], initial=self._line))
        self._line = ends[-1]
        if self.known:
            self._waiting.extend(ends[1:-1])

    def skip(self, lines: int) -> None:
        """Pass by bytes with so many ends of lines, whose records are not waited for here."""
        self._line += lines

    def next(self) -> int | None:
        """Give the line where the element that ended now started; None when it is not known for sure."""
        return self._waiting.popleft() if self._waiting else None

    @property
    def waiting(self) -> int:
        """How many elements have started that were not asked for yet."""
        return len(self._waiting)

    @property
    def line(self) -> int | None:
        """The line that the bytes seen so far end in; None when lines are not known for sure."""
        return self._line if self.known else None

    def lose(self) -> None:
        """Give no line from here on: elements of this name inside each other end in another order."""
        self.known = False
        self._waiting.clear()
