"""The strict shop in this process, and what every resource's plan must hold there.

Every request that a test sends is held against the official description.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
import pytest

from passerelle.commercetools import Client, CommercetoolsConfig
from passerelle.sandbox.app import create_app
from passerelle.sandbox.config import SandboxConfig
from passerelle.sync.protocols import Change, Sink
from tests.contract.judging import sitting_judge
from tests.contract.official import OfficialContract
from tests.contract.recorder import Recorder

__all__ = ["carry", "open_shop", "pending", "read_back", "run"]

T = TypeVar("T")


def official() -> OfficialContract:
    """The official description, made strict."""
    try:
        return sitting_judge().contract()
    except LookupError:
        pytest.skip(
            "the official OpenAPI description is not here: name its folder in PASSERELLE_CONTRACTS, or put"
            " openapi.yaml into ../shared/contracts/commercetools"
        )


@asynccontextmanager
async def open_shop(**settings: Any) -> AsyncIterator[Client]:
    """A client of an empty project, with further settings; what was sent is judged at a good end."""
    recorder = Recorder()
    network = recorder.wrap(httpx.ASGITransport(create_app(SandboxConfig())))
    config = CommercetoolsConfig.model_validate(
        {
            "project_key": "demo",
            "client_id": "sandbox-client",
            "client_secret": "sandbox-secret",
            "auth_url": "https://shop.example",
            "api_url": "https://shop.example",
            **settings,
        }
    )
    async with Client(config, transport=network) as client:
        yield client
    faults = recorder.request_faults(official())
    assert faults == [], "\n".join(faults)


def run(test: Callable[[Client], Awaitable[T]]) -> T:
    """Run one example of a property test in a shop of its own."""

    async def example() -> T:
        async with open_shop() as client:
            return await test(client)

    return asyncio.run(example())


async def carry(sink: Sink[Any], *records: Any) -> list[Change]:
    """Plan and apply records one after the other; the changes made."""
    await sink.prepare()
    made: list[Change] = []
    for record in records:
        live = await sink.read_live([record])
        change = sink.plan(record, live.get(sink.key(record)))
        if change is not None:
            await sink.apply(change)
            made.append(change)
    return made


async def pending(sink: Sink[Any], *records: Any) -> list[Change | None]:
    """What each record still needs."""
    live = await sink.read_live(records)
    return [sink.plan(record, live.get(sink.key(record))) for record in records]


async def read_back(sink: Any, records: Sequence[Any]) -> list[Any]:
    """What the shop holds, in the records' own words."""
    live = await sink.read_live(records)
    return [sink.record_of(live[record.key]) for record in records]
