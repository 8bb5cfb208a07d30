"""A shelf: a target in memory that takes any kind of record and lets nothing pass that a shop would not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from ..errors import ConfigError, Conflict, ReferenceMissing, Refused
from ..sync.protocols import Applied, Change, FieldChange, Live, Removal

__all__ = ["Kept", "Shelf"]

R = TypeVar("R", bound=msgspec.Struct)

#: What says of a name within a field that it has no value.
_NOTHING: tuple[Any, ...] = (None, "", [])


class Kept(msgspec.Struct):
    """One resource of the shelf; `body` holds the fields of the record that some feed wrote."""

    id: str
    key: str
    version: int
    body: dict[str, Any]


def _no_parents(record: msgspec.Struct) -> Sequence[str]:  # noqa: ARG001 - whatever the record is
    return ()


class Shelf(Generic[R]):
    """A `Sink` that keeps what it is given: fields that a record leaves out stay as they are.

    Of a field with names of its own (a text by locale, custom fields) only those that are named change; an
    empty one takes the name away.

    Strict: a stale version, a second create of a key and a resource that is gone are a Conflict; an id that
    was never given out, an unknown action and a create without its parents are refused. Each call gives way
    to the others once, so that records in flight overtake each other as they do on a network.

    `deaf_to` are keys whose changes are accepted, counted and thrown away, as a cache or a rule of the shop
    may do; `creates=False` only completes what others create. `reads` counts read calls, `log` the keys of
    the changes taken, in their order.
    """

    def __init__(
        self,
        record_type: type[R],
        *,
        key: Callable[[R], str],
        parents: Callable[[R], Sequence[str]] | None = None,
        entity: str = "record",
        concurrency: int = 4,
        creates: bool = True,
    ) -> None:
        self.record_type = record_type
        self.entity = entity
        self.hierarchical = parents is not None
        self.concurrency = concurrency
        self.deaf_to: set[str] = set()
        self.reads = 0
        self.log: list[str] = []
        self.most_in_flight = 0
        self._creates = creates
        self._key = key
        self._parents: Callable[[R], Sequence[str]] = parents or _no_parents
        self._kept: dict[str, Kept] = {}
        self._given_out = 0
        self._in_flight = 0

    # What a test looks at and does behind the sync's back.

    def contents(self) -> dict[str, dict[str, Any]]:
        """What is on the shelf, by key, without ids and versions: to compare with another shelf."""
        return {key: dict(kept.body) for key, kept in sorted(self._kept.items())}

    def versions(self) -> dict[str, int]:
        """How often each resource was written, by key."""
        return {key: kept.version for key, kept in sorted(self._kept.items())}

    def put(self, record: R) -> None:
        """Somebody else writes the whole record, as a person in the shop's back office does."""
        key = self._key(record)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = self._new(key)
        else:
            kept.version += 1
        _lay_over(kept.body, _fields(record), _by_name(record))

    def take(self, key: str) -> None:
        """Somebody else deletes a resource."""
        del self._kept[key]

    # The Sink.

    def key(self, record: R) -> str:
        """Name the record as `key` says."""
        return self._key(record)

    def parents(self, record: R) -> Sequence[str]:
        """Name what `parents` says."""
        return self._parents(record)

    async def prepare(self) -> None:
        """Nothing is needed beforehand."""

    async def read_live(self, records: Sequence[R]) -> Mapping[str, Live]:
        """Read what is on the shelf."""
        self.reads += 1
        await asyncio.sleep(0)
        keys = [self._key(record) for record in records]
        return {key: _live(self._kept[key]) for key in keys if key in self._kept}

    def plan(self, record: R, live: Live | None) -> Change | None:
        """Compare field by field; raises ReferenceMissing for what is not there to be completed."""
        key, wanted = self._key(record), _fields(record)
        if live is None:
            if not self._creates:
                raise ReferenceMissing(f"{self.entity} {key} does not exist yet", reference=key)
            body: dict[str, Any] = {}
            _lay_over(body, wanted, _by_name(record))
            fields = _differences({}, body, frozenset())
            body["parents"] = list(self._parents(record))
            return Change(key=key, kind="create", fields=fields, body=body)
        fields = _differences(live.body, wanted, _by_name(record))
        if not fields:
            return None
        actions = tuple({"action": "set", "field": field.field, "value": field.new} for field in fields)
        return Change(
            key=key, kind="update", fields=fields, target_id=live.id, version=live.version, actions=actions
        )

    async def apply(self, change: Change) -> Applied:
        """Take one change, all of it or nothing."""
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            await asyncio.sleep(0)
            match change.kind:
                case "create":
                    kept = self._created(change)
                case "update":
                    kept = self._updated(change)
                case "replace":
                    self._deleted(change)
                    kept = self._created(change)
                case "delete":
                    kept = self._deleted(change)
        finally:
            self._in_flight -= 1
        self.log.append(change.key)
        return Applied(kept.id, kept.version)

    # Removing and Readable.

    async def read_ids(self, ids: Sequence[str]) -> Mapping[str, Live]:
        """Read by id."""
        self.reads += 1
        await asyncio.sleep(0)
        asked = set(ids)
        return {kept.id: _live(kept) for kept in self._kept.values() if kept.id in asked}

    def plan_removal(self, key: str, live: Live, policy: Removal) -> Change | None:
        """`delete` takes it off the shelf, `unpublish` turns its `published` off; others are unknown."""
        if policy == "delete":
            fields = tuple(FieldChange(name, value, None) for name, value in live.body.items())
            return Change(key=key, kind="delete", fields=fields, target_id=live.id, version=live.version)
        if policy != "unpublish":
            raise ConfigError(f"the shelf does not know how to {policy} a {self.entity}")
        if live.body.get("published") is False:
            return None
        return Change(
            key=key,
            kind="update",
            fields=(FieldChange("published", live.body.get("published"), new=False),),
            target_id=live.id,
            version=live.version,
            actions=({"action": "set", "field": "published", "value": False},),
        )

    def returned(self, record: R, policy: Removal) -> R:
        """Publish again what was unpublished, when the record can say so."""
        if policy == "unpublish" and "published" in record.__struct_fields__:
            return msgspec.structs.replace(record, published=True)
        return record

    def record_of(self, live: Live) -> R:
        """The record that the body says."""
        return msgspec.convert(live.body, self.record_type)

    def _created(self, change: Change) -> Kept:
        if change.key in self._kept:
            raise Conflict(f"{change.key} exists already", code="duplicate")
        body = dict(change.body or {})
        for parent in body.pop("parents", ()):
            if parent not in self._kept:
                raise ReferenceMissing(
                    f"{self.entity} {change.key} belongs to {parent}, which does not exist", reference=parent
                )
        kept = self._new(change.key)
        if change.key not in self.deaf_to:
            kept.body = body
            self._kept[change.key] = kept
        return kept

    def _deleted(self, change: Change) -> Kept:
        kept = self._current(change)
        del self._kept[kept.key]
        return kept

    def _updated(self, change: Change) -> Kept:
        kept = self._current(change)
        body = dict(kept.body)
        for action in change.actions:
            match action:
                case {"action": "set", "field": str(path), "value": value}:
                    name, _, inner = path.partition(".")
                    if inner:
                        _lay_over(body, {name: {inner: value}}, frozenset({name}))
                    else:
                        body[name] = value
                case _:
                    raise Refused(f"{change.key}: no such action: {action}", code="unknown_action")
        if change.key in self.deaf_to:
            return Kept(kept.id, kept.key, kept.version + 1, body)
        kept.body = body
        kept.version += 1
        return kept

    def _current(self, change: Change) -> Kept:
        """What a change was planned against; a Conflict when it moved since."""
        kept = next((one for one in self._kept.values() if one.id == change.target_id), None)
        if kept is None:
            if change.target_id in self._ids_of_the_past():
                raise Conflict(f"{change.key} was deleted meanwhile")
            raise Refused(f"nothing has the id {change.target_id!r}", code="unknown_target")
        if change.version != kept.version:
            raise Conflict(f"{change.key} has version {kept.version}, not {change.version}")
        return kept

    def _new(self, key: str) -> Kept:
        self._given_out += 1
        return Kept(f"id-{self._given_out}", key, 1, {})

    def _ids_of_the_past(self) -> set[str]:
        return {f"id-{number}" for number in range(1, self._given_out + 1)}


