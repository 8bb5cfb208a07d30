"""What is markup in bytes and what only looks like it: comments, CDATA sections, processing instructions."""

from __future__ import annotations

import re

__all__ = ["hidden_after"]

_OPENING = re.compile(rb"<!--|<!\[CDATA\[|<\?")
_CLOSING = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}


def hidden_after(piece: bytes, inside: bytes | None) -> bytes | None:
    """Follow a piece of XML to its end: give what closes the section that it ends in, None outside of any.

    `inside` is what this gave for the piece before; a piece ends behind a `>`.
    """
    at = 0
    while True:
        if inside is not None:
            end = piece.find(inside, at)
            if end < 0:
                return inside
            at = end + len(inside)
        opening = _OPENING.search(piece, at)
        if opening is None:
            return None
        inside, at = _CLOSING[opening[0]], opening.end()
