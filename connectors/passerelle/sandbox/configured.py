"""Currencies, countries and languages that a project is configured for: a rule that can be switched on.

The documentation names a refusal (`ProjectNotConfiguredForLanguages`) for the languages of stores alone;
whether a project is ready for its feeds is rehearsed with all of them refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .field_tree import Leaf, Tree, child
from .problems import Problem, invalid_field
from .store import Doc

__all__ = ["check_configured"]


class Used(NamedTuple):
    """A currency, country or language in a document, and where."""

    settings: str
    field: str
    value: str


def check_configured(doc: Doc, tree: Tree, settings: Doc) -> None:
    """Refuse a document with what the project is not configured for; the countries of addresses are free.

    Raises:
        Problem: 400 ProjectNotConfiguredForLanguages, or InvalidField for a currency or country.
    """
    missing = [used for used in _used(doc, tree, "") if used.value not in settings[used.settings]]
    languages = sorted({used.value for used in missing if used.settings == "languages"})
    if languages:
        message = f"The project is not configured for {', '.join(languages)}."
        raise Problem(400, "ProjectNotConfiguredForLanguages", message, languages=languages)
    for used in missing:
        raise invalid_field(used.field, used.value, settings[used.settings])


def _used(value: Any, tree: Tree, path: str) -> Iterator[Used]:
    if isinstance(value, list):
        for one in value:
            yield from _used(one, tree, path)
    elif isinstance(value, dict) and tree is Leaf.LOCALIZED:
        yield from (Used("languages", path, locale) for locale in value)
    elif isinstance(value, dict) and not isinstance(tree, Leaf):
        yield from _used_within(value, tree, path)


def _used_within(doc: Doc, tree: Mapping[str, Tree], path: str) -> Iterator[Used]:
    for name, value in doc.items():
        below = child(tree, name)
        if below is None:
            continue
        at = f"{path}.{name}" if path else name
        if name == "currencyCode":
            yield Used("currencies", at, value)
        elif (name == "country" and "streetName" not in tree) or at == "countries.code":
            yield Used("countries", at, value)
        else:
            yield from _used(value, below, at)
