from __future__ import annotations

import json
from pathlib import Path

import pytest

from passerelle.errors import ConfigError
from passerelle.feeds import Settings, Workspace

HOST_KEY = f"SHA256:{'A' * 43}"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "MAPPINGS", "LEDGER", "FOLDER", "SETTLE", "ORDER_LAG"):
        monkeypatch.delenv(f"PASSERELLE_{name}", raising=False)


def test_without_any_variable_one_can_look_at_mappings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The defaults are of the project's folder; neither ERP nor shop is needed."""
    monkeypatch.chdir("/")
    settings = Settings.load()
    assert (settings.home, settings.mappings) == (Path(".passerelle"), Path("mappings"))
    assert (settings.sftp, settings.commercetools, settings.settle) == (None, None, "archive")
    assert settings.ledger_url == "sqlite:////.passerelle/ledger.db"


def test_groups_are_joined_by_two_underscores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nested settings and lists come from plain variables."""
    sftp = {
        "HOST": "sftp.example",
        "USERNAME": "us",
        "PASSWORD": "sesame",
        "HOST_KEYS": json.dumps([HOST_KEY]),
    }
    for name, value in sftp.items():
        monkeypatch.setenv(f"PASSERELLE_SFTP__{name}", value)
    settings = Settings.load()
    assert settings.sftp is not None
    assert (settings.sftp.host, settings.sftp.host_keys) == ("sftp.example", (HOST_KEY,))
    assert "sesame" not in repr(settings)


def test_every_wrong_variable_is_named_and_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """All faults at once, by the name one types; a secret that was mistyped is not in the message."""
    monkeypatch.setenv("PASSERELLE_SETTLE", "burn-secret")
    monkeypatch.setenv("PASSERELLE_ORDER_LAG", "-7777")
    monkeypatch.setenv("PASSERELLE_COMMERCETOOLS__CLIENT_SECRET", "sesame")
    with pytest.raises(ConfigError) as caught:
        Settings.load()
    text = str(caught.value)
    for name in ("PASSERELLE_SETTLE", "PASSERELLE_ORDER_LAG", "PASSERELLE_COMMERCETOOLS__PROJECT_KEY"):
        assert name in text
    for value in ("burn-secret", "7777", "sesame"):
        assert value not in text
    assert caught.value.__cause__ is None


def test_the_ledger_may_be_elsewhere_and_its_password_stays_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database URL is taken as it is, and is not shown."""
    monkeypatch.setenv("PASSERELLE_LEDGER", "postgresql://us:sesame@db.example/ledger")
    settings = Settings.load()
    assert settings.ledger_url == "postgresql://us:sesame@db.example/ledger"
    assert "sesame" not in repr(settings)


def test_a_workspace_without_mappings_says_where_it_looked(tmp_path: Path) -> None:
    """The folder that is missing is named, with the variable that names it."""
    workspace = Workspace(Settings(mappings=tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match=r"nowhere.*PASSERELLE_MAPPINGS"):
        workspace.feeds()
