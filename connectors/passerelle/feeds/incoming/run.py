"""Incoming files of one feed: one after the other, each taken, judged, applied and put away."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import msgspec

from ...errors import Conflict, Fatal, Fault, FileRefused, GuardStop, Position, Retriable
from ...files import Archive, Folder, StillGrowing
from ...sync import FileReport, Job, RunReport
from ..collector import calm_collector
from ..deletions import Deletions
from ..following import file_told
from ..keeping import PlanKeeper
from ..options import RunOptions
from ..peak import frozen_now
from ..upkeep import purge_originals, warn_of_purges
from ..workspace import Workspace
from .accompanying import Accompaniment, Companion
from .answering import Answering
from .barrier import DayBarrier
from .file_applying import FileApplier
from .gate import Gate
from .holding import Held
from .looking import Found, Looker
from .memory import Kept, remembered_files
from .putting_away import Leaver, Leaving
from .receipts import Result
from .succession import Succession
from .taking import Taken, Taker

__all__ = ["IncomingRun"]


class _Step(NamedTuple):
    """What was decided about a file: go on with those behind it, and how to put it away (None: it stays)."""

    go_on: bool
    outcome: Literal["taken", "refused"] | None


_STAYS = _Step(go_on=False, outcome=None)


class IncomingRun:
    """Carries what waits in the folders of one feed; the counts are in the report."""

    def __init__(
        self,
        workspace: Workspace,
        job: Job[msgspec.Struct],
        options: RunOptions,
        report: RunReport,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        keeper: PlanKeeper | None = None,
    ) -> None:
        self._workspace = workspace
        self._job = job
        self._options = options
        self._report = report
        self._now = now
        #: Of a run that only plans, for a decision: one file, or files that are applied together.
        self._keeper = keeper
        self._files = job.mapping.spec.files
        self._taker = Taker(workspace, job, report)
        self._leaver = Leaver(workspace, job, report)
        self._looker = Looker(workspace, job, report, self._taker, self._leaver, now)
        self._succession = Succession(job, options, report, self._taker, now)
        self._answering = Answering(workspace, job, report)
        self._accompaniment = Accompaniment(workspace, job, lambda: self._taker.pgp, now)
        self._deletions = Deletions(job, report)
        self._applier = FileApplier(
            job,
            options,
            report,
            self._taker,
            self._succession,
            self._answering,
            self._accompaniment,
            self._deletions,
            keeper,
        )
        self._barrier = DayBarrier(workspace, job.mapping, job.ledger)
        self._gate = Gate(workspace, job.feed, self._files, options, report, now)
        self._kept: dict[str, Kept] = {}
        self._done: set[str] = set()
        #: Labels of the companions that were seen.
        self._seen: set[str] = set()

    async def carry(self, root: Folder) -> None:
        """Take every file that is ready, oldest first; a file that is stopped holds back those behind it."""
        self._answering.check()
        if not self._gate.is_open():
            return
        beside = self._accompaniment.folders(root)
        await self._leaver.finish([*self._looker.folders(root), *beside])
        units = await self._looker.look(root)
        with remembered_files(self._workspace.home, self._job.feed) as kept:
            # A dry run leaves no trace here either.
            self._kept = dict(kept) if self._job.dry_run else kept
            for unit in units:
                if self._waits_behind(*(found.ready.file.name for found in unit)):
                    continue
                with calm_collector():
                    if not await self._carry_safely(root, unit):
                        break
            self._forget_gone(units)
        await self._delete()
        if not self._job.dry_run:
            await self._answering.deliver(root)
        left = [found.ready for unit in units for found in unit if found.ready.file.name not in self._done]
        warn_of_purges(self._files, left, self._report, self._now())
        purge_originals(self._workspace.archive, self._job, self._now())

    async def _delete(self) -> None:
        """Take away what is due, unless peak mode keeps it for later: it is due then as well."""
        frozen = None if self._options.despite_peak else frozen_now(self._job.ledger, "deletes", self._now())
        if frozen is None:
            await self._deletions.carry_out()
        elif self._deletions.due():
            self._report.notes.append(str(frozen))

    def _waits_behind(self, *names: str) -> bool:
        """Say whether a plan that is to be decided about is made, and note what waits for it."""
        if self._keeper is None or not self._keeper.files:
            return False
        self._keeper.behind += names
        return True

    async def _carry_safely(self, root: Folder, unit: list[Found]) -> bool:
        """Carry files that belong together; what may be better next time ends the run, not the report."""
        name = unit[0].ready.file.name
        try:
            return await self._carry(root, unit)
        except Held as held:
            self._report.files.append(FileReport(name, "held", str(held)))
        except StillGrowing as growing:
            self._report.files.append(FileReport(name, "held", str(growing)))
        except Retriable as error:
            self._report.files.append(FileReport(name, "held", str(error)))
            self._report.settle("failed", error.message, error.advice or "The next run takes it")
        return False

    async def _carry(self, root: Folder, unit: list[Found]) -> bool:
        """Carry one file, or files that must be seen together; False when the files behind must wait."""
        claimed: list[tuple[Found, list[Companion]]] = []
        try:
            for found, beside in await self._due(root, unit):
                try:
                    ready = await self._taker.claim(found.folder, found.ready)
                except Conflict as conflict:
                    self._report.files.append(FileReport(found.ready.file.name, "skipped", conflict.message))
                    if found.ready.batch is not None:
                        return True  # who has the first file of a batch carries all of it
                else:
                    claimed.append((found._replace(ready=ready), beside))
            return await self._carry_claimed(claimed)
        finally:
            for found, _ in claimed:
                if found.ready.file.name not in self._done:
                    await self._taker.release(found.folder, found.ready)

    async def _carry_claimed(self, claimed: list[tuple[Found, list[Companion]]]) -> bool:
        """Take files, judge and apply them; those that are not done with stay for the next run."""
        with self._taker.places() as (workdir, archive):
            takens: list[tuple[Folder, Taken]] = []
            for found, beside in claimed:
                try:
                    taken = await self._taker.take(found.folder, found.ready, workdir, archive)
                    mates = await asyncio.to_thread(self._accompaniment.take, beside, workdir, archive)
                except FileRefused as error:
                    self._taker.refuse(found.ready, None, error)
                    return False
                takens.append((found.folder, taken._replace(companions=mates)))
            takens = [one for one in takens if self._options.mode in ("auto", one[1].ready.name.mode)]
            if self._files.in_order_of is not None:
                takens = sorted(takens, key=lambda one: one[1].facts.stamp or 0)[: self._files.limit]
            batch = claimed[0][0].ready.batch if claimed else None
            if batch is not None:
                return await self._carry_batch(batch, takens, archive)
            for folder, taken in takens:
                if self._waits_behind(taken.ready.file.name):
                    continue
                step = await self._told(taken, archive)
                await self._finish([(folder, taken, step)])
                if not step.go_on:
                    return False
        return True

    async def _due(self, root: Folder, unit: list[Found]) -> list[tuple[Found, list[Companion]]]:
        """Choose the files that are not done with, each with what comes with it; raises Held."""
        due: list[tuple[Found, list[Companion]]] = []
        for found in unit:
            beside, missing = await asyncio.to_thread(
                self._accompaniment.look, root, found.folder, found.ready
            )
            self._seen.update(one.label for one in beside)
            if self._is_kept(found, beside):
                continue
            self._hold_back(found)
            if missing:
                raise Held("; ".join(missing))
            due.append((found, beside))
        return due

    async def _carry_batch(self, marker: str, takens: list[tuple[Folder, Taken]], archive: Archive) -> bool:
        """Apply all files of a batch or none: each is read to its end before the first is applied."""
        refused = [taken for _, taken in takens if not self._is_sound(taken)]
        if refused:
            names = ", ".join(taken.ready.file.name for taken in refused)
            for _, taken in takens:
                if taken not in refused:
                    self._refuse(taken, _torn(taken, marker, names))
            steps = [_Step(go_on=False, outcome="refused")] * len(takens)
        else:
            steps = []
            for _, taken in takens:
                steps.append(await self._told(taken, archive))
                if not steps[-1].go_on:
                    break
        if len(steps) == len(takens) and all(step.outcome is not None for step in steps):
            done = [(folder, taken, step) for (folder, taken), step in zip(takens, steps, strict=True)]
            await self._finish(done, batch=marker)
        return all(step.go_on for step in steps)

    def _is_sound(self, taken: Taken) -> bool:
        """Read a file of a batch to its end; False (and noted) when it is refused."""
        try:
            if taken.fault is not None:
                raise taken.fault
            if not self._taker.is_applied(taken):
                self._applier.check(taken)
        except FileRefused as error:
            self._refuse(taken, error)
            return False
        return True

    async def _finish(
        self, files: Sequence[tuple[Folder, Taken, _Step]], *, batch: str | None = None
    ) -> None:
        """Put files away that are done with, together, and remember those that must stay at the partner's."""
        leaving: list[Leaving] = []
        for folder, taken, step in files:
            taken.collected.path.unlink(missing_ok=True)
            if step.outcome is None:
                continue
            file = taken.ready.file
            self._done.add(file.name)
            leaving.append(Leaving(folder, taken, step.outcome))
            if self._leaver.policy == "leave":
                self._kept[file.name] = Kept(file.size, file.modified, file.version, step.outcome)
                for one in taken.companions:
                    state = one.ready.file
                    self._kept[one.label] = Kept(state.size, state.modified, state.version, step.outcome)
        if leaving:
            await self._leaver.put_away(leaving, batch=batch)

    async def _told(self, taken: Taken, archive: Archive) -> _Step:
        """Judge a file and apply it while those listen who want to know."""
        with file_told(self._report, taken.ready.file.name, taken.ready.file.modified):
            return await self._judge_and_apply(taken, archive)

    async def _judge_and_apply(self, taken: Taken, archive: Archive) -> _Step:
        """Say whether to go on, and how to put the file away (None: leave it where it is)."""
        name, before = taken.ready.file.name, self._report.received
        if self._taker.is_applied(taken):
            # A run died between applying and putting away: nothing is left but the second.
            self._report.files.append(FileReport(name, "skipped", "applied before, with the same content"))
            return _Step(go_on=True, outcome="taken")
        try:
            if taken.fault is not None:
                raise taken.fault
            due = self._succession.is_due(taken)
            if not due:
                self._answering.prepare(taken, Result("skipped", note=self._report.files[-1].note))
            elif not await self._applier.apply(taken, archive):
                return _STAYS
        except FileRefused as error:
            self._refuse(taken, error)
            return _Step(go_on=False, outcome="refused")
        except Held as held:
            self._taker.leave(taken, str(held), before)
            return _STAYS
        except Fatal as error:
            stopped = isinstance(error, GuardStop)
            self._report.breaches += [{**one, "file": name} for one in error.data.get("breaches", ())]
            self._report.settle(
                "stopped_by_guard" if stopped else "failed", f"{name}: {error.message}", error.advice
            )
            self._taker.leave(taken, error.message, before)
            return _STAYS
        if due and self._job.dry_run:
            self._succession.planned(taken)
        return _Step(go_on=True, outcome="taken")

    def _refuse(self, taken: Taken, error: FileRefused) -> None:
        self._answering.prepare(taken, Result("refused", error=error))
        self._taker.set_companions(taken, "refused", str(error))
        self._taker.refuse(taken.ready, taken.record, error)
        if (path := self._leaver.keep_refused(taken, error)) is not None:
            self._report.notes.append(f"{taken.ready.file.name} was refused; a copy and the reason: {path}")

    def _hold_back(self, found: Found) -> None:
        """Raise Held while other feeds must come first, unless a person lets it pass."""
        try:
            self._barrier.check(found.ready.name, found.ready.file.modified)
        except Held as held:
            if not self._options.override_guard:
                raise
            self._report.notes.append(
                f"{found.ready.file.name}: {held.message}; let pass: {self._options.override_guard}"
            )

    def _is_kept(self, found: Found, beside: list[Companion]) -> bool:
        """Say whether files that must stay at the partner's were done with before and are still the same."""
        name = found.ready.file.name
        kept = self._kept.get(name)
        if self._leaver.policy != "leave" or kept is None or not kept.is_same(found.ready.file):
            return False
        for one in beside:
            mate = self._kept.get(one.label)
            if mate is None or not mate.is_same(one.ready.file):
                return False
        what = "applied" if kept.outcome == "taken" else "refused"
        self._report.files.append(FileReport(name, "skipped", f"{what} before, unchanged since"))
        self._done.add(name)
        return True

    def _forget_gone(self, units: list[list[Found]]) -> None:
        there = {found.ready.file.name for unit in units for found in unit} | self._seen
        for name in [name for name in self._kept if name not in there]:
            del self._kept[name]


def _torn(taken: Taken, marker: str, refused: str) -> FileRefused:
    return FileRefused(
        Fault(
            "batch_refused",
            Position(taken.ready.file.name),
            f"one of the files that {marker} names, of which these were refused: {refused}",
            "all of them sound: they are applied together or not at all",
            "Ask the sender for the whole set again",
        )
    )
