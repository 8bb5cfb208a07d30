"""Drift: where the live shop is not as the ledger says that we wrote it, with age and probable cause.

A reading, no writing: what would set it right is planned, and is carried out by a person's decision only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

import msgspec
import xxhash

from ..errors import Skippable
from ..ledger import Binding, ForeignEdit, PlanItem, WantedRecord
from .events import happened
from .foreign import Foreign, foreign_facts, held_like, policy_of, without
from .job import Job
from .overlay import Fact
from .protocols import Attributing, Change, Listing, Live, Removing
from .report import Progress, RunReport
from .selection import wants

__all__ = ["Drift", "DriftCause", "DriftRow", "Slice", "look_for_drift"]

R = TypeVar("R", bound=msgspec.Struct)

#: Why probably: it was deleted; it was never written; the shop is at the version that we left and shows
#: something else; somebody edited it; a client of ours did (another feed, a tool); it exists without us; we
#: made it and no feed wants it any more; it cannot be compared.
DriftCause: TypeAlias = Literal[
    "deleted",
    "never_written",
    "lost_update",
    "edited",
    "our_client",
    "unknown_to_us",
    "no_longer_wanted",
    "not_comparable",
]
_LEFT = frozenset({"keep", "report", "fight"})


class Slice(NamedTuple):
    """The `number`-th of `of` parts of all keys, by their hash: as many days cover all of them."""

    number: int
    of: int

    def holds(self, key: str) -> bool:
        """Say whether a key is in this part."""
        return xxhash.xxh3_64_intdigest(key.encode()) % self.of == self.number - 1


class DriftRow(msgspec.Struct, frozen=True, kw_only=True):
    """One field (or a whole record, without field) that the shop shows otherwise.

    `since` is when we wanted it so; `by` and `at` say who wrote the resource last, where the shop tells.
    """

    key: str
    state: Literal["missing", "different", "extra", "unwanted"]
    cause: DriftCause
    field: str = ""
    ours: Any = None
    theirs: Any = None
    since: datetime | None = None
    by: str = ""
    at: datetime | None = None


class Drift(msgspec.Struct, kw_only=True):
    """What a look found: each record checked is in one of `agreeing`, `missing`, `different`, `unclear`.

    `left` are records that differ only where others may have their way, `moved` those that differ only in
    what the shop moves itself (stock that orders took); both count as agreeing. `unwanted` are resources that
    we made and that no feed of their kind wants any more; what was taken away by policy is not among them.
    """

    checked: int = 0
    agreeing: int = 0
    left: int = 0
    moved: int = 0
    missing: int = 0
    different: int = 0
    unclear: int = 0
    extra: int = 0
    unwanted: int = 0
    fields: dict[str, int] = msgspec.field(default_factory=dict)
    causes: dict[str, int] = msgspec.field(default_factory=dict)
    rows: list[DriftRow] = msgspec.field(default_factory=list)
    """The first rows."""

    @property
    def found(self) -> int:
        """Records that are not as they should be."""
        return self.missing + self.different + self.unclear + self.extra + self.unwanted


async def look_for_drift(
    job: Job[R], report: RunReport, *, part: Slice | None = None, repair: bool = False, extra: int = 0
) -> Drift:
    """Compare what is wanted of a feed with the shop: a part of its keys, the job's SKUs, or all.

    With `repair` the changes that set it right are spooled under the job's run. With `extra` so many
    resources of the shop at most are listed, for those that no key of ours is bound to.
    """
    await job.prepare()
    looking = _Looking(job, report, repair=repair)
    for batch in _batches(job, part):
        await looking.compare(batch)
    if not job.skus:
        await looking.find_unwanted(part)
    if extra:
        await looking.find_extra(extra)
    return looking.drift


def _batches(job: Job[R], part: Slice | None) -> Iterator[list[tuple[WantedRecord, R]]]:
    batch: list[tuple[WantedRecord, R]] = []
    for page in job.ledger.wanted.pages(job.feed):
        for one in page:
            if not one.record or (part is not None and not part.holds(one.key)):
                continue
            record = msgspec.json.decode(one.record, type=job.sink.record_type)
            if happened(record) or not wants(record, job.skus):
                continue
            batch.append((one, record))
            if len(batch) == job.batch:
                yield batch
                batch = []
    if batch:
        yield batch


class _Looking(Generic[R]):
    def __init__(self, job: Job[R], report: RunReport, *, repair: bool) -> None:
        self._job = job
        self._report = report
        self._repair = repair
        self.drift = Drift()

    async def compare(self, batch: Sequence[tuple[WantedRecord, R]]) -> None:
        """Read the shop once for all of them."""
        job, sink = self._job, self._job.sink
        live = await sink.read_live([record for _, record in batch])
        keys = [one.key for one, _ in batch]
        bound = job.ledger.bindings.get(job.system, sink.entity, keys)
        edits = job.ledger.foreign_edits.of(job.feed, keys)
        items: list[tuple[str, R, Change]] = []
        for one, record in batch:
            self.drift.checked += 1
            found = live.get(sink.key(record))
            try:
                change = self._judge(one, record, found, bound.get(one.key), edits)
            except Skippable as error:
                self.drift.unclear += 1
                self._tell(
                    DriftRow(key=one.key, state="different", cause="not_comparable", theirs=error.message)
                )
                continue
            if change is not None:
                items.append((one.key, record, change))
        if self._repair:
            self._spool(items)
        job.watch(Progress(job.feed, "verify", "drift", self.drift.checked))

    def _judge(
        self,
        one: WantedRecord,
        record: R,
        found: Live | None,
        bound: Binding | None,
        edits: Mapping[tuple[str, str], ForeignEdit],
    ) -> Change | None:
        """Count a record, tell what differs, and give what would set it right."""
        sink, drift = self._job.sink, self.drift
        change = sink.plan(record, found)
        if change is None:
            drift.agreeing += 1
            return None
        if found is None:
            drift.missing += 1
            cause: DriftCause = "never_written" if bound is None else "deleted"
            self._tell(DriftRow(key=one.key, state="missing", cause=cause, since=one.since))
            return change
        foreign = foreign_facts(sink, record, found)
        excused = self._excused(one.key, record, foreign, edits)
        rest = [edit for edit in foreign if edit.fact not in excused]
        if foreign and not rest:
            drift.agreeing += 1
            drift.left += "left" in excused.values()
            drift.moved += "left" not in excused.values()
            return None
        drift.different += 1
        for row in self._rows(one, found, bound, rest, change):
            self._tell(row)
        if not excused:
            return change
        like, _ = held_like(sink, record, found)
        again = sink.plan(without(record, excused, like), found)
        return None if again is None else msgspec.structs.replace(again, kept=tuple(sorted(excused)))

    def _excused(
        self,
        key: str,
        record: R,
        foreign: Iterable[Foreign],
        edits: Mapping[tuple[str, str], ForeignEdit],
    ) -> dict[Fact, Literal["left", "moved"]]:
        """Choose the facts that may differ: left to others, or moved by the shop itself."""
        excused: dict[Fact, Literal["left", "moved"]] = {}
        for edit in foreign:
            policy = policy_of(self._job.mapping, record, edit.fact)
            known = edits.get((key, ".".join(edit.fact)))
            if policy is None:
                excused[edit.fact] = "moved"
            elif known.decision in _LEFT if known is not None else policy == "keep":
                excused[edit.fact] = "left"
        return excused

    def _rows(
        self,
        one: WantedRecord,
        found: Live,
        bound: Binding | None,
        foreign: Sequence[Foreign],
        change: Change,
    ) -> Iterator[DriftRow]:
        last = self._job.sink.modified(found) if isinstance(self._job.sink, Attributing) else None
        cause: DriftCause = "edited"
        if bound is not None and bound.target_id == found.id and bound.version == found.version:
            cause = "lost_update"
        elif last is not None and last.ours:
            cause = "our_client"
        values = [(".".join(edit.fact), edit.ours, edit.theirs) for edit in foreign]
        for field, ours, theirs in values or [(one.field, one.new, one.old) for one in change.fields]:
            yield DriftRow(
                key=one.key,
                state="different",
                cause=cause,
                field=field,
                ours=ours,
                theirs=theirs,
                since=one.since,
                by="" if last is None else last.by,
                at=None if last is None else last.at,
            )

    def _tell(self, row: DriftRow) -> None:
        drift = self.drift
        drift.causes[row.cause] = drift.causes.get(row.cause, 0) + 1
        if row.field:
            drift.fields[row.field] = drift.fields.get(row.field, 0) + 1
        if len(drift.rows) < self._job.shown:
            drift.rows.append(row)

    def _spool(self, items: Sequence[tuple[str, R, Change]]) -> None:
        job, report = self._job, self._report
        known = job.ledger.fingerprints.lookup(job.feed, [key for key, _, _ in items])
        wanted = job.ledger.wanted.get(job.feed, [key for key, _, _ in items])
        spooled: list[PlanItem] = []
        for key, _, change in items:
            report.planned += 1
            prints = known.get(key)
            spooled.append(
                PlanItem(
                    seq=report.planned,
                    key=key,
                    raw=b"" if prints is None else prints.raw,
                    strong=None if prints is None else prints.strong,
                    kind=change.kind,
                    record=wanted[key].record,
                    change=msgspec.json.encode(change),
                )
            )
        job.ledger.plans.spool(job.run_id, spooled)

    async def find_unwanted(self, part: Slice | None) -> None:
        """Find what we made of this kind and no feed wants any more: one was retired, a key rule changed."""
        job, sink = self._job, self._job.sink
        if not isinstance(sink, Removing):
            return
        for page in job.ledger.bindings.pages(job.system, sink.entity, job.batch):
            asked = [key for key in page if part is None or part.holds(key)]
            bound = {key: page[key] for key in self._nobodys(asked)}
            # Under another key it may be wanted still.
            keys = job.ledger.bindings.keys_of(
                job.system, sink.entity, [one.target_id for one in bound.values()]
            )
            others = {key for shared in keys.values() for key in shared} - bound.keys()
            wanted = others - self._nobodys(sorted(others))
            alone = {key: one for key, one in bound.items() if wanted.isdisjoint(keys[one.target_id])}
            there = await sink.read_ids([one.target_id for one in alone.values()]) if alone else {}
            for key, one in alone.items():
                if one.target_id in there:
                    self.drift.unwanted += 1
                    self._tell(
                        self._beside(there[one.target_id], key, "unwanted", "no_longer_wanted", one.since)
                    )

    def _nobodys(self, keys: Sequence[str]) -> set[str]:
        """Give those of which no feed of this kind has a word; that it was taken away is one too."""
        job, rest = self._job, set(keys)
        for feed in (job.feed, *job.siblings()):
            asked = sorted(rest)
            # A ledger of old knows some by their prints only.
            rest -= job.ledger.wanted.get(feed, asked).keys()
            rest -= job.ledger.fingerprints.lookup(feed, asked).keys()
        return rest

    def _beside(
        self,
        live: Live,
        key: str,
        state: Literal["extra", "unwanted"],
        cause: DriftCause,
        since: datetime | None = None,
    ) -> DriftRow:
        sink = self._job.sink
        last = sink.modified(live) if isinstance(sink, Attributing) else None
        by, at = ("", None) if last is None else (last.by, last.at)
        return DriftRow(key=key, state=state, cause=cause, since=since, by=by, at=at)

    async def find_extra(self, most: int) -> None:
        """List resources of the shop to which no key of ours is bound."""
        job, sink = self._job, self._job.sink
        if not isinstance(sink, Listing):
            self._report.notes.append(f"What {job.system} has beside cannot be listed for {sink.entity}")
            return
        after, seen = "", 0
        while seen < most:
            page = await sink.list_after(after, min(500, most - seen))
            if not page:
                return
            seen, after = seen + len(page), page[-1].id
            known = job.ledger.bindings.keys_of(job.system, sink.entity, [one.id for one in page])
            for live in page:
                if live.id not in known:
                    self.drift.extra += 1
                    key = str(live.body.get("key") or live.id)
                    self._tell(self._beside(live, key, "extra", "unknown_to_us"))
        self._report.notes.append(f"The first {most} resources of the shop were looked at for what is extra")
