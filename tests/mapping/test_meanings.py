"""Declared meanings: what a record says of its own values beside them, carried through the mapping."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from msgspec import UNSET

from passerelle.formats import Group
from passerelle.mapping import Mapping
from passerelle.records import Product, StockLevel

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
