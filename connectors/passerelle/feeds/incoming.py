"""Incoming files of one feed: one after the other, each planned, guarded, applied, verified and put away."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

import msgspec

from ..errors import Fatal, Fault, FileRefused, GuardStop, Position, Retriable
from ..files import (
    Archive,
    Collected,
    Folder,
    MarkerReady,
    Orphan,
    ReadyFile,
    collect,
    settle,
)
from ..ledger import FileRecord, Verdict
from ..ledger.sequences import judge
from ..sync import FileReport, Job, Planner, Progress, RunReport, Seen, apply_plan, inspect, verify_sample
from .collector import calm_collector
from .memory import remembered_looks
from .options import RunOptions
from .reading import FeedReader
from .wiring import name_pattern, ready_rule
from .workspace import Workspace

__all__ = ["IncomingRun"]


class _Taken(NamedTuple):
    """A file on our side, and what the ledger wrote down about it (nothing in a dry run)."""

    ready: ReadyFile
    collected: Collected
    record: FileRecord | None


class IncomingRun:
    """Carries what waits in the folder of one feed; the counts are in the report."""

    def __init__(
        self, workspace: Workspace, job: Job[msgspec.Struct], options: RunOptions, report: RunReport
    ) -> None:
        self._workspace = workspace
        self._job = job
        self._options = options
        self._report = report
        self._mapping = job.mapping
        self._ledger = job.ledger
        #: The number up to which a dry run has planned: what it planned counts as applied for the next file.
        self._planned_to: int | None = None

    async def carry(self, root: Folder) -> None:
        """Take every file that is ready, oldest first; a file that is stopped holds back those behind it."""
        folder = root.child(self._mapping.spec.files.folder)
        with remembered_looks(self._workspace.home, self._job.feed) as looks:
            readiness = await asyncio.to_thread(
                ready_rule(self._mapping.spec.files).look,
                folder,
                name_pattern(self._mapping.spec.files),
                looks,
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
        last = self._ledger.files.last_named(job.feed, orphan.name, "applied", "refused", "skipped")
        file = await asyncio.to_thread(folder.stat, orphan.name)
        name = name_pattern(self._mapping.spec.files).match(orphan.name)
        if job.dry_run or last is None or file is None or name is None or file.size != last.size:
            return False
        ready = ReadyFile(name, file)
        with self._places() as (workdir, archive):
            collected = await asyncio.to_thread(
                collect, folder, ready, feed=job.feed, workdir=workdir, archive=archive
            )
            if collected.sha256 != last.sha256:
                return False
            outcome: Literal["taken", "refused"] = "refused" if last.state == "refused" else "taken"
            await self._put_away(folder, _Taken(ready, collected, last), outcome, archive)
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
        suffix = self._mapping.spec.files.ready.marker or ""
        marker = MarkerReady(suffix).markers(orphan.name)[0]
        return (
            f"{orphan.name}: a file without its marker {marker}, seen for {since} (h:mm:ss); "
            "it is left alone. If the marker does not come, ask the sender whether the export ended"
        )

    async def _carry_one(self, folder: Folder, ready: ReadyFile) -> bool:
        """Carry one file; False when the files behind it must wait."""
        with self._places() as (workdir, archive):
            try:
                taken = await self._collect(folder, ready, workdir, archive)
            except FileRefused as error:
                self._refuse(ready, None, error)
                return False
            try:
                go_on, state = await self._judge_and_apply(taken)
            finally:
                taken.collected.path.unlink(missing_ok=True)
            if state is not None and not self._job.dry_run:
                await self._put_away(folder, taken, state, archive)
        return go_on

    @contextmanager
    def _places(self) -> Iterator[tuple[Path, Archive]]:
        """Where to work and where to archive; a dry run leaves no trace in either."""
        with TemporaryDirectory(dir=self._workspace.workdir, prefix=f"{self._job.feed}-") as text:
            workdir = Path(text)
            yield workdir, Archive(workdir / "archive") if self._job.dry_run else self._workspace.archive

    async def _collect(self, folder: Folder, ready: ReadyFile, workdir: Path, archive: Archive) -> _Taken:
        job, name = self._job, ready.file.name

        def moved(done: int) -> None:
            job.watch(Progress(job.feed, "collect", name, done, ready.file.size))

        collected = await asyncio.to_thread(
            collect, folder, ready, feed=job.feed, workdir=workdir, archive=archive, progress=moved
        )
        if job.dry_run:
            return _Taken(ready, collected, None)
        record = self._ledger.files.record(
            job.feed,
            name,
            collected.sha256,
            collected.size,
            sequence=ready.name.sequence,
            mode=ready.name.mode,
            run_id=job.run_id,
            archived_as=str(collected.archived),
        )
        return _Taken(ready, collected, record)

    async def _judge_and_apply(self, taken: _Taken) -> tuple[bool, Literal["taken", "refused"] | None]:
        """Say whether to go on, and how to put the file away (None: leave it where it is)."""
        name, before = taken.ready.file.name, self._report.received
        if self._is_applied(taken):
            # A run died between applying and putting away: nothing is left but the second.
            self._report.files.append(FileReport(name, "skipped", "applied before, with the same content"))
            return True, "taken"
        try:
            if not self._in_sequence(taken):
                return True, "taken"
            return await self._apply(taken)
        except FileRefused as error:
            self._refuse(taken.ready, taken.record, error)
            return False, "refused"
        except Fatal as error:
            stopped = isinstance(error, GuardStop)
            self._report.settle(
                "stopped_by_guard" if stopped else "failed", f"{name}: {error.message}", error.advice
            )
            self._leave(taken, error.message, before)
            return False, None

    def _leave(self, taken: _Taken, note: str, before: int) -> None:
        """Note that a file stays where it is, for the next run."""
        self._report.files.append(
            FileReport(taken.ready.file.name, "held", note, self._report.received - before)
        )
        self._set_state(taken, "held", note)

    def _is_applied(self, taken: _Taken) -> bool:
        """Say whether this is what was applied last under this name; old content come again is not."""
        if taken.record is None:
            return False
        last = self._ledger.files.last_named(self._job.feed, taken.record.name, "applied")
        return last is not None and last.id == taken.record.id

    def _in_sequence(self, taken: _Taken) -> bool:
        """Judge the file's number: True applies it, False skips it; raises when it must wait or go back."""
        name, sequence = taken.ready.name, taken.ready.name.sequence
        if sequence is None:
            return True
        verdict = self._verdict(sequence, taken)
        first_delta = verdict.kind == "first" and name.mode == "delta"
        if verdict.kind in {"next", "full_supersedes", "first"} and not first_delta:
            return True
        if first_delta:
            told = verdict._replace(message=f"the delta {sequence} came before any full file")
            self._hold(taken, told, "Ask for a full file")
            return True
        if verdict.kind == "gap":
            self._hold(taken, verdict, "Ask the sender for the missing file")
            return True
        if verdict.kind == "repeated_same" or (verdict.kind == "late" and name.mode == "delta"):
            self._skip(taken, verdict)
            return False
        raise FileRefused(
            Fault(
                "repeated_sequence",
                Position(name.name, path="sequence in the name"),
                str(sequence),
                f"{verdict.expected}, since {verdict.message}",
                "Ask the sender which of the two is right, and to send it under the next number",
            )
        )

    def _verdict(self, sequence: int, taken: _Taken) -> Verdict:
        mode = taken.ready.name.mode
        if self._planned_to is not None:
            return judge(sequence, last=self._planned_to, is_full=mode == "full", is_same=None)
        return self._ledger.sequences.judge(self._job.feed, sequence, taken.collected.sha256, mode)

    def _hold(self, taken: _Taken, verdict: Verdict, advice: str) -> None:
        if self._options.override_guard:
            self._report.notes.append(
                f"{taken.ready.file.name}: {verdict.message}; let pass: {self._options.override_guard}"
            )
            return
        raise GuardStop(
            f"sequence: {verdict.message}",
            advice=f"{advice}, or, if this is what you want, run again with --override-guard and the reason",
        )

    def _skip(self, taken: _Taken, verdict: Verdict) -> None:
        self._report.files.append(FileReport(taken.ready.file.name, "skipped", verdict.message))
        self._set_state(taken, "skipped", verdict.message)

    async def _apply(self, taken: _Taken) -> tuple[bool, Literal["taken"] | None]:
        job, report, name = self._job, self._report, taken.ready.file.name
        before = report.received
        planner = await self._plan(taken)
        report.planned += planner.planned
        self._guard(planner.seen, name)
        received = report.received - before
        report.absent += planner.seen.absent
        if job.dry_run:
            self._planned_to = taken.ready.name.sequence
            report.files.append(FileReport(name, "planned", "", received))
            return True, "taken"
        failed = report.failed
        sample = await apply_plan(job, report, file=name, total=planner.spooled)
        await verify_sample(job, report, sample, file=name)
        if report.failed > failed and not self._let_pass(name, report.failed - failed):
            self._leave(taken, report.message, before)
            return False, None
        with self._ledger.transaction():
            if planner.seen.full:
                self._ledger.fingerprints.mark_absent(job.feed, planner.bitmap, job.run_id)
                # A full tells everything: what it does not repeat is mended or gone, with or without a key.
                self._ledger.quarantine.resolve_unrepeated(job.feed, job.run_id)
            else:
                self._ledger.fingerprints.clear_returned(job.feed, planner.bitmap)
            self._set_state(taken, "applied", "")
        self._ledger.plans.drop(job.run_id)
        report.files.append(FileReport(name, "applied", "", received))
        return True, "taken"

    def _let_pass(self, name: str, failed: int) -> bool:
        """Decide about a file of which some records were not taken for now: the next run sends them again.

        Files behind it wait: they may hold newer words on these very records.
        """
        text = f"{failed} records were not taken for now"
        if self._options.override_guard:
            self._report.notes.append(f"{name}: {text}; let pass: {self._options.override_guard}")
            return True
        self._report.settle(
            "completed_with_rejects",
            f"{name}: {text}, so the file stays where it is",
            "The next run sends them again and nothing else; to give them up, run with --override-guard and "
            "the reason",
        )
        return False

    async def _plan(self, taken: _Taken) -> Planner[msgspec.Struct]:
        """Plan the file; once more, carefully, when it holds versions of one record (the last one counts)."""
        snapshot = copy.deepcopy(self._report)
        planner = await self._read(taken, careful=False)
        if planner.repeated:
            for name in snapshot.__struct_fields__:
                setattr(self._report, name, getattr(snapshot, name))
            planner = await self._read(taken, careful=True)
        return planner

    async def _read(self, taken: _Taken, *, careful: bool) -> Planner[msgspec.Struct]:
        name = taken.ready.name
        self._ledger.plans.drop(self._job.run_id)
        planner = Planner(self._job, self._report, file=name.name, full=name.mode == "full", careful=careful)
        with taken.collected.path.open("rb") as stream:
            reader = FeedReader(self._mapping, stream, name)
            await planner.run(reader.rows(), reader.header)
        self._report.repaired += reader.repaired
        return planner

    def _guard(self, seen: Seen, name: str) -> None:
        breaches = inspect(seen, self._job.thresholds)
        if not breaches:
            return
        text = "; ".join(f"{breach.rule}: {breach.seen}, allowed {breach.allowed}" for breach in breaches)
        if self._options.override_guard:
            self._report.notes.append(f"{name}: {text}; let pass: {self._options.override_guard}")
            return
        raise GuardStop(text, advice=breaches[0].advice)

    def _refuse(self, ready: ReadyFile, record: FileRecord | None, error: FileRefused) -> None:
        self._report.files.append(FileReport(ready.file.name, "refused", str(error)))
        self._report.reject(error.fault.code, str(error.fault._replace(advice="")), error.fault.advice)
        self._report.settle("failed", f"{ready.file.name} was refused: {error}")
        if record is not None:
            self._ledger.files.set_state(record.id, "refused", str(error))

    def _set_state(self, taken: _Taken, state: Literal["applied", "held", "skipped"], note: str) -> None:
        if taken.record is not None:
            self._ledger.files.set_state(taken.record.id, state, note)

    async def _put_away(
        self, folder: Folder, taken: _Taken, outcome: Literal["taken", "refused"], archive: Archive
    ) -> None:
        archived = archive.find(self._job.feed, taken.collected.sha256)
        settled = await asyncio.to_thread(
            settle,
            folder,
            taken.ready,
            self._workspace.settings.settle,
            outcome,
            archived=None if archived is None else archived.path,
        )
        if settled.action == "remembered" and self._workspace.settings.settle != "leave":
            self._report.notes.append(f"{taken.ready.file.name}: {settled.note}")
