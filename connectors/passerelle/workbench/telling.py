"""Telling: one record of a sample with everything that is known of it."""

from __future__ import annotations

from typing import Any

import msgspec

from ..errors import Fault
from ..formats import BadRow, Row
from .lineage import Lineage, lineage
from .sample import Sample
from .tracing import Tracer

__all__ = ["Told", "tell"]


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record: `record` is the canonical one, None when there are faults; `fields` in order of reading.

    `raw` is the text of a record that could not be taken apart. `line` is where the record starts.
    """

    ordinal: int
    line: int | None
    key: str | None
    record: Any
    faults: tuple[Fault, ...]
    fields: tuple[Lineage, ...] = ()
    raw: str | None = None


def tell(sample: Sample, tracer: Tracer, row: Row | BadRow) -> Told:
    """Map one record and trace how."""
    header = sample.header
    item = sample.item(row, header)
    if isinstance(row, BadRow):
        return Told(item.ordinal, item.line, None, None, item.faults, raw=row.raw)
    _, traces = tracer.trace(row, file=sample.file, header=header)
    fields = lineage(sample.mapping, traces)
    return Told(item.ordinal, item.line, item.key, item.record, item.faults, fields)
