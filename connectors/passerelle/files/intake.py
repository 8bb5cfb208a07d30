"""Taking a file: hold it, download it, compare what came with what was stated, archive it."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from ..errors import Conflict, Fault, FileRefused, Position
from .archive import Archive
from .folders import UNSTATED, Folder, Progress, RemoteFile, safe_name
from .listing import Proof
from .readiness import ReadyFile

__all__ = ["Claims", "Collected", "StillGrowing", "check_proof", "collect"]

#: A claim outlives a crashed collector by this many seconds at most.
_CLAIM_TTL = 900.0
#: So many bytes of filling (blocks of blanks or zeros) may follow the end of a file.
_AFTER_THE_END = 4096


class Claims(Protocol):
    """Whose file is it? Held while the file is being taken, by one collector at a time."""

    def take(self, name: str, *, ttl: float) -> AbstractContextManager[object]:
        """Hold `name`; raises an error of `passerelle.errors` naming the holder when someone else does."""
        ...


class StillGrowing(Conflict):
    """The file does not end as a whole one does: it is looked at again later, and nothing of it was kept."""


class Collected(NamedTuple):
    """A file that is ours: `path` is a working copy, the caller's to delete; `archived` is the original."""

    path: Path
    name: str
    size: int
    sha256: str
    received_at: dt.datetime
    archived: Path


def utc_now() -> dt.datetime:
    """Tell the time, with its zone."""
    return dt.datetime.now(dt.UTC)


def collect(
    folder: Folder,
    ready: ReadyFile,
    *,
    feed: str,
    workdir: Path,
    archive: Archive,
    claims: Claims | None = None,
    ends_with: bytes = b"",
    progress: Progress | None = None,
    now: Callable[[], dt.datetime] = utc_now,
) -> Collected:
    """Take one file, all its pieces one after the other; its source stays where it is until `settle`.

    Raises Conflict when the file changed since it was listed (look again), StillGrowing when it does not
    end with `ends_with` (blanks, line ends and 0x1A after it do not count), FileRefused when the server
    states another size than it delivers, and what the folder and the claims raise.
    """
    with (
        claims.take(f"file:{feed}:{ready.file.name}", ttl=_CLAIM_TTL) if claims is not None else nullcontext()
    ):
        handle, text = tempfile.mkstemp(dir=workdir, suffix=".part")
        part = Path(text)
        try:
            with os.fdopen(handle, "w+b") as target:
                _receive(folder, ready.stands_as, ready.file, target, progress)
                for piece in ready.pieces:
                    _receive(folder, piece.file.name, piece.file, target, progress)
                size = target.tell()
                target.seek(0)
                sha256 = hashlib.file_digest(target, "sha256").hexdigest()
                _ended(folder, ready.file.name, target, size, ends_with)
            received_at = now()
            archived = archive.keep(part, feed, ready.file.name, sha256, received_at)
            path = part.replace(workdir / f"{sha256[:16]}-{safe_name(ready.file.name)}")
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return Collected(path, ready.file.name, size, sha256, received_at, archived)


def check_proof(collected: Collected, proof: Proof) -> None:
    """Compare a file with the checksum that came beside it; raises FileRefused when they differ."""
    if proof.digest is None:
        return
    actual = collected.sha256
    if proof.algorithm != "sha256":
        with collected.path.open("rb") as content:
            actual = hashlib.file_digest(content, proof.algorithm).hexdigest()
    if actual != proof.digest:
        raise FileRefused(
            Fault(
                code="checksum_mismatch",
                position=Position(collected.name),
                received=f"{collected.size} bytes with {proof.algorithm} {actual}",
                expected=f"{proof.algorithm} {proof.digest}, as the sender wrote beside it",
                advice="The file was changed or cut on its way: ask the partner to send both again",
            )
        )


def _receive(
    folder: Folder, name: str, piece: RemoteFile, target: BinaryIO, progress: Progress | None
) -> None:
    """Append one remote file to `target`, whole."""
    _unchanged(folder, name, piece)
    before = target.tell()
    try:
        received = folder.read_to(name, target, progress=progress)
    except FileNotFoundError:
        received = -1
    _unchanged(folder, name, piece)
    _whole(piece, min(received, target.tell() - before))


def _ended(folder: Folder, name: str, target: BinaryIO, size: int, ends_with: bytes) -> None:
    if not ends_with:
        return
    target.seek(max(0, size - len(ends_with) - _AFTER_THE_END))
    if not target.read().rstrip(b" \t\r\n\x1a\0").endswith(ends_with):
        raise StillGrowing(
            f"{folder.label}: {name} does not end with {ends_with.decode('utf-8', 'replace')!r} yet "
            f"({size} bytes)",
            advice="The next run looks again; if it stays so, ask the partner whether the file was cut",
        )


def _unchanged(folder: Folder, name: str, listed: RemoteFile) -> None:
    current = folder.stat(name)
    if current is None:
        raise Conflict(
            f"{folder.label}: {listed.name} went away after it was listed",
            advice="Someone else took it, or the partner withdrew it; the next look decides",
        )
    if not current.same_state(listed):
        raise Conflict(
            f"{folder.label}: {listed.name} changed while it was being taken: {_state(listed)} when "
            f"listed, {_state(current)} now",
            advice="It is taken by the next look, if it is complete then",
        )


def _state(file: RemoteFile) -> str:
    return f"{file.size} bytes of {dt.datetime.fromtimestamp(file.modified, dt.UTC):%Y-%m-%d %H:%M:%S}Z"


def _whole(file: RemoteFile, received: int) -> None:
    if file.size not in (UNSTATED, received):
        raise FileRefused(
            Fault(
                code="size_mismatch",
                position=Position(file.name),
                received=f"{received} bytes",
                expected=f"{file.size} bytes, as the server states",
                advice="The file or the server's listing is wrong: ask the partner to send it again",
            )
        )
