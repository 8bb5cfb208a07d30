"""Taking one file: into our hands and into the ledger."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from ...errors import FileRefused
from ...files import (
    Archive,
    Collected,
    Folder,
    PgpRules,
    ReadyFile,
    check_proof,
    claim,
    collect,
    release,
    safe_name,
)
from ...ledger import FileRecord, FileState
from ...sync import FileReport, Job, Progress, RunReport
from ..workspace import Workspace
from .accompanying import Companion
from .header_facts import HeaderFacts, read_facts
from .series import Place, Series
from .unpacked import Content, contents

__all__ = ["Taken", "Taker", "collector_name"]


class Taken(NamedTuple):
    """A file on our side, what its header says, and what the ledger wrote down (nothing in a dry run).

    `fault` is what is wrong with it as a whole: it is judged with the rest of it, once it is written down.
    `companions` are the files of other inputs that were taken with it.
    """

    ready: ReadyFile
    collected: Collected
    record: FileRecord | None
    facts: HeaderFacts = HeaderFacts()
    place: Place | None = None
    fault: FileRefused | None = None
    companions: tuple[Companion, ...] = ()


def collector_name(home: Path) -> str:
    """Name this installation among those that collect from one folder."""
    host = re.sub(r"[^A-Za-z0-9]", "-", socket.gethostname())[:40]
    return f"{host}-{safe_name(str(home.resolve()))[-10:]}".replace("_", "-").replace(".", "-")


class Taker:
    """Brings the files of one feed to us, and notes what becomes of them."""

    def __init__(self, workspace: Workspace, job: Job[msgspec.Struct], report: RunReport) -> None:
        self._workspace = workspace
        self._job = job
        self._report = report
        self._files = job.mapping.spec.files
        self._series = Series(job.feed, self._files, job.ledger)

    @property
    def pgp(self) -> PgpRules | None:
        """The keys for this partner's files, where there are any."""
        return self._workspace.pgp(self._files.partner)

    @contextmanager
    def places(self) -> Iterator[tuple[Path, Archive]]:
        """Where to work and where to archive; a dry run leaves no trace in either."""
        with TemporaryDirectory(dir=self._workspace.workdir(self._job.feed)) as text:
            workdir = Path(text)
            yield workdir, Archive(workdir / "archive") if self._job.dry_run else self._workspace.archive

    async def claim(self, folder: Folder, ready: ReadyFile) -> ReadyFile:
        """Claim a file among several collectors, when the feed says so; raises Conflict."""
        if self._files.claim != "rename" or self._job.dry_run:
            return ready
        return await asyncio.to_thread(claim, folder, ready, collector_name(self._workspace.home))

    async def release(self, folder: Folder, ready: ReadyFile) -> None:
        """Give a file that stays where it is its own name back."""
        await asyncio.to_thread(release, folder, ready.file.name, ready.claimed)

    async def take(self, folder: Folder, ready: ReadyFile, workdir: Path, archive: Archive) -> Taken:
        """Collect a file and write it down; raises what `collect` raises."""
        job, name = self._job, ready.file.name

        def moved(done: int) -> None:
            job.watch(Progress(job.feed, "collect", name, done, ready.size))

        collected = await asyncio.to_thread(
            collect,
            folder,
            ready,
            feed=job.feed,
            workdir=workdir,
            archive=archive,
            ends_with=(self._files.ready.ends_with or "").encode(),
            progress=moved,
        )
        facts, fault = await asyncio.to_thread(self._look_into, ready, collected)
        ready = ready._replace(name=ready.name._replace(mode=facts.mode))
        place = self._series.place(ready.name)
        if job.dry_run:
            return Taken(ready, collected, None, facts, place, fault)
        record = job.ledger.files.record(
            job.feed,
            name,
            collected.sha256,
            collected.size,
            sequence=None if place is None else place.number,
            series=None if place is None else place.series,
            mode=facts.mode,
            run_id=job.run_id,
            archived_as=str(collected.archived),
            reference=facts.reference,
        )
        return Taken(ready, collected, record, facts, place, fault)

    def _look_into(self, ready: ReadyFile, collected: Collected) -> tuple[HeaderFacts, FileRefused | None]:
        zone = ZoneInfo(self._files.visits.zone)
        day = dt.datetime.fromtimestamp(ready.file.modified, zone).date()
        try:
            check_proof(collected, ready.proof)
            facts = read_facts(self._job.mapping, collected.path, ready.name, day=day, pgp=self.pgp)
        except FileRefused as error:
            return HeaderFacts(ready.name.mode), error
        return facts, None

    @contextmanager
    def contents(self, taken: Taken) -> Iterator[Iterator[Content]]:
        """Open the documents of a file, unpacked; raises FileRefused and ConfigError."""
        path = taken.collected.path
        with contents(
            path, self._files, name=taken.ready.file.name, workdir=path.parent, pgp=self.pgp
        ) as documents:
            yield documents

    def is_applied(self, taken: Taken) -> bool:
        """Say whether this is what was applied last under this name; old content come again is not."""
        if taken.record is None:
            return False
        last = self._job.ledger.files.last_named(self._job.feed, taken.record.name, "applied")
        if last is None or last.id != taken.record.id:
            return False
        return all(self.was_applied(one) for one in taken.companions)

    def was_applied(self, one: Companion) -> bool:
        """Say whether a companion is what was applied last under its name."""
        last = self._job.ledger.files.last_named(self._job.feed, one.label, "applied")
        return last is not None and one.collected is not None and last.sha256 == one.collected.sha256

    def set_state(self, taken: Taken, state: Literal["applied", "held", "skipped"], note: str) -> None:
        """Write down what became of a file, and of those that came with it."""
        self.set_companions(taken, state, note)
        if taken.record is not None:
            self._job.ledger.files.set_state(taken.record.id, state, note)

    def set_companions(self, taken: Taken, state: FileState, note: str) -> None:
        """Write down what became of the files that came with a main file; before its own state."""
        for one in taken.companions:
            if one.record is not None:
                self._job.ledger.files.set_state(one.record.id, state, note)

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
