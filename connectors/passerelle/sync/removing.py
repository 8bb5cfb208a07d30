"""Removing: records that their source no longer has are taken away from the target, by policy and capped.

Only a full file can tell that a record is gone, and one full is not enough: the caller names the keys that
were absent long enough, or that the source flags as deleted. What is taken away stays in the ledger as a
tombstone with its policy, so that a record that comes back is shown again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import msgspec

from ..errors import ConfigError, Conflict, GuardStop, Retriable, Skippable
from ..ledger import PlanItem
from .answers import work_off
from .applying import GROUP
from .guard import removal_breach
from .job import Job
from .protocols import Change, Removal, Removing
from .report import ChangeRow, Progress, RunReport

__all__ = ["Leaving", "remove", "remove_all"]

R = TypeVar("R", bound=msgspec.Struct)

_TRIES = 3
_REMOVALS = 10**12
#: The rank of removals in a plan.
_LAST = 1


class Leaving(NamedTuple):
    """Records that are to be taken away for one reason; `name` is what reports call them."""

    name: str
    keys: Iterable[str]
    policy: Removal


class _Planned(NamedTuple):
    """What is to be done for them, by key; None where there is nothing to do. `first` is the first place."""

    name: str
    policy: Removal
    first: int
    changes: Sequence[tuple[str, Change | None]]

    @property
    def sent(self) -> list[Change]:
        return [change for _, change in self.changes if change is not None]


async def remove(job: Job[R], report: RunReport, keys: Iterable[str], policy: Removal, *, file: str) -> None:
    """Plan the removal of all these records, ask the guard, then carry it out; raises as `remove_all`."""
    await remove_all(job, report, [Leaving(file, keys, policy)])


async def remove_all(job: Job[R], report: RunReport, leaving: Iterable[Leaving]) -> None:
    """Plan all removals of a run, ask the guard about them together, then carry them out in this order.

    Raises:
        ConfigError: the target cannot remove such records, or not in this way; nothing was removed.
        GuardStop: they are too many for the feed's `removed_share`, and no person let them pass.
    """
    asked = [one for one in leaving if one.policy != "keep"]
    if not asked:
        return
    sink = job.sink
    if not isinstance(sink, Removing):
        raise ConfigError(
            f"feed {job.feed}: {sink.entity} records cannot be removed from {job.system}",
            advice="Set `deletes: {absent: keep}` in the mapping",
        )
    await job.prepare()
    planned = [await _planned(job, report, sink, one) for one in asked]
    count = sum(len(one.sent) for one in planned)
    breach = removal_breach(count, job.ledger.fingerprints.count(job.feed), job.thresholds)
    if breach is not None:
        names = " and ".join(one.name for one in planned)
        if not job.override_guard:
            said = f"{names}: {breach.said}"
            raise GuardStop(said, advice=breach.advice, breaches=[{**breach.facts, "said": said}])
        report.notes.append(f"{names}: {breach.said}; let pass: {job.override_guard}")
    if not job.dry_run:
        for one in planned:
            await _carry(job, sink, report, one)
        job.ledger.before.drop_undone(job.run_id)


async def _planned(job: Job[R], report: RunReport, sink: Removing[R], leaving: Leaving) -> _Planned:
    """Plan one reason's removals, a batch at a time; shown in the report, spooled when the run is dry."""
    # Past the places of records in files: a removal has none.
    first = _REMOVALS + job.places.used
    changes: list[tuple[str, Change | None]] = []
    for part in _parts(leaving.keys, job.batch):
        changes += await _plan(job, sink, part, leaving.policy, first + len(changes))
        job.watch(Progress(job.feed, "plan", leaving.name, len(changes)))
    job.places.take(len(changes))
    planned = _Planned(leaving.name, leaving.policy, first, changes)
    sent = planned.sent
    for change in sent[: max(0, job.shown - len(report.changes))]:
        report.changes += [
            ChangeRow(change.key, change.kind, one.field, _text(one.old), _text(one.new))
            for one in change.fields
        ]
    report.planned += len(sent)
    if job.dry_run:
        _spool(job, planned)
    return planned


