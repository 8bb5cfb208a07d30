"""What happened is sent once: no second look, no drift and no undo makes it happen again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from passerelle.mapping import Mapping, load_mapping
from passerelle.records import StockLevel
from passerelle.sync.drift import look_for_drift
from passerelle.sync.undo import plan_undo
from passerelle.testing import Shelf

from .desk import Desk, open_ledger

MOVEMENTS = """\
feed: movements
entity: stock
files: {folder: in, pattern: "M_{sequence:5}.csv", ready: {marker: .ok}}
format: {csv: {charset: UTF-8, delimiter: ";"}}
key: NO
fields:
  - {to: sku, from: SKU}
  - {to: movement, from: NO}
  - {to: quantity, from: QTY, via: {decimal: "1234"}, as: integer}
RELATIVE
"""


@pytest.fixture
def make(tmp_path: Path) -> Any:
    """Make a desk for movements, or for levels that are named as they are."""
    ledger = open_ledger(tmp_path / "ledger.db")

    def made(*, relative: bool) -> Desk:
        path = tmp_path / "movements.yaml"
        said = "  - {to: relative, value: true}" if relative else ""
        path.write_text(MOVEMENTS.replace("RELATIVE", said), encoding="utf-8")
        mapping = load_mapping(path)
        assert isinstance(mapping, Mapping)
        shelf = Shelf(StockLevel, key=lambda record: str(record.movement), entity="stock")
        return Desk(ledger, mapping, shelf)

    yield made
    ledger.close()


def moved(number: str, by: int) -> dict[str, str]:
    """A line of the journal."""
    return {"SKU": "A", "NO": number, "QTY": str(by)}


@pytest.mark.parametrize(("relative", "again"), [(True, 0), (False, 1)])
async def test_a_second_look_sends_no_movement_again(make: Any, *, relative: bool, again: int) -> None:
    """A level that the shop shows otherwise is set right; a movement was counted, whatever shows now."""
    desk: Desk = make(relative=relative)
    await desk.carry([moved("BL-1", -3)])
    desk.shelf.put(StockLevel(sku="A", quantity=99, movement="BL-1", relative=relative))
    planner, _ = await desk.plan([moved("BL-1", -3)], recheck=True)
    assert planner.planned == again


@pytest.mark.parametrize(("relative", "checked"), [(True, 0), (False, 1)])
async def test_movements_do_not_drift(make: Any, *, relative: bool, checked: int) -> None:
    """There is no state to compare them with."""
    desk: Desk = make(relative=relative)
    await desk.carry([moved("BL-1", -3)])
    _, report = await desk.plan([])
    assert (await look_for_drift(desk.job, report)).checked == checked


async def test_a_movement_is_not_taken_back(make: Any) -> None:
    """Undo leaves it alone and says what would take it back."""
    desk: Desk = make(relative=True)
    desk.shelf.put(StockLevel(sku="A", quantity=99, movement="BL-1", relative=True))
    await desk.carry([moved("BL-1", -3)])
    run = desk.job.run_id
    _, report = await desk.plan([])
    await plan_undo(desk.job, report, run)
    assert report.planned == 0
    told = "; ".join([row.example for row in report.rejects] + report.notes)
    assert "contrary movement" in told
