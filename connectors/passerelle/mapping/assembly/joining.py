"""Joining: rows of other inputs hung below the rows that they belong to, a whole batch at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ..origins import Found
from ..paths import ABSENT, items_of
from ..unreadable import Unreadable
from .drafts import Draft, Drafts
from .reaching import Place, keys_at, pseudo_text
from .shelf import Shelf

__all__ = ["Join", "Link", "join_all"]


class Link(NamedTuple):
    """How rows of one input are asked for: by the texts of some places, or by their order (no places).

    Two joins that ask in the same way share a shelf.
    """

    input: str
    places: tuple[str, ...]


class Join(NamedTuple):
    """One join, with those that are nested in it."""

    to: str
    link: Link
    left: tuple[Place, ...]
    at: tuple[str, ...]
    take: Literal["one", "all", "first", "last"]
    missing: Literal["keep", "reject", "blank"]
    described: str
    nested: tuple[Join, ...]

    @property
    def advice(self) -> str:
        """What to do when a row has no partner."""
        return f"Ask the sender for it, or say what a record is without: missing: keep or blank in {self.to}"


class _Target(NamedTuple):
    """What is joined: a row, a group that was found for it, or an item of a list; `above` leads there."""

    draft: Draft
    above: tuple[dict[str, Any], ...]

    @property
    def values(self) -> dict[str, Any]:
        return self.above[-1]


def join_all(joins: tuple[Join, ...], batch: Drafts, shelves: Mapping[Link, Shelf], first: int) -> None:
    """Join a batch of rows; `first` is how many rows went before, for joins by order."""
    targets = [_Target(draft, (draft.values,)) for draft in batch]
    orders = range(first + 1, first + 1 + len(batch))
    for join in joins:
        _join(join, targets, shelves, orders)


def _join(join: Join, targets: list[_Target], shelves: Mapping[Link, Shelf], orders: range | None) -> None:
    shelf = shelves[join.link]
    if join.at:
        targets, orders = _items(join, targets), None
    wanted: list[list[str]] = []
    for place, target in enumerate(targets):
        if not join.left:
            wanted.append([str(orders[place])] if orders is not None else [])
        else:
            wanted.append(_keys(join, target))
    found = shelf.find(key for keys in wanted for key in keys)
    below: list[_Target] = []
    for target, keys in zip(targets, wanted, strict=True):
        matches = found.get(keys[0], []) if len(keys) == 1 else _union(found, keys)
        hung = _chosen(join, target, keys, matches)
        if join.nested:
            # What was found may hang below other rows too: each has its own copy to hang further rows to.
            hung = [Found.of(group, group.origin) if isinstance(group, Found) else group for group in hung]
            below += [_Target(target.draft, (*target.above, group)) for group in hung]
        if join.take == "all":
            target.draft.hang(target.values, join.to, hung)
        elif hung:
            target.draft.hang(target.values, join.to, hung[0])
    for nested in join.nested:
        _join(nested, below, shelves, None)


def _items(join: Join, targets: list[_Target]) -> list[_Target]:
    items: list[_Target] = []
    path = "/".join(join.at)
    for target in targets:
        try:
            found = items_of(target.values, join.at)
        except Unreadable as error:
            target.draft.fault(path, error, None)
            continue
        for item in [] if found is ABSENT else found:
            if isinstance(item, dict):
                items.append(_Target(target.draft, (*target.above, item)))
            else:
                plain = Unreadable(
                    "not_a_group", "an item with names of its own", "Say parts where it is split"
                )
                target.draft.fault(path, plain, item)
    return items


def _keys(join: Join, target: _Target) -> list[str]:
    parts: list[list[str]] = []
    for place in join.left:
        values = target.above[-1 - place.climb]
        if place.pseudo is not None:
            text = _pseudo(place.pseudo, values, target.draft)
            parts.append([text] if text else [])
            continue
        try:
            parts.append(place.texts(values))
        except Unreadable as error:
            target.draft.fault(place.text, error, None)
            return []
    return keys_at(parts)


def _pseudo(name: str, values: dict[str, Any], draft: Draft) -> str:
    if isinstance(values, Found):
        origin = values.origin
        return pseudo_text(name, draft.around, origin.ordinal, origin.line)
    return pseudo_text(name, draft.around, draft.ordinal, draft.line)


def _union(found: dict[str, list[Found]], keys: list[str]) -> list[Found]:
    """Bring together what several keys found; a row that several of them find counts once."""
    matches = [match for key in dict.fromkeys(keys) for match in found.get(key, ())]
    return list({match.origin: match for match in matches}.values())


def _chosen(join: Join, target: _Target, keys: list[str], matches: list[Found]) -> list[Any]:
    """Choose what hangs: groups with their origin, or a blank one."""
    draft = target.draft
    path = join.left[0].text if join.left else "#ordinal"
    received = " + ".join(keys) or None
    if not matches:
        if join.missing == "reject":
            advice = join.advice
            draft.fault(path, Unreadable("missing_row", f"a row of {join.described}", advice), received)
        return [{}] if join.missing == "blank" else []
    if join.take == "one" and len(matches) > 1:
        one, other = matches[0].origin, matches[1].origin
        expected = f"one row of {join.described}, not {len(matches)}: {one} and {other}"
        advice = f"Have one of them removed, or say take: all, first or last in {join.to}"
        draft.fault(path, Unreadable("several_rows", expected, advice), received)
    taken = matches if join.take == "all" else matches[-1:] if join.take == "last" else matches[:1]
    for match in taken:
        if match.faults:
            draft.faults += match.faults
    return taken
