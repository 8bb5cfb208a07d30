"""The correlation id: one per record's journey, sent with every call so that support can follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

__all__ = ["correlated", "correlation_id", "journey", "safe_id"]

_current: ContextVar[str | None] = ContextVar("passerelle_correlation_id", default=None)
# A header value: nothing that could end the line, nothing a log would have to escape.
_UNSAFE = re.compile(r"[^A-Za-z0-9_./:-]+")
_LONGEST = 256


@contextmanager
def correlated(journey: str) -> Iterator[str]:
    """Send `journey` as X-Correlation-ID of every call made inside; unsafe characters become `-`."""
    safe = safe_id(journey)
    token = _current.set(safe)
    try:
        yield safe
    finally:
        _current.reset(token)


def safe_id(journey: str) -> str:
    """Give an id as it is sent: what is unsafe in a header becomes `-`, and it ends somewhere."""
    return _UNSAFE.sub("-", journey)[:_LONGEST]


def correlation_id() -> str:
    """The id of the journey under way, or a new one."""
    return _current.get() or uuid4().hex


def journey() -> str | None:
    """The id of the journey under way, None outside of one."""
    return _current.get()
