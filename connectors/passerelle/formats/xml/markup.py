"""What is markup in bytes and what only looks like it: comments, CDATA sections, processing instructions."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["sections", "unhidden"]

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


def sections(piece: bytes, inside: bytes | None) -> Iterator[tuple[bytes, bytes | None]]:
    """Cut a piece of XML where such sections begin and end; with each part, what closes the one behind it.

    `inside` is what closes the section that the piece begins in, None outside of any.
    """
    at = 0
    while at < len(piece):
        if inside is None:
            opening = _OPENING.search(piece, at)
            if opening is None:
                break
            end, inside = opening.end(), _CLOSING[opening[0]]
        else:
            found = piece.find(inside, at)
            if found < 0:
                break
            end, inside = found + len(inside), None
        yield piece[at:end], inside
        at = end
    if at < len(piece):
        yield piece[at:] if at else piece, inside
