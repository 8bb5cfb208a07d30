"""The way to the queues: what is waited for, and whose word counts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from passerelle.sandbox.notices.courier import Courier
from passerelle.sandbox.notices.queues import Misconfigured, Unreachable
from passerelle.sandbox.store import Doc
from tests.waiting import until


@dataclass
class Invented:
    """A queue that does what a test tells it before it takes anything."""

    before: Callable[[], None] = lambda: None
    taken: list[str] = field(default_factory=list)

    def send(self, bodies: Sequence[str]) -> None:
        """Take texts, or fail."""
        self.before()
        self.taken += bodies

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def queues() -> dict[str, Invented]:
    """Queues by name."""
    return {"first": Invented(), "second": Invented()}


@pytest.fixture
def courier(queues: dict[str, Invented]) -> Iterator[Courier]:
    """A courier that knows the way to them."""
    made = Courier(lambda destination: queues[destination["name"]])
    yield made
    made.close()


FIRST: Doc = {"name": "first"}
SECOND: Doc = {"name": "second"}


def test_a_queue_that_was_away_for_a_moment_is_waited_for(
    courier: Courier, queues: dict[str, Invented]
) -> None:
    """It is tried again soon: nothing is settled while its letters wait."""
    back = threading.Event()

    def away() -> None:
        if not back.is_set():
            raise Unreachable

    queues["first"].before = away
    courier.post("orders", FIRST, "a letter")
    until(lambda: courier.health("orders") == "TemporaryError")
    assert not courier.settled(0)
    back.set()
    assert courier.settled(60)
    assert (queues["first"].taken, courier.health("orders")) == (["a letter"], "Healthy")


def test_a_queue_that_is_wrong_is_not_waited_for(courier: Courier, queues: dict[str, Invented]) -> None:
    """Somebody has to mend it first; then its letters go where they said."""

    def gone() -> None:
        raise Misconfigured

    queues["first"].before = gone
    courier.post("orders", FIRST, "a letter")
    assert courier.settled(60)
    assert courier.health("orders") == "ConfigurationError"
    courier.mend("orders", SECOND)
    assert courier.settled(60)
    assert (queues["first"].taken, queues["second"].taken) == ([], ["a letter"])


def test_what_the_former_queue_says_does_not_count(courier: Courier, queues: dict[str, Invented]) -> None:
    """Mended while a letter is on its way to the wrong queue: the other one gets it, and all is well."""
    asked, mended = threading.Event(), threading.Event()

    def gone() -> None:
        asked.set()
        assert mended.wait(60)
        raise Misconfigured

    queues["first"].before = gone
    courier.post("orders", FIRST, "a letter")
    assert asked.wait(60)
    courier.mend("orders", SECOND)
    mended.set()
    assert courier.settled(60)
    assert (queues["second"].taken, courier.health("orders")) == (["a letter"], "Healthy")
