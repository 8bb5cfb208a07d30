"""Records that wait for what they point to."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ReferenceMissing
from passerelle.records import StockLevel
from passerelle.sync import Applied, Change, Live
from passerelle.testing import Shelf

from .desk import Desk, counted, level, line, open_ledger, stock_key, stock_shelf


def only_completes(desk: Desk) -> Shelf[StockLevel]:
    """A shop in which the feed creates nothing."""
    desk.shelf = stock_shelf(creates=False)
    return desk.shelf


async def test_what_came_is_taken_up_without_its_file(desk: Desk) -> None:
    """The record waits, the shop gets what it waits for, and the next run carries it: from the ledger."""
    shelf = only_completes(desk)
    first = await desk.carry([line("A", 2)])
    assert (first.parked, desk.known("A|001")) == (1, [])
    shelf.put(level("A", 0))
    again = await desk.take_up()
    assert (again.resumed, again.updated, counted(again)) == (1, 1, 1)
    assert shelf.contents()["A/depot-001"]["quantity"] == 2
    assert (desk.waiting(), desk.known("A|001"), again.rejects) == ({}, ["A|001"], [])
    assert (await desk.carry([line("A", 2)])).mapped == 0


async def test_what_still_waits_is_named(desk: Desk) -> None:
    """The report says which record waits, for what, since when and until when; the run is no green one."""
    only_completes(desk)
    await desk.carry([line("A", 2), line("B", 2)])
    report = await desk.take_up()
    (row,) = report.rejects
    assert (row.code, row.count, report.resumed, report.parked) == ("reference_missing", 2, 0, 0)
    assert "A|001 waits for A/depot-001 since" in row.example
    parked = list(desk.ledger.parked.waiting(desk.mapping.feed))
    assert {one.expires_at - one.parked_at for one in parked} == {dt.timedelta(days=14)}
    assert f"given up on {parked[0].expires_at:%Y-%m-%d}" in row.advice


async def test_what_many_wait_for_is_told_once(desk: Desk) -> None:
    """One line with how many records wait for what, most first: a depot without a channel is no long list."""
    shelf = Shelf(StockLevel, key=stock_key, entity="stock", creates=False)

    def by_depot(record: StockLevel, live: Live | None) -> Change | None:
        assert live is None
        depot = str(record.supply_channel)
        raise ReferenceMissing(f"{record.sku} lies nowhere", reference=depot)

    shelf.plan = by_depot  # type: ignore[method-assign]  # a shop without the depots
    desk.shelf = shelf
    await desk.carry([line("A", 2, "101"), *(line(sku, 2) for sku in "ABC")])
    (row,) = (await desk.take_up()).rejects
    assert (row.code, row.count) == ("reference_missing", 4)
    assert row.example.endswith("in all 4 wait for depot-001 (3), depot-101 (1)")


async def test_the_newest_version_is_the_one_that_waits(desk: Desk) -> None:
    """A file brings the record again with another quantity: that one is carried, and only it."""
    shelf = only_completes(desk)
    await desk.carry([line("A", 2)])
    await desk.carry([line("A", 7)])
    shelf.put(level("A", 0))
    await desk.take_up()
    assert shelf.contents()["A/depot-001"]["quantity"] == 7
    assert shelf.versions() == {"A/depot-001": 2}


async def test_a_record_that_comes_with_a_file_waits_no_more(desk: Desk) -> None:
    """What it waited for is there, and the file has it: nothing is left to take up."""
    shelf = only_completes(desk)
    await desk.carry([line("A", 2)])
    shelf.put(level("A", 0))
    assert (await desk.carry([line("A", 3)])).updated == 1
    assert desk.waiting() == {}


async def test_a_record_is_given_up_when_its_time_is_over(desk: Desk) -> None:
    """It goes to quarantine with what it waited for, and waits no more."""
    only_completes(desk)
    await desk.carry([line("A", 2)], waits=dt.timedelta(0))
    report = await desk.take_up()
    assert (desk.waiting(), desk.put_aside()) == ({}, {"A|001": "reference_expired"})
    assert [(row.code, row.count) for row in report.rejects] == [("reference_expired", 1)]


async def test_a_dry_run_parks_nothing(desk: Desk) -> None:
    """It tells at once what would wait."""
    only_completes(desk)
    _, report = await desk.plan([line("A", 2)], dry_run=True)
    assert (report.parked, [row.code for row in report.rejects]) == (1, ["reference_missing"])
    assert desk.waiting() == {}


PARTNER = {"A": "B", "B": "A"}


class Ring(Shelf[StockLevel]):
    """A shop in which A points to B and B to A: a record is created without what is not there yet."""

    def plan(self, record: StockLevel, live: Live | None) -> Change | None:
        """Point to the partner as soon as it is there."""
        change = super().plan(record, live)
        partner = f"{PARTNER[record.sku]}/{record.supply_channel}"
        if partner in self._kept:
            if live is not None and live.body.get("points_to") != partner:
                action = {"action": "set", "field": "points_to", "value": partner}
                return Change(
                    key=stock_key(record), kind="update", fields=(), target_id=live.id,
                    version=live.version, actions=(action,),
                )  # fmt: skip
            return change
        return None if change is None else msgspec.structs.replace(change, waiting=(partner,))


@pytest.mark.parametrize("order", ["AB", "BA"])
async def test_records_that_point_to_each_other_are_carried_and_completed(desk: Desk, order: str) -> None:
    """Both are created without what is missing, parked, and completed when both are there."""
    desk.shelf = Ring(StockLevel, key=stock_key, entity="stock")
    report = await desk.carry([line(sku, 1) for sku in order])
    assert (report.created, report.parked) == (2, 0)
    await desk.take_up()
    assert {key: body.get("points_to") for key, body in desk.shelf.contents().items()} == {
        "A/depot-001": "B/depot-001",
        "B/depot-001": "A/depot-001",
    }
    assert desk.waiting() == {}


class Arriving(Shelf[StockLevel]):
    """A shop that refuses, and counts, whatever is sent for what is not there."""

    async def apply(self, change: Change) -> Applied:
        """Take what is there."""
        assert change.key in self._kept
        return await super().apply(change)


@given(
    steps=st.lists(st.tuples(st.sets(st.sampled_from("ABCD")), st.sets(st.sampled_from("ABCD"))), max_size=5)
)
def test_nothing_is_lost_however_things_arrive(
    tmp_path_factory: pytest.TempPathFactory, steps: Sequence[tuple[set[str], set[str]]]
) -> None:
    """In any order of files and arrivals: a record is in the shop once both are there, else it waits."""
    with open_ledger(tmp_path_factory.mktemp("waiting") / "ledger.db") as ledger:
        asyncio.run(_arrive(Desk(ledger), steps))


async def _arrive(desk: Desk, steps: Sequence[tuple[set[str], set[str]]]) -> None:
    desk.shelf = shelf = Arriving(StockLevel, key=stock_key, entity="stock", creates=False)
    sent: set[str] = set()
    there: set[str] = set()
    for files, arrivals in steps:
        for sku in sorted(arrivals - there):
            shelf.put(level(sku, 0))
        there |= arrivals
        report = await desk.carry([line(sku, 5) for sku in sorted(files)])
        assert counted(report) == report.received
        sent |= files
        resumed = await desk.take_up()
        assert counted(resumed) == resumed.resumed
    held = {key[0]: body["quantity"] for key, body in shelf.contents().items()}
    assert held == {sku: 5 if sku in sent else 0 for sku in there}
    assert {key[0] for key in desk.waiting()} == sent - there
