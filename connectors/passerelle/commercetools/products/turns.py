"""Turns: the order of changes to what only one variant may hold, such as a key or a Unique attribute.

A value is freed before another variant takes it. Where variants swap their values, one lets go first. Whether
the API looks after each action or after the last is not documented; this order suits both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..planning.steps import Step

__all__ = ["Turn", "in_turn"]


class Turn(NamedTuple):
    """One variant (by its id) takes a value of a field; `let_go` gives its own up, None when it cannot."""

    variant: int
    field: str
    value: Any
    step: Step
    let_go: Step | None


def in_turn(
    turns: Sequence[Turn], held: Mapping[int, Mapping[str, Any]], together: Sequence[str] = ()
) -> Iterator[Step]:
    """The steps of the turns, ordered so that no value is held twice on the way.

    Args:
        turns: What is to change.
        held: The values that variants hold by field, by variant id; None where there is none.
        together: Fields of which only the combination must be unique (CombinationUnique).
    """
    now = {variant: dict(fields) for variant, fields in held.items()}
    waiting = list(turns)
    gone_without: set[tuple[int, str]] = set()
    while waiting:
        free = next((turn for turn in waiting if not _taken(turn, now, together)), None)
        if free is not None:
            waiting.remove(free)
            now[free.variant][free.field] = free.value
            yield free.step
            continue
        holding = [t for t in waiting if t.let_go and (t.variant, t.field) not in gone_without]
        # Two that let go of one part of a combination may be left with the same rest: better one of another.
        apart = (t for t in holding if not _taken(t._replace(value=None), now, together))
        stuck = next(apart, holding[0] if holding else None)
        if stuck is None or stuck.let_go is None:
            # Somebody holds it for good: the API decides, and its refusal names both.
            yield from (turn.step for turn in waiting)
            return
        gone_without.add((stuck.variant, stuck.field))
        now[stuck.variant][stuck.field] = None
        yield stuck.let_go


def _taken(turn: Turn, now: Mapping[int, Mapping[str, Any]], together: Sequence[str]) -> bool:
    if turn.value is None and turn.field not in together:
        return False
    others = (fields for variant, fields in now.items() if variant != turn.variant)
    if turn.field not in together:
        return any(fields.get(turn.field) == turn.value for fields in others)
    after = {**now[turn.variant], turn.field: turn.value}
    wanted = [after.get(name) for name in together]
    return any([fields.get(name) for name in together] == wanted for fields in others)
