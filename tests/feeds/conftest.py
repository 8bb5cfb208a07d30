"""A house and a till of its own for each test of the feeds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from passerelle.sandbox import Sandbox, SandboxConfig

from .house import House
from .orders.till import CHECKOUT, Till


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An ERP that dropped nothing yet, an empty shop, nothing known."""
    return House(tmp_path)


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file; each test has a project of its own, whose orders name any SKU."""
    config = SandboxConfig(any_project=True, unknown_order_skus="accept", more_clients=(CHECKOUT,))
    with Sandbox(config, in_process=True) as running:
        yield running


@pytest.fixture
async def till(tmp_path: Path, shops: Sandbox) -> Till:
    """A shop without orders, an ERP that took none, nothing known."""
    made = Till(tmp_path, shops, f"till-{uuid4().hex[:12]}", checkout=CHECKOUT)
    await made.set_up()
    return made
