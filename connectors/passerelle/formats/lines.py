"""Line numbers of records, counted on the bytes: right, or not given.

libxml2 keeps 16 bits of an element's line; above line 65,535 lxml gives the line of the first text inside
instead, one too far in a pretty-printed file and more in others.
"""

from __future__ import annotations

import re
from collections import deque
from itertools import accumulate

__all__ = ["LineCounter"]

_HIDDEN = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_AFTER_NAME = b" \t\r\n/>"


class LineCounter:
    """Counts the lines of the start tags of one element name in bytes that pass by.

    `known` is False for charsets whose bytes are not ASCII's: then no line is ever given. With `local`, the
    name may carry a prefix.
    """

    def __init__(self, tag: str, *, known: bool, local: bool = False) -> None:
        name = re.escape(tag.encode())
        self._start = re.compile(rb"<" + (rb"(?:[\w.-]+:)?" if local else b"") + name + rb"(?=[\s/>])")
        self._opening = b"<" + tag.encode()
        self._local = local
        self._known = known
        self._line = 1
        self._waiting: deque[int] = deque()

    def feed(self, chunk: bytes) -> None:
        """Note every start tag in this piece; a piece never ends inside a tag."""
        if not self._known:
            return
        # One character is looked for many times as fast as two.
        if (b"!" in chunk and b"<!" in chunk) or (b"?" in chunk and b"<?" in chunk):
            # What looks like a record in a comment or in CDATA is none.
            chunk = _HIDDEN.sub(_only_newlines, chunk)
            if b"<!" in chunk or b"<?" in chunk:
                self.lose()
                return
        # Plain searching is three times as fast as the pattern, and nearly always enough.
        parts = chunk.split(self._opening)
        if self._local or not all(part[:1] in _AFTER_NAME for part in parts[1:]):
            parts = self._start.split(chunk)
        ends = list(accumulate([part.count(b"\n") for part in parts], initial=self._line))
        self._line = ends[-1]
        self._waiting.extend(ends[1:-1])

    def skip(self, lines: int) -> None:
        """Pass by bytes with so many ends of lines, whose records are not waited for here."""
        self._line += lines

    def next(self) -> int | None:
        """Give the line where the element that ended now started; None when it is not known for sure."""
        return self._waiting.popleft() if self._waiting else None

    @property
    def line(self) -> int | None:
        """The line that the bytes seen so far end in; None when lines are not known for sure."""
        return self._line if self._known else None

    def lose(self) -> None:
        """Give no line from here on: elements of this name inside each other end in another order."""
        self._known = False
        self._waiting.clear()


def _only_newlines(found: re.Match[bytes]) -> bytes:
    return b"\n" * found[0].count(b"\n")
