"""Together: changes that let each other pass are sent in one page, however far apart they stand in a plan.

Who sends a plan page by page would else send a price to days that another one leaves only in a later page.
Kept in memory are the places of what goes together, nothing of a plan in which nothing does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

from ..ledger import PlanItem
from .job import Job
from .protocols import Change, Interlocking

__all__ = ["Together"]

R = TypeVar("R", bound=msgspec.Struct)


class Together(Generic[R]):
    """What goes together in the plan of a run, or in one rank of it."""

    def __init__(self, job: Job[R], run_id: str, *, rank: int | None = None) -> None:
        self._job = job
        self._run_id = run_id
        #: The places of each group of which some interlock.
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        #: Places that went with an earlier page.
        self._gone: set[int] = set()
        sink = job.sink
        if not isinstance(sink, Interlocking):
            return
        groups = {
            self._group(sink, item)
            for item in job.ledger.plans.stream(run_id, rank=rank)
            if item.record and item.change and sink.interlocks(msgspec.json.decode(item.change, type=Change))
        }
        if groups:
            for item in job.ledger.plans.stream(run_id, rank=rank):
                if item.record and item.change and (group := self._group(sink, item)) in groups:
                    self._places[group].append(item.seq)

    def pages(
        self, items: Iterable[PlanItem], size: int, *, done: Container[int] = ()
    ) -> Iterator[list[PlanItem]]:
        """Cut items of the plan, in its order, into pages of `size`; none comes twice.

        Before the items of a page stand those of later pages that go with them, but for what was `done`.
        """
        page: list[PlanItem] = []
        for item in items:
            if item.seq in self._gone:
                continue
            page.append(item)
            if len(page) == size:
                yield self._whole(page, done)
                page = []
        if page:
            yield self._whole(page, done)

    def _whole(self, page: list[PlanItem], done: Container[int]) -> list[PlanItem]:
        sink = self._job.sink
        if not self._places or not isinstance(sink, Interlocking):
            return page
        more: list[int] = []
        for item in page:
            if item.record:
                more += self._places.pop(self._group(sink, item), ())
        more = [seq for seq in more if seq > page[-1].seq and seq not in done]
        self._gone.update(more)
        return [*self._job.ledger.plans.pick(self._run_id, more), *page] if more else page

    def _group(self, sink: Interlocking[Any], item: PlanItem) -> str:
        return sink.group(msgspec.json.decode(item.record or b"", type=self._job.sink.record_type))
