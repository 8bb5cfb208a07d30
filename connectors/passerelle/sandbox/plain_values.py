"""Plain values as requests give them for attributes and custom fields: is it a text, a number, a day?"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

import msgspec

from .vocabulary import Localized

__all__ = ["is_boolean", "is_date", "is_localized", "is_moment", "is_number", "is_text", "is_time"]


def is_text(value: Any) -> bool:
    """A text."""
    return isinstance(value, str)


def is_localized(value: Any) -> bool:
    """Texts by locale."""
    try:
        msgspec.convert(value, Localized)
    except msgspec.ValidationError:
        return False
    return True


def is_number(value: Any) -> bool:
    """A number; whole ones within 64 bits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return -(2**63) <= value < 2**63
    return isinstance(value, float)


def is_boolean(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def is_date(value: Any) -> bool:
    """A day, as `2026-11-22`."""
    return isinstance(value, str) and _reads(date.fromisoformat, value, r"\d{4}-\d{2}-\d{2}")


def is_time(value: Any) -> bool:
    """A time of day, as `13:45:00.000`."""
    return isinstance(value, str) and _reads(time.fromisoformat, value, r"\d{2}:\d{2}(:\d{2}(\.\d{3})?)?")


def is_moment(value: Any) -> bool:
    """A day and a time with its zone."""
    return isinstance(value, str) and _reads(datetime.fromisoformat, value, r".+T.+(Z|[+-]\d{2}:\d{2})")


def _reads(read: Any, text: str, shape: str) -> bool:
    if re.fullmatch(shape, text) is None:
        return False
    try:
        read(text)
    except ValueError:
        return False
    return True
