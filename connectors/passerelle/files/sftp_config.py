"""Where a partner's SFTP server is, how to know it and how to log in."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from .host_keys import parse_host_key

__all__ = ["SftpConfig"]


class SftpConfig(BaseModel):
    """Where a partner's SFTP server is, how to know it and how to log in.

    The host key is always checked: give `host_keys` (one or several, `ssh-ed25519 AAAA…` or `SHA256:…`;
    several while a key is being replaced) or a `known_hosts` file. Times are in seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: int = Field(default=22, ge=1, le=65535)
    username: str
    password: SecretStr | None = None
    private_key: Path | None = None
    next_private_key: Path | None = Field(
        default=None,
        description="tried when the server refuses private_key: the partner may change over on any day",
    )
    passphrase: SecretStr | None = None
    host_keys: tuple[str, ...] = ()
    known_hosts: Path | None = None
    connect_timeout: float = Field(default=10, gt=0)
    banner_timeout: float = Field(default=15, gt=0)
    auth_timeout: float = Field(default=20, gt=0)
    timeout: float = Field(default=60, gt=0, description="longest silence of the server during a request")
    keep_alive: int = Field(default=30, ge=0, description="seconds between signs of life; 0: none")
    request_size: int | None = Field(
        default=None,
        ge=4096,
        le=255 * 1024,
        description="bytes a request; None: 128 KiB for servers known to take it, else 32 KiB",
    )
    attempts: int = Field(default=3, ge=1, description="tries of a step that may be repeated")
    retry_wait: float = Field(default=1, ge=0, description="first pause before a new connection, doubling")

    @field_validator("host_keys", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("host_keys")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(parse_host_key(key) for key in value)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.host_keys and self.known_hosts is None:
            raise ValueError("host_keys or known_hosts is needed: a server is never trusted unseen")
        if self.password is None and self.private_key is None:
            raise ValueError("password or private_key is needed")
        if self.next_private_key is not None and self.private_key is None:
            raise ValueError("next_private_key follows a private_key: give that, or only private_key")
        return self

    @property
    def label(self) -> str:
        """Name the server and the account, without secrets."""
        return f"sftp://{self.username}@{self.host}:{self.port}"
