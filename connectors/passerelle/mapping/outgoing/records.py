"""What can be written: the record types of outgoing feeds, and what a file knows of itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import msgspec

from ...records import Order, OrderRequest, Receipt, Rejection
from ..entities import ENTITIES

__all__ = ["OUTGOING", "Sheet", "Totals", "register_outgoing"]


class Sheet(msgspec.Struct, frozen=True):
    """What the header of a file may say: its sequence number and when it is written."""

    sequence: int
    written_at: datetime


class Totals(msgspec.Struct, frozen=True):
    """What the trailer of a file may say.

    `count` is how many records were written. `lines` counts, in a file of record types, every line with
    header and trailer; `lines_before` leaves the trailer out.
    """

    sequence: int
    written_at: datetime
    count: int
    lines: int
    lines_before: int


_RECORDS: dict[str, type[msgspec.Struct]] = {
    "order": Order,
    "order_request": OrderRequest,
    "receipt": Receipt,
    "rejection": Rejection,
}
#: The record types that go out, by the name of their entity.
OUTGOING: Mapping[str, type[msgspec.Struct]] = MappingProxyType(_RECORDS)


def register_outgoing(entity: str, record: type[msgspec.Struct]) -> None:
    """Let feeds write another record type; `entity` is its name in mappings.

    Raises:
        ValueError: another type has that name already, in this direction or the other.
    """
    if _RECORDS.get(entity, record) is not record or entity in ENTITIES:
        raise ValueError(f"{entity!r} is the name of another record type")
    _RECORDS[entity] = record
