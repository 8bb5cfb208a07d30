"""Stock updates at the rate that connections and latency allow, and what a call costs."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from passerelle.sandbox import Sandbox

from .children import Cost, costs_of
from .result import Result, figure
from .shop import Place, environment, open_shop, reads_and_writes, stocked
from .stockrows import changed, levels, write_stockrows

__all__ = ["measure"]

SEED = 7
UPDATES, FEWER, LATENCY_MS = 20_000, 5_000, 50
#: Connections, and the share of the ideal rate that must be reached with them.
IDEAL = {20: 0.9, 100: 0.8}
SDK_UPDATES = 4_000


def measure(folder: Path, console: Console) -> list[Result]:
    """Stock, 20,000 of 20,000 rows changed (seed 7), 50 ms: the rate against connections / latency.

    The whole run is made, with reading, comparing and ledger; the rate and the CPU a call are those between
    the first 250 answers and the last, the ledger's notes included. The SDK does nothing but its updates, one
    after the other at 0 ms, where its CPU is least.
    """
    stock = levels(UPDATES, seed=SEED)
    stocked(folder / "shop.json", stock)
    results: list[Result] = []
    with open_shop(folder / "shop.json") as shop:
        sdk = costs_of("bench.peers.sdk_updates", str(SDK_UPDATES), settings=environment(shop, folder))
        theirs = sdk.cpu / sdk.detail["updated"]
        console.print(f"  the SDK: {theirs * 1e6:.0f} µs CPU an update, {SDK_UPDATES:,} updates")
        # The SDK's numbers are others than these, so that every row is one to send.
        stock = changed(stock, 1.0, seed=SEED)
        few = dict(list(stock.items())[:FEWER])
        least = _sent(folder / "few", shop, few, max(IDEAL), console)
        for connections, share in IDEAL.items():
            stock = changed(stock, 1.0, seed=SEED)
            cost = _sent(folder / str(connections), shop, stock, connections, console)
            ours = cost.detail["sent_cpu"] / cost.detail["sent"]
            ideal = cost.detail["sent"] / connections * LATENCY_MS / 1000
            what = f"{UPDATES:,} stock updates, {LATENCY_MS} ms, {connections} connections"
            results += [
                figure(
                    f"{what}: time against the ideal", cost.detail["sent_wall"] / ideal, "times", 1 / share
                ),
                figure(f"{what}: CPU a call against the commercetools SDK", ours / theirs, "times", 1 / 3),
                figure(f"{what}: CPU a call", ours * 1e6, "µs"),
                figure(f"{what}: CPU of the whole run an update", cost.cpu / UPDATES * 1e6, "µs"),
                figure(f"{what}: peak memory", cost.peak_mb, "MB", 150),
            ]
        growth = cost.peak_mb - least.peak_mb
        results.append(figure(f"{what}: more peak memory than {FEWER:,}", growth, "MB", 10))
    return results


def _sent(home: Path, shop: Sandbox, stock: dict[Place, int], connections: int, console: Console) -> Cost:
    path = home / "erp" / "out" / "stockrows" / "STOCKROWS_C_00001_20261101.csv"
    write_stockrows(path, stock).with_suffix(".ok").touch()
    shop.control("POST", "/latency", {"ms": LATENCY_MS})
    shop.reset_stats()
    settings = environment(shop, home, connections=connections)
    cost = costs_of("bench.shop_feed", "stockrows", f"updated={len(stock)}", settings=settings)
    if reads_and_writes(shop)[1] != len(stock):
        raise SystemExit(f"{len(stock)} updates were wanted, not these calls: {shop.stats()}")
    sent, wall = cost.detail["sent"], cost.detail["sent_wall"]
    console.print(
        f"  {len(stock):,} updates, {connections} connections: {sent / wall:.0f}/s of "
        f"{connections / LATENCY_MS * 1000:.0f}/s, {cost.detail['sent_cpu'] / sent * 1e6:.0f} µs CPU a call; "
        f"whole run {cost.wall:.1f} s, {cost.cpu:.1f} s CPU, {cost.peak_mb:.0f} MB"
    )
    return cost
