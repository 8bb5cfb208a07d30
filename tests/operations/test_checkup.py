"""Checkup of an installation: each check is made to fail for real, and says so without making anything."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from passerelle.feeds import Settings, Workspace
from passerelle.ledger import upgrading
from passerelle.ledger.database import Database
from passerelle.operations.backup import back_up
from passerelle.operations.checkup import Checkup, check_installation, check_inventory_modes
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.feeds.orders.till import CHECKOUT, Till
from tests.feeds.stock.test_stock_law import LAW, Shop
from tests.sync.desk import MAPPINGS

PREFECT = """
deployments:
  - {name: a, parameters: {feed: stock}, schedules: [{slug: s, parameters: {dry_run: false}}]}
  - {name: b, parameters: {feed: prices-fr}, schedules: [{slug: s}]}
  - {name: c, parameters: {feed: prices-pl, dry_run: false}, schedules: [{slug: s, active: false}]}
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace that nothing was done in, whose ERP has the folder of stock alone."""
    monkeypatch.delenv("PREFECT_SERVER_ENCRYPTION_KEY", raising=False)
    (tmp_path / "erp" / "out" / "stock").mkdir(parents=True)
    return Workspace(Settings(home=tmp_path / "ours", folder=tmp_path / "erp", mappings=MAPPINGS.parent))


async def checked(workspace: Workspace, *feeds: str, **more: Any) -> dict[str, Checkup]:
    """Make every check."""
    found = await check_installation(workspace, feeds or ("stock",), **more)
    return {one.check: one for one in found}


async def test_looking_makes_no_ledger(workspace: Workspace) -> None:
    """A new installation is well, and stays new."""
    found = await checked(workspace)
    assert {found[name].state for name in ("versions", "home", "ledger", "ledger_clock", "folders")} == {
        "good"
    }
    assert not (workspace.home / "ledger.db").exists()
    assert found["backups"].state == found["alert_channels"].state == "unknown"


async def test_an_old_ledger_and_one_that_others_read_are_missing(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Nothing is migrated by a look; a backup counts from the moment when it was made."""
    workspace.ledger().close()
    back_up(workspace, tmp_path / "backups")
    found = await checked(workspace)
    assert (found["ledger"].state, found["backups"].state) == ("good", "good")
    database = Database(workspace.settings.ledger_url)
    with database.write() as connection:
        upgrading.migrate_to(database, connection, "0005")
    database.close()
    (workspace.home / "ledger.db").chmod(0o644)
    found = await checked(workspace)
    assert found["ledger"].state == "missing"
    assert "0005" in found["ledger"].subject[0]
    assert (found["home"].state, "-rw-r--r--" in found["home"].subject[0]) == ("missing", True)


async def test_folders_that_cannot_be_listed_are_named_with_their_feeds(workspace: Workspace) -> None:
    """One finding names what is missing; the feeds that have theirs are not in it."""
    found = await checked(workspace, "stock", "prices-fr")
    assert (found["folders"].state, found["folders"].feeds) == ("missing", ("prices-fr",))


async def test_a_feed_without_a_schedule_that_carries_is_missing(
    workspace: Workspace, tmp_path: Path
) -> None:
    """A dry run, or a schedule that is off, carries nothing."""
    (tmp_path / "prefect.yaml").write_text(PREFECT, "utf-8")
    found = await checked(workspace, "stock", "prices-fr", "prices-pl", declaration=tmp_path / "prefect.yaml")
    assert (found["schedules"].state, found["schedules"].feeds) == ("missing", ("prices-fr", "prices-pl"))
    found = await checked(workspace, declaration=tmp_path / "nowhere.yaml")
    assert found["schedules"].state == "unknown"


async def test_a_full_disk_is_missing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a night's files do not fit."""
    usage = type(shutil.disk_usage("/"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100 << 30, 99 << 30, 1 << 30))
    assert (await checked(workspace))["disk"].state == "missing"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100 << 30, 50 << 30, 50 << 30))
    assert (await checked(workspace))["disk"].state == "good"


