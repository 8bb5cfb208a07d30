"""Planning: from the rows of a file to the changes the shop needs, spooled in the ledger (ADR 0003).

Cheapest question first, in batches: are the raw values known? Is the mapped record known? Does the shop
already agree? Only what is left becomes a change. Nothing here writes to the shop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

import msgspec

from ..errors import DataError, Skippable
from ..formats import Row
from ..ledger import Known, PlanItem, QuarantineEntry
from .fingerprints import encode_record, raw_fingerprint, strong_fingerprint
from .guard import Seen
from .job import Job
from .measures import price_move, zeroed
from .protocols import Change
from .report import ChangeRow, Progress, RunReport
from .selection import wants

__all__ = ["Planner"]

R = TypeVar("R", bound=msgspec.Struct)


class _Candidate(NamedTuple, Generic[R]):
    """A record that differs from what the ledger knows: to be compared with the shop."""

    key: str
    raw: bytes
    strong: bytes
    encoded: bytes
    record: R


class Planner(Generic[R]):
    """Plans one file; `seen` and the report hold the counts when `run` is done."""

    def __init__(self, job: Job[R], report: RunReport, *, file: str, full: bool) -> None:
        self._job = job
        self._report = report
        self._file = file
        self._ledger = job.ledger
        known = self._ledger.fingerprints.count(job.feed)
        self.seen = Seen(full=full and not job.partial, known=known)
        self.bitmap = bytearray(self._ledger.fingerprints.max_id(job.feed) // 8 + 1)
        self._candidates: dict[str, _Candidate[R]] = {}
        self._reading: asyncio.Task[None] | None = None
        self.planned = 0

    async def run(self, rows: Iterable[Row]) -> None:
        """Read every row, batch by batch; afterwards the plan is in the ledger under the run's id."""
        batch: list[Row] = []
        for row in rows:
            batch.append(row)
            if len(batch) >= self._job.batch:
                await self._take(batch)
                batch = []
        if batch:
            await self._take(batch)
        await self._compare()
        await self._settle_reading()
        if self.seen.full:
            self.seen.absent = self._ledger.fingerprints.count_absent(self._job.feed, self.bitmap)
            self._report.absent += self.seen.absent

    async def _take(self, batch: list[Row]) -> None:
        job, mapping = self._job, self._job.mapping
        version = mapping.version_bytes
        keyed: dict[str, tuple[Row, bytes]] = {}
        faulty: list[tuple[Row, DataError]] = []
        for row in batch:
            try:
                key = mapping.key(row)
            except DataError as error:
                faulty.append((row, error))
                continue
            if key in keyed:
                self._report.superseded += 1
            keyed[key] = (row, raw_fingerprint(row.values, version))
        self._report.received += len(batch)
        self.seen.received += len(batch)
        known = self._ledger.fingerprints.lookup(job.feed, list(keyed))
        for key, (row, raw) in keyed.items():
            now = known.get(key)
            again = now is not None and self._mark(now)
            if now is not None and now.raw == raw and not again and not job.recheck:
                self._report.unchanged += 1
                continue
            try:
                self._map(key, row, raw, now, again=again)
            except DataError as error:
                faulty.append((row, error))
        if faulty:
            self._quarantine(faulty)
        if len(self._candidates) >= job.batch:
            await self._compare()
        job.watch(Progress(job.feed, "plan", self._file, self._report.received))
        # Other tasks (a shared client, a heartbeat) get their turn between two batches.
        await asyncio.sleep(0)

    def _mark(self, known: Known) -> bool:
        """Note that a known record was seen; True when this file had it before."""
        index, bit = known.id >> 3, 1 << (known.id & 7)
        if index >= len(self.bitmap):
            self.bitmap.extend(bytes(index + 1 - len(self.bitmap)))
        again = bool(self.bitmap[index] & bit)
        self.bitmap[index] |= bit
        if again:
            self._report.superseded += 1
        return again

    def _map(self, key: str, row: Row, raw: bytes, known: Known | None, *, again: bool) -> None:
        job = self._job
        record = job.mapping.record(row, file=self._file)
        self._report.mapped += 1
        if not wants(record, job.skus):
            self._report.received -= 1
            self.seen.received -= 1
            return
        encoded = encode_record(record)
        strong = strong_fingerprint(encoded)
        if known is not None and known.strong == strong and not again and not job.recheck:
            self._report.unchanged += 1
            if not job.dry_run:
                self._ledger.fingerprints.store(job.feed, [(key, raw, strong)], job.run_id)
            return
        self._candidates[key] = _Candidate(key, raw, strong, encoded, record)

    async def _compare(self) -> None:
        """Hand the collected candidates to the shop's reader; the next batch is parsed meanwhile."""
        await self._settle_reading()
        if self._candidates:
            candidates, self._candidates = self._candidates, {}
            self._reading = asyncio.create_task(self._plan(candidates))

    async def _settle_reading(self) -> None:
        if self._reading is not None:
            reading, self._reading = self._reading, None
            await reading

    async def _plan(self, candidates: dict[str, _Candidate[R]]) -> None:
        job, sink = self._job, self._job.sink
        live = await sink.read_live([candidate.record for candidate in candidates.values()])
        spooled: list[PlanItem] = []
        agreed: list[tuple[str, bytes, bytes | None]] = []
        refused: list[QuarantineEntry] = []
        for candidate in candidates.values():
            try:
                change = sink.plan(candidate.record, live.get(sink.key(candidate.record)))
            except Skippable as error:
                refused.append(self._refusal(candidate, error))
                continue
            if change is None:
                self._report.unchanged += 1
                agreed.append((candidate.key, candidate.raw, candidate.strong))
                continue
            self._count(change)
            spooled.append(
                PlanItem(
                    key=candidate.key,
                    raw=candidate.raw,
                    strong=candidate.strong,
                    kind=change.kind,
                    record=candidate.encoded,
                    change=msgspec.json.encode(change),
                )
            )
        if spooled:
            self._ledger.plans.spool(job.run_id, spooled)
            self.planned += len(spooled)
        if agreed and not job.dry_run:
            self._ledger.fingerprints.store(job.feed, agreed, job.run_id)
            self._ledger.quarantine.resolve_keys(job.feed, [key for key, _, _ in agreed])
        if refused:
            self._report.quarantined += len(refused)
            if not job.dry_run:
                self._ledger.quarantine.add(job.run_id, job.feed, refused)

    def _count(self, change: Change) -> None:
        if zeroed(change):
            self.seen.zeroed += 1
        move = price_move(change)
        if move is not None:
            self.seen.moves.append(move)
        for field in change.fields:
            self._report.fields[field.field] = self._report.fields.get(field.field, 0) + 1
            if len(self._report.changes) < self._job.shown:
                self._report.changes.append(
                    ChangeRow(change.key, change.kind, field.field, _shown(field.old), _shown(field.new))
                )

    def _refusal(self, candidate: _Candidate[R], error: Skippable) -> QuarantineEntry:
        self._report.reject(error.code, f"{self._file}, {candidate.key}: {error.message}", error.advice)
        return QuarantineEntry(
            record_key=candidate.key,
            code=error.code,
            message=str(error),
            faults=(),
            raw=candidate.encoded,
            file=self._file,
        )

    def _quarantine(self, faulty: list[tuple[Row, DataError]]) -> None:
        job = self._job
        entries: list[QuarantineEntry] = []
        for row, error in faulty:
            for code, fault in {fault.code: fault for fault in reversed(error.faults)}.items():
                self._report.reject(code, str(fault._replace(advice="")), fault.advice)
            entries.append(
                QuarantineEntry(
                    record_key=error.record_key,
                    code=error.code,
                    message=str(error),
                    faults=error.faults,
                    raw=msgspec.json.encode(row.values),
                    file=self._file,
                )
            )
        self.seen.rejected += len(faulty)
        self._report.quarantined += len(faulty)
        if not job.dry_run:
            job.ledger.quarantine.add(job.run_id, job.feed, entries)


def _shown(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
