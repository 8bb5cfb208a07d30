"""Stated counts: whether a text of a file is the number that was counted."""

from __future__ import annotations

__all__ = ["states"]


def states(text: str, count: int) -> bool:
    """Say whether a text states this count; zeros before it and blanks around it mean nothing.

    Compared as text: a partner's number may have any length, and a machine's reading of it may not.
    """
    stated = text.strip()
    return stated.isdecimal() and (stated.lstrip("0") or "0") == str(count)
