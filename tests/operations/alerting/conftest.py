"""A till with depot 001 for each test; mail server and address for the session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from passerelle.sandbox import Sandbox, SandboxConfig
from tests.feeds.orders.till import CHECKOUT, Till

from .ears import Ears, listening


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ears]:
    """Both servers, once."""
    with listening(tmp_path_factory.mktemp("ears")) as ears:
        yield ears


@pytest.fixture
def ears(servers: Ears) -> Ears:
    """Servers that heard nothing yet."""
    servers.forget()
    return servers


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file; each test has a project of its own."""
    config = SandboxConfig(any_project=True, unknown_order_skus="accept", more_clients=(CHECKOUT,))
    with Sandbox(config, in_process=True) as running:
        yield running


@pytest.fixture
async def till(tmp_path: Path, shops: Sandbox) -> Till:
    """A shop that has depot 001, an ERP that dropped nothing, nothing known."""
    made = Till(tmp_path, shops, f"alerts-{uuid4().hex[:12]}", checkout=CHECKOUT)
    await made.set_up()
    async with made.workspace.client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
    return made
