"""Taking a file: claim it, download it, compare what came with what was stated, archive it."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple, Protocol

from ..errors import Conflict, Fault, FileRefused, Position
from .archive import Archive
from .folders import Folder, Progress, RemoteFile, safe_name
from .readiness import ReadyFile

__all__ = ["Claims", "Collected", "collect"]

#: A claim outlives a crashed collector by this many seconds at most.
_CLAIM_TTL = 900.0


class Claims(Protocol):
    """Whose file is it? Held while the file is being taken, by one collector at a time."""

    def take(self, name: str, *, ttl: float) -> AbstractContextManager[object]:
        """Hold `name`; raises an error of `passerelle.errors` naming the holder when someone else does."""
        ...


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
    progress: Progress | None = None,
    now: Callable[[], dt.datetime] = utc_now,
) -> Collected:
    """Take one file; its source stays where it is until `settle`.

    Raises Conflict when the file changed since it was listed (look again), FileRefused when the server
    states another size than it delivers, and what the folder and the claims raise.
    """
    with (
        claims.take(f"file:{feed}:{ready.file.name}", ttl=_CLAIM_TTL) if claims is not None else nullcontext()
    ):
        _unchanged(folder, ready)
        handle, text = tempfile.mkstemp(dir=workdir, suffix=".part")
        part = Path(text)
        try:
            with os.fdopen(handle, "w+b") as target:
                received = folder.read_to(ready.file.name, target, progress=progress)
                size = target.tell()
                target.seek(0)
                sha256 = hashlib.file_digest(target, "sha256").hexdigest()
            _unchanged(folder, ready)
            _whole(ready.file, min(received, size))
            received_at = now()
            archived = archive.keep(part, feed, ready.file.name, sha256, received_at)
            path = part.replace(workdir / f"{sha256[:16]}-{safe_name(ready.file.name)}")
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return Collected(path, ready.file.name, size, sha256, received_at, archived)


def _unchanged(folder: Folder, ready: ReadyFile) -> None:
    current = folder.stat(ready.file.name)
    if current is None:
        raise Conflict(
            f"{folder.label}: {ready.file.name} went away after it was listed",
            advice="Someone else took it, or the partner withdrew it; the next look decides",
        )
    if (current.size, current.modified) != (ready.file.size, ready.file.modified):
        raise Conflict(
            f"{folder.label}: {ready.file.name} changed while it was being taken: {_state(ready.file)} when "
            f"listed, {_state(current)} now",
            advice="It is taken by the next look, if it is complete then",
        )


def _state(file: RemoteFile) -> str:
    return f"{file.size} bytes of {dt.datetime.fromtimestamp(file.modified, dt.UTC):%Y-%m-%d %H:%M:%S}Z"


def _whole(file: RemoteFile, received: int) -> None:
    if received != file.size:
        raise FileRefused(
            Fault(
                code="size_mismatch",
                position=Position(file.name),
                received=f"{received} bytes",
                expected=f"{file.size} bytes, as the server states",
                advice="The file or the server's listing is wrong: ask the partner to send it again",
            )
        )
