"""A DOCTYPE that may stand in a file: the bare name of a DTD elsewhere, with no declaration of its own."""

from __future__ import annotations

import re

__all__ = ["is_bare_doctype"]

# XML 1.0, productions 22 to 28 without the internal subset. Nothing here can be read in two ways, and no
# piece is tried twice: what an unfriendly sender writes costs one walk over the start of the file.
_BARE = re.compile(
    r"\ufeff?"
    r"(?>\s++|<\?(?:(?!\?>).)*+\?>|<!--(?:(?!--).)*+-->)*+"
    r"<!DOCTYPE\s++[A-Za-z_][\w.:-]*+"
    r"(?:\s++(?:SYSTEM|PUBLIC\s++(?:\"[^\"<>\[\]]*+\"|'[^'<>\[\]]*+'))\s++(?:\"[^\"<>\[\]]*+\"|'[^'<>\[\]]*+'))?"
    r"\s*+>",
    re.DOTALL | re.ASCII,
)


def is_bare_doctype(start: str) -> bool:
    """Say whether the DOCTYPE at the start of a file declares nothing: it names a DTD at most.

    Entities, default attributes and whatever else changes what is read stand between `[` and `]`; a DOCTYPE
    with these is never bare, nor is one that is written in a way that XML does not know.
    """
    return _BARE.match(start) is not None
