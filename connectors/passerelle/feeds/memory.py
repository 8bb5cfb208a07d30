"""What a feed remembers between two looks at its folder, for partners who send no marker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ..files import Looks, Seen, safe_name

__all__ = ["remembered_looks"]


@contextmanager
def remembered_looks(home: Path, feed: str) -> Iterator[Looks]:
    """Hand out the memory of the last looks and write it back; a damaged memory only costs one look."""
    path = home / "looks" / f"{safe_name(feed)}.json"
    looks: dict[str, Seen] = {}
    if path.exists():
        try:
            looks = msgspec.json.decode(path.read_bytes(), type=dict[str, Seen])
        except msgspec.DecodeError:
            looks = {}
    before = dict(looks)
    yield looks
    if looks != before:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(looks))
        part.replace(path)
