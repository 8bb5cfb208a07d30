"""Every answer bears a Date, as those of a shop do: whoever asks can compare clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

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


def apart(answer: httpx.Response) -> timedelta:
    """How far ahead of ours its clock is, to the second."""
    return parsedate_to_datetime(answer.headers["date"]) - datetime.now(UTC)


def test_good_answers_and_refusals_bear_the_time_of_the_sandbox(front: Shopfront) -> None:
    """That of the machine, until it is moved on; then what it stamps agrees with what it says."""
    answers = [
        front.ask("GET", "channels"),
        front.ask("GET", "channels/key=nobody"),
        front.ask("POST", "channels", {"roles": []}),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 400]
    assert all(abs(apart(answer)) <= timedelta(seconds=2) for answer in answers)
    front.sandbox.pass_time(days=2)
    made = front.ask("POST", "channels", {"key": "late"})
    assert abs(apart(made) - timedelta(days=2)) <= timedelta(seconds=2)
    stamped = datetime.fromisoformat(made.json()["createdAt"])
    assert abs(parsedate_to_datetime(made.headers["date"]) - stamped) <= timedelta(seconds=2)
