"""Putting away: files that are done with leave the partner's folder, whatever breaks on the way."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from ...errors import FileRefused
from ...files import Folder, Outcome, SettlePolicy, safe_name, settle, settle_batch
from ...sync import FileReport, Job, RunReport
from ..wiring import places
from ..workspace import Workspace
from .departures import Departing, Departure, Departures
from .taking import Taken

__all__ = ["Leaver", "Leaving"]


class Leaving(NamedTuple):
    """A file that is done with, and how."""

    folder: Folder
    taken: Taken
    outcome: Outcome


class Leaver:
    """Puts the files of one feed away, and first what a run that died had begun to put away."""

    def __init__(self, workspace: Workspace, job: Job[msgspec.Struct], report: RunReport) -> None:
        self._workspace = workspace
        self._job = job
        self._report = report
        self._files = job.mapping.spec.files
        self._departures = Departures(workspace.home, job.feed)

    @property
    def policy(self) -> SettlePolicy:
        """What becomes of the partner's files: the feed's word, else the workspace's."""
        return self._files.afterwards.taken or self._workspace.settings.settle

    async def put_away(self, files: Sequence[Leaving], *, batch: str | None = None) -> None:
        """Put files away with their markers, pieces and what came with each alone.

        `batch` is the marker of all of them. What the server does not allow becomes a note.
        """
        if self._job.dry_run or self.policy == "leave":
            return
        folders = {one.folder.label: one.folder for one in files}
        going: list[Departure] = []
        for folder, taken, outcome in files:
            going.append(Departure(folder.label, taken.ready, taken.collected.sha256, self._place(outcome)))
            for one in taken.companions:
                if one.own and one.collected is not None:
                    folders[one.folder.label] = one.folder
                    going.append(
                        Departure(one.folder.label, one.ready, one.collected.sha256, self._place(outcome))
                    )
        departing = Departing(tuple(going), batch)
        with self._departures.noted(departing):
            await self._go(departing, folders)

    async def finish(self, folders: Iterable[Folder]) -> None:
        """Put away what a run that died had begun to, as far as it is still there and as it was."""
        departing = None if self._job.dry_run else self._departures.left()
        if departing is None:
            return
        known = {folder.label: folder for folder in folders}
        left: list[Departure] = []
        for one in departing.files:
            if one.folder not in known or self._archived(one) is None:
                continue
            state = await asyncio.to_thread(known[one.folder].stat, one.ready.stands_as)
            if state is not None and state.same_state(one.ready.file):
                left.append(one)
        await self._go(msgspec.structs.replace(departing, files=tuple(left)), known)
        self._departures.forget()
        self._report.files += [
            FileReport(one.ready.file.name, "skipped", f"{_WORDS[one.outcome]} before, put away now")
            for one in left
        ]

    async def _go(self, departing: Departing, folders: dict[str, Folder]) -> None:
        if departing.batch is not None and departing.files:
            first = departing.files[0]
            await asyncio.to_thread(
                settle_batch,
                folders[first.folder],
                departing.batch,
                self.policy,
                first.outcome,
                ours={one.ready.file.name for one in departing.files},
                places=places(self._files),
            )
        for one in departing.files:
            settled = await asyncio.to_thread(
                settle,
                folders[one.folder],
                one.ready,
                self.policy,
                one.outcome,
                archived=self._archived(one),
                places=places(self._files),
            )
            if settled.action == "remembered":
                self._report.notes.append(f"{one.ready.file.name}: {settled.note}")

    def _archived(self, one: Departure) -> Path | None:
        archived = self._workspace.archive.find(self._job.feed, one.sha256)
        return None if archived is None else archived.path

    def _place(self, outcome: Outcome) -> Outcome:
        """Where refused files are kept by us, the partner's folder of errors stays empty."""
        return "taken" if self._files.afterwards.error == "ours" else outcome

    def keep_refused(self, taken: Taken, error: FileRefused) -> Path | None:
        """Put a refused file into our own error folder, with the reason beside it, if the feed says so."""
        if self._files.afterwards.error != "ours" or self._job.dry_run:
            return None
        folder = self._workspace.home / "refused" / safe_name(self._job.feed)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{taken.collected.sha256[:16]}-{safe_name(taken.ready.file.name)}"
        shutil.copyfile(taken.collected.path, path)
        path.with_name(f"{path.name}.txt").write_text(f"{error}\n", encoding="utf-8")
        return path


_WORDS = {"taken": "applied", "refused": "refused"}
