"""One ERP and one shop for all stories, each a process of its own; every story begins with both empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from passerelle.feeds import Rehearsal, Workspace
from tests.acceptance.stage import PROJECT, Stage


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """The servers."""
    home = tmp_path_factory.mktemp("house")
    with Rehearsal(home, mappings=PROJECT / "mappings", keep_shop=False) as running:
        yield running


@pytest.fixture(scope="session")
def workspace(rehearsal: Rehearsal) -> Workspace:
    """The workspace between them; its mappings are read once."""
    return rehearsal.workspace


@pytest.fixture
async def stage(rehearsal: Rehearsal, workspace: Workspace) -> Stage:
    """An empty shop with its project model, an ERP without files, no ledger."""
    stage = Stage(rehearsal, workspace)
    await stage.empty()
    return stage