def _fields(record: msgspec.Struct) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(record))
    return fields


def _live(kept: Kept) -> Live:
    return Live(kept.id, kept.version, dict(kept.body))


def _by_name(record: msgspec.Struct) -> frozenset[str]:
    """Name the fields that have names of their own."""
    return frozenset(name for name in record.__struct_fields__ if isinstance(getattr(record, name), dict))


def _lay_over(body: dict[str, Any], said: Mapping[str, Any], by_name: frozenset[str]) -> None:
    for name, value in said.items():
        if name in by_name:
            held = {**(body.get(name) or {}), **value}
            body[name] = {inner: leaf for inner, leaf in held.items() if leaf not in _NOTHING}
        else:
            body[name] = value


def _differences(
    live: Mapping[str, Any], wanted: Mapping[str, Any], by_name: frozenset[str]
) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(field, old, new) for field, old, new in _pairs(live, wanted, by_name) if old != new
    )


def _pairs(
    live: Mapping[str, Any], wanted: Mapping[str, Any], by_name: frozenset[str]
) -> Iterator[tuple[str, Any, Any]]:
    for name, value in wanted.items():
        if name not in by_name:
            yield name, live.get(name), value
            continue
        held = live.get(name) or {}
        for inner, leaf in value.items():
            yield f"{name}.{inner}", held.get(inner), None if leaf in _NOTHING else leaf
