"""The bytes of one XML file, as they come from a stream that need not be seekable."""

from __future__ import annotations

from typing import Protocol

from ..rows import Noting

__all__ = ["CHUNK", "Bytes", "XmlSource"]

CHUNK = 65_536
_TAIL = 256


class Bytes(Protocol):
    """Where the bytes come from: any stream that can be read."""

    def read(self, size: int, /) -> bytes:
        """Read some bytes; none at the end of the file."""
        ...


class XmlSource:
    """The bytes of one file from a stream that need not be seekable; `tail` is the last that were read."""

    def __init__(self, stream: Bytes) -> None:
        self._stream = stream
        self.head = b""
        self.tail = b""
        self.ended = False

    @property
    def notes(self) -> list[str]:
        """Say what the stream has to tell of itself."""
        return self._stream.notes if isinstance(self._stream, Noting) else []

    def read_head(self) -> bool:
        """Read more of the start, and keep it; False at the end of the file."""
        piece = self.read(CHUNK)
        self.head += piece
        return bool(piece)

    def read(self, size: int) -> bytes:
        """Read some bytes; none at the end of the file."""
        piece = b"" if self.ended else self._stream.read(size)
        self.ended = not piece
        self.tail = (self.tail + piece[-_TAIL:])[-_TAIL:]
        return piece
