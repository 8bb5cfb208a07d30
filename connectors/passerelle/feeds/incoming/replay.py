"""Replay: what the ERP's files said of some SKUs or some days, compared with the live shop again."""

from __future__ import annotations

import asyncio
import shutil
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from ...errors import FileRefused, GuardStop
from ...files import Archive, FileName, FileNamePattern, Folder, ReadyFile, collect
from ...ledger import FileRecord, Ledger
from ...mapping import Mapping, Sources
from ...sync import FileReport, Job, Planner, RunReport, apply_plan, inspect, verify_sample
from ..options import RunOptions
from ..stock.law import law_of
from ..stock.snapshots import snapshot_of
from ..wiring import feed_folders, name_pattern, numbering, ready_rule, told_by
from ..workspace import Workspace
from .accompanying import Accompaniment, Companion
from .header_facts import read_facts
from .looking import look_name
from .memory import remembered_looks
from .reading import FeedReader
from .series import Series
from .unpacked import Content, contents

__all__ = ["LOOK_BACK", "Original", "Replay", "archived_originals"]

#: Originals looked at, newest first; a feed's last full file is among them.
LOOK_BACK = 1000


class Original(NamedTuple):
    """One file to read again: from the archive, or a copy of one that waits in the folder."""

    path: Path
    name: FileName
    packed: bool
    record: FileRecord | None = None
    companions: tuple[Companion, ...] = ()


def archived_originals(
    archive: Archive, ledger: Ledger, mapping: Mapping, options: RunOptions
) -> list[Original]:
    """List the originals in the archive that a replay would read, in the order in which they were applied."""
    pattern, zone = name_pattern(mapping.spec.files), ZoneInfo(mapping.spec.files.visits.zone)
    return _from_last_full(list(_archived(archive, ledger, mapping.feed, pattern, options, zone)), options)


def _archived(
    archive: Archive, ledger: Ledger, feed: str, pattern: FileNamePattern, options: RunOptions, zone: ZoneInfo
) -> Iterator[Original]:
    applied = [record for record in ledger.files.last(feed, LOOK_BACK) if record.state == "applied"]
    # A file that waited for one before it was written down first and applied later.
    for record in sorted(applied, key=lambda one: (one.changed_at, one.id)):
        name, kept = pattern.match(record.name), archive.find(feed, record.sha256)
        if name is None or kept is None:
            continue
        name = name._replace(mode=record.mode)
        if _is_meant(options, name, record, zone):
            yield Original(kept.path, name, packed=True, record=record)


def _from_last_full(ordered: list[Original], options: RunOptions) -> list[Original]:
    """Begin at the last full file, which says all; of a window or of named files each is asked for."""
    if options.since is not None or options.until is not None or options.files:
        return ordered
    fulls = [place for place, one in enumerate(ordered) if one.name.mode == "full"]
    return ordered[fulls[-1] :] if fulls else ordered


