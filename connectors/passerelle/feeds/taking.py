"""Taking one file: into our hands and the ledger, and away again when it is done with."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

import msgspec

from ..errors import FileRefused
from ..files import Archive, Collected, Folder, ReadyFile, collect, settle
from ..ledger import FileRecord
from ..sync import FileReport, Job, Progress, RunReport
from .workspace import Workspace

__all__ = ["Taken", "Taker"]


class Taken(NamedTuple):
    """A file on our side, and what the ledger wrote down about it (nothing in a dry run)."""

    ready: ReadyFile
    collected: Collected
    record: FileRecord | None


class Taker:
    """Brings the files of one feed to us, notes what becomes of them, and puts them away."""

    def __init__(self, workspace: Workspace, job: Job[msgspec.Struct], report: RunReport) -> None:
        self._workspace = workspace
        self._job = job
        self._report = report

    @contextmanager
    def places(self) -> Iterator[tuple[Path, Archive]]:
        """Where to work and where to archive; a dry run leaves no trace in either."""
        with TemporaryDirectory(dir=self._workspace.workdir, prefix=f"{self._job.feed}-") as text:
            workdir = Path(text)
            yield workdir, Archive(workdir / "archive") if self._job.dry_run else self._workspace.archive

    async def take(self, folder: Folder, ready: ReadyFile, workdir: Path, archive: Archive) -> Taken:
        """Collect a file and write it down; raises what `collect` raises."""
        job, name = self._job, ready.file.name

        def moved(done: int) -> None:
            job.watch(Progress(job.feed, "collect", name, done, ready.file.size))

        collected = await asyncio.to_thread(
            collect, folder, ready, feed=job.feed, workdir=workdir, archive=archive, progress=moved
        )
        if job.dry_run:
            return Taken(ready, collected, None)
        record = job.ledger.files.record(
            job.feed,
            name,
            collected.sha256,
            collected.size,
            sequence=ready.name.sequence,
            mode=ready.name.mode,
            run_id=job.run_id,
            archived_as=str(collected.archived),
        )
        return Taken(ready, collected, record)

    def is_applied(self, taken: Taken) -> bool:
        """Say whether this is what was applied last under this name; old content come again is not."""
        if taken.record is None:
            return False
        last = self._job.ledger.files.last_named(self._job.feed, taken.record.name, "applied")
        return last is not None and last.id == taken.record.id

    def set_state(self, taken: Taken, state: Literal["applied", "held", "skipped"], note: str) -> None:
        """Write down what became of a file."""
        if taken.record is not None:
            self._job.ledger.files.set_state(taken.record.id, state, note)

    def leave(self, taken: Taken, note: str, before: int) -> None:
        """Note that a file stays where it is, for the next run; `before` it so many records were received."""
        self._report.files.append(
            FileReport(taken.ready.file.name, "held", note, self._report.received - before)
        )
        self.set_state(taken, "held", note)

    def refuse(self, ready: ReadyFile, record: FileRecord | None, error: FileRefused) -> None:
        """Note that nothing of a file was applied, and why."""
        self._report.files.append(FileReport(ready.file.name, "refused", str(error)))
        self._report.reject(error.fault.code, str(error.fault._replace(advice="")), error.fault.advice)
        self._report.settle("failed", f"{ready.file.name} was refused: {error}")
        if record is not None:
            self._job.ledger.files.set_state(record.id, "refused", str(error))

    async def put_away(
        self, folder: Folder, taken: Taken, outcome: Literal["taken", "refused"], archive: Archive
    ) -> None:
        """Put a file and its marker away as the partner wishes; what is not allowed becomes a note."""
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
