"""Every original, kept as it came: compressed, filed by feed and day, found by its hash."""

from __future__ import annotations

import datetime as dt
import filecmp
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, cast

from isal import igzip, isal_zlib

from ..errors import ConfigError
from .folders import safe_name

__all__ = ["Archive", "Archived"]

_CHUNK = 1 << 20
#: zlib's word for a window of 32 KiB in a gzip file.
_GZIP = 16 + 15
_HASH = re.compile(r"[0-9a-f]{64}")


class Archived(NamedTuple):
    """One original in the archive."""

    path: Path
    sha256: str
    received_at: dt.datetime
    name: str


class Archive:
    """A folder `<root>/<feed>/<year>/<month>/<day>/<name>.gz` with an index `<root>/<feed>/by-hash/…`.

    Unpacking gives the partner's bytes again, to the last one. An index entry is a small text file: where
    the original lies, when it arrived, and what the partner called it. `level` is ISA-L's, from 0 to 3: at
    1 it packs XML as small as gzip does at its own 1, in a quarter of the time.
    """

    def __init__(self, root: Path, *, level: int = 1) -> None:
        self.root = root
        self.level = level

    def keep(self, source: Path, feed: str, name: str, sha256: str, received_at: dt.datetime) -> Path:
        """Keep a copy of `source` and return its path once it is safely on the disk.

        Content that the feed's archive has already is not kept twice. A name that is taken on that day gets
        the time of arrival. Raises ValueError when `source` does not have that hash.
        """
        if received_at.tzinfo is None:
            raise ValueError(f"received_at {received_at} has no time zone")
        known = self.find(feed, sha256)
        if known is not None:
            return known.path
        received_at = received_at.astimezone(dt.UTC)
        day = self.root / safe_name(feed) / f"{received_at:%Y/%m/%d}"
        day.mkdir(parents=True, exist_ok=True)
        packed = self._pack(source, self.packing(feed), sha256)
        try:
            path = _link_free(packed, day, safe_name(name), f"{received_at:%H%M%S}")
        finally:
            packed.unlink()
        _sync_folder(day)
        self._index(feed, Archived(path, sha256, received_at, name))
        return path

    def find(self, feed: str, sha256: str) -> Archived | None:
        """Find an original by the hash of its content; None when it is not (or no more) in the archive."""
        entry = self._entry(feed, sha256)
        try:
            place, received_at, name = entry.read_text(encoding="utf-8", errors="surrogateescape").split(
                "\n"
            )[:3]
        except FileNotFoundError:
            return None
        path = self.root / safe_name(feed) / place
        if not path.is_file():
            return None
        return Archived(path, sha256, dt.datetime.fromisoformat(received_at), name)

    def folder(self, feed: str, *below: str) -> Path:
        """Name the folder of a feed in the archive, or one below it."""
        return self.root.joinpath(safe_name(feed), *below)

    def drop(self, feed: str, archived: Archived) -> None:
        """Remove an original for good, its entry first."""
        self._entry(feed, archived.sha256).unlink(missing_ok=True)
        archived.path.unlink(missing_ok=True)

    def entries(self, feed: str) -> Iterator[Archived]:
        """Go through everything kept for a feed, in no particular order."""
        for entry in sorted((self.root / safe_name(feed) / "by-hash").glob("??/*")):
            found = self.find(feed, entry.name)
            if found is not None:
                yield found

    def open(self, archived: Archived | Path) -> BinaryIO:
        """Read an original as the partner sent it."""
        path = archived.path if isinstance(archived, Archived) else archived
        return cast("Callable[..., BinaryIO]", igzip.open)(path, "rb")

    def restore(self, feed: str, sha256: str, target: Path) -> None:
        """Put an original at `target`; raises ConfigError when it is missing or no longer what it was."""
        found = self.find(feed, sha256)
        if found is None:
            raise ConfigError(f"The archive {self.root} has no original of feed {feed} with hash {sha256}")
        with self.open(found) as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain, _CHUNK)
        with target.open("rb") as plain:
            actual = hashlib.file_digest(plain, "sha256").hexdigest()
        if actual != sha256:
            target.unlink()
            raise ConfigError(
                f"{found.path} in the archive is damaged: expected hash {sha256}, found {actual}",
                advice="Restore the archive from its backup",
            )

    def packing(self, feed: str) -> Path:
        """Give the folder in which the files of a feed's archive are made before they have their names."""
        folder = self.folder(feed, "packing")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def sweep(self, feed: str) -> None:
        """Remove what a process that died was making; nobody else may be writing for this feed."""
        for part in self.folder(feed, "packing").glob("*.part"):
            part.unlink(missing_ok=True)

    def _pack(self, source: Path, folder: Path, sha256: str) -> Path:
        handle, text = tempfile.mkstemp(dir=folder, suffix=".part")
        packed = Path(text)
        try:
            with source.open("rb") as plain, os.fdopen(handle, "wb") as target:
                actual = self._squeeze(plain, target)
                _flush(target)
        except BaseException:
            packed.unlink()
            raise
        if actual != sha256:
            packed.unlink()
            raise ValueError(f"{source} has hash {actual}, expected {sha256}")
        return packed

    def _squeeze(self, plain: IO[bytes], target: IO[bytes]) -> str:
        digest = hashlib.sha256()
        # Without name and date in its header the same original always gives the same archive file.
        packer = isal_zlib.compressobj(self.level, isal_zlib.DEFLATED, _GZIP)
        while chunk := plain.read(_CHUNK):
            digest.update(chunk)
            target.write(packer.compress(chunk))
        target.write(packer.flush())
        return digest.hexdigest()

    def _entry(self, feed: str, sha256: str) -> Path:
        if not _HASH.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is not a SHA-256 hash in lower-case hexadecimal")
        return self.root / safe_name(feed) / "by-hash" / sha256[:2] / sha256

    def _index(self, feed: str, archived: Archived) -> None:
        entry = self._entry(feed, archived.sha256)
        entry.parent.mkdir(parents=True, exist_ok=True)
        place = archived.path.relative_to(self.root / safe_name(feed)).as_posix()
        name = archived.name.replace("\n", " ")
        handle, text = tempfile.mkstemp(dir=self.packing(feed), suffix=".part")
        with os.fdopen(handle, "wb") as target:
            line = f"{place}\n{archived.received_at.isoformat()}\n{name}\n"
            target.write(line.encode("utf-8", "surrogateescape"))
            _flush(target)
        Path(text).replace(entry)
        _sync_folder(entry.parent)


def _link_free(packed: Path, day: Path, name: str, arrival: str) -> Path:
    """Give the packed file the first free name; a link fails when the name is taken, a rename would not.

    The same bytes under that name are a file that a run kept and did not live to index: they will do.
    """
    stem, dot, extension = name.rpartition(".")
    stem, extension = (stem, f".{extension}") if dot else (name, "")
    count = 0
    while True:
        addition = ("", f"~{arrival}", f"~{arrival}-{count}")[min(count, 2)]
        path = day / f"{stem}{addition}{extension}.gz"
        try:
            path.hardlink_to(packed)
        except FileExistsError:
            if filecmp.cmp(path, packed, shallow=False):
                return path
            count += 1
        else:
            return path


def _flush(target: IO[bytes]) -> None:
    target.flush()
    os.fsync(target.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
