"""What a plan would do, counted and grouped, for the person who decides about it."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from ..ledger import PlanItem
from .measures import MovedPrice, price_moves, zeroed
from .protocols import Change

__all__ = ["FAR", "PlanRow", "PlanSummary", "PriceJump", "plan_rows", "summarize"]

#: A price that moves by more than this fraction is told apart, when the feed's guard says nothing else.
FAR = 0.40
#: So many of the prices that move farthest are named.
_NAMED = 20
_WHICH = re.compile(r"\[[^\]]*\]")


class PriceJump(msgspec.Struct, frozen=True, kw_only=True):
    """One price that moves: `by` is a fraction of the old value, negative when it falls.

    `key` is the record's, `field` tells which of its prices.
    """

    key: str
    field: str = ""
    old: str | None
    new: str | None
    by: float


class PlanSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A plan in numbers.

    `kinds` counts records by what is done: create, update, replace, delete, unpublish, zero, deactivate.
    `fields` counts records by field, as reports do; `moved` are prices that move (of every variant, scope
    and tier), `far` those of them that move by more than `far_by`, in `far_records` records; `jumps` names
    the farthest. `zeroed` are stock levels that become zero. `waiting` records are carried without something
    they point to.
    """

    kinds: dict[str, int] = {}
    fields: dict[str, int] = {}
    moved: int = 0
    far: int = 0
    far_records: int = 0
    far_by: float = FAR
    jumps: list[PriceJump] = []
    zeroed: int = 0
    waiting: int = 0

    @property
    def changes(self) -> int:
        """Records that would be written."""
        return sum(self.kinds.values())


class PlanRow(NamedTuple):
    """One field of one record of a plan, before and after; `kind` is what is done with the record."""

    seq: int
    key: str
    kind: str
    field: str
    old: str | None
    new: str | None


def summarize(items: Iterable[PlanItem], *, far_by: float = FAR) -> PlanSummary:
    """Count a plan; flat in memory whatever its size."""
    kinds: dict[str, int] = {}
    fields: dict[str, int] = {}
    far = far_records = moved = zeros = waiting = 0
    jumps: list[tuple[float, int, int, PriceJump]] = []
    for item, change in _changes(items):
        kinds[item.kind] = kinds.get(item.kind, 0) + 1
        zeros += zeroed(change)
        waiting += bool(change.waiting)
        for name in {_WHICH.sub("", field.field) for field in change.fields}:
            fields[name] = fields.get(name, 0) + 1
        far_before = far
        for place, move in enumerate(price_moves(change)):
            moved += 1
            far += abs(move.by) > far_by
            # The places keep those that move alike in the order of the plan.
            entry = (abs(move.by), -item.seq, -place, _jump(change.key, move))
            if len(jumps) < _NAMED:
                heapq.heappush(jumps, entry)
            else:
                heapq.heappushpop(jumps, entry)
        far_records += far > far_before
    named = [jump for *_, jump in sorted(jumps, reverse=True) if abs(jump.by) > far_by]
    return PlanSummary(
        kinds=kinds,
        fields=dict(sorted(fields.items(), key=lambda pair: (-pair[1], pair[0]))),
        moved=moved,
        far=far,
        far_records=far_records,
        far_by=far_by,
        jumps=named,
        zeroed=zeros,
        waiting=waiting,
    )


def plan_rows(items: Iterable[PlanItem]) -> Iterator[PlanRow]:
    """Lay a plan out field by field, in its order."""
    for item, change in _changes(items):
        for field in change.fields:
            yield PlanRow(item.seq, change.key, item.kind, field.field, _text(field.old), _text(field.new))
        if not change.fields:
            yield PlanRow(item.seq, change.key, item.kind, "", None, None)


def _changes(items: Iterable[PlanItem]) -> Iterator[tuple[PlanItem, Change]]:
    for item in items:
        if item.change is not None:
            yield item, msgspec.json.decode(item.change, type=Change)


def _jump(key: str, move: MovedPrice) -> PriceJump:
    return PriceJump(key=key, field=move.field, old=move.old, new=move.new, by=move.by)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
