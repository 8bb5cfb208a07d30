"""Scopes: one row of prices becomes one for each country, group and channel in which it holds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from ..formats import Group
from .paths import ABSENT, Source, leaf_text
from .pipeline import Pipeline
from .unreadable import Unreadable

__all__ = ["EVERYWHERE", "Dimension", "Scopes", "scope_name"]

#: What stands in a list for every country, group or channel.
EVERYWHERE = "*"


def scope_name(field: str) -> str:
    """Give the name under which a row carries one of its scopes: `#scope.country`."""
    return f"#scope.{field}"


class Dimension(NamedTuple):
    """Where a price holds in one way: the field it fills, and its values, or where they stand."""

    field: str
    values: tuple[str, ...]
    source: Source | None = None
    pipeline: Pipeline | None = None

    def of(self, header: Group, values: Group) -> tuple[str, ...]:
        """Give the values for a row, each once, in their order.

        Raises:
            Unreadable: nothing stands there, or what stands there cannot be read.
        """
        if self.source is None or self.pipeline is None:
            return self.values
        text: str | None = None
        try:
            found = self.source.find(header if self.source.in_header else values)
            text = "" if found is ABSENT else leaf_text(found)
            if not text or text.isspace():
                code = "missing_value" if found is ABSENT else "empty_value"
                raise Unreadable(code, f"where the price holds ({self.field})")  # noqa: TRY301  # its place follows
            given: Any = self.pipeline.convert(text)
        except Unreadable as error:
            error.path, error.received = self.source.text, text
            raise
        texts = (
            (given,) if isinstance(given, str) else tuple(given) if isinstance(given, tuple | list) else ()
        )
        return tuple(dict.fromkeys(text.strip() for text in texts if text and text.strip()))


class Scopes(NamedTuple):
    """All the ways in which the prices of a feed hold in several scopes."""

    dimensions: tuple[Dimension, ...]
    reject_clashes: bool

    @property
    def sources(self) -> tuple[Source, ...]:
        """What is read of a row for them."""
        return tuple(one.source for one in self.dimensions if one.source is not None)

    def of(self, header: Group, values: Group) -> Iterator[dict[str, str]]:
        """Give the names that are laid over a row, once for each scope; raises Unreadable."""
        lists = [one.of(header, values) for one in self.dimensions]
        names = [scope_name(one.field) for one in self.dimensions]
        for combination in product(*lists):
            yield dict(zip(names, combination, strict=True))
