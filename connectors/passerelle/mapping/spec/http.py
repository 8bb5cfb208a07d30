"""HTTP targets: outgoing records that leave as requests, one record a request, instead of files."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, field_validator

from .base import Duration, Spec

__all__ = ["HttpSpec"]

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class HttpSpec(Spec):
    """An address that takes one record a request, each under a key that it takes once (`Idempotency-Key`).

    The key of an order is its number and its revision (`1000042-1`), that of a request its order's number and
    its own key.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)

    url: str
    """Where each record is sent to; `{number}` in it is the order's number."""
    read: str
    """Where to look whether a record arrived when its answer was lost, with `{number}` or `{key}` in it."""
    method: Literal["POST", "PUT"] = "POST"
    """How it is sent."""
    token: str | None = None
    """Name of the bearer token among the settings: `oms` is PASSERELLE_TOKENS__OMS."""
    known: tuple[int, ...] = Field(default=(409,))
    """Answers that say that the record is there already."""
    timeout: Duration = 30.0
    """How long one answer is waited for."""
    at_once: int = Field(default=4, ge=1, le=100)
    """Requests in flight at a time."""
    tries: int = Field(default=3, ge=1, le=10)
    """How often in a run a record is tried whose receiver is busy or does not answer."""
    longest: int = Field(default=1_000_000, ge=1)
    """Bytes of an answer that are read; what is longer is a fault of the receiver."""
    accepted: str | None = None
    """Path of the receiver's own number in its JSON answer, such as `order.id`: it accepted the order."""

    @field_validator("url", "read")
    @classmethod
    def _safe(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError(f"write an address with https://, not {value}")
        if parts.username is not None or parts.password is not None:
            raise ValueError("an address has no user and no password; name a token")
        try:
            value.format(number="1", key="1")
        except (KeyError, IndexError, ValueError):
            raise ValueError(f"{value} may only have {{number}} and {{key}} in braces") from None
        return value

    @field_validator("known", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value
