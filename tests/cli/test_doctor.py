"""`passerelle doctor`: what the project lacks, as people and machines read it."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.commercetools import Client, CommercetoolsConfig, ensure, load_model
from passerelle.commercetools.project.settings import SettingsModel
from passerelle.sandbox import ApiClient, Sandbox, SandboxConfig
from tests.sync.desk import MAPPINGS

MODEL = MAPPINGS.parent / "commercetools" / "model.yaml"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A shop with a second API client that may do little."""
    few = ApiClient(id="few", secret=SecretStr("few"), scopes=("view_products", "manage_orders"))
    with Sandbox(SandboxConfig(more_clients=(few,))) as running:
        yield running


@pytest.fixture
def shop(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """An empty project, and a workspace that writes to it."""
    sandbox.control("POST", "/reset")
    values = {
        "HOME": str(tmp_path),
        "MAPPINGS": str(MAPPINGS),
        "COMMERCETOOLS__PROJECT_KEY": sandbox.project,
        "COMMERCETOOLS__CLIENT_ID": sandbox.client_id,
        "COMMERCETOOLS__CLIENT_SECRET": sandbox.client_secret.get_secret_value(),
        "COMMERCETOOLS__AUTH_URL": sandbox.url,
        "COMMERCETOOLS__API_URL": sandbox.url,
    }
    for name, value in values.items():
        monkeypatch.setenv(f"PASSERELLE_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    # The disk of whoever runs this may be as full as it likes.
    usage = type(shutil.disk_usage("/"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100 << 30, 50 << 30, 50 << 30))
    return sandbox


def examined(*words: str, code: int) -> dict[str, dict[str, Any]]:
    """Run it as a machine would."""
    done = CliRunner().invoke(app, ["doctor", *words, "--json"])
    assert done.exit_code == code, done.output
    return {finding["check"]: finding for finding in json.loads(done.output)["findings"]}


async def _set_up(shop: Sandbox, **instead: Any) -> None:
    config = CommercetoolsConfig(
        project_key=shop.project,
        client_id=shop.client_id,
        client_secret=shop.client_secret,
        auth_url=shop.url,
        api_url=shop.url,
    )
    async with Client(config) as client:
        await ensure(client, load_model(MODEL).model_copy(update=instead))


def test_an_empty_project_lacks_what_a_feed_names(shop: Sandbox) -> None:
    """Channels of the code table before the setup; after it nothing is missing. Nothing is written."""
    findings = examined("stock", code=1)
    assert findings["channels"]["state"] == "missing"
    assert "depot-001" in findings["channels"]["subject"]
    assert findings["channels"]["feeds"] == ["stock"]
    assert shop.stats()["writes"] == 0
    asyncio.run(_set_up(shop))
    findings = examined("stock", code=0)
    assert "depot-001: InventorySupply" in findings["roles"]["subject"]


def test_what_mappings_say_is_compared(shop: Sandbox) -> None:
    """Locales, countries, currencies, product type and attributes of the feeds that name them."""
    asyncio.run(_set_up(shop, project=SettingsModel()))
    findings = examined("all", code=1)
    assert "pl-PL" in findings["locales"]["subject"]
    assert "products-pl" in findings["locales"]["feeds"]
    assert "PLN" in findings["currencies"]["subject"]
    assert "PL" in findings["countries"]["subject"]
    assert findings["references"]["state"] == "good"
    assert "article.colour" in findings["attributes"]["subject"]
    assert findings["identity"]["subject"] == ["demo (demo)"]
    asyncio.run(_set_up(shop))
    findings = examined("all", code=0)
    assert {findings[name]["state"] for name in ("locales", "currencies", "countries")} == {"good"}


def test_the_shop_s_clock_is_compared_with_ours(shop: Sandbox) -> None:
    """The sandbox says its time as a shop does; one that is ahead is told, and nothing else of it."""
    asyncio.run(_set_up(shop))
    assert examined("stock", code=0)["clock"]["state"] == "good"
    shop.pass_time(hours=2)
    began = time.monotonic()
    clock = examined("stock", code=1)["clock"]
    took = time.monotonic() - began
    assert clock["state"] == "missing"
    [apart] = clock["subject"]
    # The shop's time is told in whole seconds, and is as old as its answer when it is compared.
    assert 7200 - 2 - took <= int(apart.removesuffix(" s")) <= 7201


@pytest.mark.usefixtures("shop")
def test_why_a_clock_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's settings bear it, which this client may not read: the scope is named."""
    monkeypatch.setenv("PASSERELLE_COMMERCETOOLS__CLIENT_ID", "few")
    monkeypatch.setenv("PASSERELLE_COMMERCETOOLS__CLIENT_SECRET", "few")
    for lang, words in (("en", "The shop's time comes with"), ("fr", "L'heure vient avec")):
        text = CliRunner().invoke(app, ["doctor", "stock", "--lang", lang]).output
        row = text[text.index("clock " if lang == "en" else "horloge ") :]
        assert words in " ".join(row.replace("│", " ").split())
        assert "view_project_settings" in row


def test_people_read_a_table_in_their_language(shop: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing, who wants it, what to do; what may not be looked at is said to be unknown."""
    monkeypatch.setenv("PASSERELLE_COMMERCETOOLS__CLIENT_ID", "few")
    monkeypatch.setenv("PASSERELLE_COMMERCETOOLS__CLIENT_SECRET", "few")
    done = CliRunner().invoke(app, ["doctor", "stock", "--lang", "fr"])
    assert done.exit_code == 1
    text = " ".join(done.output.replace("│", " ").split())
    for words in ("droits (scopes)", "manage_products", "Donner ces droits au client d'API", "inconnu"):
        assert words in text
    assert "Import API" in text
    assert "partent une à une" in text
    assert shop.stats()["writes"] == 0


def test_a_wrong_secret_is_one_finding(shop: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else can be known; the secret is not shown."""
    monkeypatch.setenv("PASSERELLE_COMMERCETOOLS__CLIENT_SECRET", "quite-wrong")
    done = CliRunner().invoke(app, ["doctor", "--lang", "en"])
    assert done.exit_code == 1
    assert "token" in done.output
    assert "quite-wrong" not in done.output
    assert shop.stats()["reads"] == 0
