"""The plan of an assembly: what was compiled from the spec, and its stages over batches of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ..origins import Found
from ..paths import ABSENT, items_of
from ..unreadable import Unreadable
from .cells import Fold, Pair, Split
from .computing import Computation, compute
from .database import Store
from .drafts import Draft, Drafts
from .filtering import Filter
from .grouping import Group
from .joining import Join, Link, join_all
from .shelf import Budget, Shelf

__all__ = ["Plan", "Stages"]


class Plan(NamedTuple):
    """What happens to the rows of one source, in this order."""

    where: Filter | None = None
    computations: tuple[Computation, ...] = ()
    cells: tuple[Split | Fold | Pair, ...] = ()
    joins: tuple[Join, ...] = ()
    group: Group | None = None
    keep: Filter | None = None
    each: tuple[str, ...] = ()
    last_computations: tuple[Computation, ...] = ()
    last_keep: Filter | None = None

    @property
    def deep(self) -> bool:
        """True when groups of its rows come from other rows."""
        return bool(self.joins) or self.group is not None


class Stages:
    """The stages of a plan over the rows of one file; `left_out`, `dropped` and `parted` count as they go."""

    def __init__(self, plan: Plan, shelves: Mapping[Link, Shelf], budget: Budget, store: Store) -> None:
        self._plan = plan
        self._shelves = shelves
        self._budget = budget
        self._store = store
        self._joined = 0
        self.left_out = 0
        self.assembled = 0
        self.dropped = 0
        self.made = 0
        self.parted = 0

    def over(self, batches: Iterator[Drafts]) -> Iterator[Drafts]:
        """Assemble batch after batch."""
        shaped = map(self._rows, batches)
        plan = self._plan
        grouped = shaped if plan.group is None else plan.group.over(shaped, self._budget, self._store)
        for batch in grouped:
            kept = self._filtered(plan.keep, batch)
            self.assembled += len(batch)
            self.dropped += len(batch) - len(kept)
            made = self._each(kept) if plan.each else kept
            if plan.last_computations:
                for draft in made:
                    compute(plan.last_computations, draft, (draft.values,))
            last = self._filtered(plan.last_keep, made)
            self.made += len(made)
            self.parted += len(made) - len(last)
            yield last

    def _rows(self, batch: Drafts) -> Drafts:
        plan = self._plan
        rows = self._filtered(plan.where, batch)
        self.left_out += len(batch) - len(rows)
        if plan.computations:
            for draft in rows:
                compute(plan.computations, draft, (draft.values,))
        for cell in plan.cells:
            shape: Callable[[Draft], None] = cell.shape
            for draft in rows:
                shape(draft)
        if plan.joins:
            join_all(plan.joins, rows, self._shelves, self._joined)
            self._joined += len(rows)
        return rows

    @staticmethod
    def _filtered(condition: Filter | None, batch: Drafts) -> Drafts:
        return batch if condition is None else [draft for draft in batch if condition.meets(draft)]

    def _each(self, batch: Drafts) -> Drafts:
        made: Drafts = []
        for draft in batch:
            try:
                items = items_of(draft.values, self._plan.each)
            except Unreadable as error:
                draft.fault("/".join(self._plan.each), error, None)
                made.append(draft)
                continue
            if draft.faults and (items is ABSENT or not items):
                # It has no item to carry its faults.
                made.append(draft)
                continue
            for item in [] if items is ABSENT else items:
                single = Draft(
                    _with(draft.values, self._plan.each, item), draft.around, draft.ordinal, draft.line
                )
                single.faults = list(draft.faults)
                made.append(single)
        return made


def _with(values: dict[str, object], names: tuple[str, ...], item: object) -> dict[str, object]:
    """Copy the groups that lead to a list, with one of its items in its place."""
    name, *below = names
    group = values.get(name)
    inner = _with(group, tuple(below), item) if below and isinstance(group, dict) else item
    copy = {**values, name: inner}
    return Found.of(copy, values.origin) if isinstance(values, Found) else copy
