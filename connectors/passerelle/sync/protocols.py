"""What the sync asks of a system: read what is live, plan purely, apply one change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeAlias, TypeVar, runtime_checkable

import msgspec

from ..errors import Position

__all__ = [
    "Applied",
    "Attributing",
    "Change",
    "Deriving",
    "Expecting",
    "FieldChange",
    "Interlocking",
    "Listing",
    "Live",
    "Modified",
    "Placing",
    "Readable",
    "Removal",
    "Removing",
    "Said",
    "Settling",
    "Sink",
]

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
R_contra = TypeVar("R_contra", contravariant=True)

#: What is done with a record that its source no longer has: nothing, taken off the shop, its stock set to
#: zero, its price switched off, or deleted.
Removal: TypeAlias = Literal["keep", "unpublish", "zero", "deactivate", "delete"]


class Live(msgspec.Struct, frozen=True):
    """One resource as the target holds it now: its id, its version, and its body in the target's words."""

    id: str
    version: int
    body: dict[str, Any]


class FieldChange(msgspec.Struct, frozen=True):
    """One field of one record, before and after, as a person reads it: `price.FR`, `59.90 EUR`, `39.90 EUR`.

    `old` is None when the target has no such value, `new` is None when the value goes away.
    """

    field: str
    old: Any
    new: Any


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one record needs: a create, an update, a replace (a delete, then a create), or a delete.

    `key` is the record's key in the ledger. `body` is the draft of a create; `actions` are the update
    actions in the order in which they must run; `version` is the live version they were planned against.
    `waiting` names references that do not exist yet and that were left out: the record is carried without
    them, and taken up again when they arrive. `kept` are the facts of the record that are left to those who
    changed them in the target: the change does not speak of them.
    """

    key: str
    kind: Literal["create", "update", "replace", "delete"]
    fields: tuple[FieldChange, ...]
    target_id: str | None = None
    version: int | None = None
    body: dict[str, Any] | None = None
    actions: tuple[dict[str, Any], ...] = ()
    waiting: tuple[str, ...] = ()
    kept: tuple[tuple[str, ...], ...] = ()


class Applied(msgspec.Struct, frozen=True):
    """The target's id and version of a record after a change was applied."""

    id: str
    version: int


class Sink(Protocol[R]):
    """One kind of record in one system.

    Every method that talks to the system raises `Conflict`, `Retriable` (its own retries are used up),
    `Skippable` or `Fatal` from `passerelle.errors`, and nothing else.
    """

    entity: str
    record_type: type[R]
    #: True when records point to records of the same kind (categories): `parents` is asked, parents go first.
    hierarchical: bool

    @property
    def concurrency(self) -> int:
        """How many records are in flight at once: as many as the client has connections."""
        ...

    def key(self, record: R) -> str:
        """Name the record in the ledger and in reports; the same business facts give the same key."""
        ...

    def parents(self, record: R) -> Sequence[str]:
        """Name the records of this kind that must exist before this one."""
        ...

    async def prepare(self) -> None:
        """Read once what every plan needs (channels, product types); raise ConfigError when it is missing."""
        ...

    async def read_live(self, records: Sequence[R]) -> Mapping[str, Live]:
        """Read what the target holds for these records, by record key; what it lacks is left out."""
        ...

    def plan(self, record: R, live: Live | None) -> Change | None:
        """Compare purely: None when both sides agree. Raises Skippable when it can never be carried."""
        ...

    async def apply(self, change: Change) -> Applied:
        """Send one change. Raises Conflict when the target moved or the outcome is in doubt."""
        ...


@runtime_checkable
class Removing(Protocol[R]):
    """A sink that can take records away which their source no longer has, and bring them back."""

    async def read_ids(self, ids: Sequence[str]) -> Mapping[str, Live]:
        """Read resources by the target's ids; what is gone is left out."""
        ...

    def plan_removal(self, key: str, live: Live, policy: Removal) -> Change | None:
        """Plan purely what takes a record away; None when nothing is left to do.

        Raises ConfigError for a policy that this kind of record does not know.
        """
        ...

    def returned(self, record: R, policy: Removal) -> R:
        """Say of a record that was taken away by this policy, and is back, what shows it again."""
        ...


@runtime_checkable
class Expecting(Protocol):
    """A sink that must know what is going to be sent beside a change, to choose the order."""

    def expect(self, change: Change) -> None:
        """Take note of a change that is going to be sent; `apply` follows, or the run ends."""
        ...


@runtime_checkable
class Interlocking(Protocol[R_contra]):
    """A sink some of whose changes let each other pass: those of one group are to be expected together."""

    def interlocks(self, change: Change) -> bool:
        """Say whether a change needs others of its group sent before or behind it."""
        ...

    def group(self, record: R_contra) -> str:
        """Name what the records have in common whose changes may need each other."""
        ...


@runtime_checkable
class Readable(Protocol[R_co]):
    """A sink that can say what the target holds in the words of a record."""

    def record_of(self, live: Live) -> R_co:
        """Turn a resource into the record that would have made it, every field it holds named."""
        ...


class Said(NamedTuple, Generic[R]):
    """What a source says: the record, its key in the ledger, and the file that it came from."""

    key: str
    record: R
    file: str


@runtime_checkable
class Deriving(Protocol[R]):
    """A sink whose target shows what follows from a record and other facts, not what the record says.

    What follows is planned, applied and kept as what is wanted; fingerprints stay those of what was said.
    """

    async def derive(self, said: Sequence[Said[R]]) -> Sequence[R | None]:
        """Say what the target should hold of each, in their order; None of one that is out of date."""
        ...

    def said_again(self, keys: Sequence[str], file: str) -> None:
        """Hear of records that a file repeats as the ledger knows them: they are not derived anew."""
        ...


@runtime_checkable
class Placing(Protocol[R_contra]):
    """A sink that keeps where a record stood in its file: told before the record is planned."""

    def place(self, placed: Sequence[tuple[R_contra, Position]]) -> None:
        """Take the places of the records that are read and planned next."""
        ...


@runtime_checkable
class Settling(Protocol):
    """A sink whose target shows some changes late: what differs is read again after `settles_in` seconds."""

    settles_in: float


class Modified(msgspec.Struct, frozen=True):
    """Who wrote a resource last, and when; `ours` is whether it was this client, None when it is not told."""

    by: str
    at: datetime | None = None
    ours: bool | None = None


@runtime_checkable
class Attributing(Protocol):
    """A sink whose target tells who wrote a resource last."""

    def modified(self, live: Live) -> Modified:
        """Say who it was."""
        ...


@runtime_checkable
class Listing(Protocol):
    """A sink whose target can list all resources of its kind, by id."""

    async def list_after(self, after: str, limit: int) -> Sequence[Live]:
        """Read up to `limit` resources whose id is greater than `after`, in the order of their ids."""
        ...
