"""Languages in names of columns: `name.en`, `LIBELLE_FR`, `Bezeichnung (de)` and their siblings."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..profile import Column

__all__ = ["language_of", "siblings"]

_KNOWN = frozenset(
    {"bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "hr", "hu", "it", "ja"}
    | {"lt", "lv", "nl", "no", "pl", "pt", "ro", "sk", "sl", "sv", "uk", "zh"}
)
_SUFFIX = re.compile(
    r"(?P<stem>.+?)[._\- (\[]+(?P<language>[A-Za-z]{2})(?:[-_](?P<country>[A-Za-z]{2}))?[)\]]?"
)


def language_of(name: str) -> tuple[str, str] | None:
    """Take a name apart into what it names and the locale of its text; None when it says no language."""
    found = _SUFFIX.fullmatch(name)
    if found is None or found["language"].lower() not in _KNOWN:
        return None
    language = found["language"].lower()
    country = found["country"]
    return found["stem"], f"{language}-{country.upper()}" if country else language


def siblings(column: Column, columns: Iterable[Column]) -> dict[str, Column]:
    """Give the columns that say the same in several languages, by locale; empty when the name says none."""
    own = language_of(column.path)
    if own is None:
        return {}
    found: dict[str, Column] = {own[1]: column}
    for other in columns:
        told = language_of(other.path)
        if told is not None and told[0] == own[0]:
            found.setdefault(told[1], other)
    return found
