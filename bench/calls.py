"""What a product feed asks of the shop: nothing, a look at each product, and what changed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console

from passerelle.commercetools import Client, CommercetoolsConfig
from passerelle.sandbox import Sandbox

from .children import Cost, costs_of
from .product6 import write_product6
from .result import Result, figure
from .sending import send
from .shop import access, environment, open_shop

__all__ = ["measure"]

SEED = 7
PRODUCTS, FEWER = 5_000, 1_000
EVERY = 100
_CATEGORIES = 97


def measure(folder: Path, console: Console) -> list[Result]:
    """Products, 5,000 x 6 variants (seed 7): calls a 1,000 products, counted by the shop.

    Known: the ledger has the file's records. Compared: a new ledger, so that every product is compared with
    the live one. Changed: one product in a hundred has another size, with either ledger. Everything counts:
    product types, categories, writing, reading back; for what is known, even a token would.
    """
    with open_shop() as shop:
        asyncio.run(_set_up(access(shop)))
        runs = _Runs(folder, shop, console)
        runs.carry("first", "a first load", PRODUCTS, f"created={PRODUCTS}")
        known = runs.carry("first", "known", PRODUCTS, f"unchanged={PRODUCTS}")
        least = runs.carry("fewer", "compared", FEWER, f"unchanged={FEWER}")
        compared = runs.carry("second", "compared", PRODUCTS, f"unchanged={PRODUCTS}")
        moved = f"updated={PRODUCTS // EVERY}"
        changed = runs.carry("first", "1 % changed, known", PRODUCTS, moved, every=EVERY)
        # Back again: the shop has what is new, this ledger has never heard of it.
        both = runs.carry("third", "1 % changed, compared", PRODUCTS, moved)
    what = f"{PRODUCTS:,} products of six variants"
    return [
        figure(f"{what}, known: calls, tokens included", known.detail["asked"], "calls", 0),
        figure(f"{what}, compared: calls a 1,000", _rate(compared), "calls", 4),
        figure(f"{FEWER:,} products of six variants, compared: calls a 1,000", _rate(least), "calls"),
        figure(f"{what}, 1 % changed, known: calls a 1,000", _rate(changed), "calls", 14),
        figure(f"{what}, 1 % changed, compared: calls a 1,000", _rate(both), "calls", 14),
        figure(f"{what}, compared: CPU a product", compared.cpu / PRODUCTS * 1e6, "µs"),
        figure(f"{what}, compared: peak memory", compared.peak_mb, "MB"),
        figure(
            f"{what}, compared: more peak memory than {FEWER:,}", compared.peak_mb - least.peak_mb, "MB", 10
        ),
    ]


class _Runs:
    """Full files of one shop into ledgers of several names."""

    def __init__(self, folder: Path, shop: Sandbox, console: Console) -> None:
        self._folder = folder
        self._shop = shop
        self._console = console
        self._sequences: dict[str, int] = {}

    def carry(self, ledger: str, what: str, products: int, expected: str, *, every: int = 0) -> Cost:
        """Carry a full file, and count what the shop was asked."""
        home = self._folder / ledger
        sequence = self._sequences[ledger] = self._sequences.get(ledger, 0) + 1
        path = write_product6(home, products, seed=SEED, every=every)
        send(path, home / "erp" / "out" / "product6", sequence)
        self._shop.reset_stats()
        cost = costs_of("bench.shop_feed", "product6", expected, settings=environment(self._shop, home))
        stats = self._shop.stats()
        cost.detail.update(asked=stats["requests"], tokens=stats["tokens"])
        self._console.print(
            f"  {products:,} products, {what}: {stats['reads']} reads, {stats['writes']} writes, "
            f"{cost.cpu:.2f} s CPU, {cost.peak_mb:.0f} MB"
        )
        return cost


def _rate(cost: Cost) -> float:
    return 1_000 * (cost.detail["asked"] - cost.detail["tokens"]) / cost.detail["received"]


async def _set_up(config: CommercetoolsConfig) -> None:
    """The product type and the categories of `product6`."""
    attributes = [
        {
            "name": name,
            "label": {"en": name},
            "type": {"name": "text"},
            "isRequired": False,
            "isSearchable": False,
        }
        for name in ("ean", "colour", "size")
    ]
    async with Client(config) as client:
        kind = {
            "key": "article",
            "name": "Article",
            "description": "Of three texts",
            "attributes": attributes,
        }
        await client.create("product-types", kind)
        for number in range(_CATEGORIES):
            key = f"cat-{number:03d}"
            await client.create("categories", {"key": key, "name": {"en": key}, "slug": {"en": key}})
