"""Archives: the members of a zip or tar, one after the other, their names taken as data."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, cast

from .unpacked_streams import Budget, reading_packed, refuse

__all__ = ["Entry", "tar_entries", "zip_entries"]

#: So many bytes may stand between two members of a tar: long names, access lists.
_BETWEEN = 1 << 20
_LOCAL_HEADER = 30
_ENCRYPTED = 1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_PLAIN = "a regular file, stored or deflated, without a password"
_REPACK = "Ask the partner to pack plain files only"


class Entry(NamedTuple):
    """A regular file in an archive: its name as the archive has it, its stated size, how to read it."""

    name: str
    size: int | None
    open: Callable[[], BinaryIO]


def zip_entries(path: Path, budget: Budget, file: str) -> Iterator[Entry]:
    """Go through a zip in the order of its directory.

    Raises FileRefused: `unsupported_member` (a password, another compression, a link), `damaged` (also
    members that share bytes, as bombs do), limits.
    """
    with reading_packed(file), zipfile.ZipFile(path) as archive:
        infos = []
        for info in archive.infolist():
            budget.count_member()
            if info.is_dir():
                continue
            infos.append(info)
            budget.announce(info.file_size)
            _judge(info, file)
        _judge_overlap(infos, file)
        for info in infos:
            yield Entry(info.filename, info.file_size, partial(_opened, archive, info))


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return cast("BinaryIO", archive.open(info))


def _judge(info: zipfile.ZipInfo, file: str) -> None:
    mode = info.external_attr >> 16
    if info.flag_bits & _ENCRYPTED:
        what = "a password"
    elif info.compress_type not in _METHODS:
        what = f"compression {info.compress_type}"
    elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        what = "no regular file"
    else:
        return
    raise refuse(file, "unsupported_member", f"{info.filename!r}: {what}", _PLAIN, _REPACK)


def _judge_overlap(infos: list[zipfile.ZipInfo], file: str) -> None:
    """Refuse members that share bytes: a few kilobytes would give as much as one likes."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            received = f"{info.filename!r} begins inside another member"
            raise refuse(file, "damaged", received, "members that stand apart", _REPACK)
        end = info.header_offset + _LOCAL_HEADER + info.compress_size


def tar_entries(stream: BinaryIO, budget: Budget, file: str) -> Iterator[Entry]:
    """Go through a tar as it streams by: an entry can be read until the next one is asked for.

    Raises FileRefused: `unsupported_member` (links, devices), `damaged`, limits.
    """
    metered = _Metered(stream, file)
    with reading_packed(file), tarfile.open(fileobj=cast("BinaryIO", metered), mode="r|") as archive:
        while (info := archive.next()) is not None:
            budget.count_member()
            if info.isdir():
                continue
            budget.announce(info.size)
            if not info.isreg() or info.issparse():
                received = f"{info.name!r}: no regular file"
                raise refuse(file, "unsupported_member", received, _PLAIN, _REPACK)
            content = archive.extractfile(info)
            if content is None:
                continue
            metered.allowed = None
            yield Entry(info.name, info.size, partial(cast, "BinaryIO", _Lent(content)))
            while content.read(_BETWEEN):
                pass
            metered.allowed = _BETWEEN
        if metered.tail.strip(b"\0"):
            expected = "the empty block that ends a tar, and nothing behind it"
            raise refuse(file, "truncated", "more or less than a whole tar", expected, _REPACK)


class _Lent:
    """A member of a tar to be read: closing it changes nothing, its rest is passed over all the same."""

    def __init__(self, content: IO[bytes]) -> None:
        self.read = content.read

    def close(self) -> None:
        """Do nothing."""


class _Metered:
    """A stream that gives only so many bytes between two members: headers are kept in memory."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._stream = stream
        self._file = file
        self.allowed: int | None = _BETWEEN
        #: The last block that was read.
        self.tail = b""

    def read(self, size: int) -> bytes:
        piece = self._stream.read(size)
        self.tail = (self.tail + piece)[-tarfile.BLOCKSIZE :]
        if self.allowed is not None:
            self.allowed -= len(piece)
            if self.allowed < 0:
                expected = f"headers of at most {_BETWEEN:,} bytes between two members"
                raise refuse(self._file, "damaged", "more", expected, _REPACK)
        return piece
