"""Sampling: which records that a target took are read back: the risky ones first, the rest by chance."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar

import msgspec
import xxhash

from .foreign import said
from .job import Job
from .measures import farthest_move, zeroed
from .protocols import Change

__all__ = ["Sample", "Taken"]

R = TypeVar("R", bound=msgspec.Struct)

#: Risks above any price move: a stock level set to zero, and what exists for the first time.
_ZEROED = 3.0
_CREATED = 2.0
#: A price that doubles is as risky as a price that is a hundred times what it was.
_MOST_MOVE = 1.0


class Taken(NamedTuple, Generic[R]):
    """A record that the target took, under its key in the ledger."""

    key: str
    record: R


class _Drawn(NamedTuple):
    """A place in the sample: by risk, then by a number that the key alone decides."""

    risk: float
    lot: int
    key: str


class Sample(Generic[R]):
    """Keeps the riskiest `job.verify_sample` of the records offered; all of them when `job.verify_all`.

    All are not kept here: they are read again from the plan of the run, which must be there still.
    """

    def __init__(self, job: Job[R]) -> None:
        self._job = job
        self._drawn: list[_Drawn] = []
        self._records: dict[str, R] = {}
        self._other: dict[str, R | None] = {}

    def offer(self, key: str, record: R, change: Change, planned: R) -> None:
        """Take note of a record that was taken: what was carried of it, and what the plan says it carries."""
        if self._job.verify_all:
            if record != planned:
                self._other[key] = record
            return
        drawn = _Drawn(_risk(change), xxhash.xxh3_64_intdigest(key.encode()), key)
        if key in self._records or self._job.verify_sample <= 0:
            return
        if len(self._drawn) < self._job.verify_sample:
            heapq.heappush(self._drawn, drawn)
        elif drawn > self._drawn[0]:
            out = heapq.heapreplace(self._drawn, drawn)
            del self._records[out.key]
        else:
            return
        self._records[key] = record

    def leave_out(self, key: str) -> None:
        """Take note of a record that was not taken."""
        if self._job.verify_all:
            self._other[key] = None

    def __iter__(self) -> Iterator[Taken[R]]:
        """Give them, the riskiest first; all of them in the order of the plan."""
        if not self._job.verify_all:
            for drawn in sorted(self._drawn, reverse=True):
                yield Taken(drawn.key, self._records[drawn.key])
            return
        job = self._job
        for item in job.ledger.plans.stream(job.run_id):
            if item.change is None or not item.record:
                continue
            if item.key in self._other:
                record = self._other[item.key]
            else:
                change = msgspec.json.decode(item.change, type=Change)
                record = said(msgspec.json.decode(item.record, type=job.sink.record_type), change)
            if record is not None:
                yield Taken(item.key, record)


def _risk(change: Change) -> float:
    if zeroed(change):
        return _ZEROED
    if change.kind in {"create", "replace"}:
        return _CREATED
    return min(farthest_move(change) or 0.0, _MOST_MOVE)
