"""Progress: a bar on the run's page, moved at most every two seconds however often the library reports."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self, get_args
from uuid import UUID

from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact

from passerelle.feeds import Progress

from .summary import plain

__all__ = ["ProgressArtifact"]

#: An update costs the server about 10 ms; a person does not see more than one every two seconds.
SECONDS_BETWEEN_UPDATES = 2.0

Phase = Literal["collect", "plan", "apply", "verify"]
#: The phases of a file, in their order.
PHASES: tuple[Phase, ...] = get_args(Phase)


class ProgressArtifact:
    """Shows the latest progress of a feed; `note` is cheap and may be called for every record."""

    def __init__(self, feed: str, *, every: float = SECONDS_BETWEEN_UPDATES) -> None:
        self._feed = feed
        self._every = every
        self._latest: Progress | None = None
        self._shown: Progress | None = None
        self._artifact: UUID | None = None
        self._updates: asyncio.Task[None] | None = None

    def note(self, progress: Progress) -> None:
        """Remember how far the run is; the next update shows it."""
        self._latest = progress

    async def __aenter__(self) -> Self:
        created = await acreate_progress_artifact(
            progress=0.0, key=f"{self._feed}-progress", description=f"{self._feed}: starting"
        )
        self._artifact = created
        self._updates = asyncio.create_task(self._keep_updating(created))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._updates is not None:
            self._updates.cancel()
            with suppress(asyncio.CancelledError):
                await self._updates
        if self._artifact is not None:
            await self._show(self._artifact, final=error is None)

    async def _keep_updating(self, artifact: UUID) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self._show(artifact)

    async def _show(self, artifact: UUID, *, final: bool = False) -> None:
        latest = self._latest
        if final:
            await aupdate_progress_artifact(artifact, progress=100.0, description=f"{self._feed}: finished")
        elif latest is not None and latest != self._shown:
            await aupdate_progress_artifact(artifact, progress=percent(latest), description=describe(latest))
            # Only now: at the end an update that is under way is cancelled, and nobody knows how far it came.
            self._shown = latest


def percent(progress: Progress) -> float:
    """Say how much of a file's way is behind it, from 0 to 100: each phase is an equal part of it."""
    part = min(1.0, progress.done / progress.total) if progress.total else 0.0
    return 100.0 * (PHASES.index(progress.phase) + part) / len(PHASES)


def describe(progress: Progress) -> str:
    """Say in words where a run stands: `STOCK_TOUS_C_00001.xml: apply, 1200 of 5000`."""
    of_total = f" of {progress.total}" if progress.total else ""
    return plain(f"{progress.file}: {progress.phase}, {progress.done}{of_total}")
