"""A shop and an ERP of its own for each test of the backfills."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from passerelle.sandbox import Sandbox, SandboxConfig
from tests.feeds.orders.till import Till


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file; each test has a project of its own."""
    with Sandbox(SandboxConfig(any_project=True), in_process=True) as running:
        yield running


@pytest.fixture
async def till(tmp_path: Path, shops: Sandbox) -> Till:
    """A shop that has depot 001 and nothing in it."""
    made = Till(tmp_path, shops, f"past-{uuid4().hex[:12]}")
    await made.set_up()
    async with made.workspace.client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
    return made
