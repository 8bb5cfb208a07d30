"""Candidates: records that differ from what the ledger knows, to be compared with the shop."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

import msgspec

from ..errors import Position

__all__ = ["Candidate"]

R = TypeVar("R", bound=msgspec.Struct)


class Candidate(NamedTuple, Generic[R]):
    """A record that differs from what the ledger knows: to be compared with the shop.

    `said` is what the source says of it, as JSON, where a hook of the feed was asked about it before.
    """

    seq: int
    position: Position
    key: str
    raw: bytes
    strong: bytes
    encoded: bytes
    record: R
    known: bool = False
    """The ledger knows it otherwise: so it was taken before, and was not taken away since."""
    said: bytes = b""
