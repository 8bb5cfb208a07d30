"""Every answer bears a Date, as those of a shop do: whoever asks can compare clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpx
import pytest

from passerelle.sandbox import Sandbox, SandboxConfig
from tests.sandbox.shopfront import Shopfront


@pytest.fixture
def front() -> Iterator[Shopfront]:
    """A shop whose clock is moved."""
    with Sandbox(SandboxConfig(), in_process=True) as sandbox:
        shopfront = Shopfront(sandbox, sandbox.project)
        yield shopfront
        shopfront.close()


class Timed(NamedTuple):
    """An answer, and what our clock said before it was asked for and when it was there."""

    before: datetime
    answer: httpx.Response
    after: datetime

    def agrees(self, ahead: timedelta = timedelta()) -> bool:
        """Whether its date lies between, with its clock so far ahead of ours; it has whole seconds only."""
        said = parsedate_to_datetime(self.answer.headers["date"]) - ahead
        return self.before - timedelta(seconds=1) <= said <= self.after


def timed(front: Shopfront, method: str, path: str, body: Any = None) -> Timed:
    """Ask, and look at our clock before and after."""
    before = datetime.now(UTC)
    answer = front.ask(method, path, body)
    return Timed(before, answer, datetime.now(UTC))


def test_good_answers_and_refusals_bear_the_time_of_the_sandbox(front: Shopfront) -> None:
    """That of the machine, until it is moved on; then what it stamps agrees with what it says."""
    answers = [
        timed(front, "GET", "channels"),
        timed(front, "GET", "channels/key=nobody"),
        timed(front, "POST", "channels", {"roles": []}),
    ]
    assert [one.answer.status_code for one in answers] == [200, 404, 400]
    assert all(one.agrees() for one in answers)
    front.sandbox.pass_time(days=2)
    made = timed(front, "POST", "channels", {"key": "late"})
    assert made.agrees(timedelta(days=2))
    stamped = datetime.fromisoformat(made.answer.json()["createdAt"]) - timedelta(days=2)
    assert made.before <= stamped + timedelta(milliseconds=1)
    assert stamped <= made.after
