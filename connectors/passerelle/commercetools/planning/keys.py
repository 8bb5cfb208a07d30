"""Keys: the names that commercetools takes, checked before anything is sent (sheet section 2.2)."""

from __future__ import annotations

import re

from ...errors import Refused

__all__ = ["check_key"]

_KEY = re.compile(r"[A-Za-z0-9_-]{2,256}")


def check_key(what: str, key: str) -> None:
    """Refuse a key that is not of the API's alphabet or length; `what` names the thing that has it."""
    if _KEY.fullmatch(key) is None:
        raise Refused(
            f"{what} has the key {key!r}: a key has 2 to 256 letters, digits, - and _",
            code="invalid_key",
            advice="Make it with `via: key` in the mapping; `via: {key: PREFIX, sanitise: true}` bends what "
            "no key takes",
        )
