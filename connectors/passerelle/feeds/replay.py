"""Replay: what the ERP's files said of some SKUs or some days, compared with the live shop again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from ..errors import FileRefused, GuardStop
from ..files import Archive, FileName, Folder, collect
from ..formats import Row
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
    """One file to read again."""

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
            name = originals[-1].name.name
            planner = Planner(job, report, file=name, full=False, careful=True)
            await planner.run(self._rows(originals))
        report.planned += planner.planned
        breaches = inspect(planner.seen, job.thresholds)
        if breaches and not self._options.override_guard:
            stop = GuardStop("; ".join(map(str, breaches)))
            report.settle("stopped_by_guard", stop.message, breaches[0].advice)
            return
        if job.dry_run:
            return
        sample = await apply_plan(job, report, file=name, total=planner.planned)
        await verify_sample(job, report, sample, file=name)
        if self._options.since is not None or self._options.until is not None:
            # An older word was given back to the shop: the next file of the feed is compared anew.
            ledger.fingerprints.invalidate(job.feed, [item.key for item in ledger.plans.stream(job.run_id)])

    def _originals(self, root: Folder, workdir: Path) -> list[_Original]:
        found = {original.name.name: original for original in self._archived()}
        for original in self._waiting(root, workdir):
            found[original.name.name] = original
        ordered = sorted(found.values(), key=lambda one: (one.name.sequence or 0, one.name.name))
        if self._options.since is None and self._options.until is None:
            fulls = [place for place, one in enumerate(ordered) if one.name.mode == "full"]
            ordered = ordered[fulls[-1] :] if fulls else ordered
        return ordered

    def _archived(self) -> Iterator[_Original]:
        for record in self._job.ledger.files.last(self._job.feed, LOOK_BACK):
            name = self._pattern.match(record.name)
            if record.state != "applied" or record.archived_as is None or name is None:
                continue
            if self._in_window(name) and Path(record.archived_as).is_file():
                yield _Original(Path(record.archived_as), name, packed=True)

    def _waiting(self, root: Folder, workdir: Path) -> Iterator[_Original]:
        mapping = self._job.mapping
        folder = root.child(mapping.spec.files.folder)
        with remembered_looks(self._workspace.home, self._job.feed) as looks:
            readiness = ready_rule(mapping.spec.files).look(folder, self._pattern, looks)
        for ready in readiness.files:
            if self._in_window(ready.name):
                scratch = Archive(workdir / "archive", level=1)
                taken = collect(folder, ready, feed=self._job.feed, workdir=workdir, archive=scratch)
                yield _Original(taken.path, ready.name, packed=False)

    def _in_window(self, name: FileName) -> bool:
        options = self._options
        if options.mode not in ("auto", name.mode):
            return False
        if name.date is None:
            return True
        return (options.since is None or name.date >= options.since) and (
            options.until is None or name.date <= options.until
        )

    def _rows(self, originals: list[_Original]) -> Iterator[Row]:
        archive = self._workspace.archive
        for original in originals:
            opened = archive.open(original.path) if original.packed else original.path.open("rb")
            before = self._report.received
            try:
                with opened as stream:
                    reader = FeedReader(self._job.mapping, stream, original.name)
                    yield from reader.rows()
            except FileRefused as error:
                self._report.files.append(FileReport(original.name.name, "refused", str(error)))
                self._report.reject(error.fault.code, str(error), error.fault.advice)
                continue
            records = self._report.received - before
            self._report.files.append(FileReport(original.name.name, "planned", "read again", records))
