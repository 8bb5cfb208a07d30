"""The first export of a history of orders is killed with SIGKILL again and again; nothing leaves twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passerelle.commercetools import Client, CommercetoolsConfig, ProjectModel, ensure
from passerelle.ledger import Ledger
from passerelle.retailer import Erp
from passerelle.sandbox import Sandbox, SandboxConfig

ROOT = Path(__file__).parents[2]
ORDERS, SEED = 2_000, 2026
MODEL = ProjectModel.model_validate({"channels": [{"key": "erp", "roles": ["OrderExport"]}]})


def euro(cents: int) -> dict[str, Any]:
    """An amount as it is written."""
    return {"currencyCode": "EUR", "centAmount": cents}


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A shop with two thousand paid orders that nobody exported."""
    with Sandbox(SandboxConfig(unknown_order_skus="accept"), in_process=True) as running:
        line = {
            "name": {"fr-FR": "Chemise"}, "variant": {"sku": "S-1"}, "quantity": 1,
            "price": {"value": euro(5990)},
        }  # fmt: skip
        draft = {"totalPrice": euro(5990), "orderState": "Open", "paymentState": "Paid", "lineItems": [line]}
        for number in range(1, ORDERS + 1):
            running.control("POST", f"/{running.project}/orders", {**draft, "orderNumber": f"H-{number:05}"})
        yield running


def environment(shop: Sandbox, home: Path) -> dict[str, str]:
    """What a run needs to find the shop and the ERP's folder."""
    client = "PASSERELLE_COMMERCETOOLS__"
    return {
        **os.environ,
        "PASSERELLE_HOME": str(home / "ours"),
        "PASSERELLE_FOLDER": str(home / "erp"),
        "PASSERELLE_MAPPINGS": str(ROOT / "mappings" / "erp"),
        "PASSERELLE_ORDER_LAG": "0",
        f"{client}PROJECT_KEY": shop.project,
        f"{client}CLIENT_ID": shop.client_id,
        f"{client}CLIENT_SECRET": shop.client_secret.get_secret_value(),
        f"{client}AUTH_URL": shop.url,
        f"{client}API_URL": shop.url,
        f"{client}CONCURRENCY": "10",
    }


def config(shop: Sandbox) -> CommercetoolsConfig:
    """The settings of a client that looks on."""
    return CommercetoolsConfig(
        project_key=shop.project,
        client_id=shop.client_id,
        client_secret=shop.client_secret,
        auth_url=shop.url,
        api_url=shop.url,
    )


def calls(shop: Sandbox) -> int:
    """How often the shop was asked until now."""
    stats = shop.stats()
    return int(stats["reads"]) + int(stats["writes"])


def run(shop: Sandbox, home: Path, *, kill_at: int | None) -> bool:
    """Run the export; killed when the shop was asked so often, unless it ends before. Whether it ended."""
    command: list[str | Path] = [Path(sys.executable).with_name("passerelle"), "run", "orders-out"]
    before = calls(shop)
    with (
        (home / "run.log").open("ab") as log,
        subprocess.Popen(command, env=environment(shop, home), cwd=home, stdout=log, stderr=log) as process,
    ):
        deadline = time.monotonic() + 300
        while process.poll() is None and time.monotonic() < deadline:
            if kill_at is not None and calls(shop) - before >= kill_at:
                process.send_signal(signal.SIGKILL)
                process.wait()
                return False
            time.sleep(0.002)  # between two looks, not instead of one
        return process.returncode == 0


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_a_first_export_that_is_killed_leaves_nothing_out_and_nothing_twice(
    shop: Sandbox, tmp_path: Path
) -> None:
    """Wherever it dies: each order is in one file, taken once by the ERP, marked once in the shop."""
    async with Client(config(shop)) as client:
        await ensure(client, MODEL)
    erp = Erp(tmp_path / "erp")
    dice = random.Random(SEED)  # noqa: S311 - a seed, no secret
    # While pages are collected and files leave (a handful of reads), then among the marks.
    moments = [2, 3, 4, 5, 6, *(dice.randrange(7, 900) for _ in range(3))]
    kills = 0
    for moment in moments:
        kills += not run(shop, tmp_path, kill_at=moment)
        if dice.random() < 0.5:
            erp.take_orders()
    assert run(shop, tmp_path, kill_at=None), (tmp_path / "run.log").read_text()
    erp.take_orders()
    assert kills >= 5
    assert (len(erp.orders), erp.duplicates, erp.refused_files) == (ORDERS, [], [])
    with Ledger.open(f"sqlite:///{tmp_path / 'ours' / 'ledger.db'}") as ledger:
        assert ledger.orders.counts() == {("export", "done"): ORDERS, ("mark", "done"): ORDERS}
        assert ledger.outbox.pending() == []
    async with Client(config(shop)) as client:
        marks = [len(body["syncInfo"]) for body in await client.query_all("orders", [None])]
    assert marks == [1] * ORDERS
