from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from passerelle.formats import Row
from passerelle.records import Product, StockLevel, Variant
from passerelle.sync import encode_record, raw_fingerprints, strong_fingerprint

TEXTS = st.text(max_size=8)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
)
RECORDS = st.dictionaries(TEXTS, VALUES, max_size=5)
VERSION = b"1" * 16


@given(values=RECORDS, other=RECORDS)
def test_equal_raw_values_and_only_they_have_equal_fingerprints(
    values: dict[str, Any], other: dict[str, Any]
) -> None:
    """Place and line in the file do not count, every value does, at any depth."""
    here, there, else_ = raw_fingerprints(
        [Row(values, 1, 1), Row(values, 2, None), Row(other, 1, 1)], VERSION
    )
    assert here == there
    assert (here == else_) == (msgspec.json.encode(values) == msgspec.json.encode(other))


@given(values=RECORDS)
def test_another_version_of_the_mapping_makes_every_record_new(values: dict[str, Any]) -> None:
    """What was mapped by other rules must be mapped again."""
    row = [Row(values, 1, 1)]
    assert raw_fingerprints(row, VERSION) != raw_fingerprints(row, b"2" * 16)


@given(attributes=st.dictionaries(TEXTS, TEXTS | st.integers(), min_size=2, max_size=5), data=st.data())
def test_the_order_of_attributes_means_nothing(attributes: dict[str, Any], data: st.DataObject) -> None:
    """Two records of equal value have equal bytes, in whatever order their parts were set."""
    shuffled = dict(data.draw(st.permutations(list(attributes.items()))))
    one, two = (
        Product(key="p", variants=(Variant(sku="s", attributes=values),)) for values in (attributes, shuffled)
    )
    assert strong_fingerprint(encode_record(one)) == strong_fingerprint(encode_record(two))


def test_absent_none_and_zero_are_three_things() -> None:
    """A feed that says nothing, one that says "none" and one that says zero mean three records."""
    records = (
        StockLevel(sku="A", quantity=1),
        StockLevel(sku="A", quantity=1, restockable_in_days=None),
        StockLevel(sku="A", quantity=1, restockable_in_days=0),
        StockLevel(sku="A", quantity=0),
    )
    assert len({strong_fingerprint(encode_record(record)) for record in records}) == 4
