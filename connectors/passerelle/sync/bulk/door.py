"""A target's bulk door: a second way in, that takes many new records a request now and carries them later.

What it takes may be refused, may wait for what it points to, and may be forgotten; only reading back tells
that a record arrived. Every method that talks to the target raises `Retriable`, `Refused` or `Fatal`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, TypeAlias

import msgspec

from ..protocols import Change

__all__ = ["BulkDoor", "Cost", "Parcel", "Queue", "Receipt", "Trouble", "Unfit", "Via"]

#: Which way new records take: the cheaper one, one call each, or through the bulk door.
Via: TypeAlias = Literal["auto", "http", "import"]
#: What becomes of a record that the door did not bring in: it is wrong; the same again may do; it must be
#: looked at closer, the other way; it waits for something it points to.
Fate: TypeAlias = Literal["refused", "again", "look", "waits"]


class Cost(NamedTuple):
    """What it takes to create some records one way: calls to the target, and seconds until they are there."""

    calls: int
    seconds: float


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """One new record in the door's words; `key` is the ledger's, `name` the door's for the same record.

    Two parcels of one `digest` say the same.
    """

    key: str
    name: str
    body: bytes
    digest: bytes


class Unfit(NamedTuple):
    """Why a record cannot go through the door, in words that are the same for all records of this cause."""

    reason: str


class Trouble(NamedTuple):
    """A record that was taken and did not arrive; `number` is the door's own.

    What waits is forgotten there at `until`.
    """

    number: str
    name: str
    fate: Fate
    code: str
    message: str
    waits_for: tuple[str, ...] = ()
    until: datetime | None = None


class Receipt(NamedTuple):
    """What the door says at once of one parcel: its number, or what is wrong with it."""

    number: str | None
    trouble: Trouble | None = None


class Queue(NamedTuple):
    """What is under way in one place, by number and by name; not `whole` when there was more than is told."""

    numbers: frozenset[str]
    names: dict[str, str]
    waiting: tuple[Trouble, ...]
    whole: bool


class BulkDoor(Protocol):
    """The bulk door for one kind of record."""

    #: What people call it: `Import API`.
    name: str

    def costs(self, creates: int) -> tuple[Cost, Cost]:
        """Reckon what so many new records cost one by one, and through the door."""
        ...

    async def closed(self) -> str:
        """Say why the door cannot be used, in few words; empty when it is open."""
        ...

    async def parcels(self, changes: Sequence[Change]) -> list[Parcel | Unfit]:
        """Turn planned creates into parcels, in their order."""
        ...

    def requests(self, parcels: Sequence[Parcel]) -> list[list[Parcel]]:
        """Cut parcels into as many as one request takes."""
        ...

    async def place(self, parcels: int) -> str:
        """Name a place that has room for so many more, made where there is none."""
        ...

    async def send(self, place: str, parcels: Sequence[Parcel]) -> list[Receipt]:
        """Hand over what `requests` made one request of; sent twice it does no harm.

        Raises Refused when the request as a whole is not taken.
        """
        ...

    async def in_work(self, place: str) -> int:
        """Count what is being carried there, this run's and others'."""
        ...

    async def troubles(self, place: str) -> list[Trouble]:
        """Name what did not arrive or waits, as far as the target tells; older things may be among them."""
        ...

    async def queue(self, place: str) -> Queue:
        """Name what is being carried there, or waits; all is empty when the place is gone."""
        ...

    async def pause(self, seconds: float) -> None:
        """Wait."""
        ...
