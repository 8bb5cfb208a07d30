"""Replay: what the ERP's files said of some SKUs or some days, compared with the live shop again."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from ..errors import FileRefused, GuardStop
from ..files import Archive, FileName, Folder, ReadyFile, collect
from ..sync import FileReport, Job, Planner, RunReport, apply_plan, inspect, verify_sample
from .memory import remembered_looks
from .options import RunOptions
from .reading import FeedReader
from .wiring import name_pattern, ready_rule
from .workspace import Workspace

__all__ = ["Replay"]

#: Originals looked at, newest first; a feed's last full file is among them.
LOOK_BACK = 1000


class _Original(NamedTuple):
    """One file to read again: from the archive, or a copy of one that waits in the folder."""

    path: Path
    name: FileName
    packed: bool


class Replay:
    """Reads the archived originals and what waits in the folder, in order; the last word on a record counts.

    Without a window it begins at the last full file. Nothing is claimed, put away or counted as applied:
    the scheduled run does that. Every record asked for is compared with the shop, known or not.
    """

    def __init__(
        self, workspace: Workspace, job: Job[msgspec.Struct], options: RunOptions, report: RunReport
    ) -> None:
        self._workspace = workspace
        self._job = replace(job, recheck=True)
        self._options = options
        self._pattern = name_pattern(job.mapping.spec.files)
        self._report = report

    async def carry(self, root: Folder) -> None:
        """Plan, and unless it is a dry run apply, what the files say of the records asked for."""
        job, report, ledger = self._job, self._report, self._job.ledger
        with TemporaryDirectory(dir=self._workspace.workdir, prefix=f"{job.feed}-replay-") as text:
            originals = await asyncio.to_thread(self._originals, root, Path(text))
            if not originals:
                report.settle("succeeded", "No file of this feed is in the archive or in the folder")
                return
            planner = Planner(job, report, file=originals[-1].name.name, full=False, careful=True)
            for original in originals:
                await self._read(planner, original)
            await planner.finish()
        name = originals[-1].name.name
        report.planned += planner.planned
        breaches = inspect(planner.seen, job.thresholds)
        if breaches and not self._options.override_guard:
            stop = GuardStop("; ".join(map(str, breaches)))
            report.settle("stopped_by_guard", stop.message, breaches[0].advice)
            return
        if job.dry_run:
            return
        sample = await apply_plan(job, report, file=name, total=planner.spooled)
        await verify_sample(job, report, sample, file=name)
        if self._options.since is not None or self._options.until is not None:
            # An older word was given back to the shop: the next file of the feed is compared anew.
            ledger.fingerprints.invalidate(job.feed, [item.key for item in ledger.plans.stream(job.run_id)])

    async def _read(self, planner: Planner[msgspec.Struct], original: _Original) -> None:
        name = original.name
        opened = self._workspace.archive.open(original.path) if original.packed else original.path.open("rb")
        with opened as stream:
            reader = FeedReader(self._job.mapping, stream, name)
            await planner.read(reader, file=name.name, header=reader.header)
        self._report.files.append(FileReport(name.name, "planned", "read again", reader.count))

    def _originals(self, root: Folder, workdir: Path) -> list[_Original]:
        """List what was applied, in that order, then what the next run would apply."""
        ordered = [*self._archived(), *self._waiting(root, workdir)]
        if self._options.since is None and self._options.until is None:
            fulls = [place for place, one in enumerate(ordered) if one.name.mode == "full"]
            ordered = ordered[fulls[-1] :] if fulls else ordered
        return ordered

    def _archived(self) -> Iterator[_Original]:
        feed, archive = self._job.feed, self._workspace.archive
        applied = [
            record for record in self._job.ledger.files.last(feed, LOOK_BACK) if record.state == "applied"
        ]
        # A file that waited for one before it was written down first and applied later.
        for record in sorted(applied, key=lambda one: (one.changed_at, one.id)):
            name, kept = self._pattern.match(record.name), archive.find(feed, record.sha256)
            if name is not None and kept is not None and self._in_window(name):
                yield _Original(kept.path, name, packed=True)

    def _waiting(self, root: Folder, workdir: Path) -> Iterator[_Original]:
        mapping = self._job.mapping
        folder = root.child(mapping.spec.files.folder)
        with remembered_looks(self._workspace.home, self._job.feed) as looks:
            readiness = ready_rule(mapping.spec.files).look(folder, self._pattern, looks)
        scratch = Archive(workdir / "archive", level=1)
        for ready in readiness.files:
            if not self._in_window(ready.name):
                continue
            try:
                taken = collect(folder, ready, feed=self._job.feed, workdir=workdir, archive=scratch)
                if not self._is_old(ready, taken.sha256):
                    self._check(taken.path, ready.name)
                    yield _Original(taken.path, ready.name, packed=False)
            except FileRefused as error:
                self._report.files.append(FileReport(ready.file.name, "refused", str(error)))
                self._report.reject(
                    error.fault.code, str(error.fault._replace(advice="")), error.fault.advice
                )

    def _is_old(self, ready: ReadyFile, sha256: str) -> bool:
        """Say whether the next run would not apply a waiting file: applied before, or too late."""
        files, sequences, feed = self._job.ledger.files, self._job.ledger.sequences, self._job.feed
        last = files.last_named(feed, ready.file.name, "applied")
        if last is not None and last.sha256 == sha256:
            return True
        number = ready.name.sequence
        if number is None:
            return False
        verdict = sequences.judge(feed, number, sha256, ready.name.mode)
        return verdict.kind in {"repeated_same", "repeated_other", "late"}

    def _check(self, path: Path, name: FileName) -> None:
        """Read a waiting file to its end first: of one that is cut short nothing may be applied."""
        with path.open("rb") as stream:
            deque(FeedReader(self._job.mapping, stream, name).rows(), maxlen=0)

    def _in_window(self, name: FileName) -> bool:
        options = self._options
        if options.mode not in ("auto", name.mode):
            return False
        if name.date is None:
            return True
        return (options.since is None or name.date >= options.since) and (
            options.until is None or name.date <= options.until
        )
