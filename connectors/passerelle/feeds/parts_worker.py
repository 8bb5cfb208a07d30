"""A worker: looks for plans that are carried out in parts, and takes the parts that nobody holds.

It needs the ledger, the shop and the same mappings as the run that planned, not the partner's files. When
the run itself dies, a worker carries the feed anew: what was noted is known, the rest is planned again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple

import msgspec

from ..commercetools import Client
from ..errors import ConfigError, PasserelleError
from ..ledger import Division, LeaseLost, Ledger, LedgerUnavailable, Run
from ..mapping import Mapping
from ..sync import RunReport
from ..sync.parts_applying import Stopped, carry_part
from .jobs import job_for
from .options import RunOptions
from .parts import recipe_of
from .parts_beating import PartHeart
from .run import run_feed
from .shop import shop_for
from .workspace import Workspace

__all__ = ["Told", "Worked", "work"]

#: Pause between two looks for work, in seconds.
IDLE_SECONDS = 1.0
#: A run that was left behind so many times in a row kills whoever takes it up: it is left to a person.
_MOST_TAKEN_UP = 3
#: What was asked of a run that began before is not asked for any more.
_TAKEN_UP_WITHIN = dt.timedelta(days=1)
#: The modes of runs that carry files of a feed, each from where the one before it ended.
_CARRYING = ("auto", "full", "delta")


class Worked(msgspec.Struct):
    """What a worker did: parts it took, runs it took up; runs that it left alone, and why."""

    parts: int = 0
    runs: list[str] = msgspec.field(default_factory=list)
    left_alone: dict[str, str] = msgspec.field(default_factory=dict)


class Told(NamedTuple):
    """What a worker says: it took a part, or lost it; a run was left alone, had died, or was carried.

    `records` are those of the part that are left, `text` is what is behind it.
    """

    what: Literal["part", "lost", "alone", "trouble", "died", "carried"]
    feed: str
    part: int = 0
    records: int = 0
    text: str = ""


async def work(
    workspace: Workspace,
    *,
    feeds: Sequence[str] = (),
    once: bool = False,
    take_up: bool = True,
    stopping: Callable[[], bool] = lambda: False,
    told: Callable[[Told], None] = lambda _: None,
    idle: float = IDLE_SECONDS,
) -> Worked:
    """Help with what is divided, of some feeds if named, until `stopping` says so.

    With `once` it ends when there is nothing to do. With `take_up` it carries a feed whose run died.
    """
    with workspace.ledger() as ledger:
        worker = _Worker(workspace, ledger, tuple(feeds), stopping, told)
        while not stopping():
            did = await worker.help() or (take_up and await worker.take_up())
            if did:
                continue
            if once:
                break
            await asyncio.sleep(idle)
    return worker.worked


class _Worker:
    def __init__(
        self,
        workspace: Workspace,
        ledger: Ledger,
        feeds: tuple[str, ...],
        stopping: Callable[[], bool],
        told: Callable[[Told], None],
    ) -> None:
        self._workspace = workspace
        self._ledger = ledger
        self._feeds = feeds
        self._stopping = stopping
        self._told = told
        self.worked = Worked()

    async def help(self) -> bool:
        """Work on the first division that has something to do; False when there is none."""
        for division in self._ledger.parts.open(self._feeds):
            if division.run_id in self.worked.left_alone:
                continue
            state = self._ledger.parts.state(division.run_id)
            if state is None or not state.free or self._is_left(division):
                continue
            try:
                if await self._help(division):
                    return True
            except LedgerUnavailable:
                raise
            except ConfigError as error:
                self.worked.left_alone[division.run_id] = error.message
                self._told(Told("alone", division.feed, text=str(error)))
            except PasserelleError as error:
                self._told(Told("trouble", division.feed, text=str(error)))
        return False

    async def _help(self, division: Division) -> bool:
        mapping = self._workspace.incoming(division.feed)
        if recipe_of(mapping) != division.recipe:
            raise ConfigError(
                f"the plan was made with another version of Passerelle or of the mapping {division.feed}",
                advice="Bring this machine to the version of the one that runs the feed",
            )
        report = RunReport(
            feed=mapping.feed, entity=mapping.entity, run_id=division.run_id, foreign=division.foreign
        )
        before = self.worked.parts
        async with shop_for(self._workspace, mapping, self._ledger, report) as client:
            await self._carry(division, mapping, client, report)
        return self.worked.parts > before

    async def _carry(self, division: Division, mapping: Mapping, client: Client, report: RunReport) -> None:
        """Take part after part while the run lasts; its connections stay open meanwhile."""
        options = RunOptions(**division.options)
        job = job_for(self._workspace, mapping, client, self._ledger, report, options, lambda _: None)
        counted = [0, 0]

        def count_calls(into: RunReport) -> None:
            now = [client.usage.calls, client.usage.again]
            into.calls, into.calls_again = now[0] - counted[0], now[1] - counted[1]
            counted[:] = now

        pause = min(0.5, division.lease_seconds / 10)
        await job.prepare()
        while not self._stopping():
            state = self._ledger.parts.state(division.run_id)
            if state is None or state.fault is not None or not (state.free or state.held):
                return
            if self._is_left(division):
                return
            held = self._ledger.parts.claim(division)
            if held is None:
                await asyncio.sleep(pause)
                continue
            self._told(Told("part", division.feed, held.part, held.left))
            self.worked.parts += 1
            try:
                left = partial(self._is_left, division)
                with PartHeart(held, asked=self._stopping, is_left=left) as heart:
                    await carry_part(job, report, held, heart=heart, count_calls=count_calls)
            except (LeaseLost, Stopped) as ended:
                self._told(Told("lost", division.feed, held.part, text=ended.message))
            except LedgerUnavailable:
                raise
            except PasserelleError as error:
                # The run ends with it, as it would have ended had it met this itself.
                self._ledger.parts.stop(division.run_id, error.message, error.advice)
                return

    def _is_left(self, division: Division) -> bool:
        """Say whether the run of a division died: it is carried anew, not to its end by others."""
        return self._ledger.leases.holder(f"feed:{division.feed}") is None

    async def take_up(self) -> bool:
        """Carry the first feed whose divided run died; False when there is none.

        Whoever saw first that it is dead may have closed it: a run that none followed still waits for us.
        """
        since = dt.datetime.now(dt.UTC) - _TAKEN_UP_WITHIN
        for run in self._ledger.runs.left_behind(_CARRYING, since):
            if (self._feeds and run.feed not in self._feeds) or run.id in self.worked.left_alone:
                continue
            if not self._is_dead(run) or self._is_deadly(run):
                continue
            self._told(Told("died", run.feed, text=str(run.owner)))
            try:
                report = await run_feed(self._workspace, run.feed, RunOptions(**run.parameters))
            except ConfigError as error:
                # It is not to be had as it was asked for, by nobody: said once, and left to a person.
                self.worked.left_alone[run.id] = error.message
                self._told(Told("alone", run.feed, text=str(error)))
                continue
            if report.run_id:
                self.worked.runs.append(report.run_id)
            self._told(Told("carried", run.feed, text=f"{report.outcome} {report.message}".rstrip()))
            return True
        return False

    def _is_dead(self, run: Run) -> bool:
        asked = run.parameters
        in_parts = (asked.get("parts") or 1) > 1 and not asked.get("dry_run")
        return in_parts and self._ledger.leases.holder(f"feed:{run.feed}") is None

    def _is_deadly(self, run: Run) -> bool:
        before = [one for one in self._ledger.runs.last(run.feed, _MOST_TAKEN_UP + 1) if one.id != run.id]
        return len(before) >= _MOST_TAKEN_UP and all(one.interrupted for one in before[:_MOST_TAKEN_UP])
