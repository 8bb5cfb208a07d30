"""The page of a backfill: what it would take, how far it is, what it did, as artifacts of its run."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from prefect.artifacts import acreate_markdown_artifact, acreate_progress_artifact, aupdate_progress_artifact

from passerelle.ledger import Backfill, BackfillBatch
from passerelle.operations.backfilling import Forecast, Standing

from .summary import plain

__all__ = ["BackfillBar", "forecast_told", "minutes", "publish_forecast", "publish_result", "result_told"]

#: An update costs the server about 10 ms; a person does not see more than one every two seconds.
SECONDS_BETWEEN_UPDATES = 2.0
_MINUTE = 60
_SHOWN = 50


def minutes(seconds: float) -> str:
    """Say how long something takes, as exactly as it is known."""
    if seconds < _MINUTE:
        return "under a minute"
    whole = round(seconds / _MINUTE)
    return f"{whole} min" if whole < _MINUTE else f"{whole // _MINUTE} h {whole % _MINUTE:02d} min"


async def publish_forecast(told: Forecast, zone: ZoneInfo, *, why_unknown: str = "") -> None:
    """Put what a backfill would take on the run's page, before it starts."""
    await acreate_markdown_artifact(
        markdown=forecast_told(told, zone, why_unknown=why_unknown),
        key=f"{told.feed}-backfill-forecast",
        description=f"{len(told.files)} files, at most {told.calls} calls, {minutes(told.seconds)}",
    )


def forecast_told(told: Forecast, zone: ZoneInfo, *, why_unknown: str = "") -> str:
    """Say in Markdown what a backfill would read, ask and take, and what begins meanwhile."""
    basis = f"speeds of {told.runs} past runs" if told.runs else "speeds are assumed: no run is known"
    takes = (
        f"**{len(told.files)} files, {told.read} records to read, {told.compared} to compare, "
        f"at most {told.calls} calls, {minutes(told.seconds)}** ({basis})"
    )
    lines = [
        "## What will it take?\n",
        takes,
        *(f"- {plain(note)}" for note in told.notes),
        "## What begins meanwhile?\n",
    ]
    if why_unknown:
        lines.append(f"Not known: {plain(why_unknown)}")
    elif not told.collisions:
        lines.append("Nothing.")
    else:
        lines += ["| what | feed | first | times | usually takes | that means |", "|---|---|---|---|---|---|"]
        for one in told.collisions:
            means = "goes between two batches" if one.same_feed else "shares the shop's calls"
            usual = "" if one.seconds is None else minutes(one.seconds)
            name = "a file is expected" if one.name == "expects" else one.name
            lines.append(
                f"| {plain(name)} | {plain(one.feed)} | {one.first.astimezone(zone):%Y-%m-%d %H:%M} "
                f"| {one.times} | {usual} | {means} |"
            )
    lines += ["\n## Which files are read?\n", "| file | kind | records |", "|---|---|---|"]
    lines += [
        f"| {plain(file.name)} | {file.mode or ''} | {'' if file.counted else 'about '}{file.records} |"
        for file in told.files[-_SHOWN:]
    ]
    return "\n".join(lines) + "\n"


async def publish_result(one: Backfill, batches: list[BackfillBatch]) -> None:
    """Put where a backfill stands on the run's page."""
    await acreate_markdown_artifact(
        markdown=result_told(one, batches),
        key=f"{one.feed}-backfill",
        description=f"Backfill {one.id}: {one.state}",
    )


def result_told(one: Backfill, batches: list[BackfillBatch]) -> str:
    """Say in Markdown how far a backfill is, what it wrote, and what can be done."""
    lines = [f"## Backfill {one.id}: {one.state}, {one.done} of {one.total}\n", plain(one.message)]
    if batches:
        names = ("created", "updated", "unchanged", "moved", "failed", "reads", "writes")
        lines += [
            f"\n| batch | records | {' | '.join(names)} | seconds |",
            f"|{'---|' * (len(names) + 3)}",
        ]
        for batch in batches[-_SHOWN:]:
            counts = batch.counts or {}
            took = f"{batch.seconds:.1f}" if batch.finished_at else "interrupted"
            cells = " | ".join(str(counts.get(name, "")) for name in names)
            lines.append(f"| {batch.number} | {batch.records} | {cells} | {took} |")
    lines.append("\n" + _advice(one))
    return "\n".join(lines) + "\n"


def _advice(one: Backfill) -> str:
    if one.state == "planned":
        return (
            f"Nothing was written. `passerelle backfill resume {one.id}` carries out exactly this plan "
            f"(number {one.plan_id}); or start it from the form with *dry run* off."
        )
    if one.state in {"paused", "failed"}:
        return (
            f"`passerelle backfill resume {one.id}` goes on from the last batch; so does *Retry* of this run."
        )
    return "" if one.is_over else f"`passerelle backfill show {one.id}`"


class BackfillBar:
    """Shows how far a backfill is and how long the rest takes; `note` is cheap and may be called often."""

    def __init__(self, feed: str, *, every: float = SECONDS_BETWEEN_UPDATES) -> None:
        self._feed = feed
        self._every = every
        self._latest: Standing | None = None
        self._shown: Standing | None = None
        self._artifact: UUID | None = None
        self._updates: asyncio.Task[None] | None = None

    def note(self, standing: Standing) -> None:
        """Remember how far it is; the next update shows it."""
        self._latest = standing

    async def __aenter__(self) -> Self:
        self._artifact = await acreate_progress_artifact(
            progress=0.0, key=f"{self._feed}-backfill-progress", description=f"{self._feed}: reading"
        )
        self._updates = asyncio.create_task(self._keep_updating())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._updates is not None:
            self._updates.cancel()
            with suppress(asyncio.CancelledError):
                await self._updates
        await self._show()

    async def _keep_updating(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self._show()

    async def _show(self) -> None:
        latest = self._latest
        if self._artifact is not None and latest is not None and latest != self._shown:
            await aupdate_progress_artifact(
                self._artifact, progress=percent(latest.backfill), description=described(latest)
            )
            # Only now: at the end an update that is under way is cancelled, and nobody knows how far it came.
            self._shown = latest


def percent(one: Backfill) -> float:
    """Say how much of a backfill is behind it, from 0 to 100."""
    return min(100.0, 100.0 * one.done / one.total) if one.total else 0.0


def described(standing: Standing) -> str:
    """Say in words where a backfill stands: `stock: batch 3, 600 of 2000, 4 min left`."""
    one, left = standing.backfill, standing.seconds_left
    parts = [f"{one.feed}: {standing.doing}"]
    if one.total:
        parts.append(f"{one.done} of {one.total}")
    if left is not None:
        parts.append(f"{minutes(left)} left")
    return plain(", ".join(parts))
