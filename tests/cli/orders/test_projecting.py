"""`passerelle orders project` as a person types it: the shop is told what the ledger knows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.commercetools import Client, CommercetoolsConfig, ProjectModel, ensure
from passerelle.ledger import Heard, Ledger, NewOrder
from passerelle.records import Money, Order, OrderLine, OrderMessage
from passerelle.sandbox import Sandbox, SandboxConfig

MODEL = ProjectModel.model_validate({"channels": [{"key": "erp", "roles": ["OrderExport"]}]})
DAY = datetime(2026, 11, 2, tzinfo=UTC)


def euro(cents: int) -> dict[str, Any]:
    """An amount as it is written."""
    return {"currencyCode": "EUR", "centAmount": cents}


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A shop whose orders name any SKU."""
    with Sandbox(SandboxConfig(unknown_order_skus="accept"), in_process=True) as running:
        yield running


def config(shop: Sandbox) -> CommercetoolsConfig:
    """The way to it."""
    return CommercetoolsConfig(
        project_key="demo",
        client_id=shop.client_id,
        client_secret=shop.client_secret,
        auth_url=shop.url,
        api_url=shop.url,
    )


async def placed(shop: Sandbox) -> dict[str, Any]:
    """A customer ordered one piece."""
    async with Client(config(shop)) as client:
        await ensure(client, MODEL)
        line = {
            "name": {"fr-FR": "Chemise"},
            "variant": {"sku": "S-1"},
            "quantity": 1,
            "price": {"value": euro(1000)},
        }
        draft = {"orderNumber": "W-1", "totalPrice": euro(1000), "lineItems": [line]}
        return await client.create("orders/import", draft)


async def read(shop: Sandbox) -> dict[str, Any]:
    """The order as it is now."""
    async with Client(config(shop)) as client:
        body = await client.get("orders/order-number=W-1")
    assert body is not None
    return body


def learned(home: Path, body: dict[str, Any]) -> None:
    """The ledger knows the order, and that the ERP accepted it."""
    line = OrderLine(
        id=body["lineItems"][0]["id"],
        sku="S-1",
        name="Chemise",
        quantity=1,
        unit_price=Money(1000, "EUR"),
        total=Money(1000, "EUR"),
    )
    order = Order(
        id=body["id"],
        version=1,
        order_number="W-1",
        created_at=DAY,
        state="Open",
        payment_state="Paid",
        total=Money(1000, "EUR"),
        lines=(line,),
    )
    record = msgspec.json.encode(order)
    with Ledger.open(f"sqlite:///{home}/ledger.db") as ledger:
        ledger.orders.add_pending(
            [
                NewOrder(
                    number="W-1",
                    shop_id=body["id"],
                    destination="orders-out",
                    created_at=DAY,
                    record=record,
                )
            ]
        )
        message = OrderMessage(order_number="W-1", kind="accepted", ref="C-1", erp_number="C-1")
        ledger.order_book.note([Heard(message, "order-acks")])


def test_the_shop_is_told_what_the_ledger_knows(
    shop: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First what it lacks, then told, then there is nothing left to tell."""
    body = asyncio.run(placed(shop))
    learned(tmp_path, body)
    for name, value in {
        "HOME": str(tmp_path),
        "MAPPINGS": str(Path(__file__).parents[3] / "mappings"),
        "COMMERCETOOLS__PROJECT_KEY": "demo",
        "COMMERCETOOLS__CLIENT_ID": shop.client_id,
        "COMMERCETOOLS__CLIENT_SECRET": shop.client_secret.get_secret_value(),
        "COMMERCETOOLS__AUTH_URL": shop.url,
        "COMMERCETOOLS__API_URL": shop.url,
    }.items():
        monkeypatch.setenv(f"PASSERELLE_{name}", value)

    def typed(*words: str) -> dict[str, Any]:
        result = CliRunner().invoke(app, ["orders", "project", "--json", *words])
        assert result.exit_code == 0, result.output
        report: dict[str, Any] = json.loads(result.stdout)
        return report

    foreseen = typed("--dry-run")
    assert (foreseen["planned"], foreseen["updated"]) == (1, 0)
    assert {row["field"] for row in foreseen["changes"]} == {"syncInfo", "orderState"}
    assert asyncio.run(read(shop))["orderState"] == "Open"
    assert typed()["updated"] == 1
    assert asyncio.run(read(shop))["orderState"] == "Confirmed"
    assert typed()["received"] == 0
