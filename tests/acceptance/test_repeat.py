"""Whatever comes again costs nothing; whatever changes costs its own calls and no other's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from passerelle.feeds import Rehearsal, RunReport
from passerelle.retailer import FEEDS, Step
from passerelle.retailer.model import Flux
from tests.acceptance.shelf import changed_keys
from tests.acceptance.stage import PROJECT, Calls, Stage, feed_name, first


@pytest.fixture(scope="module")
def loaded_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """An ERP and a shop of this module's own, for the stories that leave the shop as it is."""
    home = tmp_path_factory.mktemp("loaded")
    with Rehearsal(home, mappings=PROJECT / "mappings", keep_shop=False) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def loaded(loaded_house: Rehearsal) -> Stage:
    """A shop that holds everything the opening day brought."""
    stage = Stage(loaded_house, loaded_house.workspace)
    await stage.empty()
    stage.drop("full")
    await stage.load(*stage.feeds())
    return stage


@contextmanager
def as_it_was(stage: Stage, keep: Path) -> Iterator[None]:
    """Put ledger, archive and the ERP's folders back afterwards; the shop must not have changed."""
    home = stage.rehearsal.home
    names = ("archive", "erp")
    before = stage.shop()
    ledgers = list(home.glob("ledger.db*"))
    for path in ledgers:
        shutil.copy2(path, keep)
    for name in names:
        shutil.copytree(home / name, keep / name)
    stage.count_anew()
    try:
        yield
    finally:
        stage.forget()
        for path in ledgers:
            shutil.copy2(keep / path.name, path)
        for name in names:
            shutil.rmtree(home / name)
            shutil.copytree(keep / name, home / name)
    assert stage.shop() == before


async def _run_all(stage: Stage) -> dict[str, RunReport]:
    reports = {feed: await stage.run(feed) for feed in stage.feeds()}
    assert {report.outcome for report in reports.values()} == {"succeeded"}
    return reports


async def test_the_same_files_again_make_no_call(loaded: Stage, tmp_path: Path) -> None:
    """Every file is recognised by its content and skipped: nothing is read, nothing is written."""
    with as_it_was(loaded, tmp_path):
        manifest = loaded.drop("full")
        reports = await _run_all(loaded)
        assert loaded.calls() == Calls(0, 0, 0)
        assert {file.name: file.state for report in reports.values() for file in report.files} == {
            entry.name: "skipped" for entry in manifest.files
        }
        assert all(loaded.put_away(entry, "archive") for entry in manifest.files)


async def test_a_new_full_of_the_same_content_makes_no_call(loaded: Stage, tmp_path: Path) -> None:
    """Another file with the next number and the same records: each is known, nothing is mapped or asked."""
    with as_it_was(loaded, tmp_path):
        sheets = {feed.name: loaded.drop_full(feed, day=1, sequence=2) for feed in FEEDS}
        reports = await _run_all(loaded)
        assert loaded.calls() == Calls(0, 0, 0)
        for name, sheet in sheets.items():
            report = reports[feed_name(name)]
            assert [file.state for file in report.files] == ["applied"]
            assert report.received == report.unchanged == len(sheet.records) > 0
            assert report.mapped == 0


async def test_a_lost_ledger_costs_reads_and_no_write(loaded: Stage, tmp_path: Path) -> None:
    """Without a ledger the shop itself is asked, and agrees; what it said is known from then on."""
    with as_it_was(loaded, tmp_path):
        loaded.forget()
        manifest = loaded.drop("full")
        reports = await _run_all(loaded)
        asked = loaded.calls()
        assert asked.reads > 0
        assert asked.writes == 0
        for entry in manifest.files:
            report = reports[feed_name(entry.feed.name)]
            assert report.received == report.unchanged == report.mapped == entry.records

        for feed in FEEDS:
            loaded.drop_full(feed, day=1, sequence=2)
        loaded.count_anew()
        await _run_all(loaded)
        assert loaded.calls() == Calls(0, 0, 0)


@pytest.mark.parametrize("flux", list(Flux))
async def test_a_delta_writes_exactly_what_changed(stage: Stage, flux: Flux) -> None:
    """One write call for each key that the day added or changed, feed by feed, and none for any other."""
    ours = [feed.name for feed in FEEDS if feed.flux is flux]
    needed = [feed for name in ours[:1] for feed in first(feed_name(name))]
    stage.drop("full")
    await stage.load(*needed, *(feed_name(name) for name in ours))
    manifest = stage.drop("delta1")
    await stage.load(*needed)
    for name in ours:
        (delta,) = manifest.of(name)
        before = stage.shop()
        stage.count_anew()

        report = await stage.run(feed_name(name))

        assert report.outcome == "succeeded"
        assert changed_keys(before, stage.shop(), name) == delta.changes.keys
        assert stage.calls().writes == len(delta.changes.keys) == report.created + report.updated > 0
        if name.endswith(("_FR", "_TOUS")):
            assert report.created == len(delta.changes.added)


@pytest.mark.parametrize("flux", [Flux.TARIFS, Flux.STOCK])
async def test_two_deltas_at_once_end_where_the_day_ends(stage: Stage, flux: Flux) -> None:
    """Deltas that waited together are carried in order: each key once a file, the last day's value stays."""
    name = next(feed.name for feed in FEEDS if feed.flux is flux)
    stage.drop("full")
    await stage.load(feed_name(name))
    before = stage.shop()
    steps: tuple[Step, ...] = ("delta1", "delta2")
    deltas = [stage.drop(step).of(name)[0] for step in steps]
    stage.count_anew()

    report = await stage.run(feed_name(name))

    assert [file.name for file in report.files] == [delta.name for delta in deltas]
    assert stage.calls().writes == sum(len(delta.changes.keys) for delta in deltas)
    assert changed_keys(before, stage.shop(), name) <= deltas[0].changes.keys | deltas[1].changes.keys

    # A full file of that day has nothing left to say.
    stage.drop_full(deltas[0].feed, day=3, sequence=4)
    stage.count_anew()
    report = await stage.run(feed_name(name))
    assert report.unchanged == report.received
    assert stage.calls() == Calls(0, 0, 0)
