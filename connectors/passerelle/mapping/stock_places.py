"""Stock places: from which places a feed sells, and what is kept back there, as people wrote it down."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

import msgspec
from pydantic import TypeAdapter, ValidationError

from ..fulfilment.availability import PlaceRules
from .codes import CodeTable
from .pipeline import Location, Report
from .spec import MappingSpec
from .spec.base import Share
from .spec.stock import BufferSpec, StockSpec

__all__ = ["StockPlaces", "digest", "stock_places"]

#: What people write in the column `eligible`.
_WORDS = {
    **dict.fromkeys(("yes", "y", "oui", "o", "true", "1", "x"), True),
    **dict.fromkeys(("no", "n", "non", "false", "0"), False),
}
_COLUMNS = ("eligible", "why", "category", "buffer", "buffer_share", "minimum")
_SHARE = TypeAdapter(Share)


class StockPlaces(NamedTuple):
    """The rules of each place that the table names, and of every other one."""

    named: Mapping[str, PlaceRules] = MappingProxyType({})
    others: PlaceRules = PlaceRules()

    def rules(self, place: str | None) -> PlaceRules:
        """Give the rules of a place; None is the pool without a place."""
        return self.others if place is None else self.named.get(place, self.others)


def stock_places(spec: MappingSpec, tables: dict[str, CodeTable], report: Report) -> StockPlaces | None:
    """Read the places of a feed of stock, reporting flaws where they stand; None when it has no stock law."""
    law = spec.stock
    if law is None:
        return None
    if spec.entity != "stock":
        report(("stock",), f"the stock law is for stock, not for {spec.entity}")
    fields = {field.to for field in spec.fields}
    if (law.at.said_by == "record") != ("counted_at" in fields):
        report(("stock", "at"), "`record` and the field counted_at go together")
    if "movement" in fields or "relative" in fields:
        report(("stock",), "a movement is no number of pieces: the stock law is for stock levels")
    if spec.target.get("commercetools", {}).get("quantity_means", "physical") != "physical":
        report(
            ("target", "commercetools", "quantity_means"),
            "stock.means says what the number is: leave this one out",
        )
    others = _rules(law)
    if law.places is None:
        return StockPlaces({}, others)
    at: Location = ("stock", "places")
    table = tables.get(law.places)
    if table is None:
        report(at, f"there is no code table {law.places!r}")
        return StockPlaces({}, others)
    return StockPlaces(_named(law, table, others, report), others)


def digest(law: StockSpec, rules: PlaceRules) -> bytes:
    """Tell two states of what holds for a place apart."""
    said = law.model_dump(mode="json", exclude={"places", "categories", "recompute", "ahead"})
    return hashlib.blake2b(msgspec.json.encode([said, rules], order="deterministic"), digest_size=8).digest()


def _rules(said: BufferSpec) -> PlaceRules:
    return PlaceRules(buffer=said.buffer, buffer_share=Decimal(str(said.buffer_share)), minimum=said.minimum)


def _named(law: StockSpec, table: CodeTable, others: PlaceRules, report: Report) -> dict[str, PlaceRules]:
    at: Location = ("codes", table.name)
    columns = table.columns or {"eligible": table.entries}
    unknown = [name for name in columns if name not in _COLUMNS]
    if unknown:
        report(at, f"a table of places has the columns {', '.join(_COLUMNS)}, not {', '.join(unknown)}")
        return {}
    named: dict[str, PlaceRules] = {}
    for place in dict.fromkeys(place for entries in columns.values() for place in entries):
        row = {name: entries[place] for name, entries in columns.items() if place in entries}
        try:
            named[place] = _row(law, row, others)
        except ValueError as error:
            report(at, f"{table.file}, {place}: {error}")
    return named


def _row(law: StockSpec, row: dict[str, str], others: PlaceRules) -> PlaceRules:
    """Read one row over the rules of its category, or of the feed; raises ValueError."""
    rules = others
    if "category" in row:
        if row["category"] not in law.categories:
            known = ", ".join(law.categories) or "none"
            raise ValueError(f"category {row['category']!r} is none of stock.categories ({known})")
        rules = _rules(law.categories[row["category"]])
    said = {name: read(row[name]) for name, read in _CELLS.items() if name in row}
    return msgspec.structs.replace(rules, **said)


def _eligible(text: str) -> bool:
    word = text.casefold()
    if word not in _WORDS:
        raise ValueError(f"eligible is {text!r}: write yes or no, oui or non")
    return _WORDS[word]


def _pieces(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"{text!r} is no number of pieces: write 0, 1, 2, …")
    return int(text)


def _share(text: str) -> Decimal:
    try:
        return Decimal(str(_SHARE.validate_python(text)))
    except ValidationError as error:
        raise ValueError(f"buffer_share is {text!r}: write a share such as 5%") from error


_CELLS: Mapping[str, Callable[[str], object]] = {
    "eligible": _eligible,
    "why": str,
    "buffer": _pieces,
    "minimum": _pieces,
    "buffer_share": _share,
}
