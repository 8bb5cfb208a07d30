"""Set aside: records that something is in the way of which may still go, until all others are planned.

Prices that change places are in each other's way until both are known to go. Where one of them is read with
other records than the other, neither can be judged by itself: they wait in the plan, and are looked at
together when the file is at its end. Only their places are kept in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar

import msgspec

from ..errors import Obstructed, Position
from ..ledger import PlanItem
from .candidates import Candidate
from .job import Job

__all__ = ["SetAside"]

R = TypeVar("R", bound=msgspec.Struct)

#: What the plan calls an item that waits.
_KIND = "aside"


class _Place(NamedTuple):
    group: str
    seq: int
    position: Position


class SetAside(Generic[R]):
    """The records of one plan that wait for all others."""

    def __init__(self, job: Job[R]) -> None:
        self._job = job
        self._places: list[_Place] = []

    def __bool__(self) -> bool:
        return bool(self._places)

    def put(self, candidate: Candidate[R], obstacle: Obstructed) -> PlanItem:
        """Keep a record's place; gives the item that holds it in the plan."""
        self._places.append(_Place(obstacle.group, candidate.seq, candidate.position))
        return PlanItem(
            candidate.seq, candidate.key, candidate.raw, candidate.strong, _KIND, candidate.encoded
        )

    def taken_up(self, size: int) -> Iterator[dict[str, Candidate[R]]]:
        """Give them back, some `size` at once and all of a group together, but for those said anew since."""
        places, self._places = sorted(self._places, key=lambda place: (place.group, place.seq)), []
        batch: list[_Place] = []
        for place in places:
            if batch and len(batch) >= size and place.group != batch[-1].group:
                yield self._candidates(batch)
                batch = []
            batch.append(place)
        yield self._candidates(batch)

    def _candidates(self, places: list[_Place]) -> dict[str, Candidate[R]]:
        positions = {place.seq: place.position for place in places}
        items = self._job.ledger.plans.pick(self._job.run_id, list(positions))
        return {
            item.key: Candidate(
                item.seq,
                positions[item.seq],
                item.key,
                item.raw,
                item.strong or b"",
                item.record or b"",
                msgspec.json.decode(item.record or b"", type=self._job.sink.record_type),
            )
            for item in items
            if item.kind == _KIND
        }
