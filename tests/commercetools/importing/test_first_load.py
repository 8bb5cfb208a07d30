"""A first load by the Import API: what arrives, what it costs, what the ledger knows afterwards."""

from __future__ import annotations

from passerelle.commercetools import StockSink, ensure
from passerelle.commercetools.project.model import ProjectModel
from passerelle.records import StockLevel
from tests.commercetools.importing.yard import Yard

DEPOT = ProjectModel.model_validate({"channels": [{"key": "depot-001", "roles": ["InventorySupply"]}]})


def levels(count: int) -> list[StockLevel]:
    """Stock levels of so many SKUs."""
    return [StockLevel(sku=f"S-{n}", quantity=n, supply_channel="depot-001") for n in range(count)]


async def stock(yard: Yard) -> dict[str, int]:
    """What the shop holds."""
    found = await yard.client.query_all("inventory", [None])
    return {entry["sku"]: entry["quantityOnStock"] for entry in found}


async def test_new_records_go_by_the_twenty(yard: Yard) -> None:
    """45 records are three requests, none of their own, and all of them are read back and known."""
    await ensure(yard.client, DEPOT)
    job = yard.job(StockSink(yard.client))
    yard.recorder.exchanges.clear()
    report = await yard.load(job, levels(45))
    assert (report.created, report.verified, report.failed) == (45, 45, 0)
    assert len(yard.sent("POST", "/inventories/import-containers/")) == 3
    assert [path for path in yard.sent("POST", "/demo/inventory") if "containers" not in path] == []
    assert await stock(yard) == {f"S-{n}": n for n in range(45)}
    assert yard.claims("stock") == []
    known = yard.ledger.fingerprints.lookup("stock", [f"S-{n}_depot-001" for n in range(45)])
    assert len(known) == yard.ledger.wanted.count("stock") == 45
    again = yard.job(StockSink(yard.client))
    report = await yard.load(again, levels(45))
    assert (report.created, report.updated) == (0, 0)
