"""Set aside: what something is in the way of is judged when all others are planned, its group together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from passerelle.errors import Obstructed
from passerelle.records import StockLevel
from passerelle.sync import Change, Live
from passerelle.testing import Shelf

from .desk import Desk, counted, line, open_ledger, stock_key


class Touchy(Shelf[StockLevel]):
    """A shop that takes a SKU's depots only when it read two of them together."""

    def __init__(self) -> None:
        super().__init__(StockLevel, key=stock_key, entity="stock")
        #: What was read together: SKU and quantity of each.
        self.readings: list[list[tuple[str, int]]] = []

    async def read_live(self, records: Sequence[StockLevel]) -> Mapping[str, Live]:
        """Note what is read."""
        self.readings.append([(record.sku, record.quantity) for record in records])
        return await super().read_live(records)

    def plan(self, record: StockLevel, live: Live | None) -> Change | None:
        """Refuse a record that is alone, for now."""
        together = [sku for sku, _ in self.readings[-1]].count(record.sku)
        if record.quantity > 0 and together == 1:
            raise Obstructed(f"{record.sku} is alone", group=record.sku, code="alone")
        return super().plan(record, live)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with such a shop."""
    with open_ledger(tmp_path / "ledger.db") as ledger:
        yield Desk(ledger, shelf=Touchy())


def readings(desk: Desk) -> list[list[tuple[str, int]]]:
    """What was read together."""
    assert isinstance(desk.shelf, Touchy)
    return desk.shelf.readings


async def test_a_group_is_looked_at_together_when_all_else_is_planned(desk: Desk) -> None:
    """Read apart from each other, they are read again, a few groups at a time; none is torn."""
    values = [line(sku, 5, depot) for depot in ("001", "101", "102") for sku in "ABC"]
    report = await desk.carry([*values, line("D", 0)], batch=1, verify_sample=0)
    assert readings(desk)[-3:] == [[(sku, 5)] * 3 for sku in "ABC"]
    assert (report.created, report.rejects, counted(report)) == (10, [], 10)
    assert len(desk.shelf.contents()) == 10


async def test_what_is_still_obstructed_then_is_refused(desk: Desk) -> None:
    """It is put aside with its place in the file, counted once, and nothing of it is sent."""
    report = await desk.carry([line("A", 5), line("B", 5), line("B", 5, "101")], batch=1)
    (reject,) = report.rejects
    assert (reject.code, reject.count) == ("alone", 1)
    assert "record 1, line 11, A|001" in reject.example
    assert (report.created, report.quarantined, counted(report)) == (2, 1, 3)
    assert desk.put_aside() == {"A|001": "alone"}


async def test_of_a_record_that_is_said_again_the_last_version_counts(desk: Desk) -> None:
    """Whether the earlier one, the later one or both were set aside."""
    said = [("A", 5), ("B", 5), ("A", 0), ("B", 6), ("C", 0), ("D", 0), ("C", 7)]
    values = [*(line(*one) for one in said), line("B", 1, "101")]
    report = await desk.carry(values, batch=1, verify_sample=0)
    assert {key: body["quantity"] for key, body in desk.shelf.contents().items()} == {
        "A/depot-001": 0,
        "B/depot-001": 6,
        "B/depot-101": 1,
        "D/depot-001": 0,
    }
    assert (report.created, report.superseded, report.quarantined, counted(report)) == (4, 3, 1, 8)
    assert readings(desk)[-2:] == [[("B", 6), ("B", 1)], [("C", 7)]]


async def test_a_dry_run_shows_the_same(desk: Desk) -> None:
    """What waits is planned before the plan is told."""
    values = [line(sku, 5, depot) for depot in ("001", "101") for sku in "ABC"]
    planner, report = await desk.plan(values, batch=1, dry_run=True)
    assert (planner.planned, planner.spooled, planner.seen.changes) == (6, 6, 6)
    assert desk.ledger.plans.totals(desk.job.run_id).by_kind == {"create": 6}
    assert report.rejects == []
