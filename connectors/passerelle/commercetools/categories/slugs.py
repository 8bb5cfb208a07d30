"""Slugs: each belongs to one category in its locale, which two records of one feed can break."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import Refused
from ...records import Category

__all__ = ["Slugs"]


class Slugs:
    """Who wants which slug, of all records that were read in a run; the first one has it."""

    def __init__(self) -> None:
        self._owner: dict[tuple[str, str], str] = {}
        self._held: dict[str, tuple[tuple[str, str], ...]] = {}

    def claim(self, records: Iterable[Category]) -> None:
        """Note what the records want; a later version of a record gives up what the earlier one had."""
        for record in records:
            for slug in self._held.pop(record.key, ()):
                if self._owner.get(slug) == record.key:
                    del self._owner[slug]
            wanted = tuple((locale, text) for locale, text in _texts(record).items() if text)
            self._held[record.key] = wanted
            for slug in wanted:
                self._owner.setdefault(slug, record.key)

    def check(self, record: Category) -> None:
        """Raise Refused when another record of the feed wants the same slug in the same locale."""
        for locale, text in _texts(record).items():
            owner = self._owner.get((locale, text), record.key)
            if owner != record.key:
                raise Refused(
                    f"categories {owner} and {record.key} both have the slug {text} in {locale}",
                    code="duplicate_slug",
                    advice="Put something of its own into the slug in the mapping, such as the key",
                )


def _texts(record: Category) -> dict[str, str]:
    return record.slug if isinstance(record.slug, dict) else {}
