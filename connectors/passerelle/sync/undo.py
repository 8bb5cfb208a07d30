"""Undo: the plan that takes back what a run did, made of its before-images; a plan like any other.

Updates are taken back field by field, what was created is removed, what was removed is created again. What
changed since the run, by whomever, is left alone and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import islice
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

import msgspec

from ..errors import ConfigError, Skippable
from ..ledger import BeforeImage, PlanItem
from .events import happened
from .fingerprints import encode_record
from .job import Job
from .overlay import Fact, facts
from .plan_summary import plan_rows
from .protocols import Change, Live, Readable, Removal, Removing, Sink
from .report import ChangeRow, Progress, RunReport
from .restoring import as_before, restored

__all__ = ["plan_undo"]

R = TypeVar("R", bound=msgspec.Struct)

_SINCE = "It was left as it is: look at it in the shop, or change it by hand"
#: What a policy writes, in the words of a record.
_WRITTEN: Mapping[str, tuple[Fact, Any]] = {
    "unpublish": (("published",), False),
    "zero": (("quantity",), 0),
    "deactivate": (("active",), False),
}


@runtime_checkable
class _Undoing(Sink[R], Removing[R], Readable[R], Protocol[R]):
    """A sink by which a run can be undone: it reads back, and it removes."""


class _Net(NamedTuple):
    """What a run did to one record, all in all."""

    key: str
    before: bytes
    target_id: str
    version: int
    records: tuple[bytes, ...]
    gone: bool
    """It is not in the target any more."""
    replaced: bool
    """It is another resource than before."""


async def plan_undo(job: Job[R], report: RunReport, run_id: str, *, published: Removal = "unpublish") -> None:
    """Spool the inverse of a run under the job's own; the report tells what is left alone and why.

    A product that the run created and that is published is taken away by the policy `published`: customers
    may have it in their carts and orders.

    Raises:
        ConfigError: the target cannot read such records back, or cannot remove them.
        Retriable: the target could not be read.
    """
    sink = job.sink
    if not isinstance(sink, _Undoing):
        raise ConfigError(
            f"feed {job.feed}: a run cannot be undone, {job.system} cannot say what its "
            f"{sink.entity} records were and take them away",
            advice="Have the source send what is right; the next run carries it",
        )
    await job.prepare()
    undoing = _Undo(job, sink, report, published, run_id)
    for nets in _batches(_nets(job, run_id), job.batch):
        await undoing.plan(nets)
        job.watch(Progress(job.feed, "plan", f"run {run_id[-12:]}", report.received))
    undoing.spool()


class _Undo(Generic[R]):
    def __init__(
        self,
        job: Job[R],
        sink: _Undoing[R],
        report: RunReport,
        published: Removal,
        run_id: str,
    ) -> None:
        self._job = job
        self._sink = sink
        self._report = report
        self._published = published
        self._run_id = run_id
        #: By which policy the run took records away, of those that are still away for it.
        self._policies: dict[str, str] = {}
        self._seq = 0
        #: What points to others of its kind is ranked when all of it is known: created, and taken away.
        self._held: list[tuple[PlanItem, R]] = []

    async def plan(self, nets: Sequence[_Net]) -> None:
        """Read what these records are now, and spool what takes the run back."""
        there = await self._sink.read_ids([net.target_id for net in nets if not net.gone])
        again = [(net, self._was(net)) for net in nets if net.gone and net.before]
        live = await self._sink.read_live([record for _, record in again]) if again else {}
        self._policies = self._tombstones(nets)
        items: list[PlanItem] = []
        self._report.received += len(nets)
        for net in nets:
            if not net.gone:
                items += self._taken_back(net, there.get(net.target_id))
        for net, record in again:
            items += self._created_again(net, record, live.get(self._sink.key(record)))
        self._job.ledger.plans.spool(self._job.run_id, items)

    def spool(self) -> None:
        """Spool what waited for its rank."""
        if not self._held:
            return
        made = [(item, record) for item, record in self._held if item.kind == "create"]
        away = [(item, record) for item, record in self._held if item.kind != "create"]
        depths = self._depths([record for _, record in made])
        items = [item._replace(rank=depths[self._sink.key(record)]) for item, record in made]
        depths = self._depths([record for _, record in away])
        # Behind all others, and children before their parents.
        last = _AWAY + max(depths.values(), default=0)
        items += [item._replace(rank=last - depths[self._sink.key(record)]) for item, record in away]
        self._job.ledger.plans.spool(self._job.run_id, items)

    def _taken_back(self, net: _Net, found: Live | None) -> Iterator[PlanItem]:
        if found is None:
            self._leave(net.key, "it is not in the shop any more")
        elif not net.before:
            yield from self._removed(net, found)
        elif self._moved(net):
            self._leave(net.key, "it is a movement: what takes it back is the contrary movement")
        elif net.replaced:
            yield from self._replaced(net, found)
        else:
            yield from self._reverted(net, found)

    def _moved(self, net: _Net) -> bool:
        """Whether the run told what happened, which no state of before takes back."""
        kind = self._sink.record_type
        return any(happened(msgspec.json.decode(one, type=kind)) for one in net.records if one)

    def _removed(self, net: _Net, found: Live) -> Iterator[PlanItem]:
        """Take away what the run created, when nobody touched it since."""
        if found.version != net.version:
            self._leave(net.key, "the run created it, and it changed since")
            return
        record = self._sink.record_of(found)
        policy = self._published if getattr(record, "published", False) is True else "delete"
        if policy == "keep":
            self._leave(net.key, "the run created it, and it is published")
            return
        change = self._sink.plan_removal(net.key, found, policy)
        if change is not None:
            yield from self._item(net, change, None, rank=_AWAY, kind=policy, held=record)

    def _replaced(self, net: _Net, found: Live) -> Iterator[PlanItem]:
        """Give back the whole of what stood in the place of another resource."""
        if found.version != net.version:
            self._leave(net.key, "the run replaced it, and it changed since")
            return
        record = self._was(net)
        yield from self._planned(net, record, found, rank=_BACK)

    def _reverted(self, net: _Net, found: Live) -> Iterator[PlanItem]:
        """Give back field by field."""
        before, now = self._was(net), self._sink.record_of(found)
        if net.version == found.version and len(net.records) == 1:
            # Nobody touched it since: all that differs is the run's, named by its record or not.
            given = as_before(before, now)
        else:
            wrote, complete = self._wrote(net)
            given = restored(self._sink, wrote=wrote, complete=complete, before=before, now=now, live=found)
        if given.left:
            self._leave(net.key, f"{', '.join(given.left)} changed since")
        if given.record is not None:
            yield from self._planned(net, given.record, found, rank=_BACK)

    def _created_again(self, net: _Net, record: R, found: Live | None) -> Iterator[PlanItem]:
        if found is not None:
            self._leave(net.key, "the run took it away, and it is back")
            return
        yield from self._planned(net, record, None, rank=0, held=record)

    def _planned(
        self, net: _Net, record: R, found: Live | None, *, rank: int, held: R | None = None
    ) -> Iterator[PlanItem]:
        try:
            change = self._sink.plan(record, found)
        except Skippable as error:
            self._report.reject(error.code, f"{net.key}: {error.message}", error.advice)
            return
        if change is None:
            self._report.unchanged += 1
            return
        yield from self._item(net, change, record, rank=rank, kind=change.kind, held=held)

    def _item(
        self, net: _Net, change: Change, record: R | None, *, rank: int, kind: str, held: R | None
    ) -> Iterator[PlanItem]:
        self._seq += 1
        self._report.planned += 1
        self._report.pending += 1
        body = None if record is None else encode_record(record)
        item = PlanItem(self._seq, net.key, b"", None, kind, body, msgspec.json.encode(change), rank)
        for row in plan_rows([item]):
            if len(self._report.changes) < self._job.shown:
                self._report.changes.append(ChangeRow(row.key, row.kind, row.field, row.old, row.new))
        if held is not None and self._sink.hierarchical:
            self._held.append((item, held))
        else:
            yield item

    def _was(self, net: _Net) -> R:
        return self._sink.record_of(Live(net.target_id, 0, msgspec.json.decode(net.before)))

    def _wrote(self, net: _Net) -> tuple[dict[Fact, Any], bool]:
        """What the run's records said, the last word on each fact; and whether they named all variants."""
        wrote: dict[Fact, Any] = {}
        complete = False
        for encoded in net.records:
            if encoded:
                record = msgspec.json.decode(encoded, type=self._sink.record_type)
                wrote.update(facts(record))
                complete = complete or getattr(record, "variants_complete", False)
            elif (policy := self._policies.get(net.key)) is not None:
                wrote.update([_WRITTEN[policy]])
        return wrote, complete

    def _tombstones(self, nets: Sequence[_Net]) -> dict[str, str]:
        keys = [net.key for net in nets if b"" in net.records]
        known = self._job.ledger.wanted.get(self._job.feed, keys) if keys else {}
        return {
            key: one.removed
            for key, one in known.items()
            if one.run_id == self._run_id and one.removed is not None and one.removed in _WRITTEN
        }

    def _leave(self, key: str, why: str) -> None:
        self._report.moved += 1
        self._report.reject("changed_since", f"{key}: {why}", _SINCE)

    def _depths(self, records: Sequence[R]) -> dict[str, int]:
        """How many parents stand above each of these records, among them."""
        graph = {self._sink.key(record): set(self._sink.parents(record)) for record in records}
        sorter = TopologicalSorter({key: parents & graph.keys() for key, parents in graph.items()})
        depths: dict[str, int] = dict.fromkeys(graph, 0)
        try:
            sorter.prepare()
        except CycleError:
            return depths
        depth = 0
        while sorter.is_active():
            ready = sorter.get_ready()
            depths.update(dict.fromkeys(ready, depth))
            sorter.done(*ready)
            depth += 1
        return depths


#: Ranks of what an undo does: created again from 0 on, then given back, then taken away.
_BACK = 10**6
_AWAY = 2 * 10**6


def _nets(job: Job[Any], run_id: str) -> Iterator[_Net]:
    """Sum up what the run did, record by record."""
    before = job.ledger.before
    repeated = before.repeated(run_id)
    several = frozenset(repeated)
    for page in before.of_run(run_id):
        for image in page:
            if image.key not in several and image.entity == job.sink.entity:
                yield _net([image])
    for part in _batches(repeated, job.batch):
        images: dict[str, list[BeforeImage]] = {}
        for image in before.of_keys(run_id, part):
            images.setdefault(image.key, []).append(image)
        yield from (_net(one) for one in images.values() if one[0].entity == job.sink.entity)


def _net(images: Sequence[BeforeImage]) -> _Net:
    first, last = images[0], images[-1]
    return _Net(
        key=first.key,
        before=first.before,
        target_id=last.target_id,
        version=last.version,
        records=tuple(image.record for image in images if image.kind != "create"),
        gone=last.kind == "delete",
        replaced=any(image.kind in {"replace", "create", "delete"} for image in images),
    )


T = TypeVar("T")


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
