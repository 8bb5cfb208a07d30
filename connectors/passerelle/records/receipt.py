"""Receipts: what a partner is told about a file received, and about each record of it that was not taken."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

__all__ = ["Receipt", "Rejection"]


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """One record that was not taken: `number` counts the rejections of its file from 1."""

    file: str
    number: int
    key: str | None
    line: int | None
    record: int | None
    path: str | None
    code: str
    reason: str
    """In the language of the answer, or in the partner's own words."""
    received: str | None
    expected: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One file received, and what was made of it.

    `accepted`: every record was taken. `partly`: some were rejected. `refused`: nothing of the file was
    applied, `reason` says why. `duplicate`: applied before, nothing was done.
    """

    file: str
    feed: str
    sequence: int | None
    day: date | None
    received_at: datetime
    status: Literal["accepted", "partly", "refused", "duplicate"]
    readable: bool
    code: str | None
    reason: str | None
    records: int
    accepted: int
    rejected: int
    part: int = 1
    parts: int = 1
    rejections: tuple[Rejection, ...] = ()
