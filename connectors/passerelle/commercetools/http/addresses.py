"""Addresses of requests, put together from parts that are encoded already."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

__all__ = ["Params", "below", "encoded"]

Params = Sequence[tuple[str, str]]


def encoded(params: Params) -> str | None:
    """The query of an address; a space is %20, which is understood everywhere: a plus sign is not."""
    return urlencode(params, quote_via=quote) if params else None


def below(root: str, path: str, query: str | None) -> str:
    """The address of an encoded path and query below a root."""
    return f"{root}/{path}?{query}" if query else f"{root}/{path}"
