"""What a feed remembers between two runs: looks at files, files that must stay, visits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from ...files import Looks, RemoteFile, Seen, safe_name

__all__ = ["Kept", "last_visit", "note_visit", "remembered_files", "remembered_looks"]

T = TypeVar("T")


class Kept(NamedTuple):
    """A file that stays at the partner's: what it looked like when we were done with it."""

    size: int
    modified: float
    version: str
    outcome: Literal["taken", "refused"]

    def is_same(self, file: RemoteFile) -> bool:
        """Tell whether it still looks as it did: identity is never the name alone."""
        return tuple(self[:3]) == tuple(file[1:])


@contextmanager
def remembered_looks(home: Path, feed: str) -> Iterator[Looks]:
    """Hand out the memory of the last looks and write it back; a damaged memory only costs one look."""
    with _remembered(home / "looks" / f"{safe_name(feed)}.json", dict[str, Seen]) as looks:
        yield looks


@contextmanager
def remembered_files(home: Path, feed: str) -> Iterator[dict[str, Kept]]:
    """Hand out what is known of files that must stay; lost, each of them is read and recognised again."""
    with _remembered(home / "looks" / f"{safe_name(feed)}.kept.json", dict[str, Kept]) as kept:
        yield kept


def last_visit(home: Path, place: str) -> datetime | None:
    """Tell when a partner's folder was visited last."""
    return _read(_visits(home), dict[str, datetime]).get(place)


def note_visit(home: Path, place: str, at: datetime) -> None:
    """Write down a visit."""
    with _remembered(_visits(home), dict[str, datetime]) as visits:
        visits[place] = at


def _visits(home: Path) -> Path:
    return home / "looks" / "visits.json"


def _read(path: Path, kind: type[dict[str, T]]) -> dict[str, T]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


@contextmanager
def _remembered(path: Path, kind: type[dict[str, T]]) -> Iterator[dict[str, T]]:
    memory: dict[str, Any] = _read(path, kind)
    before = dict(memory)
    yield memory
    if memory != before:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(memory))
        part.replace(path)
