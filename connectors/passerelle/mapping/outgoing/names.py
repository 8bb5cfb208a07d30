"""Names in a file that is written: `GROUP/NAME`, `GROUP/@attribute`, `#text`, as the readers call them."""

from __future__ import annotations

import re

__all__ = ["parse_target"]

_NAME = re.compile(r"#text|@?\w[\w.:-]*")
_FORMS = "use NAME, GROUP/NAME, GROUP/@attribute or #text; a name with blanks stands in quotes of its own"
_STEP = re.compile(r"\"([^\"]+)\"|([^/\"]+)")


def parse_target(text: str) -> tuple[str, ...]:
    """Read where a value goes.

    Raises:
        ValueError: it is no such path.
    """
    names: list[str] = []
    rest = text
    while True:
        found = _STEP.match(rest)
        quoted = None if found is None else found[1]
        if found is None or (quoted is None and _NAME.fullmatch(found[2]) is None):
            raise ValueError(f"{text!r} is no path: {_FORMS}")
        names.append(found[0] if quoted is None else quoted)
        rest = rest[found.end() :]
        if not rest:
            break
        if rest[0] != "/":
            raise ValueError(f"{text!r} is no path: {_FORMS}")
        rest = rest[1:]
    if any(name.startswith(("@", "#")) for name in names[:-1]):
        raise ValueError(f"{text!r} goes on below an attribute or a text")
    return tuple(names)
