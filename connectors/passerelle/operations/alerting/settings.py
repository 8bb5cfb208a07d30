"""Settings of alerts, from the environment: what counts as wrong, when people are told, and by which way."""

from __future__ import annotations

import re
from datetime import time, timedelta
from email.headerregistry import Address
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import SettingsConfigDict

from ...feeds.loaded_settings import SecretSettings
from ...ledger import Severity
from .kinds import KINDS, Kind

__all__ = ["AlertSettings", "Language", "Limits", "MailSettings", "QuietHours", "WebhookSettings"]

Language: TypeAlias = Literal["en", "fr"]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]

_PREFIX = "PASSERELLE_ALERTS__"
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_NAME = re.compile(r"[a-z0-9_]{1,40}")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("expected a time zone such as Europe/Paris") from None
    return name


def _clock(text: str) -> str:
    if _CLOCK.fullmatch(text) is None:
        raise ValueError("expected a time of day such as 22:00")
    return text


def _mailbox(text: str) -> str:
    # The address is read by the standard library's parser, which refuses line breaks and lists.
    try:
        Address(addr_spec=text)
    except Exception as error:
        raise ValueError("expected one mail address such as ops@shop.example") from error
    if "@" not in text:
        raise ValueError("expected one mail address such as ops@shop.example")
    return text


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


Mailbox: TypeAlias = Annotated[str, AfterValidator(_mailbox)]
Clock: TypeAlias = Annotated[str, AfterValidator(_clock)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Part):
    """From where on something is wrong. Shares are fractions of one, times are seconds."""

    #: Rejected records of those that the last file brought.
    reject_share: Share = 0.02
    #: Fewer rejects than this raise no alert, whatever their share.
    rejects: int = Field(default=5, ge=1)
    #: Records that are not as wanted, of those that `passerelle drift` looked at last.
    drift_share: Share = 0.0
    #: Orders that are late in one step.
    overdue_orders: int = Field(default=1, ge=1)
    #: Fields about which both sides insist.
    fights: int = Field(default=1, ge=1)
    #: So many failed runs of a feed in a row …
    failed_runs: int = Field(default=2, ge=1)
    #: … or one, when nothing went better for so long.
    failed_for: float = Field(default=1800.0, ge=0)
    #: A run that sends orders, or hears of them, should have ended well within this time.
    sweep_after: float = Field(default=1800.0, gt=0)
    #: Calls made, of those that the budget allows in `budget_window`.
    budget_share: Annotated[float, Field(gt=0, le=1)] = 0.9
    budget_window: float = Field(default=3600.0, gt=0)
    #: Calls that had to be repeated because the shop was busy, of those of one run.
    refused_calls: Annotated[float, Field(gt=0, le=1)] = 0.2
    #: Notifications of a queue that nobody could read.
    unreadable: int = Field(default=1, ge=1)


class QuietHours(_Part):
    """Hours of the night in which only critical alerts are told; the rest is told when they end."""

    begin: Clock
    end: Clock
    zone: Annotated[str, AfterValidator(_zone)] = "Europe/Paris"

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.begin == self.end:
            raise ValueError("begin and end are the same time")
        return self

    @property
    def hours(self) -> tuple[time, time]:
        """Begin and end, in local time."""
        return time.fromisoformat(self.begin), time.fromisoformat(self.end)


class _Channel(_Part):
    #: In which language this channel is told.
    language: Language = "en"
    #: Only critical alerts.
    critical_only: bool = False
    #: Only these feeds and kinds, when there are any: the channel of a team.
    feeds: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    timeout: float = Field(default=15.0, gt=0, le=120)


