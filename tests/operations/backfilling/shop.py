"""A shop with depot 001 and an ERP that drops stock files; the past is what was carried of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from passerelle.feeds import RunOptions, run_feed
from passerelle.ledger import Backfill
from passerelle.operations.backfilling import BackfillRequest, ask_for
from tests.feeds.house import stock_xml
from tests.feeds.orders.till import Till
from tests.sync.desk import line

__all__ = ["Levels", "ask", "drop", "levels", "past", "somebody_sets", "versions"]

Levels = Mapping[str, int]


def drop(till: Till, sequence: int, counted: Levels, *, mode: str = "C", day: str = "20261101") -> str:
    """The ERP drops a stock file of a day."""
    folder = till.home / "erp" / "out" / "stock"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"STOCK_TOUS_{mode}_{sequence:05d}_{day}.xml"
    lines = [line(sku, quantity) for sku, quantity in counted.items()]
    path.write_bytes(stock_xml(lines, sequence=sequence, mode=mode, day=day))
    path.with_suffix(".ok").touch()
    return path.name


async def past(till: Till, *days: Levels) -> None:
    """Carry a full of the first day, then a delta of each further one: 1, 2, … November."""
    for number, counted in enumerate(days, 1):
        drop(till, number, counted, mode="C" if number == 1 else "D", day=f"202611{number:02d}")
        report = await run_feed(till.workspace, "stock", RunOptions())
        assert report.outcome == "succeeded", report


async def entries(till: Till) -> dict[str, dict[str, Any]]:
    """What the shop holds, by SKU."""
    async with till.workspace.client() as client:
        return {entry["sku"]: entry for entry in await client.query_all("inventory", [None])}


async def levels(till: Till) -> dict[str, int]:
    """The quantities in the shop."""
    return {sku: entry["quantityOnStock"] for sku, entry in (await entries(till)).items()}


async def versions(till: Till) -> dict[str, int]:
    """How often each entry of the shop was written: 1 when it was made."""
    return {sku: entry["version"] for sku, entry in (await entries(till)).items()}


async def somebody_sets(till: Till, counted: Levels) -> None:
    """A person writes in the shop's back office."""
    there = await entries(till)
    async with till.workspace.client() as client:
        for sku, quantity in counted.items():
            action = {"action": "changeQuantity", "quantity": quantity}
            await client.update("inventory", there[sku]["id"], there[sku]["version"], [action])


def ask(till: Till, **asked: Any) -> Backfill:
    """Ask for a backfill of stock, for real unless said otherwise."""
    request = BackfillRequest(feed="stock", **{"dry_run": False, **asked})
    with till.workspace.ledger() as ledger:
        return ask_for(till.workspace, ledger, request, by="ann")
