"""Where a partner serves files over HTTPS, and how to log in there."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from .https_listing import ListingForm

__all__ = ["HttpsConfig"]


class HttpsConfig(BaseModel):
    """Where a partner's files are served, how they are listed, and how to log in. Times are in seconds.

    The server's certificate is always checked: against `ca_file` where the partner has its own authority,
    else against those that the system knows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(description="Address of the root folder, https://…; folders of feeds are below it.")
    listing: ListingForm = Field(default="index", description="index page, one name a line, or JSON")
    listing_file: str = Field(
        default="", description="Name of the list in each folder; none: the folder itself"
    )
    items: str = Field(default="", description="For JSON: key (or keys, joined by /) of the list of files")
    username: str | None = None
    password: SecretStr | None = None
    token: SecretStr | None = Field(default=None, description="Sent as Authorization: Bearer …")
    ca_file: Path | None = None
    connect_timeout: float = Field(default=10, gt=0)
    timeout: float = Field(default=60, gt=0, description="longest silence of the server")
    attempts: int = Field(default=3, ge=1)
    retry_wait: float = Field(default=1, ge=0, description="first pause before a new try, doubling")

    @field_validator("url")
    @classmethod
    def _secure(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.query:
            raise ValueError(
                "write the address as https://host/folder, without a password or a question in it"
            )
        return value.rstrip("/")

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if self.token is not None and self.username is not None:
            raise ValueError("give a token, or username and password, not both")
        return self

    @property
    def headers(self) -> dict[str, str]:
        """What every request says: the token, and that bytes are wanted as they are."""
        headers = {"Accept-Encoding": "identity"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token.get_secret_value()}"
        return headers
