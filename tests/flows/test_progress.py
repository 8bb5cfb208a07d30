from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

import flows.progress
from flows.progress import PHASES, ProgressArtifact, describe, percent
from passerelle.feeds import Progress


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the server was told, in order."""
    told: list[float] = []

    async def create(progress: float, **_: Any) -> UUID:
        told.append(progress)
        return uuid4()

    async def update(_artifact: UUID, progress: float, **_: Any) -> None:
        told.append(progress)

    monkeypatch.setattr(flows.progress, "acreate_progress_artifact", create)
    monkeypatch.setattr(flows.progress, "aupdate_progress_artifact", update)
    return told


async def test_a_thousand_steps_are_one_update(shown: list[float]) -> None:
    """The library reports often; the server hears of it only when the time has come, and at the end."""
    async with ProgressArtifact("stock", every=3600) as progress:
        for done in range(1000):
            progress.note(Progress("stock", "plan", "f", done, 1000))
    assert shown == [0.0, 100.0]


async def test_the_latest_step_is_shown_once(shown: list[float]) -> None:
    """A run that stands still costs nothing."""
    async with ProgressArtifact("stock", every=0) as progress:
        progress.note(Progress("stock", "plan", "f", 1, 2))
        async with asyncio.timeout(5):
            while len(shown) < 2:  # noqa: ASYNC110 -- what is awaited is the code under test, it sets no event
                await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
    assert shown == [0.0, 37.5, 100.0]


async def test_a_run_that_fails_is_not_shown_as_done(shown: list[float]) -> None:
    """The bar stays where the run ended."""

    async def fail() -> None:
        async with ProgressArtifact("stock", every=3600) as progress:
            progress.note(Progress("stock", "collect", "f", 1, 1))
            raise EOFError

    with pytest.raises(EOFError):
        await fail()
    assert shown == [0.0, 25.0]


def test_the_bar_never_goes_back_within_a_file() -> None:
    """Each phase takes up where the one before ended."""
    steps = [percent(Progress("s", phase, "f", done, 10)) for phase in PHASES for done in (0, 5, 10, 11)]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0.0, 100.0)


def test_an_unknown_total_is_not_made_up() -> None:
    """While the total is unknown the words say how many, and the bar stays at the start of the phase."""
    step = Progress("stock", "plan", "f", 70)
    assert (percent(step), describe(step)) == (25.0, "f: plan, 70")
