"""Comparing: candidates with the live shop, a batch at a time: planned, parked or put into quarantine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar, cast

import msgspec

from ..errors import DataError, Fault, Obstructed, Position, ReferenceMissing, Skippable
from ..ledger import ParkedRecord, PlanItem, Quarantined, WantedRecord
from .candidates import Candidate
from .fingerprints import encode_record
from .foreign import Met, Ownership
from .guard import Seen
from .hooking import LEFT, Hooking
from .job import Job
from .measures import farthest_move, zeroed
from .protocols import Change, Deriving, Live, Removal, Removing, Said, Sink
from .report import ChangeRow, RunReport
from .set_aside import SetAside

__all__ = ["Comparer", "gone", "parked", "quarantined", "refused"]

_WHICH = re.compile(r"\[[^\]]*\]")

R = TypeVar("R", bound=msgspec.Struct)


class Comparer(Generic[R]):
    """Plans candidates purely against what the shop holds, and counts what would change.

    `base` is added to the place of a record in its file, so that before-images are told apart in a run of
    several files.
    """

    def __init__(self, job: Job[R], report: RunReport, seen: Seen, *, base: int) -> None:
        self._job = job
        self._report = report
        self._seen = seen
        self._base = base
        self._ownership = Ownership(job, report)
        self._fields_before = dict(report.fields)
        self._shown_before = len(report.changes)
        self._aside: SetAside[R] = SetAside(job)
        self._hooking = None if job.mapping.hooks is None else Hooking(job, job.mapping.hooks)
        self.spooled = 0
        """Records in the plan: those included with which the shop agrees, and those set aside."""

    async def plan(self, candidates: Mapping[str, Candidate[R]]) -> None:
        """Read the shop once for all of them, and spool what each needs.

        What something is in the way of is set aside: `plan_aside`.
        """
        await self._job.prepare()
        if isinstance(self._job.sink, Deriving):
            candidates = await self._derived(self._job.sink, candidates)
        if self._hooking is not None:
            await self._compare_hooked(self._hooking, candidates)
        else:
            await self._compare(candidates, last=False)

    async def plan_aside(self, size: int) -> None:
        """Plan what was set aside, some `size` at once, when all others are planned; `spooled` follows."""
        if not self._aside:
            return
        # Of a record that was said again the last version counts, wherever the others stand.
        self._job.ledger.plans.supersede(self._job.run_id)
        for candidates in filter(None, self._aside.taken_up(size)):
            self.spooled -= len(candidates)
            await self._compare(candidates, last=True)

    async def _compare(
        self,
        candidates: Mapping[str, Candidate[R]],
        *,
        last: bool,
        live: Mapping[str, Live] | None = None,
    ) -> None:
        job, sink = self._job, self._job.sink
        if live is None:
            live = await sink.read_live([candidate.record for candidate in candidates.values()])
        spooled: list[PlanItem] = []
        bound: list[tuple[str, str, int]] = []
        rejected: list[Quarantined] = []
        waiting: list[ParkedRecord] = []
        images: list[tuple[int, str, str, bytes]] = []
        for candidate, found, change in self._planned(candidates, live):
            if isinstance(change, ReferenceMissing):
                waiting.append(self._wait(candidate, change))
                spooled.append(refused(candidate.seq, candidate.key))
                continue
            if isinstance(change, Obstructed) and not last:
                spooled.append(self._aside.put(candidate, change))
                continue
            if isinstance(change, Skippable):
                rejected.append(self._refusal(candidate, change))
                spooled.append(refused(candidate.seq, candidate.key))
                continue
            if change is not None:
                self.count(change)
                images.append(self._image(candidate, change, found))
            elif found is not None:
                bound.append((candidate.key, found.id, found.version))
            # Also when the shop agrees: it drops an earlier version of the record from the plan.
            spooled.append(_item(candidate, change))
        job.ledger.plans.spool(job.run_id, spooled)
        self.spooled += len(spooled) - len(rejected) - len(waiting)
        self._report.pending -= len(rejected) + len(waiting)
        self._report.quarantined += len(rejected)
        self._report.parked += len(waiting)
        if not job.dry_run:
            job.ledger.bindings.put(job.system, sink.entity, bound)
            job.ledger.quarantine.add(job.run_id, job.feed, rejected)
            job.ledger.parked.park(job.run_id, job.feed, waiting, age_limit=job.waits)
            job.ledger.before.keep(job.run_id, sink.entity, images)

    async def _derived(
        self, sink: Deriving[R], candidates: Mapping[str, Candidate[R]]
    ) -> dict[str, Candidate[R]]:
        """Put in place of what was said what follows from it; what is out of date is left out."""
        said = [Said(one.key, one.record, one.position.file or "") for one in candidates.values()]
        derived: dict[str, Candidate[R]] = {}
        for one, record in zip(candidates.values(), await sink.derive(said), strict=True):
            if record is not None:
                derived[one.key] = one._replace(record=record, encoded=encode_record(record))
        outdated = len(said) - len(derived)
        self._report.pending -= outdated
        self._report.superseded += outdated
        return derived

    async def _compare_hooked(self, hooking: Hooking[R], candidates: Mapping[str, Candidate[R]]) -> None:
        """Compare what the hooks of the feed want in place of what was said; spool what they do not want."""
        known = hooking.decided(candidates)
        live = await self._job.sink.read_live([one.record for one in known.values()])
        asked = hooking.ask(known, live)
        rejected = [self._refusal(one, error) for one, error in asked.refused]
        out = [PlanItem(one.seq, one.key, one.raw, one.strong, LEFT) for one in asked.left]
        out += [refused(one.seq, one.key) for one, _ in asked.refused]
        self._job.ledger.plans.spool(self._job.run_id, out)
        self.spooled += len(asked.left)
        self._seen.rejected += len(rejected)
        self._report.pending -= len(rejected)
        self._report.quarantined += len(rejected)
        if not self._job.dry_run:
            self._job.ledger.quarantine.add(self._job.run_id, self._job.feed, rejected)
        if asked.wanted:
            # What points elsewhere now, or is in nobody's way any more, is looked up once more.
            await self._compare(asked.wanted, last=False, live=None if asked.other else live)

    def tell_hooks(self) -> None:
        """Tell in the report what the hooks of the feed said so far."""
        if self._hooking is not None:
            self._hooking.tell(self._report)

    def _planned(
        self, candidates: Mapping[str, Candidate[R]], live: Mapping[str, Live]
    ) -> Iterator[tuple[Candidate[R], Live | None, Change | Skippable | None]]:
        """Plan each candidate, without what is left to others; a refusal is given, not raised."""
        sink, wanted, feed = self._job.sink, self._job.ledger.wanted, self._job.feed
        wrote: dict[str, WantedRecord] = {}
        if live and isinstance(sink, Removing):
            # Of what the ledger knows nothing was taken away: that is forgotten with its removal.
            wrote = wanted.get(feed, [one.key for one in candidates.values() if not one.known])
        plans: list[tuple[Candidate[R], Live | None, Change | Skippable | None]] = []
        met: list[Met[R]] = []
        for candidate in candidates.values():
            found, record = live.get(sink.key(candidate.record)), candidate.record
            known = wrote.get(candidate.key)
            if known is not None and known.removed is not None and isinstance(sink, Removing):
                # Taken away once, and back: say what shows it again.
                record = sink.returned(record, cast("Removal", known.removed))
            change = _outcome(sink, record, found)
            plans.append((candidate, found, change))
            if found is not None and not isinstance(change, Skippable):
                met.append(Met(candidate.key, record, found, change))
        updates = [one.key for one in met if one.change is not None and one.change.kind == "update"]
        wrote |= wanted.get(feed, [key for key in updates if key not in wrote])
        left = self._ownership.decide(met, wrote) if met else {}
        for candidate, found, change in plans:
            if candidate.key not in left:
                yield candidate, found, change
                continue
            rest = left[candidate.key]
            again = _outcome(sink, rest.record, found)
            yield candidate, found, rest.marked(again) if isinstance(again, Change) else again

    def count(self, change: Change) -> None:
        """Measure one change for the guard and the report."""
        if zeroed(change):
            self._seen.zeroed += 1
        move = farthest_move(change)
        if move is not None:
            self._seen.moves.append(move)
        for field in change.fields:
            # `variants[SKU].colour` is counted as `variants.colour`: one row a field, not one a record.
            name = _WHICH.sub("", field.field)
            self._report.fields[name] = self._report.fields.get(name, 0) + 1
            if len(self._report.changes) < self._job.shown:
                self._report.changes.append(
                    ChangeRow(change.key, change.kind, field.field, _shown(field.old), _shown(field.new))
                )

    def recount(self, items: Iterable[PlanItem]) -> None:
        """Measure only what is left in the plan: versions that were dropped harm nobody."""
        self._seen.zeroed = 0
        self._seen.moves.clear()
        self._report.fields = dict(self._fields_before)
        del self._report.changes[self._shown_before :]
        for item in items:
            if item.change is not None:
                self.count(msgspec.json.decode(item.change, type=Change))

    def _wait(self, candidate: Candidate[R], error: ReferenceMissing) -> ParkedRecord:
        if self._job.dry_run:
            # Else it is told when the run is over: what it waits for may still come.
            self._report.reject(
                error.code, f"{candidate.position}, {candidate.key}: {error.message}", error.advice
            )
        # Whoever carries it then asks the hooks of the feed then.
        item = _item(candidate, None)._replace(record=candidate.said or candidate.encoded)
        return parked(item, candidate.position, (error.reference,))

    def _refusal(self, candidate: Candidate[R], error: Skippable) -> Quarantined:
        self._report.reject(
            error.code, f"{candidate.position}, {candidate.key}: {error.message}", error.advice
        )
        return quarantined(candidate.key, candidate.encoded, candidate.position, error)

    def _image(
        self, candidate: Candidate[R], change: Change, found: Live | None
    ) -> tuple[int, str, str, bytes]:
        body = b"" if found is None else msgspec.json.encode(found.body)
        return (self._base + candidate.seq, candidate.key, change.kind, body)


def _item(candidate: Candidate[Any], change: Change | None) -> PlanItem:
    return PlanItem(
        seq=candidate.seq,
        key=candidate.key,
        raw=candidate.raw,
        strong=candidate.strong,
        kind="same" if change is None else change.kind,
        record=candidate.encoded,
        change=None if change is None else msgspec.json.encode(change),
    )


def refused(seq: int, key: str) -> PlanItem:
    """Hold the place of a version that cannot be carried: earlier ones are not carried in its stead."""
    return PlanItem(seq=seq, key=key, raw=b"", strong=None, kind="refused")


def _outcome(sink: Sink[R], record: R, live: Live | None) -> Change | Skippable | None:
    try:
        return sink.plan(record, live)
    except Skippable as refusal:
        return refusal


def gone(seq: int, key: str) -> PlanItem:
    """Hold the place of a version that says: deleted; earlier ones are not carried in its stead."""
    return PlanItem(seq=seq, key=key, raw=b"", strong=None, kind="gone")


def parked(item: PlanItem, position: Position, waits_for: tuple[str, ...]) -> ParkedRecord:
    """Put a record that waits for what it points to into the form in which it is parked."""
    return ParkedRecord(
        key=item.key,
        waits_for=waits_for,
        record=item.record or b"",
        raw=item.raw,
        strong=item.strong or b"",
        file=position.file,
        line=position.line,
        ordinal=position.record,
    )


def quarantined(key: str, raw: bytes | None, position: Position, error: Skippable) -> Quarantined:
    """Put a record that the target cannot take into the form of the quarantine."""
    faults = (
        error.faults
        if isinstance(error, DataError)
        else (Fault(error.code, position, key, f"what the shop takes: {error.message}", error.advice),)
    )
    return Quarantined(record_key=key, faults=faults, raw=raw, file=position.file)


def _shown(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
