from __future__ import annotations

from typing import Any

import msgspec
import pytest

from passerelle.records import (
    Category,
    Money,
    OrderAck,
    Price,
    Product,
    Shipment,
    ShipmentLine,
    StockLevel,
    Variant,
)
from passerelle.sync.selection import names, skus_of, wants

NAMED: list[tuple[msgspec.Struct, set[str]]] = [
    (StockLevel(sku="A", quantity=0), {"A"}),
    (Price(sku="A", value=Money(1, "EUR")), {"A"}),
    (Product(key="style-1"), {"style-1"}),
    (Product(key="style-1", variants=(Variant(sku="A"), Variant(sku="B"))), {"style-1", "A", "B"}),
    (Category(key="cat-1"), {"cat-1"}),
    (OrderAck(order_number="O-1", accepted=True), {"O-1"}),
    (
        Shipment(key="BL1", order_number="O-1", lines=(ShipmentLine(sku="A", quantity=1),)),
        {"O-1", "A"},
    ),
]


@pytest.mark.parametrize(("record", "expected"), NAMED)
def test_every_kind_of_record_says_what_it_speaks_of(record: msgspec.Struct, expected: set[str]) -> None:
    """SKUs, and the key that people know the record by."""
    assert set(skus_of(record)) == expected


@pytest.mark.parametrize(("record", "expected"), NAMED)
def test_a_record_is_wanted_by_any_of_its_names(record: msgspec.Struct, expected: set[str]) -> None:
    """One of several is enough, another one is not; no list at all wants everything."""
    assert wants(record, frozenset())
    assert not wants(record, frozenset({"Z"}))
    for name in expected:
        assert wants(record, frozenset({name, "Z"}))


@pytest.mark.parametrize(("raw", "expected"), [
    (" A ", True), ("AB", False), (None, False),
    ({"SKU": "A"}, True), ({"LIGNES": {"LIGNE": [{"SKU": "Z"}, {"SKU": "A"}]}}, True), ([], False),
    ({}, False),
])  # fmt: skip
def test_an_unreadable_record_is_asked_by_its_raw_texts(raw: Any, *, expected: bool) -> None:
    """Anywhere in the record, as a whole text: a part of a text is another SKU."""
    assert names(raw, frozenset({"A"})) is expected
