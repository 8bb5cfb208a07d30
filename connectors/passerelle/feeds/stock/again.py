"""Stock worked out again: pieces sold, sent or given up since, a later count, other rules of places.

The file may say nothing new of it. Nothing is asked of the shop when nothing happened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from ...errors import GuardStop
from ...fulfilment.stock_levels import LawfulClaim, PublishedStock
from ...ledger import HeldClaim, ParkedRecord
from ...sync import Job, Planner, RunReport, apply_plan, inspect, verify_sample
from .law import StockLaw, law_of

__all__ = ["work_out_again"]

_NAME = "stock worked out again"
#: What happened this short before now is looked at once more by the next run: the shop shows what orders take
#: up to ten seconds late (facts: commercetools 5), and a transaction of the ledger is seen when it ends.
SETTLES = dt.timedelta(minutes=2)
#: More SKUs than ever change in one moment.
_ALL = 10_000_000


class _Due(NamedTuple):
    """The claims to work out again, by key; what to note when that is done."""

    claims: dict[str, HeldClaim]
    looked_at: dt.datetime
    rules: bytes | None


async def work_out_again(
    job: Job[msgspec.Struct],
    report: RunReport,
    *,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> None:
    """Publish anew what follows from other facts than before; of as many SKUs as the feed says at most.

    Raises:
        Fatal: the target refuses us altogether or does not answer.
    """
    law = law_of(job)
    if law is None or job.partial:
        return
    due = await _due(job, law, now())
    if due.claims and not await _carry(job, report, due.claims.values()):
        return
    if not job.dry_run:
        state = {} if due.rules is None else {"rules": due.rules}
        job.ledger.stock_claims.carried(job.feed, looked_at=due.looked_at, **state)


async def _due(job: Job[msgspec.Struct], law: StockLaw, now: dt.datetime) -> _Due:
    """Find what is to be worked out again: three questions to the ledger when nothing happened."""
    claims, units, most = job.ledger.stock_claims, job.ledger.order_units, law.spec.recompute
    state = claims.law(job.feed)
    due: dict[str, HeldClaim] = {}
    recounted = set(law.recounted)
    if law.cut_short:
        recounted.update(one.key for page in claims.with_unknown(job.feed) for one in page)
    if recounted:
        again = list(claims.get(job.feed, sorted(recounted)).values())
        answers = await law.answers([law.claim_of(one) for one in again])
        for one, answer in zip(again, answers, strict=True):
            if (one.available, one.unknown) != (answer.quantity, answer.unknown):
                due[one.key] = one
    rules: bytes | None = None
    if law.rules_before != law.digest:
        under_others, all_of_them = _under_other_rules(job, law, most)
        due |= under_others
        rules = law.digest if all_of_them else None
    elif recounted or law.cut_short:
        rules = law.digest
    since = law.started if state.looked_at is None else state.looked_at
    touched = units.touched(since, limit=most)
    if len(touched) == most and touched[-1].at <= since:
        touched = units.touched(since, limit=_ALL)
    due |= {one.key: one for one in claims.of_skus(job.feed, [one.sku for one in touched])}
    seen = touched[-1].at if len(touched) >= most else now
    return _Due(due, min(seen, now - SETTLES), rules)


def _under_other_rules(
    job: Job[msgspec.Struct], law: StockLaw, most: int
) -> tuple[dict[str, HeldClaim], bool]:
    """Find claims that were worked out by other rules than hold now, and say whether these are all."""
    found: dict[str, HeldClaim] = {}
    skus: set[str] = set()
    for page in job.ledger.stock_claims.pages(job.feed):
        for one in page:
            if one.rules == law.rules_of(one.place):
                continue
            if len(skus | {one.sku}) > most:
                return found, False
            skus.add(one.sku)
            found[one.key] = one
    return found, True


async def _carry(job: Job[msgspec.Struct], report: RunReport, due: Iterable[HeldClaim]) -> bool:
    """Plan, guard, apply and verify; False when it is to be done once more: stopped, or not all was taken."""
    ledger = job.ledger
    ledger.plans.drop(job.run_id)
    records = _records(job, list(due))
    if not records:
        return True
    planner = Planner(job, report, file=_NAME, full=False)
    await planner.take_up(records)
    await planner.finish()
    report.planned += planner.planned
    if planner.planned:
        report.notes.append(
            f"{planner.planned} stock levels follow from other facts now: pieces were sold, sent or given"
            " up, they were counted once more, or rules of their places changed"
        )
    breaches = inspect(planner.seen, job.thresholds)
    if breaches and not job.override_guard:
        stop = GuardStop("; ".join(one.said for one in breaches))
        report.settle("stopped_by_guard", stop.message, breaches[0].advice)
        report.breaches += [one.facts for one in breaches]
        return False
    if not job.dry_run:
        failed = report.failed
        sample = await apply_plan(job, report, file=_NAME, total=planner.spooled, base=planner.base)
        await verify_sample(job, report, sample, file=_NAME)
        ledger.plans.drop(job.run_id)
        return report.failed == failed
    return True


def _records(job: Job[msgspec.Struct], due: list[HeldClaim]) -> list[ParkedRecord]:
    """Give the records as they were published, counted when the ledger says.

    Left out is what the next file speaks of anyway: records that were taken away, or taken back by a person.
    """
    keys = [one.key for one in due]
    prints = job.ledger.fingerprints.lookup(job.feed, keys)
    wanted = job.ledger.wanted.get(job.feed, keys)
    found: list[ParkedRecord] = []
    for one in due:
        known, was = prints.get(one.key), wanted.get(one.key)
        if known is None or known.strong is None or was is None or was.removed is not None:
            continue
        record = msgspec.json.decode(was.record, type=PublishedStock)
        if not isinstance(record.law, LawfulClaim):
            continue
        record = msgspec.structs.replace(record, law=msgspec.structs.replace(record.law, at=one.at))
        found.append(
            ParkedRecord(
                key=one.key,
                waits_for=(),
                record=msgspec.json.encode(record),
                raw=known.raw,
                strong=known.strong,
                file=one.file,
            )
        )
    return found
