"""Looking: what may be taken in the folders of a feed, in which order, and what belongs together."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Literal, NamedTuple

import msgspec

from ...files import ClaimAware, Folder, MarkerReady, Orphan, ReadyFile, ReadyRule, age_of, collect, release
from ...sync import FileReport, Job, RunReport
from ..wiring import FeedFolder, feed_folders, name_pattern, ready_rule, told_by
from ..workspace import Workspace
from .memory import remembered_looks
from .putting_away import Leaver, Leaving
from .series import Series
from .taking import Taken, Taker, collector_name

__all__ = ["Found", "Looker", "look_name"]


class Found(NamedTuple):
    """A file that may be taken, and where it lies."""

    folder: Folder
    ready: ReadyFile


class Looker:
    """Looks once at every folder of a feed; what people must know of it goes into the report."""

    def __init__(
        self,
        workspace: Workspace,
        job: Job[msgspec.Struct],
        report: RunReport,
        taker: Taker,
        leaver: Leaver,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._workspace = workspace
        self._job = job
        self._report = report
        self._taker = taker
        self._leaver = leaver
        self._now = now
        self._files = job.mapping.spec.files
        self._pattern = name_pattern(self._files)
        self._series = Series(job.feed, self._files, job.ledger)

    def folders(self, root: Folder) -> list[Folder]:
        """Give the folders of the feed."""
        return [root.child(place.path) for place in feed_folders(self._files)]

    async def look(self, root: Folder) -> list[list[Found]]:
        """Give the files in units that are carried together, the oldest first.

        A unit is one file, the files of one batch, or all of them where their content says their order. The
        limit counts files and comes after the sorting; it tears no batch.
        """
        found: list[Found] = []
        for place in feed_folders(self._files):
            found += await self._look_at(root.child(place.path), place)
        found.sort(key=self._age)
        units: dict[object, list[Found]] = {}
        # Where the content says the order, it is read of all before any is left for the next run.
        limit = self._files.limit if self._files.in_order_of is None else None
        taken = 0
        for one in found:
            unit = self._unit(one)
            if unit not in units and limit is not None and taken >= limit:
                continue
            units.setdefault(unit, []).append(one)
            taken += 1
        return list(units.values())

    def _age(self, one: Found) -> tuple[object, ...]:
        """Sort by number as the ledger counts on, over wraps and new years; then as files are sorted."""
        age = age_of(one.ready)
        place = self._series.place(one.ready.name)
        return age if place is None else (age[0], place.year, place.number, *age[2:])

    def _unit(self, one: Found) -> object:
        if self._files.in_order_of is not None:
            return "in order of content"
        if one.ready.batch is not None:
            return (one.folder.label, one.ready.batch)
        return (one.folder.label, one.ready.file.name, one.ready.claimed)

    async def _look_at(self, folder: Folder, place: FeedFolder) -> list[Found]:
        rule = self._rule()
        with remembered_looks(self._workspace.home, look_name(self._job.feed, place)) as looks:
            readiness = await asyncio.to_thread(rule.look, folder, self._pattern, looks)
        self._report.notes += readiness.alerts
        for orphan in readiness.orphans:
            if await self._half_put_away(folder, orphan):
                continue
            self._report.notes.append(self._waits(orphan))
            # Its marker went away before we came to it: claimed or not, it is nobody's again.
            await asyncio.to_thread(release, folder, orphan.name, orphan.claimed)
        return [Found(folder, told_by(ready, place, self._files)) for ready in readiness.files]

    def _rule(self) -> ReadyRule:
        rule = ready_rule(self._files, clock=lambda: self._now().timestamp())
        if self._files.claim != "rename" or self._job.dry_run:
            return rule
        return ClaimAware(rule, collector_name(self._workspace.home), clock=lambda: self._now().timestamp())

    async def _half_put_away(self, folder: Folder, orphan: Orphan) -> bool:
        """Put away a file whose marker was put away by a run that died before it came to the file."""
        job = self._job
        last = job.ledger.files.last_named(job.feed, orphan.name, "applied", "refused", "skipped")
        file = await asyncio.to_thread(folder.stat, orphan.claimed or orphan.name)
        name = self._pattern.match(orphan.name)
        if job.dry_run or last is None or file is None or name is None or file.size != last.size:
            return False
        ready = ReadyFile(name, file._replace(name=orphan.name), claimed=orphan.claimed)
        with self._taker.places() as (workdir, archive):
            collected = await asyncio.to_thread(
                collect, folder, ready, feed=job.feed, workdir=workdir, archive=archive
            )
            if collected.sha256 != last.sha256:
                return False
            outcome: Literal["taken", "refused"] = "refused" if last.state == "refused" else "taken"
            await self._leaver.put_away([Leaving(folder, Taken(ready, collected, last), outcome)])
        self._report.files.append(FileReport(orphan.name, "skipped", f"{last.state} before, put away now"))
        return True

    def _waits(self, orphan: Orphan) -> str:
        """Say which half of a pair is missing, since when, and what to do about it."""
        since = dt.timedelta(seconds=int(orphan.age))
        if orphan.kind == "marker_without_file":
            return (
                f"{orphan.name}: a marker without its file, seen for {since} (h:mm:ss). "
                "Ask the sender for the file, or have the marker removed"
            )
        suffix = self._files.ready.marker or self._files.ready.checksum
        marker = self._files.ready.batch if suffix is None else MarkerReady(suffix).markers(orphan.name)[0]
        return (
            f"{orphan.name}: a file without its marker {marker}, seen for {since} (h:mm:ss); "
            "it is left alone. If the marker does not come, ask the sender whether the export ended"
        )


def look_name(feed: str, place: FeedFolder) -> str:
    """Name the memory of the looks at one folder of a feed."""
    return " ".join([feed, *place.parts.values()])
