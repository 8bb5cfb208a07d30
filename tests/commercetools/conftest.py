"""What the commercetools tests share: a clock that only sleeping moves, and clients over a function."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from passerelle.commercetools import Client, CommercetoolsConfig, RetryPolicy

Handler = Callable[[httpx.Request], httpx.Response]
Connect = Callable[..., AbstractAsyncContextManager[Client]]


@dataclass
class FakeTime:
    """A clock in seconds and its sleeper; `slept` lists the pauses asked for."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """The time now."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Note the pause and jump over it."""
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def fake_time() -> FakeTime:
    """A clock that only sleeping moves."""
    return FakeTime()


def settings(**changes: Any) -> CommercetoolsConfig:
    """A project on a machine that does not exist."""
    values = {
        "project_key": "maison-lin",
        "client_id": "sync",
        "client_secret": "very-secret",
        "auth_url": "https://auth.shop.example",
        "api_url": "https://api.shop.example",
    }
    return CommercetoolsConfig.model_validate({**values, **changes})


def granted(token: str = "t1", seconds: float = 172_800) -> httpx.Response:
    """The token endpoint's answer."""
    return httpx.Response(
        200, json={"access_token": token, "expires_in": seconds, "token_type": "Bearer", "scope": ""}
    )


@pytest.fixture
def connect(fake_time: FakeTime) -> Connect:
    """A client whose network is a function; token requests are answered unless the function wants them."""

    @asynccontextmanager
    async def connected(
        handler: Handler | httpx.AsyncBaseTransport,
        *,
        own_tokens: bool = False,
        policy: RetryPolicy | None = None,
        **changes: Any,
    ) -> AsyncIterator[Client]:
        def answer(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/oauth/token" and not own_tokens:
                return granted()
            assert not isinstance(handler, httpx.AsyncBaseTransport)
            return handler(request)

        network = handler if isinstance(handler, httpx.AsyncBaseTransport) else httpx.MockTransport(answer)
        hook = changes.pop("on_request", None)
        async with Client(
            settings(**changes),
            transport=network,
            retry=policy or RetryPolicy(sleep=fake_time.sleep, dice=lambda: 1.0),
            clock=fake_time.clock,
            on_request=hook,
        ) as client:
            yield client

    return connected
