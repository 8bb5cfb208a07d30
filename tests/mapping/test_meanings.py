"""Declared meanings: what a record says of its own values beside them, carried through the mapping."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from msgspec import UNSET

from passerelle.errors import ConfigError
from passerelle.formats import Group
from passerelle.mapping import Mapping
from passerelle.records import Asset, AssetSource, EmbeddedPrice, Money, PriceTier, Product, StockLevel

from .twice import read

Load = Callable[..., Mapping]

PRODUCT = """
- {to: key, from: SKU}
- {to: variants, each: V, fields: [{to: sku, from: N}]}
"""
STOCK = "- {to: sku, from: SKU}\n- {to: quantity, from: Q, as: integer}\n"
PRICE = "- {to: sku, from: SKU}\n- {to: value, money: {amount: P, currency: {value: EUR}, decimal: auto}}\n"


def test_a_product_says_that_its_variants_are_all(load: Load) -> None:
    """Convention 34, the complete product: declared in the mapping, carried on every record."""
    values: Group = {"SKU": "a", "V": {"N": "a-1"}}
    told = read(load(PRODUCT + "- {to: variants_complete, value: true}\n", entity="product"), values)
    assert (told.variants_complete, len(told.variants)) == (True, 1)
    silent = read(load(PRODUCT, entity="product"), values)
    assert silent.variants_complete is False


def test_a_product_has_keywords_in_each_language(load: Load) -> None:
    """A list that repeats, or one text that is split; a language without words has none, others stay."""
    words = load(
        PRODUCT + "- {to: search_keywords.fr-FR, each: MOT}\n"
        '- {to: search_keywords.nl-BE, from: WOORD, via: {split: ","}}\n',
        entity="product",
    )
    values: Group = {"SKU": "a", "V": {"N": "a-1"}}
    assert read(words, {**values, "MOT": ["robe", "lin"], "WOORD": "jurk,linnen"}).search_keywords == {
        "fr-FR": ("robe", "lin"),
        "nl-BE": ("jurk", "linnen"),
    }
    assert read(words, {**values, "MOT": "robe"}).search_keywords == {"fr-FR": ("robe",)}
    assert read(words, values).search_keywords is UNSET
    with pytest.raises(ConfigError, match="needs a locale"):
        load(PRODUCT + "- {to: search_keywords, each: MOT}\n", entity="product")


def test_a_variant_has_prices_with_tiers_and_assets(load: Load) -> None:
    """Records within records within a record, each list on its own level of the file."""
    rich = load(
        """
- {to: key, from: SKU}
- {to: category_order_hints.cat-1, from: RANG, via: {decimal: "1234.5"}}
- to: variants
  each: V
  fields:
  - {to: sku, from: N}
  - to: prices
    each: P
    fields:
    - {to: value, money: {amount: A, currency: {value: EUR}, decimal: "1234.5"}}
    - {to: country, from: C}
    - to: tiers
      each: T
      fields:
      - {to: minimum_quantity, from: Q, as: integer}
      - {to: value, money: {amount: A, currency: {value: EUR}, decimal: "1234.5"}}
  - to: assets
    each: F
    fields:
    - {to: key, from: K}
    - {to: name.fr-FR, from: L}
    - {to: sources, each: U, fields: [{to: uri, from: .}]}
""",
        entity="product",
    )
    tier: Group = {"Q": "10", "A": "8.50"}
    price: Group = {"A": "9.90", "C": "FR", "T": tier}
    film: Group = {"K": "film", "L": "Film", "U": ["https://a.example"]}
    told = read(rich, {"SKU": "a", "RANG": "0.25", "V": {"N": "a-1", "P": price, "F": film}})

    (variant,) = told.variants
    assert variant.prices == (
        EmbeddedPrice(
            value=Money(990, "EUR"),
            country="FR",
            tiers=(PriceTier(minimum_quantity=10, value=Money(850, "EUR")),),
        ),
    )
    assert variant.assets == (
        Asset(key="film", name={"fr-FR": "Film"}, sources=(AssetSource(uri="https://a.example"),)),
    )
    assert told.category_order_hints == {"cat-1": Decimal("0.25")}


def test_a_movement_is_declared(load: Load) -> None:
    """Convention 36, a movement is no level: the record says so, of a whole feed or record by record."""
    told = read(load(STOCK + "- {to: relative, value: true}\n"), {"SKU": "a", "Q": "-3"})
    assert (told.quantity, told.relative) == (-3, True)
    kinds = load(STOCK + "- {to: relative, value: true, when: {path: KIND, is: M}}\n")
    assert [read(kinds, {"SKU": "a", "Q": "1", "KIND": kind}).relative for kind in "ML"] == [True, False]


@pytest.mark.parametrize("included", [True, False])
def test_a_price_says_whether_it_contains_the_tax(load: Load, included: bool) -> None:  # noqa: FBT001  # the value
    """Convention 37, TTC or HT: without a word the record says neither."""
    field = f"- {{to: tax_included, value: {str(included).lower()}}}\n"
    assert read(load(PRICE + field, entity="price"), {"SKU": "a", "P": "1.0"}).tax_included is included
    assert read(load(PRICE, entity="price"), {"SKU": "a", "P": "1.0"}).tax_included is UNSET


@pytest.mark.parametrize("record", [Product(key="a"), StockLevel(sku="a", quantity=1)])
def test_what_is_not_declared_is_not_written_down(record: msgspec.Struct) -> None:
    """Records that were known before stay known: their fingerprints are those of before."""
    written = msgspec.json.encode(record)
    assert written in (b'{"key":"a"}', b'{"sku":"a","quantity":1}')
