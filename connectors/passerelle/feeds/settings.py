"""Settings of a workspace, from the environment: where ERP and shop are, where we keep things."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from ..commercetools import CommercetoolsConfig
from ..commercetools.orders.queue_config import SqsConfig
from ..files import HttpsConfig, PgpRules, SettlePolicy, SftpConfig
from .loaded_settings import SecretSettings
from .secrets import check_provided

__all__ = ["ApprovalSettings", "PartnerSettings", "PgpSettings", "Retention", "Settings", "TelemetrySettings"]


class PgpSettings(BaseModel):
    """Our PGP key for a partner, and the keys that the partner signs with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret_key: Path
    password: SecretStr | None = None
    #: Files of public keys; with any, a file must carry a good signature of one of them.
    signers: tuple[Path, ...] = ()

    @property
    def rules(self) -> PgpRules:
        """These settings as unpacking takes them."""
        return PgpRules(self.secret_key, self.password, self.signers)


class PartnerSettings(BaseModel):
    """Where one partner's files are, besides the ERP's: exactly one of `sftp`, `https` and `folder`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sftp: SftpConfig | None = None
    sftp_root: str = ""
    https: HttpsConfig | None = None
    folder: Path | None = None
    pgp: PgpSettings | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(place is not None for place in (self.sftp, self.https, self.folder)) != 1:
            raise ValueError("give exactly one of sftp, https and folder")
        return self


class Retention(BaseModel):
    """How many days the ledger keeps what is over; what is open, or still needed, is kept however old it is.

    Files, fingerprints, bindings and wanted records are no part of it: they are what we know. So are orders,
    unless `orders` says a number: then one line of each stays for good.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: What each resource was before a run changed it: so far back reaches `passerelle undo`.
    before_images: int = Field(default=30, ge=1)
    #: Rows of plans that were applied, refused or expired; that there was such a plan is kept for good.
    plans: int = Field(default=30, ge=1)
    #: Rejects that were mended or left their source.
    closed_rejects: int = Field(default=90, ge=1)
    #: Records that waited for something and were carried, or given up.
    closed_waits: int = Field(default=90, ge=1)
    #: Runs; the last one of each feed stays.
    runs: int = Field(default=180, ge=1)
    #: Orders that are closed, and of which nothing is awaited or owed; None: they are kept whole.
    orders: int | None = Field(default=None, ge=30)
    #: A run drops what is older for so many seconds at the most; the next one goes on.
    seconds: float = Field(default=5.0, gt=0)


class ApprovalSettings(BaseModel):
    """Runs that the guard stopped ask a person, where there is one to ask: in the flows, not in the shell."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ask: bool = True
    #: How long a run waits for the answer (seconds); then its plan counts as refused.
    answer_within: float = Field(default=43_200.0, gt=0)
    #: So many runs wait at the same time: each keeps one of the places that runs have. Others stop at once.
    at_once: int = Field(default=2, ge=1)


class TelemetrySettings(BaseModel):
    """What a collector of OpenTelemetry is sent: nothing without an address (extra `otel`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Its address for OTLP over HTTP, without /v1/traces: http://127.0.0.1:4318.
    otlp: str = ""
    #: Headers that it wants, by name.
    headers: dict[str, SecretStr] = Field(default={})
    service: str = "passerelle"
    #: Seconds between two sendings of metrics; the last one is when the process ends.
    interval: float = Field(default=30.0, gt=0)


class Settings(SecretSettings):
    """Read from `PASSERELLE_…`; parts of a group are joined by two underscores: `PASSERELLE_SFTP__HOST`.

    Each secret may stand in a file instead: `PASSERELLE_SFTP__PASSWORD_FILE` names it (see `secrets`).

    Lists are written as JSON (`PASSERELLE_SFTP__HOST_KEYS='["ssh-ed25519 AAAA…"]'`). Give `sftp`, `https`,
    or `folder` for a folder of this machine; none is needed to look at mappings.
    """

    model_config = SettingsConfigDict(
        env_prefix="PASSERELLE_", env_nested_delimiter="__", frozen=True, extra="ignore"
    )

    #: What the audit log calls this installation, where several machines or containers are one; else the
    #: machine's name.
    installation: str = ""
    home: Path = Path(".passerelle")
    mappings: Path = Path("mappings")
    #: SQLAlchemy address of the ledger; SQLite below `home` when empty.
    ledger: SecretStr = SecretStr("")
    sftp: SftpConfig | None = None
    #: Folder on the SFTP server below which `out/` and `in/` lie; empty for the login folder.
    sftp_root: str = ""
    folder: Path | None = None
    https: HttpsConfig | None = None
    pgp: PgpSettings | None = None
    #: Other partners by name, for feeds that say `files: {partner: acme}`: PASSERELLE_PARTNERS__ACME__….
    partners: dict[str, PartnerSettings] = Field(default={})
    #: What becomes of the partner's files: archive (moved to its archive/), delete, leave.
    settle: SettlePolicy = "archive"
    commercetools: CommercetoolsConfig | None = None
    #: Queues (SQS) that Subscriptions notify of orders, by feed: PASSERELLE_ORDER_QUEUES__ORDERS_OUT__….
    order_queues: dict[str, SqsConfig] = Field(default={})
    #: Bearer tokens of those that take records by HTTP, by the name that a mapping calls them: lower case.
    tokens: dict[str, SecretStr] = Field(default={})
    #: Orders younger than this (seconds) wait for the next look: an order that was begun earlier may still
    #: appear before them (facts: commercetools 2.5).
    order_lag: float = Field(default=60.0, ge=0)
    #: YAML file with `timers:` (how long each step of an order may take), `rules:` (who is asked for what).
    order_rules: Path | None = None
    #: Into how many parts a large plan is divided, for `passerelle worker` to help with; 1: it is not.
    parts: int = Field(default=1, ge=1, le=1000)
    #: A process that carries out a part, or a run in parts, is taken for dead so many seconds after its last
    #: word; others go on where it was.
    lease: float = Field(default=30.0, ge=1)
    retention: Retention = Retention()
    #: What runs tell while they work, on standard error: nothing, lines for people, or JSON for programs.
    log: Literal["", "text", "json"] = ""
    #: `debug` also tells batches and single calls.
    log_level: Literal["info", "debug"] = "info"
    telemetry: TelemetrySettings = TelemetrySettings()
    approval: ApprovalSettings = ApprovalSettings()

    def require_secrets(self) -> None:
        """Raise ConfigError while a secret waits for a Prefect block, which only flows read."""
        check_provided(type(self))

    @property
    def ledger_url(self) -> str:
        """The ledger's address."""
        return self.ledger.get_secret_value() or f"sqlite:///{(self.home / 'ledger.db').resolve()}"
