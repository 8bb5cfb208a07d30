from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from passerelle.errors import Retriable
from passerelle.records import StockLevel
from passerelle.sync import Applied, Change, Live, Progress
from passerelle.testing import Flaky, Shelf, Trouble

from .desk import Desk, level, line, stock_key


async def test_a_shop_that_accepts_and_does_not_apply_is_told_on(desk: Desk) -> None:
    """The answer was yes and the shop shows something else: a reject, and not known, so it is sent again."""
    desk.shelf.put(level("A", 1))
    desk.shelf.deaf_to = {"A/depot-001", "B/depot-001"}
    report = await desk.carry([line("A", 2), line("B", 2), line("C", 2)])
    assert (report.verified, report.mismatched) == (3, 2)
    assert [(row.code, row.count) for row in report.rejects] == [("accepted_not_applied", 2)]
    assert "quantity" in report.rejects[0].example
    assert desk.known("A|001", "B|001", "C|001") == ["C|001"]
    desk.shelf.deaf_to = set()
    again = await desk.carry([line("A", 2), line("B", 2), line("C", 2)])
    assert (again.updated, again.created, again.unchanged, again.mismatched) == (1, 1, 1, 0)


async def test_what_was_not_written_is_not_read_back(desk: Desk) -> None:
    """A run without a change asks nothing afterwards."""
    await desk.carry([line("A", 1)])
    reads = desk.shelf.reads
    report = await desk.carry([line("A", 1)])
    assert (report.verified, desk.shelf.reads) == (0, reads)


@pytest.mark.parametrize(("written", "sample"), [(100, 10), (5, 10), (23, 10), (1, 1)])
async def test_the_sample_is_spread_over_the_file(desk: Desk, written: int, sample: int) -> None:
    """At most so many records, taken from all of the file."""
    report = await desk.carry([line(f"S{number}", 1) for number in range(written)], verify_sample=sample)
    assert min(written, sample) / 2 <= report.verified <= sample


async def test_a_shop_that_cannot_be_read_back_is_a_note(desk: Desk) -> None:
    """What was written stays written: the run is told, not failed."""

    class Blind(Shelf[StockLevel]):
        async def read_live(self, records: Sequence[StockLevel]) -> Mapping[str, Live]:
            if self.log:
                raise Retriable("not now (503)")
            return await super().read_live(records)

    report = await desk.carry([line("A", 1)], sink=Blind(StockLevel, key=stock_key))
    assert (report.created, report.verified, report.mismatched) == (1, 0, 0)
    assert any("could not be read back" in note for note in report.notes)
    assert desk.known("A|001") == ["A|001"]


async def test_progress_tells_of_reading_back(desk: Desk) -> None:
    """The phase has a beginning and an end."""
    told: list[Progress] = []
    await desk.carry([line("A", 1)], watch=told.append)
    assert [(p.done, p.total) for p in told if p.phase == "verify"] == [(0, 1), (1, 1)]


async def test_the_risky_are_read_back_first(desk: Desk) -> None:
    """What became zero and what is new, before quantities that moved a little."""
    await desk.carry([line(f"S{number:02d}", 5) for number in range(20)])
    quantities = {f"S{number:02d}": 0 if number == 7 else 6 for number in range(20)}
    desk.shelf.deaf_to = {"S07/depot-001", "NEW/depot-001"}
    lines = [line(sku, quantity) for sku, quantity in {**quantities, "NEW": 1}.items()]
    report = await desk.carry(lines, verify_sample=2)
    assert (report.verified, report.mismatched) == (2, 2)


async def test_all_are_read_back_when_asked(desk: Desk) -> None:
    """In batches, those that were not taken left out."""
    await desk.carry([line("GONE", 1)])
    sink = Flaky(desk.shelf, Trouble.REFUSED, every=1, keys={"R/depot-001"})
    lines = [line(f"S{number}", 1) for number in range(25)]
    report = await desk.carry([*lines, line("R", 1)], sink=sink, verify_sample=1, verify_all=True, batch=10)
    assert (report.verified, report.mismatched, report.quarantined) == (25, 0, 1)


async def test_who_wrote_after_us_is_no_fault_of_the_shop(desk: Desk) -> None:
    """A version past ours: the shop took our value, an order or a person came right after."""

    class Busy(Shelf[StockLevel]):
        async def apply(self, change: Change) -> Applied:
            applied = await super().apply(change)
            self.put(level("A", 1))
            return applied

    desk.shelf = Busy(StockLevel, key=stock_key, entity="stock")
    report = await desk.carry([line("A", 2)])
    assert (report.verified, report.mismatched, report.rejects) == (1, 0, [])
    assert any("written by others right after us" in note for note in report.notes)


@pytest.mark.parametrize(("shown_at", "mismatched"), [(2, 0), (3, 1)])
async def test_a_target_that_shows_changes_late_has_its_time(
    desk: Desk, shown_at: int, mismatched: int
) -> None:
    """What differs is read once more when it has settled, and only what still differs is told."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    class Slow(Shelf[StockLevel]):
        settles_in = 10.0
        looks = 0

        async def read_live(self, records: Sequence[StockLevel]) -> Mapping[str, Live]:
            self.looks += bool(self.log)
            return {} if self.looks < shown_at else await super().read_live(records)

    report = await desk.carry([line("A", 1)], sink=Slow(StockLevel, key=stock_key), sleep=sleep)
    assert (slept, report.verified, report.mismatched) == ([10.0], 1, mismatched)
