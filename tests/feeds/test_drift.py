"""Drift of a feed at the shop: seen, told with who did it, planned, set right by a decision."""

from __future__ import annotations

import msgspec
import pytest

from passerelle.cli.drifting import look_at, show_edits
from passerelle.feeds import RunReport
from passerelle.feeds.approving import apply_decided
from passerelle.feeds.drift import drift_of
from tests.sync.desk import line, open_ledger

from .house import stock_xml
from .orders.till import Till

LINES = [line(sku, quantity) for sku, quantity in (("A", 5), ("B", 6), ("C", 7))]


@pytest.fixture
async def stocked(till: Till) -> Till:
    """A shop whose stock we wrote."""
    async with till.workspace.client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
    path = till.home / "erp" / "out" / "stock" / "STOCK_TOUS_C_00001_20261101.xml"
    path.write_bytes(stock_xml(LINES, sequence=1, mode="C"))
    path.with_suffix(".ok").touch()
    report: RunReport = await till.run("stock")
    assert report.created == 3
    return till


async def disturb(till: Till) -> None:
    """B is deleted, D is made by hand."""
    async with till.workspace.client() as client:
        entries = {one["sku"]: one for one in await client.query_all("inventory", [None])}
        await client.delete("inventory", entries["B"]["id"], entries["B"]["version"])
        await client.create("inventory", {"key": "by-hand", "sku": "D", "quantityOnStock": 1})


async def test_a_look_finds_what_is_missing_and_extra_and_a_plan_repairs_it(stocked: Till) -> None:
    """The look is a run of its own and writes nothing; the plan goes through a person."""
    await disturb(stocked)
    found = await drift_of(stocked.workspace, "stock", repair=True, extra=100)
    drift = found.drift
    assert (drift.checked, drift.agreeing, drift.missing, drift.extra) == (3, 2, 1, 1)
    assert {(row.key, row.state, row.cause) for row in drift.rows} == {
        ("B|001", "missing", "deleted"),
        ("by-hand", "extra", "unknown_to_us"),
    }
    assert next(row.by for row in drift.rows if row.state == "extra")
    assert found.report.exit_code == 3
    assert found.plan is not None
    assert found.plan.origin == "drift"
    with open_ledger(stocked.ledger_path) as ledger:
        [run] = ledger.runs.last("stock")
        assert (run.mode, run.outcome, run.id) == ("drift", "completed_with_rejects", found.report.run_id)
    done = await apply_decided(stocked.workspace, str(found.plan.id), by="night shift", reason="lost")
    assert (done.outcome, done.created) == ("succeeded", 1)
    again = await drift_of(stocked.workspace, "stock")
    assert (again.drift.agreeing, again.drift.found, again.report.exit_code) == (3, 0, 0)


@pytest.mark.parametrize(("share", "code"), [(0.0, 3), (0.3, 3), (0.34, 0)])
async def test_so_many_may_differ(stocked: Till, share: float, code: int) -> None:
    """Within the tolerance the look succeeds; what differs is told, and planned for repair, all the same."""
    async with stocked.workspace.client() as client:
        entries = {one["sku"]: one for one in await client.query_all("inventory", [None])}
        await client.delete("inventory", entries["B"]["id"], entries["B"]["version"])
    found = await drift_of(stocked.workspace, "stock", tolerance=share, repair=True)
    assert (found.report.exit_code, found.drift.checked, found.drift.found) == (code, 3, 1)
    assert [row.key for row in found.drift.rows] == ["B|001"]
    assert found.plan is not None


async def test_the_command_tells_it_to_people_and_machines(
    stocked: Till, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table, a page, JSON; the exit code says whether all is as wanted."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("passerelle.cli.drifting.Workspace.load", lambda: stocked.workspace)
    await disturb(stocked)
    page = stocked.home / "drift.html"

    async def code(*, as_json: bool) -> int:
        return await look_at(
            "stock", part=None, skus=(), extra=0, repair=False, html=page, as_json=as_json, lang="fr"
        )

    assert await code(as_json=False) == 3
    assert "B|001" in capsys.readouterr().out
    assert "supprimé par" in page.read_text("utf-8")
    assert await code(as_json=True) == 3
    [body] = msgspec.json.decode(capsys.readouterr().out)
    assert (body["drift"]["missing"], body["plan"]) == (1, None)
    show_edits("stock", as_json=True, lang="en")
    assert msgspec.json.decode(capsys.readouterr().out) == []
