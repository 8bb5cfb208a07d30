"""A project of the sandbox in this process, a client for it, and a thief of answers between the two."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from passerelle.commercetools import Client, CommercetoolsConfig, RetryPolicy
from passerelle.errors import Conflict
from passerelle.sandbox import SandboxConfig, create_app
from passerelle.sync.protocols import Change, Expecting, Sink
from tests.contract.official import OfficialContract
from tests.contract.recorder import Recorder

__all__ = ["Floor", "carry", "carry_on", "expected", "planned"]

_URL = "https://shop.example"
_APP = create_app(SandboxConfig(any_project=True))
_SECRET = SandboxConfig()


async def _at_once(_seconds: float) -> None:
    """No pause takes time."""


def _never(_request: httpx.Request) -> bool:
    return False


async def _no_delay(_request: httpx.Request) -> None:
    """Requests are answered in the order in which they are sent."""


@dataclass
class Floor:
    """An empty project; `loses` says of which requests the answer is lost after they were done.

    `delays` keeps a request, and then its answer, for a while: others are quicker.
    """

    project: str = field(default_factory=lambda: f"t-{uuid4().hex[:12]}")
    recorder: Recorder = field(default_factory=Recorder)
    loses: Callable[[httpx.Request], bool] = _never
    delays: Callable[[httpx.Request], Awaitable[None]] = _no_delay

    @asynccontextmanager
    async def client(self, **changes: Any) -> AsyncIterator[Client]:
        """A client whose calls are written down."""
        config = CommercetoolsConfig.model_validate(
            {
                "project_key": self.project,
                "client_id": _SECRET.client_id,
                "client_secret": _SECRET.client_secret,
                "auth_url": _URL,
                "api_url": _URL,
                **changes,
            }
        )
        network = self.recorder.wrap(_Thief(httpx.ASGITransport(_APP), self))
        async with Client(config, transport=network, retry=RetryPolicy(sleep=_at_once)) as client:
            yield client

    async def edit(self, path: str, key: str, *actions: dict[str, Any]) -> None:
        """Change a resource as somebody else does, at whatever version it has."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(_APP), base_url=_URL) as other:
            answer = await other.post(
                f"/_sandbox/{self.project}/edit", json={"path": path, "key": key, "actions": list(actions)}
            )
            answer.raise_for_status()

    def writes(self) -> list[str]:
        """The writing calls until now: `POST inventory`."""
        calls = (one for one in self.recorder.calls() if one.method != "GET")
        return [f"{one.method} {one.path.split('?')[0].removeprefix(f'/{self.project}/')}" for one in calls]

    def judge(self, official: OfficialContract) -> None:
        """Hold every request against the official description."""
        assert self.recorder.request_faults(official) == []


class _Thief(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport, floor: Floor) -> None:
        self._inner = inner
        self._floor = floor

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        lost = self._floor.loses(request)
        await self._floor.delays(request)
        response = await self._inner.handle_async_request(request)
        await self._floor.delays(request)
        if lost:
            await response.aread()
            raise httpx.ReadError("connection lost", request=request)
        return response


async def planned(sink: Sink[Any], *records: Any) -> list[Change | None]:
    """What each record needs, read as one batch."""
    live = await sink.read_live(records)
    return [sink.plan(record, live.get(sink.key(record))) for record in records]


async def carry(sink: Sink[Any], *records: Any) -> list[Change]:
    """Plan records as one batch, then apply what they need; the changes."""
    changes = [change for change in await planned(sink, *records) if change is not None]
    expected(sink, changes)
    for change in changes:
        await sink.apply(change)
    return changes


def expected(sink: Sink[Any], changes: Sequence[Change | None]) -> None:
    """Tell a sink what is going to be sent, as the sync does."""
    if isinstance(sink, Expecting):
        for change in changes:
            if change is not None:
                sink.expect(change)


async def carry_on(sink: Sink[Any], records: Sequence[Any], changes: Sequence[Change | None]) -> None:
    """Apply planned changes as the sync does: after a Conflict read again, plan again, five times."""
    expected(sink, changes)
    for record, planned_change in zip(records, changes, strict=True):
        change = planned_change
        for _ in range(5):
            if change is None:
                break
            try:
                await sink.apply(change)
                break
            except Conflict:
                live = await sink.read_live([record])
                change = sink.plan(record, live.get(sink.key(record)))
                expected(sink, [change])
