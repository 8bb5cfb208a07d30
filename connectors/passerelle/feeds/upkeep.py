"""Upkeep: sweeps up after killed runs, warns before a partner deletes files, lets old originals go."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence

import msgspec

from ..files import Archive, Archived, ReadyFile, purge
from ..mapping import FilesSpec
from ..sync import Job, RunReport
from .asking import warn_of_purge
from .workspace import Workspace

__all__ = ["purge_originals", "sweep", "warn_of_purges"]


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
