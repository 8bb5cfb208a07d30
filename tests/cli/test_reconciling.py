"""`passerelle reconcile` as a person types it: counts, differences by name, repairs, exit codes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from passerelle.cli.app import app
from passerelle.commercetools import Client, CommercetoolsConfig, ProjectModel, ensure
from passerelle.sandbox import Sandbox, SandboxConfig

MODEL = ProjectModel.model_validate({"channels": [{"key": "erp", "roles": ["OrderExport"]}]})


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A shop whose orders name any SKU."""
    with Sandbox(SandboxConfig(unknown_order_skus="accept"), in_process=True) as running:
        yield running


async def set_up(shop: Sandbox) -> None:
    """Give the project its export channel."""
    config = CommercetoolsConfig(
        project_key="demo",
        client_id=shop.client_id,
        client_secret=shop.client_secret,
        auth_url=shop.url,
        api_url=shop.url,
    )
    async with Client(config) as client:
        await ensure(client, MODEL)


@pytest.fixture
def today(shop: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The settings that reach the shop, and an order in it that nobody collected: the day it was placed."""
    for name, value in {
        "HOME": str(tmp_path / "ours"),
        "FOLDER": str(tmp_path / "erp"),
        "MAPPINGS": str(Path(__file__).parents[2] / "mappings"),
        "ORDER_LAG": "0",
        "COMMERCETOOLS__PROJECT_KEY": "demo",
        "COMMERCETOOLS__CLIENT_ID": shop.client_id,
        "COMMERCETOOLS__CLIENT_SECRET": shop.client_secret.get_secret_value(),
        "COMMERCETOOLS__AUTH_URL": shop.url,
        "COMMERCETOOLS__API_URL": shop.url,
    }.items():
        monkeypatch.setenv(f"PASSERELLE_{name}", value)
    (tmp_path / "erp").mkdir()
    asyncio.run(set_up(shop))
    price = {"currencyCode": "EUR", "centAmount": 1000}
    line = {
        "name": {"fr-FR": "Chemise"},
        "variant": {"sku": "S-1"},
        "quantity": 1,
        "price": {"value": price},
    }
    draft = {"orderNumber": "W-1", "totalPrice": price, "paymentState": "Paid", "lineItems": [line]}
    order = shop.control("POST", "/demo/orders", draft)
    placed = datetime.fromisoformat(order["createdAt"]).astimezone(ZoneInfo("Europe/Paris"))
    return f"{placed:%Y-%m-%d}"


def typed(today: str, *words: str) -> Result:
    """Type the command for the day of today."""
    return CliRunner().invoke(app, ["reconcile", "--day", today, *words])


def said(result: Result) -> dict[str, Any]:
    """What it says to a machine."""
    body: dict[str, Any] = json.loads(result.stdout)
    return body


def test_a_difference_is_named_with_cause_and_advice_then_mended(today: str) -> None:
    """Exit code 3 while something is apart; the repair says what it did and compares again."""
    result = typed(today, "--json", "--lang", "en")
    assert result.exit_code == 3, result.output
    (found,) = said(result)["differences"]
    assert (found["number"], found["code"], found["amount"]) == ("W-1", "missing_in_ledger", 1000)
    assert found["why"] == "it was never collected"
    assert "--repair collect" in found["advice"]
    result = typed(today, "--json", "--repair", "collect")
    assert result.exit_code == 3, result.output
    assert said(result)["codes"] == {"paid_and_waiting": 1}


@pytest.mark.parametrize(("lang", "word"), [("fr", "jamais relevée"), ("en", "it was never collected")])
def test_it_is_read_in_both_languages_as_a_page_too(today: str, tmp_path: Path, lang: str, word: str) -> None:
    """The page holds the order, its amount and its cause."""
    page = tmp_path / "page.html"
    assert typed(today, "--html", str(page), "--lang", lang).exit_code == 3
    text = page.read_text(encoding="utf-8")
    assert word in text
    assert "W-1" in text
    assert typed(today, "--lang", lang).exit_code == 3


def test_nothing_is_sent_again_without_a_reason(today: str) -> None:
    """Exit code 1, and what to type instead."""
    result = typed(today, "--repair", "export", "--order", "W-1")
    assert result.exit_code == 1
    assert "says why" in result.output


@pytest.mark.usefixtures("today")
def test_a_day_without_orders_agrees() -> None:
    """Exit code 0: nothing is left to a person."""
    result = CliRunner().invoke(app, ["reconcile", "--day", "2020-01-01", "--lang", "en"])
    assert result.exit_code == 0, result.output
    assert "agree" in result.output
