"""Markers: the small file beside a file that says that it is complete, and perhaps its checksum."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Literal

from .folders import Folder, RemoteFile
from .listing import LISTING_LIMIT, Proof, read_listing
from .names import FileNamePattern
from .readiness import Looks, Orphan, Readiness, ReadyFile, is_partial, oldest_first, remember

__all__ = ["ChecksumReady", "MarkerReady", "read_small"]


class MarkerReady:
    """A file is complete once its marker is there: `X.ok` beside `X.xml`, or `X.xml.ok`."""

    def __init__(
        self,
        suffix: str,
        *,
        temporary: tuple[str, ...] = (),
        any_case: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.suffix = suffix
        self.temporary = temporary
        self.any_case = any_case
        self.clock = clock

    def look(
        self, folder: Folder, pattern: FileNamePattern, looks: Looks, *, limit: int | None = None
    ) -> Readiness:
        """Pair files and markers; halves are reported with their age: the caller decides when to worry."""
        listing = {file.name: file for file in folder.list() if not is_partial(file.name, self.temporary)}
        spelled = {self._spelled(name): name for name in listing}
        files: list[ReadyFile] = []
        halves: list[tuple[Literal["file_without_marker", "marker_without_file"], RemoteFile]] = []
        paired: set[str] = set()
        for name, file in listing.items():
            read = pattern.match(name)
            if read is None:
                continue
            marker = next(
                (spelled[one] for one in map(self._spelled, self.markers(name)) if one in spelled), None
            )
            if marker is None:
                halves.append(("file_without_marker", file))
            else:
                paired.add(marker)
                files.append(ReadyFile(read, file, marker))
        halves += [
            ("marker_without_file", file)
            for name, file in listing.items()
            if name not in paired and self._announces(name, pattern)
        ]
        now = self.clock()
        remembered = remember(looks, (file for _, file in halves), now)
        orphans = [Orphan(kind, file.name, now - remembered[file.name].since) for kind, file in halves]
        return Readiness(oldest_first(files, limit), sorted(orphans, key=lambda orphan: orphan.name))

    def markers(self, name: str) -> tuple[str, str]:
        """Name the markers that announce a file, the usual one first."""
        stem, dot, _ = name.rpartition(".")
        return (f"{stem if dot else name}{self.suffix}", f"{name}{self.suffix}")

    def _spelled(self, name: str) -> str:
        return name.casefold() if self.any_case else name

    def _announces(self, name: str, pattern: FileNamePattern) -> bool:
        if not self._spelled(name).endswith(self._spelled(self.suffix)) or pattern.match(name) is not None:
            return False
        stem = name[: -len(self.suffix)]
        return pattern.match(stem) is not None or pattern.match(stem + pattern.extension) is not None


class ChecksumReady:
    """A file is complete once a companion holds its checksum: `X.xml.sha256`, `X.md5`.

    The companion is `<checksum>`, or a line as `sha256sum` writes it. One that is empty, for another file
    or unreadable is told in `alerts`, and its file waits.
    """

    def __init__(
        self,
        suffix: str,
        *,
        temporary: tuple[str, ...] = (),
        any_case: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.pairs = MarkerReady(suffix, temporary=temporary, any_case=any_case, clock=clock)

    def look(
        self, folder: Folder, pattern: FileNamePattern, looks: Looks, *, limit: int | None = None
    ) -> Readiness:
        """Pair as markers do, and read what each companion says."""
        paired = self.pairs.look(folder, pattern, looks, limit=limit)
        files: list[ReadyFile] = []
        alerts: list[str] = []
        for ready in paired.files:
            try:
                files.append(ready._replace(proof=_checksum(folder, ready)))
            except ValueError as error:
                alerts.append(f"{ready.marker}: {error}. {ready.file.name} waits: ask the sender for another")
        return paired._replace(files=files, alerts=alerts)


def _checksum(folder: Folder, ready: ReadyFile) -> Proof:
    for announced in read_listing(read_small(folder, ready.marker or "")):
        if announced.name in {"", ready.file.name} and announced.proof.digest is not None:
            return announced.proof
    raise ValueError(f"it holds no checksum of {ready.file.name}")


def read_small(folder: Folder, name: str) -> bytes:
    """Read a file that must be short; raises ValueError when it is not, or went away."""
    found = folder.stat(name)
    if found is None or found.size > LISTING_LIMIT:
        raise ValueError("it went away" if found is None else f"{found.size} bytes are no list")
    target = io.BytesIO()
    folder.read_to(name, target)
    return target.getvalue()
