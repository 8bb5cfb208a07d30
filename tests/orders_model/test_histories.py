"""Histories of orders: whatever happens, is lost, dies or comes twice, in the end everybody says the same."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from passerelle.feeds.orders import projecting
from passerelle.feeds.orders.projecting import OrderProjector
from passerelle.fulfilment import derive
from passerelle.ledger import outbox
from passerelle.ledger.orders import deriving
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.feeds.orders.till import CHECKOUT

from .ground import Ground
from .machine import Histories

T = TypeVar("T")

#: `make soak` asks for more.
COUNT = int(os.environ.get("PASSERELLE_HISTORIES", "200"))
STEPS = 18
#: So many histories find any of the faults that are built in below, and some die: the same ones each time.
FEW = 60
FIXED: dict[str, Any] = {"derandomize": True, "database": None}


@pytest.fixture(scope="module")
def stage() -> Iterator[None]:
    """One shop and one piece of ground for all histories, in memory where there is a folder for that."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    config = SandboxConfig(any_project=True, unknown_order_skus="accept", more_clients=(CHECKOUT,))
    with (
        tempfile.TemporaryDirectory(prefix="histories-", dir=memory if memory.is_dir() else None) as folder,
        Sandbox(config, in_process=True) as shop,
    ):
        Histories.ground = Ground(Path(folder), shop)
        yield
        Histories.ground.let_go()


def play(count: int, histories: type[Histories] = Histories, **options: Any) -> None:
    """Play so many histories; raises what the first bad one says."""
    run_state_machine_as_test(
        histories,
        settings=settings(
            max_examples=count,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            **options,
        ),
    )


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.usefixtures("stage")
def test_no_history_loses_doubles_or_contradicts() -> None:
    """Each paid order is with the ERP once, each piece in one state, money and shop as it truly is."""
    Histories.played.clear()
    # In those that are the same each time there is a crash in every fourth, and more trouble: with them the
    # counts at the end need no luck of what is drawn anew.
    play(FEW, **FIXED)
    assert Histories.played["crashes"] > FEW / 10
    assert Histories.played["faults"] > FEW / 10
    play(COUNT)
    print(f"\n{dict(Histories.played)}")  # noqa: T201 - what a soak tells of itself
    assert Histories.played["histories"] >= FEW + COUNT
    assert Histories.played["crashes"] > COUNT / 10
    assert Histories.played["faults"] > COUNT / 10


class _Told(BaseException):
    """A history told of what is wrong. No Exception: Hypothesis lets it pass and plays nothing again."""


class _Telling(Histories):
    """A history that ends all others when it tells of something."""

    def _do(self, what: Coroutine[Any, Any, T]) -> T:
        try:
            return super()._do(what)
        except AssertionError as error:
            raise _Told from error


def _without_claim(patch: pytest.MonkeyPatch) -> None:
    """An order that goes into a file is not claimed for it."""
    patch.setattr(outbox, "claim_for_file", lambda *said, **_named: frozenset(said[3]))


def _without_telling(patch: pytest.MonkeyPatch) -> None:
    """An order is taken for shown although nothing was sent."""

    async def idle(_projector: OrderProjector, order: Any, *_said: Any) -> Any:
        return projecting._Answer(order, "same", 1)  # noqa: SLF001 - a fault is built in

    patch.setattr(OrderProjector, "_one", idle)


def _hard_of_hearing(patch: pytest.MonkeyPatch) -> None:
    """Of what is said about an order only the first two messages count."""

    def deaf(order: Any, messages: Any, **options: Any) -> Any:
        return derive(order, list(messages)[:2], **options)

    patch.setattr(deriving, "derive", deaf)


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("built_in", [_without_claim, _without_telling, _hard_of_hearing])
def test_a_fault_that_is_built_in_is_found(built_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories can fail: of each of these mistakes in the library some history tells."""
    with monkeypatch.context() as patch:
        built_in(patch)
        with pytest.raises((_Told, AssertionError)):
            play(FEW, _Telling, phases=[Phase.generate], **FIXED)
