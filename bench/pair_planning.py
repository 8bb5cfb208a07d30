"""The measured planning: pairs of a live product and a record, with the sink of any run.

`python -m bench.pair_planning make N FILE` gives the shop of the environment its products, and writes FILE:
the same pairs as projections, one JSON object with `now` and `before` a line. `plan N FILE` reads the
products as a run does and plans each; only the plans are measured, what the reading costs is told beside.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from passerelle.commercetools import Client, CommercetoolsConfig, ProductSink
from passerelle.errors import Conflict
from passerelle.feeds import Settings
from passerelle.feeds.collector import calm_collector

from .children import peak_mb
from .pairs import CATEGORIES, PRODUCT_TYPE, base, wanted, wanted_live

_BATCH = 250


async def _make(config: CommercetoolsConfig, products: int, file: Path) -> None:
    async with Client(config) as client:
        await client.create("product-types", PRODUCT_TYPE)
        for key in CATEGORIES:
            await client.create("categories", {"key": key, "name": {"en": key}, "slug": {"en": key}})
        # Nothing is published: a tool that compares projections does not publish either.
        sink = ProductSink(client, publish="never")
        await sink.prepare()

        async def create(number: int) -> None:
            change = sink.plan(base(number), None)
            if change is not None:
                # An answer was lost: the next look tells whether the product is there.
                with suppress(Conflict):
                    await sink.apply(change)

        with file.open("wb") as pairs:
            for batch in _batches(products):
                lacking = list(batch)
                while lacking:
                    live = await sink.read_live([base(number) for number in batch])
                    lacking = [number for number in batch if base(number).key not in live]
                    await client.each(lacking, create)
                for number, before in zip(batch, await _projections(client, batch), strict=True):
                    now = wanted_live(number, orjson.loads(orjson.dumps(before)))
                    pairs.write(orjson.dumps({"now": now, "before": before}) + b"\n")


async def _projections(client: Client, batch: Sequence[int]) -> list[dict[str, Any]]:
    """Read products as the API shows them, in the batch's order."""
    keys = [base(number).key for number in batch]
    found = await client.query_in("product-projections", "key", keys, params=[("staged", "true")])
    by_key = {product["key"]: product for product in found}
    return [by_key[key] for key in keys]


async def _plan(config: CommercetoolsConfig, products: int) -> dict[str, Any]:
    planning, reading, wall = 0.0, 0.0, 0.0
    changed, actions = 0, 0
    async with Client(config) as client:
        sink = ProductSink(client, publish="never")
        await sink.prepare()
        for batch in _batches(products):
            records = [wanted(number) for number in batch]
            start = time.process_time()
            live = await sink.read_live(records)
            before, begun = time.process_time(), time.perf_counter()
            plans = [sink.plan(record, live.get(record.key)) for record in records]
            done, ended = time.process_time(), time.perf_counter()
            reading, planning, wall = reading + before - start, planning + done - before, wall + ended - begun
            made = [change for change in plans if change is not None]
            changed, actions = changed + len(made), actions + sum(len(change.actions) for change in made)
    detail = {"changed": changed, "actions": actions, "reading": reading}
    return {"cpu": planning, "wall": wall, "peak_mb": peak_mb(), "detail": detail}


def _batches(products: int) -> list[range]:
    return [range(start, min(start + _BATCH, products)) for start in range(0, products, _BATCH)]


def main() -> None:
    """Make the products, or plan them and print what that cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["make", "plan"])
    parser.add_argument("products", type=int)
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    shop = Settings.load().commercetools
    if shop is None:
        raise SystemExit("the environment names no shop")
    if asked.what == "make":
        asyncio.run(_make(shop, asked.products, asked.file))
        told = {"cpu": 0.0, "wall": 0.0, "peak_mb": peak_mb(), "detail": {}}
    else:
        with calm_collector():
            told = asyncio.run(_plan(shop, asked.products))
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