def _is_meant(options: RunOptions, name: FileName, record: FileRecord | None, zone: ZoneInfo) -> bool:
    """Say whether a file is one of those that a replay was asked for.

    A file whose name has no date is in every window; whether it was there on a day (`as_of`) is told by when
    it was applied.
    """
    if options.mode not in ("auto", name.mode) or (options.files and name.name not in options.files):
        return False
    day = name.date
    if options.as_of is not None:
        if day is None:
            day = (datetime.now(zone) if record is None else record.changed_at.astimezone(zone)).date()
        return day <= options.as_of
    if day is None:
        return True
    return (options.since is None or day >= options.since) and (options.until is None or day <= options.until)


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
        self._zone = ZoneInfo(job.mapping.spec.files.visits.zone)
        self._report = report
        self._accompaniment = Accompaniment(
            workspace,
            job,
            lambda: workspace.pgp(job.mapping.spec.files.partner),
            lambda: datetime.now(ZoneInfo("UTC")),
        )

    async def carry(self, root: Folder) -> None:
        """Plan, and unless it is a dry run apply, what the files say of the records asked for."""
        job, report, ledger = self._job, self._report, self._job.ledger
        with TemporaryDirectory(dir=self._workspace.workdir(job.feed)) as text:
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
            stop = GuardStop("; ".join(one.said for one in breaches))
            report.settle("stopped_by_guard", stop.message, breaches[0].advice)
            report.breaches += [one.facts for one in breaches]
            return
        if job.dry_run:
            return
        sample = await apply_plan(job, report, file=name, total=planner.spooled)
        await verify_sample(job, report, sample, file=name)
        if self._options.is_past:
            # An older word was given back to the shop: the next file of the feed is compared anew.
            ledger.fingerprints.invalidate(job.feed, [item.key for item in ledger.plans.stream(job.run_id)])

    async def _read(self, planner: Planner[msgspec.Struct], original: Original) -> None:
        count, law = 0, law_of(self._job)
        if law is not None:
            # Of a window an older word is wanted; without one the last word comes last.
            law.takes_older = True
        with self._readers(original) as readers:
            for name, reader in readers:
                if law is not None:
                    # When an archived file was written is not kept: then no sale is taken for known to it.
                    counted = snapshot_of(self._job.mapping, law.spec, reader.header, original.name, None)
                    law.opened(name, counted, full=False)
                await planner.read(reader, file=name, header=reader.header)
                count += reader.count
        self._report.files.append(FileReport(original.name.name, "planned", "read again", count))

    @contextmanager
    def _readers(self, original: Original) -> Iterator[Iterator[tuple[str, FeedReader]]]:
        """Open a reader for each document of an original, with what came with it."""
        with (
            TemporaryDirectory(dir=self._workspace.workdir(self._job.feed)) as text,
            self._documents(original) as documents,
        ):
            yield (
                (document.name, FeedReader(self._job.mapping, document.stream, told, sources))
                for document in documents
                for told in (original.name._replace(name=document.name),)
                for sources in (self._sources(original, told, Path(text)),)
            )

    def _sources(self, original: Original, name: FileName, workdir: Path) -> Sources:
        beside = self._accompaniment
        if self._job.mapping.assembly is None:
            return Sources(parts=name.parts)
        if original.record is None:
            return beside.sources(original.path, name, beside.taken(original.companions, workdir), workdir)
        plain = workdir / "main"
        self._workspace.archive.restore(self._job.feed, original.record.sha256, plain)
        return beside.sources(plain, name, beside.archived(original.record, name, workdir), workdir)

    @contextmanager
    def _documents(self, original: Original) -> Iterator[Iterator[Content]]:
        """Open an original as its format reads it, from the archive or from a copy of what waits."""
        files, name = self._job.mapping.spec.files, original.name.name
        if original.packed and files.unpack is None:
            with self._workspace.archive.open(original.path) as stream:
                yield iter((Content(name, stream),))
            return
        with TemporaryDirectory(dir=self._workspace.workdir(self._job.feed)) as text:
            path = original.path
            if original.packed:
                path = Path(text) / "original"
                with self._workspace.archive.open(original.path) as packed, path.open("wb") as plain:
                    shutil.copyfileobj(packed, plain)
            pgp = self._workspace.pgp(files.partner)
            with contents(path, files, name=name, workdir=Path(text), pgp=pgp) as documents:
                yield documents

    def _originals(self, root: Folder, workdir: Path) -> list[Original]:
        """List what was applied, in that order, then what the next run would apply."""
        job, options = self._job, self._options
        archived = _archived(
            self._workspace.archive, job.ledger, job.feed, self._pattern, options, self._zone
        )
        return _from_last_full([*archived, *self._waiting(root, workdir)], options)

    def _waiting(self, root: Folder, workdir: Path) -> Iterator[Original]:
        files = self._job.mapping.spec.files
        for place in feed_folders(files):
            folder = root.child(place.path)
            with remembered_looks(self._workspace.home, look_name(self._job.feed, place)) as looks:
                readiness = ready_rule(files).look(folder, self._pattern, looks)
            scratch = Archive(workdir / "archive", level=1)
            for ready in readiness.files:
                try:
                    told = told_by(ready, place, files)
                    beside, missing = self._accompaniment.look(root, folder, told)
                    if missing:
                        self._report.files.append(FileReport(ready.file.name, "held", "; ".join(missing)))
                        continue
                    mates = self._accompaniment.take(beside, workdir, scratch, write_down=False)
                    found = self._waiting_one(folder, told, mates, workdir, scratch)
                except FileRefused as error:
                    self._report.files.append(FileReport(ready.file.name, "refused", str(error)))
                    self._report.reject(
                        error.fault.code, str(error.fault._replace(advice="")), error.fault.advice
                    )
                else:
                    yield from found

    def _waiting_one(
        self,
        folder: Folder,
        ready: ReadyFile,
        companions: tuple[Companion, ...],
        workdir: Path,
        scratch: Archive,
    ) -> Iterator[Original]:
        """Give a file that waits, when the next run would apply it."""
        files = self._job.mapping.spec.files
        if ready.name.mode is not None and not self._in_window(ready.name):
            return iter(())
        taken = collect(folder, ready, feed=self._job.feed, workdir=workdir, archive=scratch)
        day = datetime.fromtimestamp(ready.file.modified, ZoneInfo(files.visits.zone)).date()
        pgp = self._workspace.pgp(files.partner)
        facts = read_facts(self._job.mapping, taken.path, ready.name, day=day, pgp=pgp)
        name = ready.name._replace(mode=facts.mode)
        original = Original(taken.path, name, packed=False, companions=companions)
        if not self._in_window(name) or self._is_old(name, taken.sha256):
            return iter(())
        self._check(original)
        return iter((original,))

    def _is_old(self, name: FileName, sha256: str) -> bool:
        """Say whether the next run would not apply a waiting file: applied before, or too late."""
        files, sequences, feed = self._job.ledger.files, self._job.ledger.sequences, self._job.feed
        last = files.last_named(feed, name.name, "applied")
        if last is not None and last.sha256 == sha256:
            return True
        place = Series(feed, self._job.mapping.spec.files, self._job.ledger).place(name)
        if place is None:
            return False
        verdict = sequences.judge(
            place.series,
            place.number,
            sha256,
            name.mode,
            numbering=numbering(self._job.mapping.spec.files),
            after=place.after,
        )
        return place.is_over or verdict.kind in {"repeated_same", "repeated_other", "late"}

    def _check(self, original: Original) -> None:
        """Read a waiting file to its end first: of one that is cut short nothing may be applied."""
        with self._readers(original) as readers:
            for _, reader in readers:
                deque(reader.rows(), maxlen=0)

    def _in_window(self, name: FileName) -> bool:
        return _is_meant(self._options, name, None, self._zone)
