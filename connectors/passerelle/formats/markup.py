"""What is markup in bytes and what only looks like it: comments, CDATA sections, processing instructions."""

from __future__ import annotations

import re

__all__ = ["unhidden"]

_OPENING = re.compile(rb"<!--|<!\[CDATA\[|<\?")
_CLOSING = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}


def unhidden(piece: bytes, inside: bytes | None) -> tuple[bytes, bytes | None]:
    """Take out of a piece of XML what is hidden in such sections, all but the ends of lines.

    Also give what closes the section that the piece ends in, None outside of any; `inside` is what this gave
    for the piece before. A piece ends behind a `>`.
    """
    # One character is looked for many times as fast as two.
    if inside is None and not (b"!" in piece and b"<!" in piece) and not (b"?" in piece and b"<?" in piece):
        return piece, None
    kept: list[bytes] = []
    at = 0
    while True:
        if inside is not None:
            end = piece.find(inside, at)
            if end < 0:
                kept.append(b"\n" * piece.count(b"\n", at))
                return b"".join(kept), inside
            kept.append(b"\n" * piece.count(b"\n", at, end))
            at = end + len(inside)
        opening = _OPENING.search(piece, at)
        if opening is None:
            return b"".join([*kept, piece[at:]]), None
        kept.append(piece[at : opening.start()])
        inside, at = _CLOSING[opening[0]], opening.end()
