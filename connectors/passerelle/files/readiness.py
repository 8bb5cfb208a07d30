"""Has a file arrived whole? By its marker, or by two looks that saw the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from typing import Literal, NamedTuple, Protocol

from .folders import Folder, RemoteFile
from .names import FileName, FileNamePattern

__all__ = ["Looks", "MarkerReady", "Orphan", "Readiness", "ReadyFile", "Seen", "StableReady", "is_partial"]

_PARTIAL = (".tmp", ".part", ".filepart", ".partial", ".crdownload", "~")


class Seen(NamedTuple):
    """What the last looks saw of one file, and since when (our clock, seconds since 1970) it is unchanged."""

    size: int
    modified: float
    since: float


#: The memory between two looks at one feed's folder, by file name; a dict will do within one process.
Looks = MutableMapping[str, Seen]


class ReadyFile(NamedTuple):
    """A file that may be taken: what its name says, what the folder says, and its marker if it has one."""

    name: FileName
    file: RemoteFile
    marker: str | None = None


class Orphan(NamedTuple):
    """Half of a pair that waits for its other half; `age` in seconds since we first saw it."""

    kind: Literal["file_without_marker", "marker_without_file"]
    name: str
    age: float


class Readiness(NamedTuple):
    """One look at a folder: what may be taken (oldest first), what is missing its half, what still grows."""

    files: Sequence[ReadyFile]
    orphans: Sequence[Orphan] = ()
    waiting: Sequence[str] = ()


class ReadyRule(Protocol):
    """How a partner says that a file is complete."""

    def look(
        self, folder: Folder, pattern: FileNamePattern, looks: Looks, *, limit: int | None = None
    ) -> Readiness:
        """Look once; `looks` remembers what was seen for the next time."""
        ...


class MarkerReady:
    """A file is complete once its marker is there: `X.ok` beside `X.xml`, or `X.xml.ok`."""

    def __init__(self, suffix: str, *, clock: Callable[[], float] = time.time) -> None:
        self.suffix = suffix
        self.clock = clock

    def look(
        self, folder: Folder, pattern: FileNamePattern, looks: Looks, *, limit: int | None = None
    ) -> Readiness:
        """Pair files and markers; halves are reported with their age: the caller decides when to worry."""
        listing = {file.name: file for file in folder.list() if not is_partial(file.name)}
        files: list[ReadyFile] = []
        halves: list[tuple[Literal["file_without_marker", "marker_without_file"], RemoteFile]] = []
        paired: set[str] = set()
        for name, file in listing.items():
            read = pattern.match(name)
            if read is None:
                continue
            marker = next((marker for marker in self.markers(name) if marker in listing), None)
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
        remembered = _remember(looks, (file for _, file in halves), now)
        orphans = [Orphan(kind, file.name, now - remembered[file.name].since) for kind, file in halves]
        return Readiness(_oldest_first(files, limit), sorted(orphans, key=lambda orphan: orphan.name))

    def markers(self, name: str) -> tuple[str, str]:
        """Name the markers that announce a file, the usual one first."""
        stem, dot, _ = name.rpartition(".")
        return (f"{stem if dot else name}{self.suffix}", f"{name}{self.suffix}")

    def _announces(self, name: str, pattern: FileNamePattern) -> bool:
        if not name.endswith(self.suffix) or pattern.match(name) is not None:
            return False
        stem = name.removesuffix(self.suffix)
        return pattern.match(stem) is not None or pattern.match(stem + pattern.extension) is not None


class StableReady:
    """A file is complete once two looks, at least `seconds` apart, saw the same size and date."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.time) -> None:
        self.seconds = seconds
        self.clock = clock

    def look(
        self, folder: Folder, pattern: FileNamePattern, looks: Looks, *, limit: int | None = None
    ) -> Readiness:
        """Compare with the last looks; a file seen for the first time waits, however old it is."""
        found = {
            file.name: (read, file)
            for file in folder.list()
            if not is_partial(file.name) and (read := pattern.match(file.name)) is not None
        }
        before = dict(looks)
        now = self.clock()
        remembered = _remember(looks, (file for _, file in found.values()), now)
        files: list[ReadyFile] = []
        waiting: list[str] = []
        for name, (read, file) in found.items():
            unchanged = before.get(name) == remembered[name]
            if unchanged and now - remembered[name].since >= self.seconds:
                files.append(ReadyFile(read, file))
            else:
                waiting.append(name)
        return Readiness(_oldest_first(files, limit), waiting=sorted(waiting))


def is_partial(name: str) -> bool:
    """Tell whether a name says that its file is still being written."""
    return name.casefold().endswith(_PARTIAL)


def _remember(looks: Looks, files: Iterable[RemoteFile], now: float) -> dict[str, Seen]:
    """Note what is there, keep since when it is unchanged, forget what is gone."""
    current: dict[str, Seen] = {}
    for file in files:
        last = looks.get(file.name)
        same = last is not None and (last.size, last.modified) == (file.size, file.modified)
        current[file.name] = last if same and last is not None else Seen(file.size, file.modified, now)
    for name in [name for name in looks if name not in current]:
        del looks[name]
    looks.update(current)
    return current


def _oldest_first(files: list[ReadyFile], limit: int | None) -> list[ReadyFile]:
    """Sort by sequence, business date, the folder's date, name; only then is the limit applied."""

    def age(ready: ReadyFile) -> tuple[bool, int, str, str, float, str]:
        name = ready.name
        return (
            name.sequence is None,
            name.sequence or 0,
            name.date.isoformat() if name.date is not None else "",
            name.time.isoformat() if name.time is not None else "",
            ready.file.modified,
            name.name,
        )

    return sorted(files, key=age)[:limit]