class MailSettings(_Channel):
    """A mail server and who is told. `tls` is a connection that is encrypted from its first byte (465)."""

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    #: A file of certificates to trust, where the server has one of its own.
    ca_file: Path | None = None
    username: str = ""
    password: SecretStr | None = None
    sender: Mailbox
    to: tuple[Mailbox, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _secret_stays_secret(self) -> Self:
        if self.security == "none" and not _is_local(self.host):
            raise ValueError("without encryption mail goes to this machine only: use starttls or tls")
        if bool(self.username) != (self.password is not None):
            raise ValueError("give username and password, or neither")
        return self


class WebhookSettings(_Channel):
    """An address that takes messages by HTTP; who knows it may write there, so it is kept as a secret."""

    format: Literal["slack", "teams", "json"]
    url: SecretStr
    #: Sent as `Authorization: Bearer …` when there is one.
    token: SecretStr | None = None

    @model_validator(mode="after")
    def _secret_stays_secret(self) -> Self:
        parts = urlsplit(self.url.get_secret_value())
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            raise ValueError("url: expected an address such as https://hooks.example/…")
        if parts.scheme == "http" and not _is_local(parts.hostname):
            raise ValueError("url: without encryption only addresses of this machine are taken, use https")
        return self


class AlertSettings(SecretSettings):
    """Read from `PASSERELLE_ALERTS__…`; parts are joined by two underscores, lists are written as JSON.

    `PASSERELLE_ALERTS__MAIL__OPS__HOST`, `PASSERELLE_ALERTS__WEBHOOKS__SLACK__URL`: `ops` and `slack` are
    names that you choose. Without any channel alerts are kept and shown, and nobody is told.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", frozen=True, extra="ignore"
    )

    told_as: ClassVar[str] = "The settings of alerts"

    mail: dict[str, MailSettings] = Field(default={})
    webhooks: dict[str, WebhookSettings] = Field(default={})
    limits: Limits = Limits()
    #: Other limits for single feeds: PASSERELLE_ALERTS__FEEDS__PRICES_FR__REJECT_SHARE=0.1
    feeds: dict[str, Limits] = Field(default={})
    #: Another severity for a kind: PASSERELLE_ALERTS__SEVERITIES='{"drift": "critical"}'
    severities: dict[Kind, Severity] = Field(default={})
    #: Kinds that are not looked for at all.
    off: tuple[Kind, ...] = ()
    #: What is not critical is gathered for so many seconds and told in one message.
    window: float = Field(default=900.0, ge=0)
    quiet: QuietHours | None = None
    #: What comes back within so many seconds is the same alert as before.
    again_within: float = Field(default=1800.0, ge=0)
    #: What messages call this installation.
    name: Annotated[str, Field(pattern=r"^[\w .:/()-]{1,40}$")] = "Passerelle"
    #: The time zone in which moments are told.
    zone: Annotated[str, AfterValidator(_zone)] = "Europe/Paris"
    #: Where the runbook's pages are read, such as https://wiki.example/runbook/; else their path is told.
    runbook_url: str = ""
    #: Closed alerts are kept for so many days.
    keep_days: int = Field(default=180, ge=1)

    @field_validator("runbook_url")
    @classmethod
    def _folder(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            raise ValueError("expected an address such as https://wiki.example/runbook/")
        return f"{url.rstrip('/')}/"

    @model_validator(mode="after")
    def _names(self) -> Self:
        names = [*self.mail, *self.webhooks]
        for name in names:
            if _NAME.fullmatch(name) is None:
                raise ValueError(f"a channel is called by letters, digits and underscores, not {name!r}")
        twice = sorted(set(self.mail) & set(self.webhooks))
        if twice:
            raise ValueError(f"two channels are called {twice[0]!r}")
        return self

    def limits_of(self, feed: str) -> Limits:
        """Give the limits of a feed: its own ones, and the common ones for what these leave out."""
        own = self.feeds.get(feed.replace("-", "_"))
        if own is None:
            return self.limits
        return self.limits.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})

    @property
    def looked_for(self) -> tuple[Kind, ...]:
        """The kinds that are looked for."""
        return tuple(kind for kind in KINDS if kind not in self.off)

    @property
    def time_zone(self) -> ZoneInfo:
        """The zone in which moments are told."""
        return ZoneInfo(self.zone)

    @property
    def gathered_for(self) -> timedelta:
        """How long what is not critical waits for company."""
        return timedelta(seconds=self.window)
