from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

import flows.backfill_page
import flows.progress
from flows.backfill_page import BackfillBar
from flows.progress import PHASES, ProgressArtifact, describe, percent
from passerelle.feeds import Progress
from passerelle.ledger import Backfill
from passerelle.operations.backfilling import Standing

NOW = dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC)
#: A backfill of which a quarter is done.
QUARTER = Backfill(
    id=7, feed="stock", asked={}, asked_by="ann", token=None, state="running", wish="", plan_id=1,
    planned_since=NOW, total=4, done=1, outcome=None, message="", asked_at=NOW, changed_at=NOW,
    finished_at=None,
)  # fmt: skip


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
        async with asyncio.timeout(60):
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


class _Server:
    """Takes the first update and answers it never; what it is told from then on it takes at once."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.told: list[float] = []

    async def create(self, **_: Any) -> UUID:
        """Begin a bar."""
        return uuid4()

    async def update(self, _artifact: UUID, progress: float, **_: Any) -> None:
        """Move it."""
        if not self.asked.is_set():
            self.asked.set()
            await asyncio.Event().wait()
        self.told.append(progress)


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> _Server:
    """The server that bars are shown on."""
    server = _Server()
    for module in (flows.progress, flows.backfill_page):
        monkeypatch.setattr(module, "acreate_progress_artifact", server.create)
        monkeypatch.setattr(module, "aupdate_progress_artifact", server.update)
    return server


def _of_a_run() -> ProgressArtifact:
    bar = ProgressArtifact("stock", every=0)
    bar.note(Progress("stock", "collect", "f", 1, 1))
    return bar


def _of_a_backfill() -> BackfillBar:
    bar = BackfillBar("stock", every=0)
    bar.note(Standing(QUARTER, "sending"))
    return bar


@pytest.mark.parametrize("make", [_of_a_run, _of_a_backfill])
async def test_where_it_ended_is_shown_though_an_update_was_under_way(
    hanging: _Server, make: Callable[[], ProgressArtifact | BackfillBar]
) -> None:
    """The end cuts an update short, and nobody knows what became of it: the last step is told again."""

    async def fail() -> None:
        async with make():
            await hanging.asked.wait()
            raise EOFError

    with pytest.raises(EOFError):
        await fail()
    assert hanging.told == [25.0]


def test_the_bar_never_goes_back_within_a_file() -> None:
    """Each phase takes up where the one before ended."""
    steps = [percent(Progress("s", phase, "f", done, 10)) for phase in PHASES for done in (0, 5, 10, 11)]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0.0, 100.0)


def test_an_unknown_total_is_not_made_up() -> None:
    """While the total is unknown the words say how many, and the bar stays at the start of the phase."""
    step = Progress("stock", "plan", "f", 70)
    assert (percent(step), describe(step)) == (25.0, "f: plan, 70")