async def test_channels_and_collector_are_connected_to_and_secrets_not_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that listens is good; a port where nobody listens is named without the webhook's path."""
    with socket.create_server(("127.0.0.1", 0)) as mail, socket.socket() as taken:
        monkeypatch.setenv("PASSERELLE_ALERTS__MAIL__OPS__HOST", "127.0.0.1")
        monkeypatch.setenv("PASSERELLE_ALERTS__MAIL__OPS__PORT", str(mail.getsockname()[1]))
        monkeypatch.setenv("PASSERELLE_ALERTS__MAIL__OPS__SENDER", "passerelle@shop.example")
        monkeypatch.setenv("PASSERELLE_ALERTS__MAIL__OPS__TO", '["ops@shop.example"]')
        assert (await checked(workspace))["alert_channels"] == Checkup("alert_channels", "good", ("ops",))
        # Ours for as long as the test looks, and nobody listens.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        monkeypatch.setenv("PASSERELLE_ALERTS__WEBHOOKS__CHAT__FORMAT", "slack")
        monkeypatch.setenv("PASSERELLE_ALERTS__WEBHOOKS__CHAT__URL", f"http://127.0.0.1:{port}/very-secret")
        away = {"telemetry": {"otlp": f"http://127.0.0.1:{port}"}}
        settings = Settings.model_validate({**workspace.settings.model_dump(), **away})
        found = await checked(Workspace(settings))
    assert (found["alert_channels"].state, found["collector"].state) == ("missing", "missing")
    assert f"chat: 127.0.0.1:{port}" in found["alert_channels"].subject[0]
    assert "secret" not in str(found)


async def test_the_key_of_blocks_lies_apart_and_is_nobody_elses(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing where a secret stands in a block and no key is set; a key that others read is none."""
    assert (await checked(workspace))["encryption_key"].state == "unknown"
    monkeypatch.setenv("PASSERELLE_TOKENS__PIM_BLOCK", "pim")
    assert (await checked(workspace))["encryption_key"].state == "missing"
    key = workspace.home / "prefect" / "encryption.key"
    key.parent.mkdir(parents=True)
    key.write_text("key", "utf-8")
    key.chmod(0o600)
    assert (await checked(workspace))["encryption_key"].state == "good"
    key.chmod(0o640)
    assert (await checked(workspace))["encryption_key"].state == "missing"
    monkeypatch.setenv("PREFECT_SERVER_ENCRYPTION_KEY", "x")
    assert (await checked(workspace))["encryption_key"].state == "good"


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file."""
    config = SandboxConfig(any_project=True, unknown_order_skus="accept", more_clients=(CHECKOUT,))
    with Sandbox(config, in_process=True) as running:
        yield running


async def test_the_shop_counts_stock_as_the_mapping_says(tmp_path: Path, shops: Sandbox) -> None:
    """The last orders tell: one that was counted otherwise makes published stock wrong."""
    till = Till(tmp_path, shops, f"till-{uuid4().hex[:12]}", checkout=CHECKOUT)
    await till.set_up()
    Shop(till).says({**LAW, "inventory_mode": "TrackOnly"})
    mapping = till.workspace.incoming("stock")
    async with till.workspace.client() as client:
        assert (await check_inventory_modes(client, [mapping])).state == "unknown"
        await client.create("inventory", {"sku": "S-1", "quantityOnStock": 10})
        till.place(inventoryMode="TrackOnly")
        found = await check_inventory_modes(client, [mapping])
        assert (found.state, found.subject) == ("good", ("TrackOnly: 1",))
        till.place(inventoryMode="None", completedAt="2024-03-01T09:30:00.000Z")
        assert (await check_inventory_modes(client, [mapping])).state == "good"
        till.place(inventoryMode="None")
        found = await check_inventory_modes(client, [mapping])
        assert (found.state, found.feeds) == ("missing", ("stock",))
        assert set(found.subject) == {"TrackOnly: 1", "None: 1"}
