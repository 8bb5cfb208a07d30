"""When prices hold, and when two of one scope get in each other's way: embedded and standalone alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from .wire import instant, moment

__all__ = ["Window", "live_window", "pointed_key", "window"]

#: `2026-01-06T23:00:00.000Z`: how the shop writes an instant, and so do we.
_CANONICAL = len("2026-01-06T23:00:00.000Z")


class Window(NamedTuple):
    """When a price holds: from the first instant to one that is outside; texts that sort by time."""

    start: str | None
    end: str | None

    @property
    def dated(self) -> bool:
        """Whether it has a beginning or an end."""
        return self != (None, None)

    @property
    def empty(self) -> bool:
        """Whether it ends before it begins, or at that moment."""
        return self.start is not None and self.end is not None and self.start >= self.end

    def conflicts(self, other: Window) -> bool:
        """Whether two prices of one scope cannot both be there.

        The same time, or dated ones that hold at one time. One without dates holds when no dated one does
        (facts: commercetools 6).
        """
        if self == other:
            return True
        if not (self.dated and other.dated):
            return False
        return _before(self.start, other.end) and _before(other.start, self.end)

    def __str__(self) -> str:
        if not self.dated:
            return "without dates"
        return f"{(self.start or '')[:16]}..{(self.end or '')[:16]}"


def window(valid_from: datetime | None, valid_until: datetime | None) -> Window:
    """When a record's price holds; the shop keeps milliseconds."""
    return Window(*(None if at is None else instant(at) for at in (valid_from, valid_until)))


def live_window(price: Mapping[str, Any]) -> Window:
    """When a live price holds."""
    return Window(_canonical(price.get("validFrom")), _canonical(price.get("validUntil")))


def pointed_key(reference: Mapping[str, Any] | None) -> str | None:
    """What a live price's group or channel is: its key where that is known, else its id."""
    return None if reference is None else reference.get("key", reference.get("id"))


def _canonical(text: str | None) -> str | None:
    if text is None or (len(text) == _CANONICAL and text.endswith("Z")):
        return text
    return instant(moment(text))


def _before(start: str | None, end: str | None) -> bool:
    return start is None or end is None or start < end
