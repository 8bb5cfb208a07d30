"""EAN-13: thirteen digits, the last of which proves the others."""

from __future__ import annotations

__all__ = ["IN_HOUSE_PREFIX", "check_digit", "ean13"]

IN_HOUSE_PREFIX = "298"
"""GS1 keeps prefixes 200-299 for restricted circulation: an invented article never meets a real one."""

_BODY = 12


def check_digit(body: str) -> str:
    """Return the check digit of the first twelve digits (GS1 General Specifications: weights 1 and 3)."""
    if len(body) != _BODY or not body.isdecimal():
        raise ValueError(f"twelve digits expected, received {body!r}")
    odd, even = sum(map(int, body[::2])), sum(map(int, body[1::2]))
    return str(-(odd + 3 * even) % 10)


def ean13(style: int, article: int) -> str:
    """Return the EAN of the n-th article of a style (both below a million and a thousand)."""
    body = f"{IN_HOUSE_PREFIX}{style:06d}{article:03d}"
    return body + check_digit(body)
