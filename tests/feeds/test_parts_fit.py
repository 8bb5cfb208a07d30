"""Parts that are asked of a feed that one process carries alone are refused before anything begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.cli import running
from passerelle.errors import ConfigError
from passerelle.feeds import RunOptions, Settings, Workspace, run_feed
from passerelle.feeds.parts_fit import divided_as_set, undivided_because
from passerelle.mapping import OutgoingMapping
from passerelle.sync import RunReport

MAPPINGS = Path(__file__).parents[2] / "mappings" / "erp"
#: Kinds of records that are sent to the shop, one call each: what parts are for.
SENT = {"category", "price", "product", "stock"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """The mappings that are shipped, but the statement that no run carries, and a ledger of its own."""
    made = Workspace(Settings(home=tmp_path, mappings=MAPPINGS))
    made.mappings.pop("order-statements")
    return made


def _begun(workspace: Workspace) -> int:
    with workspace.ledger() as ledger:
        return len(ledger.runs.last(n=10))


def _one(workspace: Workspace, *, fits: bool) -> list[str]:
    return [name for name, one in workspace.mappings.items() if (one.entity in SENT) is fits]


def test_each_feed_fits_or_says_why_not(workspace: Workspace) -> None:
    """What is sent to the shop record by record goes in parts; orders out and what is said of them do not."""
    why = {name: undivided_because(one) for name, one in workspace.mappings.items()}
    assert {name for name, said in why.items() if not said} == set(_one(workspace, fits=True))
    out = [name for name, one in workspace.mappings.items() if isinstance(one, OutgoingMapping)]
    assert out
    assert all("leaves once" in why[name] for name in out)


async def test_parts_of_a_feed_that_has_none_are_refused(workspace: Workspace) -> None:
    """The word says which feed, why, and what to do; no run is begun, and one part is no division."""
    alone = _one(workspace, fits=False)
    assert len(alone) > 1
    for name in alone:
        with pytest.raises(ConfigError, match=f"feed {name} cannot be carried in parts .4 are asked") as told:
            await run_feed(workspace, name, RunOptions(parts=4))
        assert "without --parts" in str(told.value)
    assert _begun(workspace) == 0


async def test_parts_and_the_import_api_are_not_asked_for_together(workspace: Workspace) -> None:
    """New records are handed over by one process; what the mapping says goes on as it did."""
    with pytest.raises(ConfigError, match="--via import and 4 parts") as told:
        await run_feed(workspace, "products-fr", RunOptions(parts=4, via="import"))
    assert "--via http" in str(told.value)
    assert _begun(workspace) == 0


def test_the_setting_for_all_feeds_passes_over_them(workspace: Workspace) -> None:
    """A service is set to parts as a whole: order feeds stay whole, for workers, too."""
    asked = RunOptions()
    for name, mapping in workspace.mappings.items():
        fits = mapping.entity in SENT
        assert divided_as_set(mapping, asked, 12).parts == (12 if fits else None), name
    stock = workspace.mappings["stock"]
    assert divided_as_set(stock, RunOptions(parts=1), 12).parts == 1
    assert divided_as_set(stock, asked, 1).parts is None


async def test_of_all_feeds_parts_are_asked_where_they_fit(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`passerelle run all --parts 4` divides what can be divided; one feed by its name is asked as it is."""
    asked: dict[str, int | None] = {}

    async def run(_: Workspace, feed: str, options: RunOptions, **__: object) -> RunReport:
        asked[feed] = options.parts
        return RunReport(feed=feed, entity="", run_id="")

    monkeypatch.setattr(running, "run_feed", run)
    monkeypatch.setattr(Workspace, "load", lambda: workspace)
    await running.run_feeds("all", RunOptions(parts=4), lang="en", as_json=True)
    fits = set(_one(workspace, fits=True))
    assert {feed for feed, parts in asked.items() if parts == 4} == fits & set(asked)
    assert {feed for feed, parts in asked.items() if parts is None} == set(asked) - fits
    assert asked["orders-out"] is None
    await running.run_feeds("orders-out", RunOptions(parts=4), lang="en", as_json=True)
    assert asked["orders-out"] == 4
