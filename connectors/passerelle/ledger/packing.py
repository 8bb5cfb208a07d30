"""Packing: long JSON is kept small; a product shrinks to a fifth, a stock level would grow."""

from __future__ import annotations

import zlib

__all__ = ["PACKED", "packed", "unpacked"]

#: How a packed text begins; JSON begins with a brace.
PACKED = b"\x78"


def packed(body: bytes, *, least: int) -> bytes:
    """Pack a text of `least` bytes and more; a shorter one stays as it is."""
    return zlib.compress(body, 1) if len(body) >= least else body


def unpacked(stored: bytes | None) -> bytes:
    """Give the text back, empty for none."""
    body = b"" if stored is None else bytes(stored)
    return zlib.decompress(body) if body[:1] == PACKED else body
