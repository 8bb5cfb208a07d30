"""Trying: the first records of a file, each field's source beside its result."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import msgspec

from ..mapping import Mapping
from .sample import Sample
from .telling import Told, tell
from .tracing import Tracer

__all__ = ["Tried", "try_file"]


class Tried(msgspec.Struct, frozen=True):
    """The first records of a file; `more` is True when the file has others."""

    file: str
    feed: str
    records: tuple[Told, ...]
    more: bool


def try_file(mapping: Mapping, path: Path, *, limit: int = 10) -> Tried:
    """Map the first records of a file; the rest of the file is not read.

    Raises:
        FileRefused: the file is not of the mapping's format.
    """
    tracer = Tracer(mapping)
    with Sample(mapping, path) as sample:
        found = list(islice(sample.rows(), limit + 1))
        records = tuple(tell(sample, tracer, row) for row in found[:limit])
        return Tried(sample.file, mapping.feed, records, more=len(found) > limit)
