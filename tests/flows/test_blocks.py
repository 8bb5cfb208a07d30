"""Secrets in Prefect blocks: read once for the settings that name them, and said when they are not there."""

from __future__ import annotations

import pytest
from prefect.blocks.system import Secret
from pydantic import SecretStr

from flows.blocks import read_secrets
from passerelle.errors import ConfigError
from passerelle.feeds import Settings
from passerelle.feeds import secrets as the_secrets


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was provided before, or is after."""
    monkeypatch.setattr(the_secrets, "_provided", {})


async def test_without_a_block_named_nothing_is_asked() -> None:
    """No server is there in this test."""
    await read_secrets()


@pytest.mark.usefixtures("prefect_server")
async def test_a_block_gives_its_secret_to_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name that the operator gave it; what is missing is named with its variable."""
    secret: Secret[str] = Secret(value=SecretStr("sesame"))
    await secret.asave("pim-token")
    monkeypatch.setenv("PASSERELLE_TOKENS__PIM_BLOCK", "pim-token")
    await read_secrets()
    assert Settings.load().tokens["pim"].get_secret_value() == "sesame"
    monkeypatch.setenv("PASSERELLE_TOKENS__DAM_BLOCK", "dam-token")
    with pytest.raises(ConfigError, match="PASSERELLE_TOKENS__DAM_BLOCK"):
        await read_secrets()
