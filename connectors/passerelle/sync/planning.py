"""Planning: from the rows of a file to the changes the shop needs, spooled in the ledger (ADR 0003).

Cheapest question first, in batches: are the raw values known? Is the mapped record known? Does the shop
already agree? Only what is left becomes a change. Nothing here writes to the shop, and no record becomes
known: that is for applying, after the guard.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar, cast

import msgspec

from ..errors import DataError, Position
from ..formats import BadRow, Batched, Chosen, Group, Row, RowBatch, in_batches
from ..ledger import Known, ParkedRecord, PlanItem, Quarantined
from ..mapping import is_deleted
from .candidates import Candidate
from .comparing import Comparer, gone, refused
from .events import happened
from .fingerprints import encode_record, is_what_was_said, strong_fingerprint
from .guard import Seen
from .hooking import LEFT
from .job import Job
from .news import News, Novelty, Sighting
from .protocols import Deriving, Placing
from .report import Progress, RunReport
from .selection import names, wants

__all__ = ["Planner"]

#: Batches of candidates in one reading of the shop: its queries run side by side, one wait for all.
_COMPARED_AT_ONCE = 2

R = TypeVar("R", bound=msgspec.Struct)


class Planner(Generic[R]):
    """Plans one file, or several as one; `seen` and the report hold the counts when it is finished.

    `careful` maps and compares every record: the second reading of a file that holds records twice. Of two
    versions of a record the last one counts, also when it is one that cannot be carried.
    """

    def __init__(
        self, job: Job[R], report: RunReport, *, file: str, full: bool, careful: bool = False
    ) -> None:
        self._job = job
        self._report = report
        self._file = file
        self._ledger = job.ledger
        self._careful = careful or job.recheck
        self.seen = Seen(full=full and not job.partial)
        self.bitmap = self._ledger.presence.new_seen(job.feed)
        self._met = 0
        self._resumed = 0
        self._alike: Counter[bytes] = Counter()
        self._header: Group = {}
        self._version = job.mapping.version_bytes
        hooks = job.mapping.hooks
        self._hooks_version = b"" if hooks is None else hooks.version
        self._news = News()
        self._candidates: dict[str, Candidate[R]] = {}
        self._reading: asyncio.Task[None] | None = None
        #: What is added to a record's place in its file to tell its before-image in the run.
        self.base = job.places.used
        self._comparer = Comparer(job, report, self.seen, base=self.base)
        self.spooled = 0
        """Records in the plan, those included with which the shop agrees."""
        self.planned = 0
        """Changes in the plan."""
        self.gone: list[str] = []
        """Records that the source told as deleted, when the feed says what is done with them."""
        flagged = job.mapping.spec.deletes.flagged
        self._takes_away = flagged is not None and flagged != "keep"

    async def run(self, rows: Batched | Iterable[Row | BadRow], header: Group | None = None) -> None:
        """Read every row, batch by batch; afterwards the plan is in the ledger under the run's id."""
        await self.read(rows, file=self._file, header=header)
        await self.finish()

    async def read(
        self, rows: Batched | Iterable[Row | BadRow], *, file: str, header: Group | None = None
    ) -> None:
        """Read the rows of one file; what comes later is the newer word on a record."""
        self._file, self._header = file, header or {}
        self._version = self._job.mapping.version_under(self._header)
        size = self._job.batch
        try:
            for batch in rows.batches(size) if isinstance(rows, Batched) else in_batches(rows, size):
                wanted = self._asked_for(batch) if self._job.partial else batch
                if len(wanted) or wanted.bad:
                    await self._take(wanted)
                # The next batch takes the same memory, which is near the processor.
                del batch, wanted
                if len(self._news) >= _COMPARED_AT_ONCE * size:
                    await self._settle_news()
            await self._settle_news()
        except BaseException:
            await self._drop_reading()
            raise

    async def take_up(self, waiting: Iterable[ParkedRecord]) -> None:
        """Plan records that waited for something, from what the ledger kept of them."""
        for place, one in enumerate(waiting, 1):
            self._report.resumed += 1
            self._report.pending += 1
            self._resumed = place
            self._candidates[one.key] = self._resumed_candidate(place, one)
            if len(self._candidates) >= _COMPARED_AT_ONCE * self._job.batch:
                await self._compare()

    def _resumed_candidate(self, place: int, one: ParkedRecord) -> Candidate[R]:
        record: R = msgspec.json.decode(one.record, type=self._job.sink.record_type)
        position, strong, said = Position(one.file or self._file, one.ordinal, one.line), one.strong, b""
        if self._hooks_version:
            # What was parked before a hook was asked meets it now; what a hook gave is as it wanted it.
            if is_what_was_said(one.record, strong):
                strong = strong_fingerprint(one.record, self._hooks_version)
            else:
                said = one.record
        return Candidate(place, position, one.key, one.raw, strong, one.record, record, said=said)

    async def finish(self) -> None:
        """Settle what is under way, and keep of each record the last version."""
        try:
            await self._compare()
            await self._settle_reading()
        finally:
            await self._drop_reading()
        before = self._comparer.spooled
        await self._comparer.plan_aside(_COMPARED_AT_ONCE * self._job.batch)
        self.spooled += self._comparer.spooled - before
        self._comparer.tell_hooks()
        self._job.places.take(self.seen.received + self._resumed)
        report, plans, run_id = self._report, self._ledger.plans, self._job.run_id
        plans.supersede(run_id)
        plans.discard(run_id, "refused")
        if self._takes_away:
            self.gone = plans.keys(run_id, "gone")
            plans.discard(run_id, "gone")
        totals = plans.totals(run_id)
        left = totals.by_kind.get(LEFT, 0)
        superseded, same = self.spooled - totals.items, totals.by_kind.get("same", 0) + left
        self.spooled, self.planned = totals.items - left, totals.items - same
        self.seen.changes = self.planned
        report.pending -= superseded + same
        report.superseded += superseded
        report.unchanged += same
        report.left_alone += left
        if left and self._job.dry_run:
            # Nothing is known of them by a plan: the run that carries the file asks again.
            plans.discard(run_id, LEFT)
        if superseded:
            self._comparer.recount(plans.stream(run_id))
        if self.seen.full:
            absence = self._ledger.presence.absence(self._job.feed, self.bitmap)
            self.seen.known, self.seen.absent = absence.present, absence.newly
        else:
            self.seen.known = self._ledger.presence.count_present(self._job.feed)

    @property
    def repeated(self) -> bool:
        """True when a record that the ledger knows stood in the file more than once.

        The quick reading cannot tell which of its versions came last; a careful one can.
        """
        return not self._careful and int.from_bytes(self.bitmap).bit_count() < self._met

    async def _take(self, batch: RowBatch) -> None:
        job = self._job
        first = self.seen.received + 1
        # What an unchanged record pays: whole lists at a time, no loop of our own, no row.
        named = job.mapping.keys_of(batch, file=self._file)
        prints = batch.fingerprints(self._version)
        faulty: list[tuple[Row | BadRow, DataError]] = [(row, DataError(row.faults)) for row in batch.bad]
        raws: dict[str, bytes]
        if set(map(type, named)) <= {str}:
            raws = dict(zip(cast("list[str]", named), prints, strict=True))
        else:
            faulty += [
                (batch.row(place), key) for place, key in enumerate(named) if isinstance(key, DataError)
            ]
            raws = {key: raw for key, raw in zip(named, prints, strict=True) if isinstance(key, str)}
        count = len(batch) + len(batch.bad)
        self._report.superseded += count - len(faulty) - len(raws)
        self._report.received += count
        self.seen.received += count
        self._met += len(raws)
        unlike = self._ledger.fingerprints.unlike(job.feed, raws, self.bitmap)
        news: Sequence[int] = range(len(raws)) if self._careful else unlike.places
        self._report.unchanged += len(raws) - len(news)
        if isinstance(job.sink, Deriving) and len(news) < len(raws):
            other = frozenset(news)
            job.sink.said_again([key for n, key in enumerate(raws) if n not in other], self._file)
        if faulty:
            self._quarantine(faulty)
        if news:
            keys, where = list(raws), _places(named, unique=len(raws) == len(named))
            seen = [Sighting(first + where[n], keys[n], raws[keys[n]], n in unlike.new) for n in news]
            await self._hold(seen, batch, [where[n] for n in news], of=len(raws))
        job.watch(Progress(job.feed, "plan", self._file, self.seen.received))
        # Other tasks (a shared client, a heartbeat) get their turn between two batches.
        await asyncio.sleep(0)

    async def _hold(
        self, seen: Sequence[Sighting], batch: RowBatch, places: Sequence[int], *, of: int
    ) -> None:
        """Hold what is news until there are batches of it; should the file end badly, they are in a count.

        Where most of a batch is news there is nothing to be gained by waiting.
        """
        self._report.pending += len(seen)
        if 2 * len(seen) < of:
            self._news.add(seen, batch.kept(places))
        else:
            await self._settle_news(list(map(Novelty, seen, map(batch.row, places))))

    async def _settle_news(self, found: Sequence[Novelty] = ()) -> None:
        """Map the news so far, and these; what the ledger does not know by its meaning either is compared."""
        self._look_closer([*self._news.take(), *found])
        if len(self._candidates) >= _COMPARED_AT_ONCE * self._job.batch:
            await self._compare()

    def _look_closer(self, news: Sequence[Novelty]) -> None:
        """Map the records whose raw values are news, and put those that cannot be mapped into quarantine."""
        keys = list(dict.fromkeys(seen.key for seen, _ in news if not seen.is_new))
        found = self._ledger.fingerprints.lookup(self._job.feed, keys)
        self._met -= sum(1 for seen, _ in news if seen.key not in found)
        self._report.pending -= len(news)
        again: list[tuple[str, bytes]] = []
        held: list[PlanItem] = []
        faulty: list[tuple[Row | BadRow, DataError]] = []
        for one in news:
            seen = one.seen
            try:
                if self._is_known(one, found.get(seen.key)):
                    again.append((seen.key, seen.raw))
            except DataError as error:
                if self._takes_away and is_deleted(error):
                    held.append(gone(seen.place, seen.key))
                    self._report.gone += 1
                    continue
                faulty.append((one.row, error))
                held.append(refused(seen.place, seen.key))
        if again:
            self._hear_again(again)
        if held:
            self._ledger.plans.spool(self._job.run_id, held)
        if faulty:
            self._quarantine(faulty)

    def _hear_again(self, again: Sequence[tuple[str, bytes]]) -> None:
        """Take down that records mean what they meant, though their raw values are other."""
        self._report.unchanged += len(again)
        if not self._job.dry_run:
            self._ledger.fingerprints.touch_raw(self._job.feed, again)
        if isinstance(self._job.sink, Deriving):
            self._job.sink.said_again([key for key, _ in again], self._file)

    def _is_known(self, one: Novelty, known: Known | None) -> bool:
        """Map a record; True when it means what the shop took before, else it becomes a candidate."""
        seen, row = one
        record = self._job.mapping.record(row, file=self._file, header=self._header)
        self._report.mapped += 1
        encoded = encode_record(record)
        strong = strong_fingerprint(encoded, self._hooks_version)
        if known is not None and known.strong == strong and (not self._careful or happened(record)):
            return True
        if seen.key in self._candidates:
            self._report.superseded += 1
        else:
            self._report.pending += 1
        position = Position(self._file, row.ordinal, row.line)
        self._candidates[seen.key] = Candidate(
            seen.place, position, seen.key, seen.raw, strong, encoded, record, known is not None
        )
        return False

    async def _compare(self) -> None:
        """Hand the collected candidates to the shop's reader; the next batch is parsed meanwhile."""
        await self._settle_reading()
        if self._candidates:
            candidates, self._candidates = self._candidates, {}
            self._reading = asyncio.create_task(self._plan(candidates))
            # It asks the shop before the next batch is parsed, not behind it.
            await asyncio.sleep(0)

    async def _settle_reading(self) -> None:
        if self._reading is not None:
            reading, self._reading = self._reading, None
            await reading

    async def _drop_reading(self) -> None:
        """After an error: end the reading that is still under way, so that nothing is left behind."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
            self._reading = None

    async def _plan(self, candidates: dict[str, Candidate[R]]) -> None:
        if isinstance(self._job.sink, Placing):
            self._job.sink.place([(one.record, one.position) for one in candidates.values()])
        before = self._comparer.spooled
        await self._comparer.plan(candidates)
        self.spooled += self._comparer.spooled - before

    def _asked_for(self, batch: RowBatch) -> RowBatch:
        """Of a run limited to some SKUs: the records that speak of them, readable or not."""
        bad = [row for row in batch.bad if any(sku in row.raw for sku in self._job.skus)]
        return Chosen(
            batch, [place for place, row in enumerate(batch.rows()) if self._is_asked_for(row)], bad
        )

    def _is_asked_for(self, row: Row) -> bool:
        try:
            record = self._job.mapping.record(row, file=self._file, header=self._header)
        except DataError:
            return names(row.values, self._job.skus)
        return wants(record, self._job.skus)

    def _quarantine(self, faulty: list[tuple[Row | BadRow, DataError]]) -> None:
        job = self._job
        entries: list[Quarantined] = []
        # In the order of the file: of records that look alike, the n-th stays the n-th.
        for row, error in sorted(faulty, key=lambda one: one[0].ordinal):
            for code, fault in {fault.code: fault for fault in reversed(error.faults)}.items():
                self._report.reject(code, str(fault._replace(advice="")), fault.advice)
            raw = msgspec.json.encode(row.raw if isinstance(row, BadRow) else row.values)
            alike = self._alike[raw] if error.record_key is None else 0
            self._alike[raw] += 1
            entries.append(
                Quarantined(
                    record_key=error.record_key, faults=error.faults, raw=raw, file=self._file, alike=alike
                )
            )
        self.seen.rejected += len(faulty)
        self._report.quarantined += len(faulty)
        if not job.dry_run:
            job.ledger.quarantine.add(job.run_id, job.feed, entries)


def _places(named: Sequence[str | DataError], *, unique: bool) -> Sequence[int]:
    """Tell where in their batch the records with a key stand, key by key; of two alike the last."""
    if unique:
        return range(len(named))
    return list({key: place for place, key in enumerate(named) if isinstance(key, str)}.values())
