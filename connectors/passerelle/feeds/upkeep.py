"""Upkeep: sweeps up after killed runs, warns before a partner deletes files, lets go what is old enough."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Callable, Sequence

import msgspec

from ..files import Archive, Archived, ReadyFile, purge
from ..ledger import Ledger
from ..mapping import FilesSpec
from ..sync import Job, RunReport
from .incoming.asking import warn_of_purge
from .settings import Retention
from .workspace import Workspace

__all__ = ["drop_old", "purge_originals", "sweep", "warn_of_purges"]

#: Rows dropped in one transaction: some milliseconds, during which other writers wait.
_CHUNK = 2_000
#: Shares of a call budget last seconds; whoever held these is gone.
_SHARES_KEPT = dt.timedelta(hours=1)


def sweep(workspace: Workspace, feed: str) -> None:
    """Remove what a run that was killed was working on; call it while no other run of the feed works."""
    for left in workspace.workdir(feed).iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()
    workspace.archive.sweep(feed)


def warn_of_purges(files: FilesSpec, left: Sequence[ReadyFile], report: RunReport, now: dt.datetime) -> None:
    """Note each file that was not applied and that its sender is going to delete."""
    keeps = files.afterwards.partner_keeps
    if keeps is None:
        return
    for ready in left:
        deleted_at = dt.datetime.fromtimestamp(ready.file.modified + keeps, dt.UTC)
        if deleted_at - now <= dt.timedelta(seconds=files.afterwards.warn_before):
            report.notes += warn_of_purge(ready.file.name, deleted_at)


def purge_originals(archive: Archive, job: Job[msgspec.Struct], now: dt.datetime) -> None:
    """Remove originals older than the feed keeps.

    Those that were not applied stay, and so do the last full and what came after it: a replay begins there.
    """
    keeps = job.mapping.spec.files.afterwards.originals
    if keeps is None or job.dry_run:
        return
    ledger = job.ledger
    full = ledger.files.last_in_mode(job.feed, "full")

    def may_go(original: Archived) -> bool:
        record = ledger.files.find(job.feed, original.sha256)
        if record is None or record.state != "applied":
            return False
        return full is None or (record.changed_at < full.changed_at and record.id != full.id)

    purge(archive, job.feed, before=now - dt.timedelta(seconds=keeps), may_go=may_go)


def drop_old(
    ledger: Ledger,
    retention: Retention,
    now: dt.datetime,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, int]:
    """Drop what the ledger keeps no longer; count the rows by the names of `Retention`.

    After `retention.seconds` it ends, and the next call goes on where it stopped. What there may be most of
    comes last, so that it keeps nothing else waiting. Where nothing is old it costs one read.
    """
    began = ledger.oldest()
    kinds: dict[str, tuple[int, Callable[[dt.datetime, int], int]]] = {
        "closed_rejects": (retention.closed_rejects, ledger.quarantine.drop_closed),
        "closed_waits": (retention.closed_waits, ledger.parked.drop_closed),
        "runs": (retention.runs, ledger.runs.drop_older),
        "plans": (retention.plans, ledger.decisions.forget_items),
        "before_images": (retention.before_images, ledger.before.drop_older),
    }
    if retention.orders is not None:
        kinds["orders"] = (retention.orders, ledger.order_book.forgetting.forget)
    ends = clock() + retention.seconds
    if _is_before(began.call_shares, now - _SHARES_KEPT):
        ledger.call_shares.drop_ended(now - _SHARES_KEPT)
    dropped: dict[str, int] = {}
    for kind, (days, drop) in kinds.items():
        before = now - dt.timedelta(days=days)
        if not _is_before(getattr(began, kind), before):
            continue
        while count := drop(before, _CHUNK):
            dropped[kind] = dropped.get(kind, 0) + count
            if clock() >= ends:
                return dropped
    return dropped


def _is_before(moment: dt.datetime | None, other: dt.datetime) -> bool:
    return moment is not None and moment < other
