"""Removing: records that their source no longer has are taken away from the target, by policy and capped.

Only a full file can tell that a record is gone, and one full is not enough: the caller names the keys that
were absent long enough, or that the source flags as deleted. What is taken away stays in the ledger as a
tombstone with its policy, so that a record that comes back is shown again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import msgspec

from ..errors import ConfigError, Conflict, GuardStop, Retriable, Skippable
from ..ledger import PlanItem
from .applying import GROUP
from .guard import removal_breach
from .job import Job
from .protocols import Change, Removal, Removing
from .report import ChangeRow, Progress, RunReport

__all__ = ["remove"]

R = TypeVar("R", bound=msgspec.Struct)

_TRIES = 3
_REMOVALS = 10**12
#: The rank of removals in a plan.
_LAST = 1


async def remove(job: Job[R], report: RunReport, keys: Iterable[str], policy: Removal, *, file: str) -> None:
    """Plan the removal of all these records, ask the guard, then carry it out.

    Raises:
        ConfigError: the target cannot remove such records, or not in this way.
        GuardStop: they are too many for the feed's `removed_share`, and no person let them pass.
    """
    if policy == "keep":
        return
    sink = job.sink
    if not isinstance(sink, Removing):
        raise ConfigError(
            f"feed {job.feed}: {sink.entity} records cannot be removed from {job.system}",
            advice="Set `deletes: {absent: keep}` in the mapping",
        )
    await job.prepare()
    # Past the places of records in files: a removal has none.
    first = _REMOVALS + job.places.used
    planned: list[tuple[str, Change | None]] = []
    for part in _parts(keys, job.batch):
        planned += await _plan(job, sink, part, policy, first + len(planned))
        job.watch(Progress(job.feed, "plan", file, len(planned)))
    job.places.take(len(planned))
    changes = [change for _, change in planned if change is not None]
    for change in changes[: max(0, job.shown - len(report.changes))]:
        report.changes += [
            ChangeRow(change.key, change.kind, one.field, _text(one.old), _text(one.new))
            for one in change.fields
        ]
    report.planned += len(changes)
    if job.dry_run:
        _spool(job, planned, policy, first)
    breach = removal_breach(len(changes), job.ledger.fingerprints.count(job.feed), job.thresholds)
    if breach is not None:
        if not job.override_guard:
            raise GuardStop(f"{file}: {breach}", advice=breach.advice)
        report.notes.append(f"{file}: {breach}; let pass: {job.override_guard}")
    if not job.dry_run:
        await _carry(job, sink, report, planned, policy, file, first)
        job.ledger.before.drop_undone(job.run_id)


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


def _spool(job: Job[Any], planned: Sequence[tuple[str, Change | None]], policy: Removal, first: int) -> None:
    """Put what would be taken away into the plan of a dry run, behind what its files say."""
    items = [
        PlanItem(place, key, b"", None, policy, None, msgspec.json.encode(change), _LAST)
        for place, (key, change) in enumerate(planned, first)
        if change is not None
    ]
    job.ledger.plans.spool(job.run_id, items)


async def _carry(
    job: Job[R],
    sink: Removing[R],
    report: RunReport,
    planned: Sequence[tuple[str, Change | None]],
    policy: Removal,
    file: str,
    first: int,
) -> None:
    """Keep `concurrency` removals in flight; what was removed is noted, also when a Fatal ends the run."""
    pending = enumerate(planned)
    done: list[tuple[int, str, Change | None]] = []

    async def work() -> None:
        for place, (key, change) in pending:
            try:
                if change is not None:
                    await _send(job, sink, change, policy)
                    report.removed += 1
            except (Skippable, Retriable) as error:
                code = error.code if isinstance(error, Skippable) else "not_taken"
                report.reject(code, f"{file}, {key} could not be removed: {error.message}", error.advice)
            else:
                done.append((first + place, key, change))
            if len(done) >= GROUP:
                _note(job, done, policy)
            job.watch(Progress(job.feed, "apply", file, place + 1, len(planned)))

    workers = [asyncio.create_task(work()) for _ in range(job.sink.concurrency)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
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
