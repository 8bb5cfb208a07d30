"""Orders out: from the shop's message to the ERP's file, and the first export of a long past."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from rich.console import Console
from rich.table import Table

from passerelle.commercetools import Client, ProjectModel, ensure
from passerelle.feeds import RunReport, Settings, Workspace, run_feed
from passerelle.retailer import Erp, Split
from passerelle.sandbox import Sandbox, SandboxConfig

from .children import costs_of, report_costs
from .result import Result, figure
from .shop import access, environment, reads_and_writes

__all__ = ["measure", "measure_history"]

ORDERS, CONNECTIONS, LATENCY_MS = 4_000, 50, 50
HISTORY, SMALL, KILLED_AFTER = 50_000, 10_000, 40.0
MODEL = ProjectModel.model_validate({"channels": [{"key": "erp", "roles": ["OrderExport"]}]})


def measure(folder: Path, console: Console) -> list[Result]:
    """Orders out and back, 4,000 of them, 50 ms, 50 connections: orders a second, calls an order by step.

    The export is one run of the feed: collected, let through, written, delivered, marked. Then the ERP
    answers and ships everything, and the shop is told. The floor is one call an order: its mark.
    """
    state = folder / "shop.json"
    past(state, ORDERS)
    steps: list[tuple[str, int, int]] = []
    told = 0.0
    with _open(state) as shop:
        workspace = _workspace(shop, folder / "home")
        erp = Erp(folder / "home" / "erp")
        shop.control("POST", "/latency", {"ms": LATENCY_MS})
        wall, cpu = time.perf_counter(), time.process_time()
        counted = _calls(shop)
        report = asyncio.run(run_feed(workspace, "orders-out"))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        _checked(report, created=ORDERS, updated=ORDERS)
        reads, writes = _since(shop, counted)
        steps += [("collected, let through, written", reads, 0), ("marked", 0, writes)]
        for name, step, act in (
            ("order-acks", "acknowledged", erp.acknowledge),
            ("shipments", "shipped", lambda: erp.ship(Split.WHOLE)),
        ):
            erp.take_orders()
            act()
            counted, before = _calls(shop), time.process_time()
            _checked(asyncio.run(run_feed(workspace, name)))
            told += time.process_time() - before
            steps.append((step, *_since(shop, counted)))
    table = Table("step", "reads", "writes", "calls an order", title=f"calls for {ORDERS:,} orders")
    for name, reads, writes in steps:
        table.add_row(name, f"{reads:,}", f"{writes:,}", f"{(reads + writes) / ORDERS:.3f}")
    console.print(table)
    floor = ORDERS / CONNECTIONS * LATENCY_MS / 1000
    console.print(f"  {wall:.1f} s wall, {cpu:.1f} s CPU, the marks alone {floor:.1f} s")
    calls = sum(reads + writes for _, reads, writes in steps)
    return [
        figure(f"orders from the shop to the file and marked, {LATENCY_MS} ms", ORDERS / wall, "orders/s"),
        figure("the same: client CPU an order", cpu / ORDERS * 1e3, "ms", 5.0),
        figure(
            "answers and shipments to the orders in the shop: client CPU a message",
            told / (2 * ORDERS) * 1e3,
            "ms",
        ),
        figure("calls an order from collected to marked", (steps[0][1] + steps[1][2]) / ORDERS, "calls", 1.1),
        figure("calls an order from collected to shipped", calls / ORDERS, "calls", 4.5),
    ]


def measure_history(folder: Path, console: Console) -> list[Result]:
    """First export of 50,000 orders of the past, killed in its middle and run again; memory to 10,000."""
    peaks: dict[int, float] = {}
    rate = 0.0
    for orders in (SMALL, HISTORY):
        home = folder / str(orders)
        past(home / "shop.json", orders)
        with _open(home / "shop.json") as shop:
            _workspace(shop, home)
            settings = environment(shop, home, connections=CONNECTIONS) | _OWN
            if orders == HISTORY:
                console.print(f"  killed after {_killed(settings, KILLED_AFTER):.0f} s")
            cost = costs_of("bench.orders_out", "run", timeout=3600, settings=settings)
            peaks[orders], rate = cost.peak_mb, cost.detail["created"] / cost.wall
            erp = Erp(home / "erp")
            taken = len(erp.take_orders().orders)
            if taken != orders or erp.duplicates:
                raise SystemExit(
                    f"the ERP has {taken} orders, {len(erp.duplicates)} twice; expected {orders}"
                )
        console.print(f"  {orders:,} orders: {cost.wall:.0f} s, {cost.cpu:.0f} s CPU, {cost.peak_mb:.0f} MB")
    return [
        figure(f"first export of {HISTORY:,} orders: orders a second after the restart", rate, "orders/s"),
        figure(f"first export of {HISTORY:,} orders: peak memory", peaks[HISTORY], "MB", 250),
        figure(
            f"peak memory, {HISTORY:,} against {SMALL:,} orders", peaks[HISTORY] / peaks[SMALL], "times", 1.25
        ),
    ]


_OWN = {"PASSERELLE_MAPPINGS": "mappings/erp", "PASSERELLE_ORDER_LAG": "0"}


def _open(state: Path) -> Sandbox:
    """A shop in a process of its own, whose orders may name any SKU; leaving it saves there."""
    return Sandbox(SandboxConfig(state=state, unknown_order_skus="accept"))


def past(state: Path, orders: int) -> None:
    """Write the state of a shop with so many paid orders: one is placed, the others are its like."""
    state.parent.mkdir(parents=True, exist_ok=True)
    with _open(state) as shop:
        asyncio.run(_first(shop))
    content = orjson.loads(state.read_bytes())
    documents = content["projects"][shop.project]
    [pattern] = documents["order"]
    documents["order"] = list(_like(pattern, orders))
    state.write_bytes(orjson.dumps(content))


async def _first(shop: Sandbox) -> None:
    async with Client(access(shop)) as client:
        await ensure(client, MODEL)
        amount = {"currencyCode": "EUR", "centAmount": 5990}
        line = {"name": {"fr-FR": "Chemise"}, "quantity": 1, "price": {"value": amount}}
        freight = {"currencyCode": "EUR", "centAmount": 490}
        await client.create(
            "orders/import",
            {
                "orderNumber": "H-000000",
                "totalPrice": {"currencyCode": "EUR", "centAmount": 2 * 5990 + 490},
                "orderState": "Open",
                "paymentState": "Paid",
                "country": "FR",
                "lineItems": [{**line, "variant": {"sku": sku}} for sku in ("S-1", "S-2")],
                "shippingAddress": {"country": "FR", "lastName": "Durand", "city": "Lille"},
                "shippingInfo": {
                    "shippingMethodName": "Domicile",
                    "price": freight,
                    "shippingRate": {"price": freight},
                },
            },
        )


def _like(pattern: Mapping[str, Any], orders: int) -> Iterator[dict[str, Any]]:
    begin = datetime.now(UTC) - timedelta(days=2)
    for number in range(orders):
        moment = (begin + timedelta(milliseconds=number)).isoformat(timespec="milliseconds")
        yield {
            **pattern,
            "id": str(UUID(int=number + 1, version=4)),
            "orderNumber": f"H-{number:06}",
            "createdAt": moment.replace("+00:00", "Z"),
            "lineItems": [
                {**line, "id": str(UUID(int=(number + 1) * 10 + place + 1, version=4))}
                for place, line in enumerate(pattern["lineItems"])
            ],
        }


def _workspace(shop: Sandbox, home: Path) -> Workspace:
    Erp(home / "erp")
    config = access(shop, connections=CONNECTIONS)
    return Workspace(
        Settings(
            home=home / "ours",
            mappings=Path("mappings/erp"),
            folder=home / "erp",
            order_lag=0,
            commercetools=config,
        )
    )


def _calls(shop: Sandbox) -> tuple[int, int]:
    return reads_and_writes(shop)


def _since(shop: Sandbox, before: tuple[int, int]) -> tuple[int, int]:
    now = reads_and_writes(shop)
    return now[0] - before[0], now[1] - before[1]


def _checked(report: RunReport, **counts: int) -> None:
    wrong = {
        name: getattr(report, name) for name, wanted in counts.items() if getattr(report, name) != wanted
    }
    if wrong or report.exit_code:
        raise SystemExit(f"{report.feed}: {wrong}, expected {counts}: {report.message} {report.rejects}")


def _killed(settings: Mapping[str, str], seconds: float) -> float:
    """Run the export and kill it in its middle; how long it ran."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "bench.orders_out", "run"]
    with subprocess.Popen(command, env=os.environ | dict(settings), stdout=subprocess.DEVNULL) as process:
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return time.perf_counter() - start


def _run() -> dict[str, float]:
    report = asyncio.run(run_feed(Workspace(Settings.load()), "orders-out"))
    _checked(report)
    return {"created": report.created}


if __name__ == "__main__":
    if sys.argv[1:] != ["run"]:
        raise SystemExit("python -m bench.orders_out run, with a workspace in the environment")
    report_costs(_run)
