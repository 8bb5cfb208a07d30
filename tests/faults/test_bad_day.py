"""A bad day: a fifth of all answers is refused, broken or lost; ten thousand records end as on a good one.

`PASSERELLE_BAD_DAY` is the number of stock levels: 10,000 (as here) unless it says another.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from rich.console import Console
from rich.table import Table

from passerelle.feeds import RunReport, run_feed
from passerelle.retailer import write_stock
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.faults.scene import Scene

ROWS = int(os.environ.get("PASSERELLE_BAD_DAY", "10000"))
STYLES = 100
FEEDS = ("categories-fr", "products-fr", "prices-fr", "stock")
#: A record that the shop did not take at all is left for the next run of its feed; there are so many.
RUNS = 3
SHARE = 0.2
#: What may become of a request, each as often as the others.
WEATHER: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 429, "retryAfter": 0.01},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 500, "applied": True},
    {"kind": "status", "status": 502, "html": True},
    {"kind": "status", "status": 503},
    {"kind": "reset"},
    {"kind": "lost_answer"},
    {"kind": "truncated"},
)


class Day(NamedTuple):
    """What a day left: the shop, the reports of all runs, and how long it took."""

    dump: dict[str, Any]
    reports: list[RunReport]
    calls: int
    again: int
    seconds: float


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A shop in a process of its own; each day is a project of its own."""
    with Sandbox(SandboxConfig(any_project=True)) as running:
        yield running


def storm(project: str) -> list[dict[str, Any]]:
    """The weather over a project: together the rules strike that share of its requests."""
    # Each is asked only where those before it did not strike.
    alone = 1 - (1 - SHARE) ** (1 / len(WEATHER))
    return [
        {"path": f"/{project}/", "rate": alone, "seed": seed, "count": None, **one}
        for seed, one in enumerate(WEATHER, start=1)
    ]


async def live_through(scene: Scene, *, bad: bool) -> Day:
    """Carry the opening day of the house: categories, styles, prices, and ten thousand stock levels."""
    await scene.set_up()
    scene.drop("CATEG_FR", "ARTICLES_FR", "TARIFS_FR")
    write_stock(scene.erp / "out/stock/STOCK_TOUS_C_00001_20261101.xml", ROWS, seed=7)
    if bad:
        scene.shop.fail(*storm(scene.project))
    reports: list[RunReport] = []
    begun = time.monotonic()
    for feed in FEEDS:
        for _ in range(RUNS):
            reports.append(await run_feed(scene.workspace, feed))
            if reports[-1].outcome == "succeeded":
                break
    seconds = time.monotonic() - begun
    scene.shop.control("DELETE", "/faults")
    calls, again = (sum(getattr(report, name) for report in reports) for name in ("calls", "calls_again"))
    return Day(scene.dump(), reports, calls, again, seconds)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_bad_day_ends_as_a_good_one(
    shop: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is missing, nothing was created twice, and the report says how many calls it took more."""
    good = await live_through(Scene(tmp_path / "good", shop, "good-day", STYLES), bad=False)
    assert {report.outcome for report in good.reports} == {"succeeded"}
    shop.reset_stats()
    bad = await live_through(Scene(tmp_path / "bad", shop, "bad-day", STYLES), bad=True)
    stats = shop.stats()

    documents = {path: len(found) for path, found in good.dump.items()}
    struck = Counter[str](stats["faults"])
    told = Table("", "good day", "bad day", title=f"{sum(documents.values())} documents in the shop")
    told.add_row("seconds", f"{good.seconds:.1f}", f"{bad.seconds:.1f}")
    told.add_row("runs", str(len(good.reports)), str(len(bad.reports)))
    told.add_row("calls", str(good.calls), str(bad.calls))
    told.add_row("of them again", str(good.again), str(bad.again))
    told.add_row("extra calls", "", f"{bad.calls - good.calls} ({(bad.calls / good.calls - 1):.0%})")
    told.add_row("answers spoiled", "0", f"{struck.total()} ({struck.total() / bad.calls:.0%})")
    for name, count in sorted(struck.items()):
        told.add_row(f"  {name}", "", str(count))
    with capsys.disabled():
        Console().print("\n", told)

    assert {report.outcome for report in last(bad.reports)} == {"succeeded"}
    assert documents["inventory"] == ROWS
    assert documents["products"] == STYLES
    assert {path: len(found) for path, found in bad.dump.items()} == documents
    assert bad.dump == good.dump
    # The day was as bad as it claims, in every way, and the report counts each call of it.
    assert struck.keys() == {"status", "reset", "lost_answer", "truncated"}
    assert SHARE * 0.9 < struck.total() / bad.calls < SHARE * 1.1
    assert bad.again > 0
    # Who tries a lost creation again blindly is told that it is there already.
    assert [row for row in stats["counts"] if row["status"] == httpx.codes.BAD_REQUEST] == []


def last(reports: list[RunReport]) -> list[RunReport]:
    """The last report of each feed."""
    return list({report.feed: report for report in reports}.values())
