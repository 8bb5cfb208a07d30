"""Has a file arrived whole? What one look at a folder tells, and the rule of two looks that saw the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from typing import Literal, NamedTuple, Protocol

from .folders import Folder, RemoteFile
from .listing import Proof
from .names import FileName, FileNamePattern

__all__ = [
    "Looks",
    "Orphan",
    "Piece",
    "Readiness",
    "ReadyFile",
    "ReadyRule",
    "Seen",
    "StableReady",
    "age_of",
    "is_partial",
    "oldest_first",
    "remember",
]

_PARTIAL = (".tmp", ".part", ".filepart", ".partial", ".crdownload", "~")
#: No name holds it: what a rule remembers beside the files has it in front.
_ASIDE = "\0"


class Seen(NamedTuple):
    """What the last looks saw of one file, and since when (our clock, seconds since 1970) it is unchanged."""

    size: int
    modified: float
    since: float


#: The memory between two looks at one feed's folder, by file name; a dict will do within one process.
Looks = MutableMapping[str, Seen]


class Piece(NamedTuple):
    """A further part of a file that came split, and its marker."""

    file: RemoteFile
    marker: str | None = None


class ReadyFile(NamedTuple):
    """A file that may be taken: what its name says, what the folder says, and its marker if it has one.

    `proof` is what the partner says of it beside it. Files of one `batch` (the name of its marker) are
    applied all or not at all. `pieces` are the further parts of a file that came split. `claimed` is the
    name under which it stands in the folder when we have claimed it by a rename.
    """

    name: FileName
    file: RemoteFile
    marker: str | None = None
    proof: Proof = Proof()
    batch: str | None = None
    pieces: tuple[Piece, ...] = ()
    claimed: str | None = None

    @property
    def stands_as(self) -> str:
        """Name it as the folder does now."""
        return self.claimed or self.file.name

    @property
    def size(self) -> int:
        """Bytes of the whole file, all its pieces together."""
        return self.file.size + sum(piece.file.size for piece in self.pieces)


class Orphan(NamedTuple):
    """Half of a pair that waits for its other half; `age` in seconds since we first saw it.

    `claimed` is the name under which it stands when we have claimed it by a rename.
    """

    kind: Literal["file_without_marker", "marker_without_file"]
    name: str
    age: float
    claimed: str | None = None


class Readiness(NamedTuple):
    """One look at a folder: what may be taken (oldest first), what is missing its half, what still grows.

    `alerts` are for people: a lock left behind, a set that does not become complete.
    """

    files: Sequence[ReadyFile]
    orphans: Sequence[Orphan] = ()
    waiting: Sequence[str] = ()
    alerts: Sequence[str] = ()


class ReadyRule(Protocol):
    """How a partner says that a file is complete."""

    def look(
        self, folder: Folder, pattern: FileNamePattern, looks: Looks, *, limit: int | None = None
    ) -> Readiness:
        """Look once; `looks` remembers what was seen for the next time."""
        ...


class StableReady:
    """A file is complete once two looks, at least `seconds` apart, saw the same size and date.

    With `older_than`, its own date must also be so many seconds ago.
    """

    def __init__(
        self,
        seconds: float,
        *,
        older_than: float = 0.0,
        temporary: tuple[str, ...] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.seconds = seconds
        self.older_than = older_than
        self.temporary = temporary
        self.clock = clock

    def look(
        self, folder: Folder, pattern: FileNamePattern, looks: Looks, *, limit: int | None = None
    ) -> Readiness:
        """Compare with the last looks; a file seen for the first time waits, however old it is."""
        found = {
            file.name: (read, file)
            for file in folder.list()
            if not is_partial(file.name, self.temporary) and (read := pattern.match(file.name)) is not None
        }
        before = dict(looks)
        now = self.clock()
        remembered = remember(looks, (file for _, file in found.values()), now)
        files: list[ReadyFile] = []
        waiting: list[str] = []
        for name, (read, file) in found.items():
            unchanged = before.get(name) == remembered[name]
            old_enough = not self.older_than or now - file.modified >= self.older_than
            if unchanged and old_enough and now - remembered[name].since >= self.seconds:
                files.append(ReadyFile(read, file))
            else:
                waiting.append(name)
        return Readiness(oldest_first(files, limit), waiting=sorted(waiting))


def is_partial(name: str, temporary: tuple[str, ...] = ()) -> bool:
    """Tell whether a name says that its file is still being written; `temporary` are further suffixes."""
    return name.casefold().endswith((*_PARTIAL, *(suffix.casefold() for suffix in temporary)))


def remember(looks: Looks, files: Iterable[RemoteFile], now: float, *, aside: str = "") -> dict[str, Seen]:
    """Note what is there, keep since when it is unchanged, forget what is gone.

    Two rules that look at one folder keep their memories apart with `aside`.
    """
    scope = f"{_ASIDE}{aside}{_ASIDE}" if aside else ""
    current: dict[str, Seen] = {}
    for file in files:
        last = looks.get(scope + file.name)
        same = last is not None and (last.size, last.modified) == (file.size, file.modified)
        current[file.name] = last if same and last is not None else Seen(file.size, file.modified, now)
    for name in list(_in_scope(looks, scope)):
        if name.removeprefix(scope) not in current:
            del looks[name]
    looks.update({scope + name: seen for name, seen in current.items()})
    return current


def _in_scope(looks: Looks, scope: str) -> Iterator[str]:
    return (name for name in looks if (name.startswith(scope) if scope else not name.startswith(_ASIDE)))


def oldest_first(files: Iterable[ReadyFile], limit: int | None = None) -> list[ReadyFile]:
    """Sort by age; only then is the limit applied."""
    return sorted(files, key=age_of)[:limit]


def age_of(ready: ReadyFile) -> tuple[bool, int, str, str, float, str]:
    """Give what files are sorted by: sequence, business date, the folder's date, name."""
    name = ready.name
    return (
        name.sequence is None,
        name.sequence or 0,
        name.date.isoformat() if name.date is not None else "",
        name.time.isoformat() if name.time is not None else "",
        ready.file.modified,
        name.name,
    )
