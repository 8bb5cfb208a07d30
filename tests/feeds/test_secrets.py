"""Secrets from files and blocks: every secret setting has both, nothing else has; no value is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.errors import ConfigError
from passerelle.feeds import Settings, Workspace
from passerelle.feeds import secrets as the_secrets
from passerelle.feeds.secrets import blocks_named, is_secret, provide

SHOP = {"PROJECT_KEY": "shop", "CLIENT_ID": "us", "REGION": "europe-west1.gcp"}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was provided before, or is after."""
    monkeypatch.setattr(the_secrets, "_provided", {})
    for name, value in SHOP.items():
        monkeypatch.setenv(f"PASSERELLE_COMMERCETOOLS__{name}", value)
    monkeypatch.setenv("PASSERELLE_COMMERCETOOLS__CLIENT_SECRET", "plain")


def shop_secret() -> str:
    """What the settings have for the shop."""
    settings = Settings.load()
    assert settings.commercetools is not None
    return settings.commercetools.client_secret.get_secret_value()


@pytest.mark.parametrize(
    ("variable", "secret"),
    [
        ("PASSERELLE_LEDGER", True),
        ("PASSERELLE_SFTP__PASSWORD", True),
        ("PASSERELLE_COMMERCETOOLS__CLIENT_SECRET", True),
        ("PASSERELLE_PARTNERS__ACME__SFTP__PASSWORD", True),
        ("PASSERELLE_PARTNERS__ACME__PGP__PASSWORD", True),
        ("PASSERELLE_TOKENS__PIM", True),
        ("PASSERELLE_TELEMETRY__HEADERS__X_KEY", True),
        ("PASSERELLE_HOME", False),
        ("PASSERELLE_ORDER_RULES", False),
        ("PASSERELLE_PGP__SECRET_KEY", False),
        ("PASSERELLE_SFTP", False),
        ("PASSERELLE_LEDGER__PASSWORD", False),
        ("LEDGER", False),
    ],
)
def test_it_is_known_which_settings_are_secret(variable: str, secret: bool) -> None:  # noqa: FBT001 - a row of the table
    """Whatever group or partner they belong to; a file's path or a group is none."""
    assert is_secret(Settings, variable) is secret


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As containers and systemd hand them over; only the end of the line is no part of it."""
    file = tmp_path / "secret"
    file.write_text(" ses ame \n", "utf-8")
    monkeypatch.delenv("PASSERELLE_COMMERCETOOLS__CLIENT_SECRET")
    monkeypatch.setenv("PASSERELLE_COMMERCETOOLS__CLIENT_SECRET_FILE", str(file))
    monkeypatch.setenv("PASSERELLE_TOKENS__PIM_FILE", str(file))
    assert shop_secret() == " ses ame "
    assert Settings.load().tokens["pim"].get_secret_value() == " ses ame "
    assert "ses ame" not in repr(Settings.load())


def test_every_file_that_cannot_be_read_is_named_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Missing, empty, or set twice: all at once."""
    (tmp_path / "empty").touch()
    (tmp_path / "full").write_text("sesame", "utf-8")
    monkeypatch.setenv("PASSERELLE_LEDGER_FILE", str(tmp_path / "gone"))
    monkeypatch.setenv("PASSERELLE_TOKENS__PIM_FILE", str(tmp_path / "empty"))
    monkeypatch.setenv("PASSERELLE_COMMERCETOOLS__CLIENT_SECRET_FILE", str(tmp_path / "full"))
    with pytest.raises(ConfigError) as caught:
        Settings.load()
    told = str(caught.value)
    for part in ("LEDGER_FILE", "gone", "PIM_FILE", "is empty", "CLIENT_SECRET_FILE are both set"):
        assert part in told
    assert "sesame" not in told
    assert "plain" not in told


def test_a_secret_may_stand_in_a_block_which_only_flows_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Mappings can be looked at without it; nothing is opened with a secret that is none."""
    monkeypatch.delenv("PASSERELLE_COMMERCETOOLS__CLIENT_SECRET")
    monkeypatch.setenv("PASSERELLE_COMMERCETOOLS__CLIENT_SECRET_BLOCK", "shop-secret")
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path))
    workspace = Workspace.load()
    with pytest.raises(ConfigError, match="CLIENT_SECRET"):
        workspace.ledger()
    assert blocks_named(Settings) == {"PASSERELLE_COMMERCETOOLS__CLIENT_SECRET": "shop-secret"}
    provide({"PASSERELLE_COMMERCETOOLS__CLIENT_SECRET": "sesame"})
    assert shop_secret() == "sesame"
    Workspace.load().ledger().close()


def test_what_is_no_secret_is_read_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that only ends like that is nobody's file and nobody's block."""
    monkeypatch.setenv("PASSERELLE_LEDGR_BLOCK", "x")
    monkeypatch.setenv("PASSERELLE_HOME_FILE", "/nowhere")
    assert blocks_named(Settings) == {}
    assert str(Settings.load().home) == ".passerelle"
