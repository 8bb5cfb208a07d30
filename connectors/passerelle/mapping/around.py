"""Around a reader: what a wrapper of rows hands on as it stands."""

from __future__ import annotations

from ..formats import Counting, Group, Noting, Reader

__all__ = ["ReaderAround"]


class ReaderAround:
    """All of a reader but its rows: header, counts and trailer are those of the reader inside."""

    def __init__(self, inner: Reader) -> None:
        self._inner = inner
        self._header: Group = {}

    def read_header(self) -> Group:
        """Read only the start of the file."""
        self._header = self._inner.read_header()
        return self._header

    @property
    def count(self) -> int:
        """Records of the file that were read so far."""
        return self._inner.count

    @property
    def counted(self) -> int:
        """What the count in the trailer is to be compared with."""
        return self._inner.counted if isinstance(self._inner, Counting) else self._inner.count

    @property
    def notes(self) -> list[str]:
        """What people should know of the rows, once every row was read."""
        return self._inner.notes if isinstance(self._inner, Noting) else []

    @property
    def trailer(self) -> Group:
        """The trailer, once every row was read."""
        return self._inner.trailer

    @property
    def trailer_line(self) -> int | None:
        """The line of the trailer, where it is known."""
        return self._inner.trailer_line
