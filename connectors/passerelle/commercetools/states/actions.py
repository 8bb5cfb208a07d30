"""Update actions of a state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UnsetType

from ...errors import Refused
from ...records import State
from ..http.client import Json
from ..planning.pointed import Pointed
from ..planning.steps import Step
from ..planning.texts import ListActions, list_steps, locales_step, value_step
from .draft import transitions

__all__ = ["missing_states", "state_steps", "transition_keys"]

_ROLES = ListActions("roles", "setRoles", str, add="addRoles", remove="removeRoles", several=True)
_TRANSITIONS = ListActions("transitions", "setTransitions", lambda key: {"typeId": "state", "key": key})


def state_steps(record: State, live: Json, known: Pointed, *, keep: bool) -> Iterator[Step]:
    """Type, name, description, roles, whether it begins, and what follows."""
    if live.get("builtIn"):
        raise Refused(
            f"state {record.key} is built in: nobody changes it",
            code="built_in",
            advice="Take it out of the feed, or give the feed's state another key",
        )
    yield from value_step("changeType", "type", live["type"], record.type)
    yield from locales_step("setName", "name", live.get("name"), record.name)
    yield from locales_step("setDescription", "description", live.get("description"), record.description)
    yield from list_steps(_ROLES, live.get("roles", ()), record.roles, keep=keep)
    yield from value_step("changeInitial", "initial", live["initial"], record.initial)
    yield from set_transitions(live.get("transitions"), record, known, keep=keep)


def set_transitions(
    live: Sequence[Json] | None, record: State, known: Pointed, *, keep: bool
) -> Iterator[Step]:
    """Which states may follow: None is any of them; `keep` leaves those that may follow already."""
    wanted = record.transitions
    if isinstance(wanted, UnsetType) or (wanted is None and live is None):
        return
    old = None if live is None else [str(one.get("key", one["id"])) for one in live]
    if wanted is None:
        yield Step.of({"action": "setTransitions"}, "transitions", old, None)
    elif old is None:
        # Any state could follow until now: that is something too, not an empty place.
        references = transitions(wanted, known)
        new = [reference["key"] for reference in references]
        yield Step.of({"action": "setTransitions", "transitions": references}, "transitions", "any", new)
    else:
        there = [reference["key"] for reference in transitions(wanted, known)]
        yield from list_steps(_TRANSITIONS, old, there, keep=keep)


def transition_keys(record: State) -> tuple[str, ...]:
    """The keys of the states that the record leads to."""
    return record.transitions if isinstance(record.transitions, tuple) else ()


def missing_states(record: State, known: Pointed) -> tuple[str, ...]:
    """Those of them that are not there yet."""
    return tuple(key for key in dict.fromkeys(transition_keys(record)) if known.id("state", key) is None)
