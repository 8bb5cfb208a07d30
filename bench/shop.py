"""The shop of a workload: a sandbox that starts from a state file, and how processes reach it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import orjson

from passerelle.commercetools import Client, CommercetoolsConfig, stock_key
from passerelle.records import StockLevel
from passerelle.sandbox import Sandbox, SandboxConfig

__all__ = ["Place", "access", "environment", "open_shop", "reads_and_writes", "stocked", "token"]

_SEED = 7


class Place(NamedTuple):
    """Where a SKU lies: the key of its supply channel."""

    sku: str
    channel: str


def open_shop(state: Path | None = None) -> Sandbox:
    """A sandbox in a process of its own, with what the state file holds; leaving it saves there."""
    return Sandbox(SandboxConfig(state=state))


def access(shop: Sandbox, *, connections: int = 20) -> CommercetoolsConfig:
    """The settings that reach a shop."""
    return CommercetoolsConfig(
        project_key=shop.project,
        client_id=shop.client_id,
        client_secret=shop.client_secret,
        auth_url=shop.url,
        api_url=shop.url,
        import_url=shop.import_url,
        concurrency=connections,
    )


def environment(shop: Sandbox, home: Path, *, connections: int = 20) -> dict[str, str]:
    """The variables with which a process finds a workspace in `home`, its files and the shop."""
    return {
        "PASSERELLE_HOME": str(home),
        "PASSERELLE_FOLDER": str(home / "erp"),
        "PASSERELLE_MAPPINGS": "bench/mappings",
        "PASSERELLE_COMMERCETOOLS__PROJECT_KEY": shop.project,
        "PASSERELLE_COMMERCETOOLS__CLIENT_ID": shop.client_id,
        "PASSERELLE_COMMERCETOOLS__CLIENT_SECRET": shop.client_secret.get_secret_value(),
        "PASSERELLE_COMMERCETOOLS__AUTH_URL": shop.url,
        "PASSERELLE_COMMERCETOOLS__API_URL": shop.url,
        "PASSERELLE_COMMERCETOOLS__IMPORT_URL": shop.import_url,
        "PASSERELLE_COMMERCETOOLS__CONCURRENCY": str(connections),
    }


def reads_and_writes(shop: Sandbox) -> tuple[int, int]:
    """What was asked of the shop since the last reset, tokens aside."""
    stats = shop.stats()
    return int(stats["reads"]), int(stats["writes"])


def stocked(state: Path, levels: Mapping[Place, int]) -> None:
    """Write the state of a shop that has these pieces, and the supply channels that they name.

    One entry a channel is made through the API; the others are its copies with a name, a SKU and a number of
    their own, as many as a shop has and no client could make in a moment.
    """
    with open_shop(state) as shop:
        asyncio.run(_first_entries(access(shop), sorted({place.channel for place in levels})))
    content = orjson.loads(state.read_bytes())
    documents = content["projects"][shop.project]
    patterns = {entry["sku"]: entry for entry in documents["inventory-entry"]}
    documents["inventory-entry"] = list(_entries(patterns, levels))
    state.write_bytes(orjson.dumps(content))


async def _first_entries(config: CommercetoolsConfig, channels: list[str]) -> None:
    async with Client(config) as client:
        for channel in channels:
            await client.create("channels", {"key": channel, "roles": ["InventorySupply"]})
            supplied = {"typeId": "channel", "key": channel}
            draft = {"key": f"first-{channel}", "sku": channel, "quantityOnStock": 1}
            await client.create("inventory", {**draft, "supplyChannel": supplied})


def _entries(
    patterns: Mapping[str, Mapping[str, Any]], levels: Mapping[Place, int]
) -> Iterator[dict[str, Any]]:
    draw = Random(_SEED)  # noqa: S311 - a seed, no secret
    for place, pieces in levels.items():
        record = StockLevel(sku=place.sku, supply_channel=place.channel, quantity=pieces)
        yield {
            **patterns[place.channel],
            "id": str(UUID(int=draw.getrandbits(128), version=4)),
            "key": stock_key(record),
            "sku": place.sku,
            "quantityOnStock": pieces,
            "availableQuantity": pieces,
        }


def token(shop: Sandbox) -> str:
    """A token of the shop, for peers that are handed one."""
    answer = httpx.post(
        f"{shop.url}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(shop.client_id, shop.client_secret.get_secret_value()),
    )
    return str(answer.raise_for_status().json()["access_token"])
