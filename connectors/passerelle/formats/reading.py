"""Reading: what readers share around their records: read once, from the header to the trailer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from ..errors import Fault, FileRefused
from .layouts import Ill
from .rows import BadRow, Group
from .text import TextSource

__all__ = ["ReadOnce", "TextReader"]

_NO_CONTROLS = "Its controls cannot be checked: ask for the file again"
_CUT = "The file is cut short: ask for it again; nothing of it was taken"
_JOINED = "Two files may have been joined: ask for the file again"


class ReadOnce:
    """A file whose records are read once; its trailer is known behind the last of them."""

    def __init__(self) -> None:
        self._trailer: Group | None = None
        self._trailer_line: int | None = None
        self._started = False
        self._finished = False

    @property
    def trailer(self) -> Group:
        """The trailer's values, once every row was read; empty when the feed has no trailer."""
        if not self._finished:
            raise LookupError("the trailer is known after the last row")
        return self._trailer or {}

    @property
    def trailer_line(self) -> int | None:
        """The line where the trailer starts, once every row was read; None when it is not known."""
        return self._trailer_line

    def _start(self) -> None:
        """Begin with the records."""
        if self._started:
            raise LookupError("the rows of a stream are read once")
        self._started = True


class TextReader(ReadOnce, ABC):
    """All of a `Reader` of text but its rows, which begin with `_start` and end with `_finish`.

    A subclass counts its records in `_count`.
    """

    def __init__(self, source: TextSource) -> None:
        super().__init__()
        self._source = source
        self._header: Group | None = None
        self._count = 0

    @property
    def count(self) -> int:
        """Records read so far, those included that cannot be read."""
        return self._count

    def read_header(self) -> Group:
        """Read only the start of the file: what tells about it; `rows` goes on behind it."""
        if self._header is None:
            self._header = self._read_start()
        return self._header

    @abstractmethod
    def _read_start(self) -> Group:
        """Read what stands in front of the records; gives the header's values, empty without a header."""

    def _start(self) -> None:
        self.read_header()
        super()._start()

    def _close(self, trailer: Group, line: int | None) -> None:
        """Take the trailer."""
        self._trailer, self._trailer_line = trailer, line

    def _demand_trailer(self, expected: str) -> None:
        """Refuse the file when it ended without its trailer; `expected` tells it in words."""
        if self._trailer is None:
            raise self._source.refuse("trailer_missing", None, expected, _CUT)

    def _finish(self) -> None:
        """Say that every row was read."""
        self._finished = True

    def _no_header(self, received: str | None, expected: str, line: int | None) -> FileRefused:
        return self._source.refuse("header_missing", received, expected, _NO_CONTROLS, line=line)

    def _behind_trailer(self, received: str, line: int | None) -> FileRefused:
        expected = "nothing behind the trailer"
        return self._source.refuse("content_after_trailer", received, expected, _JOINED, line=line)

    def _bad(self, line: int | None, raw: str, ills: Iterable[Ill]) -> BadRow:
        """Make a record that cannot be read of the one that was counted last."""
        return BadRow(self._count, line, raw, tuple(self._fault(ill, line) for ill in ills))

    def _fault(self, ill: Ill, line: int | None) -> Fault:
        return self._source.fault(
            ill.code, ill.received, ill.expected, ill.advice, record=self._count, line=line, path=ill.path
        )

    def _judge_told(self, ills: Sequence[Ill], line: int | None) -> None:
        """Refuse the file when something is wrong in its header or trailer, on which the controls stand."""
        if ills:
            ill = ills[0]
            fault = self._source.fault(
                ill.code, ill.received, ill.expected, ill.advice, line=line, path=ill.path
            )
            raise FileRefused(fault)
