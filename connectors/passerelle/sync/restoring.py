"""Restoring: which record gives back what a run changed, fact by fact, and leaves alone what changed since.

Pure. What a run wrote and what was there before are compared as facts (`overlay`); whether the target still
holds what the run wrote is asked of the sink's plan, which knows how values are spelled there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec import UNSET

from ..errors import Skippable
from .overlay import GONE, HERE, Fact, built, facts, known_by
from .protocols import Change, Live

__all__ = ["Planning", "Restored", "as_before", "overlaid", "restored", "shown"]

R = TypeVar("R", bound=msgspec.Struct)
R_contra = TypeVar("R_contra", contravariant=True)

#: What a target drops when it takes another value of a field: labels of images that go, the fields of a
#: custom type, the places in categories that are left.
_COMPANIONS = {"images": "image_labels", "custom_type": "custom", "categories": "category_order_hints"}
#: What `known_by` names beside what tells records apart: how much is said.
_SAID_TOO = frozenset({"variants_complete", "relative"})
#: `("variants", "A-1", "sku")`: a path of this length is a field of a member, a longer one a value in it.
_FIELD = 3
#: The one list of which a record may name a few members (`overlay`).
_MEMBERS = "variants"


class Planning(Protocol[R_contra]):
    """The part of a sink that compares."""

    def plan(self, record: R_contra, live: Live | None) -> Change | None:
        """Compare purely: None when both sides agree."""
        ...


class Restored(NamedTuple, Generic[R]):
    """What gives back what was there; None when nothing is left to give back.

    `left` names the fields that hold something else than the run wrote.
    """

    record: R | None
    left: tuple[str, ...]


def overlaid(base: R, over: R) -> R:
    """Say what the one record says, and what the other says on top of it."""
    below, above = facts(base), facts(over)
    if getattr(over, "variants_complete", False):
        named = {path[1] for path in above if path[0] == _MEMBERS}
        below = {path: value for path, value in below.items() if path[0] != _MEMBERS or path[1] in named}
    kept = {
        path: value
        for path, value in below.items()
        if not any(given is GONE and _is_inside(path, other) for other, given in above.items())
        and not (value is GONE and any(_is_inside(other, path) for other in above))
    }
    return built(base, {**kept, **above})


def restored(
    sink: Planning[R], *, wrote: Mapping[Fact, Any], complete: bool, before: R, now: R, live: Live
) -> Restored[R]:
    """Make the record that gives back what was there before a run, of a resource that changed since.

    What the run changed without naming it (an attribute that all variants share) is not found here: only a
    resource that nobody touched since tells that (`as_before`).

    Args:
        sink: whose plan says whether the target still holds a fact.
        wrote: what the run's records said.
        complete: whether they named all variants, so that others went.
        before: what the target held before the run.
        now: what it holds.
        live: the same in the target's words.
    """
    was = facts(before)
    changed = {path: value for path, value in wrote.items() if _differs(path, value, was)}
    ours = _ours(sink, changed, live, now)
    here = _members(facts(now))
    added = [sku for sku in _members(wrote) if sku not in _members(was) and sku in here]
    away = {sku for sku in added if all(path in ours for path in changed if path[:2] == (_MEMBERS, sku))}
    lost = [sku for sku in _members(was) if complete and sku not in _members(wrote) and sku not in here]
    back: dict[Fact, Any] = {}
    left = [path for path in changed if path not in ours]
    for path in changed:
        if path not in ours or (path[0] == _MEMBERS and path[1] in added):
            continue
        for place, value in _before(path, was).items():
            given = _nothing(type(now), place) if value is GONE else value
            if given is None:
                left.append(path)
            else:
                back[place] = given
    back.update(_companions(back, was))
    for sku in lost:
        back.update({path: value for path, value in was.items() if path[:2] == (_MEMBERS, sku)})
    return Restored(_made(now, back, away, here), tuple(dict.fromkeys(shown(path) for path in left)))


def as_before(before: R, now: R) -> Restored[R]:
    """Make the record that gives back all that was there, of a resource that nobody touched since the run."""
    was, held = facts(before), facts(now)
    here = _members(held)
    away = {sku for sku in here if sku not in _members(was)}
    back = {path: value for path, value in was.items() if held.get(path, GONE) != value}
    left: list[Fact] = []
    for path, value in held.items():
        if value is GONE or path in was or (path[0] == _MEMBERS and path[1] in away):
            continue
        given = _nothing(type(before), path)
        if given is None:
            left.append(path)
        else:
            back[path] = given
    back.update(_of_renamed(before, was, held, away))
    # Values that came with what goes now are dropped by the target itself; a place in a category that stays
    # is not, and of one that goes it may be said.
    gone_with = _companion_places(path for path in back if path[-1] != "categories")
    back = {path: value for path, value in back.items() if path in was or not _is_at(path, gone_with)}
    back.update(_companions(back, was))
    named = known_by(type(before)) - _SAID_TOO
    moved = any(getattr(before, name) != getattr(now, name) for name in named)
    record = _made(before, back, away, here)
    if record is None and moved:
        # Nothing but what it is known by: the time from which a price holds.
        record = _saying(_partial(before, complete=False), {})
    return Restored(record, tuple(shown(path) for path in left))


def _of_renamed(
    before: msgspec.Struct, was: Mapping[Fact, Any], held: Mapping[Fact, Any], away: AbstractSet[str]
) -> dict[Fact, Any]:
    """What a member gained that the run gave another SKU: found by its key, it is the same one."""
    here, gained = set(_members(held)), dict[Fact, Any]()
    keys = {was.get((_MEMBERS, sku, "key")): sku for sku in _members(was) if sku not in here}
    for sku in away:
        old = keys.get(held.get((_MEMBERS, sku, "key"), GONE))
        if old is None:
            continue
        for path in held:
            place = (_MEMBERS, old, *path[2:])
            if path[:2] == (_MEMBERS, sku) and len(path) > _FIELD and place not in was:
                given = _nothing(type(before), place)
                if given is not None:
                    gained[place] = given
    return gained


def _made(like: R, back: Mapping[Fact, Any], away: AbstractSet[str], here: Sequence[str]) -> R | None:
    """Make the record that says this, and that these members go; None when it says nothing."""
    if not back and not away:
        return None
    rest = [sku for sku in here if sku not in away] if away else []
    named: dict[Fact, Any] = {(_MEMBERS, sku): HERE for sku in rest}
    return _saying(_partial(like, complete=bool(away)), _named(named | dict(back)))


def _companions(back: Mapping[Fact, Any], was: Mapping[Fact, Any]) -> dict[Fact, Any]:
    """What went with a value that the run changed, though its record did not name it: it comes back."""
    # Labels are those of the images that are named with them.
    labelled = {(*path[:-1], "images") for path in back if path[-1] == _COMPANIONS["images"]}
    places = _companion_places(back) | labelled
    return {path: value for path, value in was.items() if path not in back and _is_at(path, places)}


def _companion_places(back: Iterable[Fact]) -> set[Fact]:
    return {(*path[:-1], _COMPANIONS[path[-1]]) for path in back if path[-1] in _COMPANIONS}


def _is_at(path: Fact, places: Iterable[Fact]) -> bool:
    return any(path == place or _is_inside_of(path, place) for place in places)


def shown(path: Fact) -> str:
    """Name a fact as reports do: `name.fr-FR`, `variants[A-1].attributes.colour`."""
    if path[0] == _MEMBERS and len(path) > 1:
        return ".".join([f"{_MEMBERS}[{path[1]}]", *path[2:]])
    return ".".join(path)


def _differs(path: Fact, value: Any, was: Mapping[Fact, Any]) -> bool:
    if value is GONE:
        inside = [held for place, held in was.items() if place == path or _is_inside(place, path)]
        return any(held is not GONE for held in inside)
    return bool(was.get(path, GONE) != value)


def _before(path: Fact, was: Mapping[Fact, Any]) -> dict[Fact, Any]:
    """What was said in this place, which may have been several facts inside it."""
    if path in was:
        return {path: was[path]}
    return {place: value for place, value in was.items() if _is_inside(place, path)} or {path: GONE}


def _is_inside(path: Fact, other: Fact) -> bool:
    return _is_inside_of(path, other) and other[:1] != (_MEMBERS,)


def _is_inside_of(path: Fact, other: Fact) -> bool:
    return len(path) > len(other) and path[: len(other)] == other


def _ours(sink: Planning[R], changed: Mapping[Fact, Any], live: Live, now: R) -> set[Fact]:
    """Of what the run changed: what the target holds still. One question when that is all of it."""
    if _agrees(sink, changed, live, now):
        return set(changed)
    return {path for path, value in changed.items() if _agrees(sink, {path: value}, live, now)}


def _agrees(sink: Planning[R], said: Mapping[Fact, Any], live: Live, now: R) -> bool:
    try:
        return sink.plan(_saying(_partial(now, complete=False), _named(said)), live) is None
    except Skippable:
        return False


def _saying(like: R, said: Mapping[Fact, Any]) -> R:
    """Make the record that says this, and leaves as in `like` what would change by being left out."""
    active = getattr(like, "active", UNSET)
    return built(like, said if active is UNSET else {("active",): active, **said})


def _named(said: Mapping[Fact, Any]) -> dict[Fact, Any]:
    """Name the members of which something is said."""
    return {path[:2]: HERE for path in said if path[0] == _MEMBERS} | dict(said)


def _members(said: Iterable[Fact]) -> list[str]:
    return list(dict.fromkeys(path[1] for path in said if path[0] == _MEMBERS and len(path) > 1))


def _partial(record: R, *, complete: bool) -> R:
    """Say whether the variants that are named are all."""
    if "variants_complete" not in record.__struct_fields__:
        return record
    return msgspec.structs.replace(record, variants_complete=complete)


def _nothing(kind: type[msgspec.Struct], path: Fact) -> Any:
    """How a record says that it has no such value; None when it cannot say it."""
    if path[0] == _MEMBERS and len(path) > 2:  # noqa: PLR2004 - variants, a SKU, a field of it
        from ..records import Variant  # noqa: PLC0415 - as `overlay` knows it

        kind, path = Variant, path[2:]
    if len(path) > 1:
        return GONE
    hint = next(str(field.type) for field in msgspec.structs.fields(kind) if field.name == path[0])
    if "None" in hint:
        return GONE
    return () if "tuple" in hint else None
