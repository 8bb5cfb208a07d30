"""The page of sizing: its tables and its picture are what the reckoning gives, and the reckoning is sound."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench.ten_times import STEP, Machines, main, play, project, shape
from bench.ten_times_figures import ASSUMED, MEASURED, PUBLISHED
from bench.ten_times_page import PICTURE

from .links import ROOT

PAGE = ROOT / "docs/deploy/sizing.md"
#: A shop of a street: what takes seconds at ten times the largest takes none here.
SMALL = project(0.001)


def test_the_page_is_what_the_reckoning_gives(tmp_path: Path) -> None:
    """`python -m bench.ten_times --write docs/deploy/sizing.md` changes neither tables nor picture."""
    copy = tmp_path / PAGE.name
    shutil.copy(PAGE, copy)
    assert main(["--write", str(copy)]) == 0
    assert copy.read_text("utf-8") == PAGE.read_text("utf-8")
    assert (tmp_path / PICTURE).read_text("utf-8") == (PAGE.parent / PICTURE).read_text("utf-8")


def test_a_page_without_places_is_refused(tmp_path: Path) -> None:
    """Nothing is written somewhere else in a page."""
    page = tmp_path / "page.md"
    page.write_text("# Sizing\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="has not each place once"):
        main(["--write", str(page), "--times", "0.001"])
    assert page.read_text("utf-8") == "# Sizing\n"


def test_the_day_has_the_published_peak_and_sum() -> None:
    """The strongest minute is the peak, the whole day what was published beside it."""
    minutes = shape(11)
    assert len(minutes) == 1440
    assert max(minutes) == pytest.approx(1, abs=0.03)
    assert sum(minutes) == pytest.approx(PUBLISHED["friday_minutes"].value, rel=0.01)


def test_nothing_is_lost_on_the_day() -> None:
    """Orders that were placed are with the ERP or wait, with enough cores for the next look only."""
    day = play(SMALL, Machines(4))
    placed = sum(day.orders) * STEP / 60
    feed = day.feeds["orders to the ERP"]
    carried = sum(count for _, count in feed.ages)
    assert carried + feed.backlog == pytest.approx(placed)
    assert feed.backlog <= SMALL.peak
    assert feed.age(0.99) <= ASSUMED["look"].value + STEP


def test_the_same_seed_gives_the_same_day() -> None:
    """And another one another."""
    assert play(SMALL, Machines(2)).calls == play(SMALL, Machines(2)).calls
    assert play(SMALL, Machines(2)).calls != play(SMALL, Machines(2), seed=12).calls


def test_more_cores_are_never_worse_and_never_more_than_there_are() -> None:
    """At the size of the largest one core has no air; no moment uses more than there is."""
    largest = project(1)
    days = [play(largest, Machines(cores)) for cores in (1, 2, 4)]
    ages = [day.feeds["orders to the ERP"].age(0.99) for day in days]
    assert ages == sorted(ages, reverse=True)
    for cores, day in zip((1, 2, 4), days, strict=True):
        assert max(day.busy) <= cores + 1e-9
    assert days[0].busiest == pytest.approx(1, abs=0.02)
    # The CPU of a day that ends is that of its work, on whatever machine.
    assert days[1].core_hours == pytest.approx(days[2].core_hours, rel=0.01)


def test_a_bound_on_the_calls_holds_and_lanes_go_first() -> None:
    """Orders go, the stores' stock waits; what is not carried is said to be late for ever, never left out."""
    ten = project(10)
    bound = Machines(16, calls=2_000, divided=8)
    day = play(ten, bound)
    assert max(day.calls) <= 2_000 + 1e-6
    assert day.feeds["orders to the ERP"].age(0.99) < 600
    assert math.isinf(day.feeds["stock of the stores"].age(0.99))
    free = play(ten, replace(bound, calls=None))
    assert not math.isinf(free.feeds["stock of the stores"].age(0.99))


def test_every_figure_says_where_it_is_from() -> None:
    """Measured by a workload that there is, published at an address, or assumed for a reason."""
    for one in MEASURED.values():
        name = one.source.partition(":")[0]
        workload = ROOT / "bench" / f"{name.replace('-', '_')}.py"
        assert workload.is_file() or (ROOT / "docs/reference" / name).is_file(), one
    assert all(one.source.startswith("https://") for one in PUBLISHED.values())
    assert all(one.source for one in ASSUMED.values())
    assert all(one.value > 0 for one in (*MEASURED.values(), *PUBLISHED.values(), *ASSUMED.values()))


def test_the_picture_tells_itself_in_words() -> None:
    """Who cannot see it reads the same: a title, and the highest value of each curve."""
    root = ET.fromstring((PAGE.parent / PICTURE).read_text("utf-8"))  # noqa: S314 -- our own file
    space = {"svg": "http://www.w3.org/2000/svg"}
    assert root.get("role") == "img"
    told = root.findtext("svg:desc", namespaces=space)
    assert told is not None
    for name in ("orders a minute", "calls to the shop a second", "cores busy"):
        assert name in told
    assert root.findall(".//svg:image", space) == []