async def _plan(
    job: Job[R], sink: Removing[R], keys: Sequence[str], policy: Removal, first: int
) -> list[tuple[str, Change | None]]:
    """Plan a batch; None for a record that is not in the target, or is as the policy wants it."""
    bound = job.ledger.bindings.get(job.system, job.sink.entity, keys)
    live = await sink.read_ids([binding.target_id for binding in bound.values()])
    planned: list[tuple[str, Change | None]] = []
    images: list[tuple[int, str, str, bytes]] = []
    for place, key in enumerate(keys, first):
        found = live.get(bound[key].target_id) if key in bound else None
        change = None if found is None else sink.plan_removal(key, found, policy)
        if found is not None and change is not None:
            images.append((place, key, change.kind, msgspec.json.encode(found.body)))
        planned.append((key, change))
    if not job.dry_run:
        job.ledger.before.keep(job.run_id, job.sink.entity, images)
    return planned


def _spool(job: Job[Any], planned: _Planned) -> None:
    """Put what would be taken away into the plan of a dry run, behind what its files say."""
    items = [
        PlanItem(place, key, b"", None, planned.policy, None, msgspec.json.encode(change), _LAST)
        for place, (key, change) in enumerate(planned.changes, planned.first)
        if change is not None
    ]
    job.ledger.plans.spool(job.run_id, items)


async def _carry(job: Job[R], sink: Removing[R], report: RunReport, planned: _Planned) -> None:
    """Keep `concurrency` removals in flight; what was removed is noted, also when a Fatal ends the run."""
    file, policy, total = planned.name, planned.policy, len(planned.changes)
    done: list[tuple[int, str, Change | None]] = []

    async def work(pending: Iterator[tuple[int, tuple[str, Change | None]]]) -> None:
        for place, (key, change) in pending:
            try:
                if change is not None:
                    await _send(job, sink, change, policy)
                    report.removed += 1
            except (Skippable, Retriable) as error:
                code = error.code if isinstance(error, Skippable) else "not_taken"
                report.reject(code, f"{file}, {key} could not be removed: {error.message}", error.advice)
            else:
                done.append((planned.first + place, key, change))
            if len(done) >= GROUP:
                _note(job, done, policy)
            job.watch(Progress(job.feed, "apply", file, place + 1, total))

    try:
        await work_off(work, enumerate(planned.changes), at_once=job.sink.concurrency)
    finally:
        _note(job, done, policy)


async def _send(job: Job[R], sink: Removing[R], planned: Change, policy: Removal) -> None:
    """Send one removal; when the target moved, look again and decide again."""
    change: Change | None = planned
    for tried in range(_TRIES):
        if change is None or change.target_id is None:
            return
        try:
            await job.sink.apply(change)
        except Conflict:
            if tried == _TRIES - 1:
                raise
            live = (await sink.read_ids([change.target_id])).get(change.target_id)
            change = None if live is None else sink.plan_removal(change.key, live, policy)
        else:
            return


def _note(job: Job[R], done: list[tuple[int, str, Change | None]], policy: Removal) -> None:
    if not done:
        return
    ledger, entity = job.ledger, job.sink.entity
    keys = [key for _, key, _ in done]
    with ledger.transaction(durable=False):
        ledger.fingerprints.forget(job.feed, keys)
        ledger.wanted.bury(job.feed, keys, policy, job.run_id)
        ledger.quarantine.resolve_keys(job.feed, keys, job.run_id)
        ledger.parked.resolve(job.feed, keys, job.run_id)
        ledger.before.done(
            job.run_id,
            [(seq, change.target_id or "", 0, b"") for seq, _, change in done if change is not None],
        )
        if policy == "delete":
            ledger.bindings.forget(job.system, entity, keys)
    done.clear()


def _parts(keys: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(keys)
    while part := list(islice(rest, size)):
        yield part


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
