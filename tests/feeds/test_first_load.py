"""A first load by the Import API: what a run is asked, what it reports, what a dry run foresees."""

from __future__ import annotations

import pytest

from passerelle.errors import ConfigError
from passerelle.feeds import RunOptions, Workspace
from passerelle.feeds.bulk import door_for, via_of

from .orders.till import Till
from .test_at_the_shop import drop, entries, with_settings


@pytest.fixture
async def importing_till(till: Till) -> Till:
    """A shop that has depot 001, and an Import API."""
    async with till.workspace.client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
    with_settings(till, import_url=till.sandbox.import_url)
    return till


async def test_a_run_by_import_ends_as_any_run(importing_till: Till) -> None:
    """The records are there and known, the report says which way and why; a second run asks nothing."""
    wanted = {f"S{n}": n for n in range(30)}
    drop(importing_till, 1, wanted)
    report = await importing_till.run("stock", via="import")
    assert (report.outcome, report.created, report.verified) == ("succeeded", 30, 30)
    assert any(note.startswith("30 new records go by the Import API, as was asked.") for note in report.notes)
    assert await entries(importing_till) == wanted
    drop(importing_till, 2, wanted)
    report = await importing_till.run("stock", via="import")
    assert (report.outcome, report.unchanged, report.calls) == ("succeeded", 30, 0)


async def test_a_dry_run_foresees_the_way(importing_till: Till) -> None:
    """Which way new records would take stands in the report before anything is written."""
    drop(importing_till, 1, {f"S{n}": n for n in range(120)})
    report = await importing_till.run("stock", dry_run=True)
    assert any(note.startswith("120 new records are sent one by one: Import API: ") for note in report.notes)
    assert report.created == 0


def stock_feed(workspace: Workspace, **target: object) -> Workspace:
    """The feed of stock with another target section."""
    mapping = workspace.incoming("stock")
    spec = mapping.spec.model_copy(update={"target": {"commercetools": target}})
    object.__setattr__(mapping, "spec", spec)
    return workspace


async def test_the_run_is_asked_before_the_mapping(importing_till: Till) -> None:
    """What the run is asked wins over the mapping, the mapping over `auto`; other words are refused."""
    workspace = importing_till.workspace
    mapping = workspace.incoming("stock")
    assert via_of(mapping, RunOptions()) == "auto"
    mapping = stock_feed(workspace, via="http").incoming("stock")
    assert via_of(mapping, RunOptions()) == "http"
    assert via_of(mapping, RunOptions(via="import")) == "import"
    mapping = stock_feed(workspace, via="ship").incoming("stock")
    with pytest.raises(ConfigError, match="'ship'"):
        via_of(mapping, RunOptions())


async def test_movements_have_no_door(importing_till: Till) -> None:
    """What adds and takes away is never imported: late or twice it would set a quantity back."""
    workspace = importing_till.workspace
    async with workspace.client() as client:
        assert door_for(workspace.incoming("stock"), client) is not None
        mapping = stock_feed(workspace, movements={"type": "moves"}).incoming("stock")
        assert door_for(mapping, client) is None
        assert door_for(workspace.incoming("order-acks"), client) is None
