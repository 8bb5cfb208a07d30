"""Explaining: why a record is what it is, or why it is not there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from ..formats import BadRow, Group, Row, Value
from ..mapping import Mapping
from .sample import Sample
from .telling import Told, tell
from .tracing import Tracer

__all__ = ["Explained", "explain"]

How = Literal["key", "part", "identity", "text"]
_STRENGTH: dict[How, int] = {"key": 0, "part": 1, "identity": 2, "text": 3}
#: Names of canonical records that tell one from another.
_IDENTITIES = ("sku", "key", "order_number")
#: Records that are told in full; a key that many records share is told by its first ones.
_MOST = 20
#: Keys kept to find the nearest one when none is the asked one.
_KEYS = 200_000


class Explained(msgspec.Struct, frozen=True):
    """What was found for a key.

    `how` says why these records: the key is theirs (`key`), one part of it is (`part`), the canonical record
    or one of its variants is named so (`identity`), or some text of the record is (`text`); None when the
    file has no such record. `found` counts them all, `records` holds the first ones. `nearest` are keys that
    look alike when there was none. `hooks` are asked before a record is created or updated (`before_create:
    new_ones_hidden of nordlicht.hooks`) and may want another value than the fields say.
    """

    file: str
    feed: str
    key: str
    how: How | None
    found: int
    read: int
    records: tuple[Told, ...]
    nearest: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()


def explain(mapping: Mapping, path: Path, key: str) -> Explained:
    """Find the records of a key in one file, and tell every field of them from the raw text on.

    Raises:
        FileRefused: the file is not whole, or not of the mapping's format.
    """
    found: dict[How, list[Row | BadRow]] = {how: [] for how in _STRENGTH}
    counts = dict.fromkeys(_STRENGTH, 0)
    keys: dict[str, None] = {}
    read = 0
    with Sample(mapping, path) as sample:
        header = sample.header
        for row in sample.rows():
            read += 1
            how = _how(sample, row, key, header, keys)
            if how is not None:
                counts[how] += 1
                if len(found[how]) < _MOST:
                    found[how].append(row)
        best = next((how for how in _STRENGTH if counts[how]), None)
        if best is None:
            near = tuple(difflib.get_close_matches(key, keys, n=3))
            return Explained(sample.file, mapping.feed, key, None, 0, read, (), near)
        tracer = Tracer(mapping)
        records = tuple(tell(sample, tracer, row) for row in found[best])
        hooks = () if mapping.hooks is None else mapping.hooks.named()
        named = tuple(f"{moment}: {hook.name} of {hook.module}" for moment, hook in hooks)
        return Explained(sample.file, mapping.feed, key, best, counts[best], read, records, hooks=named)


def _how(sample: Sample, row: Row | BadRow, key: str, header: Group, keys: dict[str, None]) -> How | None:
    """Say in which way a record is the one that was asked for, the strongest first."""
    if isinstance(row, BadRow):
        return "text" if key in row.raw else None
    item = sample.item(row, header)
    if item.key is not None:
        if len(keys) < _KEYS:
            keys[item.key] = None
        if item.key == key:
            return "key"
        if key in _parts(item.key):
            return "part"
    if item.record is not None and key in _identities(item.record):
        return "identity"
    return "text" if any(text.strip() == key for text in _texts(row.values)) else None


def _parts(key: str) -> list[str]:
    """Take a key of several parts apart; a bar inside a part has a backslash before it."""
    marked = key.replace("\\\\", "\0").replace("\\|", "\1")
    return [part.replace("\1", "|").replace("\0", "\\") for part in marked.split("|")]


def _identities(record: Any) -> Iterator[str]:
    """List what names a canonical record, or one of the records in it."""
    for field in msgspec.structs.fields(record):
        value = getattr(record, field.name)
        if field.name in _IDENTITIES and isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            for inner in value:
                if isinstance(inner, msgspec.Struct):
                    yield from _identities(inner)


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
