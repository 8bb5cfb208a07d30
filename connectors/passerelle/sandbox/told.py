"""One thing that happened, as a message tells it."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Told"]


class Told(NamedTuple):
    """The message's type, and the fields of its own."""

    type: str
    fields: dict[str, Any]
