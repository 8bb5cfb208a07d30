"""Unpacked streams: bytes that are counted while they are read, so that no small file fills a disk."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from isal.igzip_lib import IsalError

from ..errors import Fault, FileRefused, Position

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = [
    "Budget",
    "CountedStream",
    "UnpackLimits",
    "buffered",
    "packing_of",
    "reading_packed",
    "refuse",
]

_BUFFER = 1 << 17
_MAGIC = {b"\x1f\x8b\x08": "gz", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"-----BEGIN PGP": "pgp"}
# isal's stub calls its exception class an exception.
_ISAL_ERROR = cast("type[Exception]", IsalError)
_DAMAGED: tuple[type[Exception], ...] = (
    zlib.error,
    _ISAL_ERROR,
    zipfile.BadZipFile,
    # A directory that asks for a later version of the format than there is.
    NotImplementedError,
    tarfile.TarError,
    UnicodeDecodeError,
)
_AGAIN = "The file is cut short or damaged: ask for it again; nothing of it was taken"
_BOMB = "If a file of this partner may be as large, raise the limit; else tell the partner what came"


class UnpackLimits(NamedTuple):
    """How much may come out of one packed file.

    `total` bytes; `members` of an archive; `ratio` times the size of the packed file, once more than `free`
    bytes came out (a short file of blanks is no bomb).
    """

    total: int = 16 << 30
    members: int = 10_000
    ratio: int = 250
    free: int = 64 << 20


class Budget:
    """What one packed file has given so far, against its limits."""

    def __init__(self, limits: UnpackLimits, packed: int, file: str) -> None:
        self._limits = limits
        self._packed = packed
        self._file = file
        self._given = 0
        self._members = 0

    def spend(self, size: int) -> None:
        """Count bytes that came out; raises FileRefused `too_large`."""
        self._given += size
        if self._given > self._limits.total:
            expected = f"at most {self._limits.total:,} bytes in all"
            raise refuse(self._file, "too_large", f"more than {self._limits.total:,} bytes", expected, _BOMB)
        if self._given > max(self._limits.free, self._limits.ratio * self._packed):
            received = f"{self._given:,} bytes out of {self._packed:,}"
            expected = f"at most {self._limits.ratio} times the packed size"
            raise refuse(self._file, "too_large", received, expected, _BOMB)

    def announce(self, size: int) -> None:
        """Judge a size that is stated before anything is read."""
        if size > self._limits.total:
            expected = f"at most {self._limits.total:,} bytes in all"
            raise refuse(self._file, "too_large", f"a member of {size:,} bytes", expected, _BOMB)

    def count_member(self) -> None:
        """Count one member of an archive."""
        self._members += 1
        if self._members > self._limits.members:
            expected = f"at most {self._limits.members:,} members"
            raise refuse(
                self._file, "too_many_members", f"more than {self._limits.members:,}", expected, _BOMB
            )


class CountedStream(io.RawIOBase):
    """Reads `source` through a budget (None: it was counted already); what is read goes into the digests.

    Closing it leaves the source open: `drain` may still read what nobody wanted, for its checksum.
    """

    def __init__(
        self,
        source: BinaryIO,
        budget: Budget | None,
        file: str,
        digests: Sequence[hashlib._Hash] = (),
    ) -> None:
        self._source = source
        self._budget = budget
        self._file = file
        self._digests = digests

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read some bytes; 0 at the end."""
        view = memoryview(buffer)
        piece = self._fetch(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def drain(self) -> None:
        """Read to the end, for nobody."""
        while self._fetch(_BUFFER):
            pass

    def _fetch(self, size: int) -> bytes:
        with reading_packed(self._file):
            piece = self._source.read(size)
        if self._budget is not None:
            self._budget.spend(len(piece))
        for digest in self._digests:
            digest.update(piece)
        return piece


def buffered(stream: CountedStream) -> io.BufferedReader:
    """Let a stream be read in pieces of any size, and looked at without reading."""
    return io.BufferedReader(stream, _BUFFER)


def packing_of(head: bytes) -> str | None:
    """Tell by its first bytes how a file is packed: gz, zip or pgp (with armour); None when it is not."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


def refuse(file: str, code: str, received: str | None, expected: str, advice: str = "") -> FileRefused:
    """Make the refusal of a packed file."""
    return FileRefused(Fault(code, Position(file), received, expected, advice))


@contextmanager
def reading_packed(file: str) -> Iterator[None]:
    """Translate what the decompressors raise about damaged bytes."""
    try:
        yield
    except EOFError as error:
        raise refuse(file, "truncated", str(error), "the end of the packed data", _AGAIN) from error
    except _DAMAGED as error:
        code = "truncated" if "unexpected end" in str(error) else "damaged"
        raise refuse(file, code, str(error), "packed data as its checksums say", _AGAIN) from error
    except OSError as error:
        # gzip's own errors have no number; those of the disk do.
        if error.errno is not None:
            raise
        raise refuse(file, "damaged", str(error), "packed data as its checksums say", _AGAIN) from error
