"""Incoming files of one feed: one after the other, each taken, judged, applied and put away."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Literal

import msgspec

from ..errors import Fatal, FileRefused, GuardStop, Retriable
from ..files import Folder, MarkerReady, Orphan, ReadyFile, collect
from ..sync import FileReport, Job, RunReport
from .collector import calm_collector
from .file_applying import FileApplier
from .memory import remembered_looks
from .options import RunOptions
from .succession import Succession
from .taking import Taken, Taker
from .wiring import name_pattern, ready_rule
from .workspace import Workspace

__all__ = ["IncomingRun"]


class IncomingRun:
    """Carries what waits in the folder of one feed; the counts are in the report."""

    def __init__(
        self, workspace: Workspace, job: Job[msgspec.Struct], options: RunOptions, report: RunReport
    ) -> None:
        self._workspace = workspace
        self._job = job
        self._options = options
        self._report = report
        self._files = job.mapping.spec.files
        self._taker = Taker(workspace, job, report)
        self._succession = Succession(job, options, report, self._taker)
        self._applier = FileApplier(job, options, report, self._taker)

    async def carry(self, root: Folder) -> None:
        """Take every file that is ready, oldest first; a file that is stopped holds back those behind it."""
        folder = root.child(self._files.folder)
        with remembered_looks(self._workspace.home, self._job.feed) as looks:
            readiness = await asyncio.to_thread(
                ready_rule(self._files).look, folder, name_pattern(self._files), looks
            )
        for orphan in readiness.orphans:
            if not await self._half_put_away(folder, orphan):
                self._report.notes.append(self._waits(orphan))
        for ready in readiness.files:
            if self._options.mode not in ("auto", ready.name.mode):
                continue
            try:
                with calm_collector():
                    if not await self._carry_one(folder, ready):
                        return
            except Retriable as error:
                self._report.files.append(FileReport(ready.file.name, "held", str(error)))
                self._report.settle("failed", error.message, error.advice or "The next run takes it")
                return

    async def _half_put_away(self, folder: Folder, orphan: Orphan) -> bool:
        """Put away a file whose marker was put away by a run that died before it came to the file."""
        job = self._job
        last = job.ledger.files.last_named(job.feed, orphan.name, "applied", "refused", "skipped")
        file = await asyncio.to_thread(folder.stat, orphan.name)
        name = name_pattern(self._files).match(orphan.name)
        if job.dry_run or last is None or file is None or name is None or file.size != last.size:
            return False
        ready = ReadyFile(name, file)
        with self._taker.places() as (workdir, archive):
            collected = await asyncio.to_thread(
                collect, folder, ready, feed=job.feed, workdir=workdir, archive=archive
            )
            if collected.sha256 != last.sha256:
                return False
            outcome: Literal["taken", "refused"] = "refused" if last.state == "refused" else "taken"
            await self._taker.put_away(folder, Taken(ready, collected, last), outcome, archive)
        self._report.files.append(FileReport(orphan.name, "skipped", f"{last.state} before, put away now"))
        return True

    def _waits(self, orphan: Orphan) -> str:
        """Say which half of a pair is missing, since when, and what to do about it."""
        since = timedelta(seconds=int(orphan.age))
        if orphan.kind == "marker_without_file":
            return (
                f"{orphan.name}: a marker without its file, seen for {since} (h:mm:ss). "
                "Ask the sender for the file, or have the marker removed"
            )
        marker = MarkerReady(self._files.ready.marker or "").markers(orphan.name)[0]
        return (
            f"{orphan.name}: a file without its marker {marker}, seen for {since} (h:mm:ss); "
            "it is left alone. If the marker does not come, ask the sender whether the export ended"
        )

    async def _carry_one(self, folder: Folder, ready: ReadyFile) -> bool:
        """Carry one file; False when the files behind it must wait."""
        with self._taker.places() as (workdir, archive):
            try:
                taken = await self._taker.take(folder, ready, workdir, archive)
            except FileRefused as error:
                self._taker.refuse(ready, None, error)
                return False
            try:
                go_on, outcome = await self._judge_and_apply(taken)
            finally:
                taken.collected.path.unlink(missing_ok=True)
            if outcome is not None and not self._job.dry_run:
                await self._taker.put_away(folder, taken, outcome, archive)
        return go_on

    async def _judge_and_apply(self, taken: Taken) -> tuple[bool, Literal["taken", "refused"] | None]:
        """Say whether to go on, and how to put the file away (None: leave it where it is)."""
        name, before = taken.ready.file.name, self._report.received
        if self._taker.is_applied(taken):
            # A run died between applying and putting away: nothing is left but the second.
            self._report.files.append(FileReport(name, "skipped", "applied before, with the same content"))
            return True, "taken"
        try:
            if not self._succession.is_due(taken):
                return True, "taken"
            if not await self._applier.apply(taken):
                return False, None
        except FileRefused as error:
            self._taker.refuse(taken.ready, taken.record, error)
            return False, "refused"
        except Fatal as error:
            stopped = isinstance(error, GuardStop)
            self._report.settle(
                "stopped_by_guard" if stopped else "failed", f"{name}: {error.message}", error.advice
            )
            self._taker.leave(taken, error.message, before)
            return False, None
        if self._job.dry_run:
            self._succession.planned(taken)
        return True, "taken"
