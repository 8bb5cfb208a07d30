"""Grouping: rows that are parts of one record become one row, with the rows as a list below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from xxhash import xxh3_64_intdigest

from ...errors import Fault, FileRefused
from ..origins import Found
from ..unreadable import CORRECT_IT, Unreadable
from .database import NumberSet, Store
from .drafts import Draft, Drafts
from .filtering import Filter
from .reaching import Place, joined_key
from .shelf import MOST_MATCHES, Budget, Shelf

__all__ = ["Group"]

_BATCH = 500
#: Keys of groups that are remembered in memory; more go to the database.
_REMEMBERED = 20_000


class Group(NamedTuple):
    """How rows are grouped."""

    to: str
    by: tuple[Place, ...]
    starts: Filter | None
    any_order: bool
    above: bool
    lift: tuple[str, ...]
    clash: Literal["reject", "first", "last"]
    deep: bool

    def over(self, batches: Iterator[Drafts], budget: Budget, store: Store) -> Iterator[Drafts]:
        """Make groups of rows, batch by batch."""
        groups = self._anywhere(batches, budget, store) if self.any_order else self._adjacent(batches, store)
        made: Drafts = []
        for group in groups:
            made.append(group)
            if len(made) >= _BATCH:
                yield made
                made = []
        if made:
            yield made

    def _adjacent(self, batches: Iterator[Drafts], store: Store) -> Iterator[Draft]:
        over = _Over(store)
        members: Drafts = []
        current: str | None = None
        for draft in (draft for batch in batches for draft in batch):
            if self.starts is not None:
                key, goes_on = None, not self.starts.meets(draft)
            else:
                key = self._key(draft)
                goes_on = key == current or (key is None and self.above)
                if key is None and not self.above:
                    draft.fault(self._path, _without_key(), "")
            if goes_on and members:
                members.append(draft)
                if len(members) > MOST_MATCHES:
                    raise _too_many(members[0], current)
                continue
            if goes_on:
                draft.fault(self._path, _headless(), "")
            if members:
                yield self._group(members)
            members, current = [draft], key
            if key is not None and not over.is_new(key):
                draft.fault(self._path, _apart(key), key)
        if members:
            yield self._group(members)

    def _anywhere(self, batches: Iterator[Drafts], budget: Budget, store: Store) -> Iterator[Draft]:
        shelf = Shelf(self.to, budget, store, deep=self.deep)
        around = None
        for draft in (draft for batch in batches for draft in batch):
            around = draft.around
            key = self._key(draft)
            if key is None:
                draft.fault(self._path, _without_key(), "")
                yield self._group([draft])
            else:
                shelf.put([key], draft)
        shelf.ready()
        if around is None:
            return
        for rows in shelf.groups():
            members = []
            for found in rows:
                draft = Draft(found, around, found.origin.ordinal, found.origin.line)
                draft.faults += found.faults
                members.append(draft)
            yield self._group(members)

    @property
    def _path(self) -> str:
        return self.by[0].text if self.by else self.to

    def _key(self, draft: Draft) -> str | None:
        parts: list[str] = []
        for place in self.by:
            try:
                texts = place.texts(draft.values)
            except Unreadable as error:
                draft.fault(place.text, error, None)
                return None
            parts.append(texts[0] if texts else "")
        return joined_key(parts) if any(parts) else None

    def _group(self, members: Drafts) -> Draft:
        """Put one group together: the first row's place, the names that are shared or lifted, the rows."""
        first = members[0]
        group = Draft({}, first.around, first.ordinal, first.line)
        for member in members:
            group.faults += member.faults
        for place in self.by:
            if len(place.source.names) == 1 and place.text in first.values:
                group.values[place.text] = first.values[place.text]
        for name in self.lift:
            self._lift(name, members, group)
        group.values[self.to] = [
            member.values if isinstance(member.values, Found) else Found.of(member.values, member.origin)
            for member in members
        ]
        return group

    def _lift(self, name: str, members: Drafts, group: Draft) -> None:
        chosen: Any = None
        teller: Draft | None = None
        for member in members:
            if name not in member.values:
                continue
            value = member.values[name]
            group.values.setdefault(name, value)
            if not value or (isinstance(value, str) and value.isspace()):
                continue
            if teller is None or self.clash == "last":
                chosen, teller = value, member
            elif value != chosen and self.clash == "reject":
                expected = f"one {name} in all rows of the group; {teller.origin} has {_shown(chosen)}"
                advice = f"{CORRECT_IT}, or say clash: first or last"
                member.fault(name, Unreadable("clash", expected, advice), _shown(value))
                group.faults.append(member.faults[-1])
        if teller is not None:
            group.values[name] = chosen


class _Over:
    """The keys of groups that are over: one that comes back means that its rows do not stand together."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._few: set[int] = set()
        self._many: NumberSet | None = None

    def is_new(self, key: str) -> bool:
        """Say whether a group is met for the first time."""
        number = xxh3_64_intdigest(key.encode()) - (1 << 63)
        if self._many is not None:
            return self._many.add(number)
        if number in self._few:
            return False
        self._few.add(number)
        if len(self._few) > _REMEMBERED:
            self._many = self._store.number_set(self._few)
            self._few = set()
        return True


def _without_key() -> Unreadable:
    return Unreadable("empty_group_key", "a value that says which group the row belongs to")


def _headless() -> Unreadable:
    return Unreadable("no_group_above", "a row in front of it that starts a group")


def _apart(key: str) -> Unreadable:
    expected = f"the rows of {key} one behind the other; others stood in front of them"
    return Unreadable("group_apart", expected, "Say order: any, or have the file sorted")


def _too_many(first: Draft, key: str | None) -> FileRefused:
    return FileRefused(
        Fault(
            "too_many_rows",
            first.origin.at(),
            key,
            f"at most {MOST_MATCHES} rows in one group",
            "The key says nothing: group by another value, or leave such rows out with where",
        )
    )


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else f"a group of {len(value)} names"
