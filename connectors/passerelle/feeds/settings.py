"""Settings of a workspace, from the environment: where ERP and shop are, where we keep things."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ..commercetools import CommercetoolsConfig
from ..errors import ConfigError
from ..files import SettlePolicy, SftpConfig

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Read from `PASSERELLE_…`; parts of a group are joined by two underscores: `PASSERELLE_SFTP__HOST`.

    Lists are written as JSON (`PASSERELLE_SFTP__HOST_KEYS='["ssh-ed25519 AAAA…"]'`). Give `sftp`, or
    `folder` for a folder of this machine; neither is needed to look at mappings.
    """

    model_config = SettingsConfigDict(
        env_prefix="PASSERELLE_", env_nested_delimiter="__", frozen=True, extra="ignore"
    )

    home: Path = Path(".passerelle")
    mappings: Path = Path("mappings")
    #: SQLAlchemy address of the ledger; SQLite below `home` when empty.
    ledger: SecretStr = SecretStr("")
    sftp: SftpConfig | None = None
    #: Folder on the SFTP server below which `out/` and `in/` lie; empty for the login folder.
    sftp_root: str = ""
    folder: Path | None = None
    #: What becomes of the partner's files: archive (moved to its archive/), delete, leave.
    settle: SettlePolicy = "archive"
    commercetools: CommercetoolsConfig | None = None
    #: Orders younger than this (seconds) wait for the next look: an order that was begun earlier may still
    #: appear before them (facts: commercetools 2.5).
    order_lag: float = Field(default=60.0, ge=0)

    @classmethod
    def load(cls) -> Self:
        """Read the environment.

        Raises:
            ConfigError: naming every variable that is wrong, never its value.
        """
        try:
            return cls()
        except ValidationError as error:
            faults = [
                f"PASSERELLE_{'__'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
                for fault in error.errors(include_input=False, include_url=False)
            ]
            raise ConfigError(f"The environment cannot be read: {'; '.join(faults)}") from None

    @property
    def ledger_url(self) -> str:
        """The ledger's address."""
        return self.ledger.get_secret_value() or f"sqlite:///{(self.home / 'ledger.db').resolve()}"
