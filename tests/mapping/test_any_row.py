"""Whatever a row holds, it maps or it has faults; the quick reading never differs from the careful one."""

from __future__ import annotations

import copy
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.errors import DataError, Position
from passerelle.formats import Group, Row
from passerelle.mapping import Mapping, load_mapping
from passerelle.mapping.fields import FAULTY, Scope

HEAD = """\
feed: test
entity: {entity}
files: {{folder: out, pattern: "T_{{sequence:5}}.xml", ready: {{marker: .ok}}}}
format: {{xml: {{charset: UTF-8, record: /F/R, header: /F/H}}}}
key: A
locales: {{fr-FR: FR, en-GB: EN}}
codes:
  units: {{values: {{"0": 1, "1": 10, "2": 100}}}}
  names: {{values: {{"1": {{key: one, label: One}}, "2": {{key: two}}}}}}
fields:
"""
PRODUCT = """\
  - {to: key, from: A, via: {key: p-, sanitise: true}}
  - to: "name.{locale}"
    first_of: [{when: {path: B, is: "1"}, from: C}, "@{lang}", /H/D]
    via: trim
    empty: absent
  - to: description
    locales: {each: "G[*]/C", language: "@lang", text: "#text", names: {"1": fr-FR, "2": en-GB}}
  - {to: description.de, lines: {each: "G[*]/C", by: "@lang", text: "."}, via: {join_lines: 9}}
  - to: categories
    from: D
    via: [{split: ","}, {each: {key: c-}}, unique]
    when: {path: B, above: 0, decimal: auto}
  - {to: tax_category, from: B, via: {code: names, column: label, unknown: skip}}
  - to: variants
    each: G
    where: {path: "@off", is_not: "1"}
    first: {path: ../B, at_least: 1, decimal: auto}
    fields:
      - {to: sku, from: "@sku"}
      - {to: attributes.all, all_of: [C, "../C"], via: unique}
      - to: attributes.number
        from: B
        via: [{decimal: auto}, {divide: {from: ../E, default: 1}}, {round: 2, by: half_up}]
      - {to: attributes.none, from: D, via: {none_if: ["1", "2"]}, default: x}
      - to: attributes
        attributes:
          each: C
          name: {from: "@lang", via: {code: names, unknown: keep}}
          value: .
          only: {one: {to: first, many: true}, two: {to: second, via: {decimal: auto}}}
"""
PRICE = """\
  - {to: sku, from: "A[last]", required: true}
  - {to: country, from: B, via: {code: names, unknown: {value: FR}}, empty: none, absent: none}
  - to: channel
    from: [C, D]
    via: {join: "-"}
    when: {not: {any: [{path: B, empty: true}, {path: "@x", present: true}]}}
  - to: value
    money:
      amount: C
      currency: {from: D, via: {code: names, unknown: {value: EUR}}}
      decimal: auto
      per: {from: B, via: {code: units}, default: 1}
      via: [{percent_off: {from: /H/D, default: 0}}]
      round: half_even
  - {to: valid_from, from: D, via: {date: iso, zone: {from: E, default: UTC}, none: ["0"]}}
"""
SOUND: Group = {
    "A": "7",
    "B": "1",
    "C": "12,5",
    "D": "2026-11-01",
    "@EN": "Dress",
    "G": [
        {"@sku": "a", "B": "3", "C": {"@lang": "1", "#text": "Robe"}},
        {"@sku": "b", "@off": "1"},
        {"@sku": "c", "D": "2", "C": {"@lang": "2", "#text": "5"}},
    ],
}


def loaded(folder: Path, entity: str, fields: str) -> Mapping:
    """Load a mapping that says as much as it can."""
    path = folder / f"{entity}.yaml"
    path.write_text(HEAD.format(entity=entity) + dedent(fields), encoding="utf-8")
    mapping = load_mapping(path)
    assert isinstance(mapping, Mapping)
    return mapping


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> list[Mapping]:
    """Load both mappings once."""
    folder = tmp_path_factory.mktemp("mappings")
    return [loaded(folder, "product", PRODUCT), loaded(folder, "price", PRICE)]


texts = st.sampled_from(
    ["", " ", "0", "1", "2", "1.234", "12,5", "-3", "x", "EUR", "é\x07", "2026-11-01", "1,2,2"]
)
names = st.sampled_from(["A", "B", "C", "D", "E", "G", "@sku", "@off", "@lang", "@FR", "@EN", "#text", "@x"])
trees = st.recursive(
    texts | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=12,
)
anything = st.dictionaries(names, trees, max_size=8)


@st.composite
def mended(draw: st.DrawFn) -> Group:
    """Draw a sound row in which some names were taken away or hold something else."""
    row = copy.deepcopy(SOUND)
    for name in draw(st.lists(names, max_size=3)):
        row.pop(name, None)
    return {**row, **draw(st.dictionaries(names, texts | trees, max_size=2))}


rows = anything | mended()


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(rows, anything)
def test_any_row_maps_or_has_faults(mappings: list[Mapping], values: Group, header: Group) -> None:
    """No other exception comes out, faults have a place, and both readings give the same."""
    for mapping in mappings:
        scope = Scope(copy.deepcopy(values), Position("f", 1, 1), header)
        careful: Any = mapping._record.careful(scope)  # noqa: SLF001  # what the quick one must agree with
        mapping._doctor.forget()  # noqa: SLF001  # as above
        mapping._misses.forget()  # noqa: SLF001  # as above
        told: tuple[object, ...] = ()
        record: Any = None
        try:
            record = mapping.record(Row(values, 1, 1), file="f", header=header)
        except DataError as error:
            told = error.faults
        assert told == tuple(scope.faults)
        assert record == (None if told else careful)
        assert (careful is FAULTY) == bool(told)
        assert all(fault.position.path is not None for fault in scope.faults)
        mapping.version_under(header)


def test_a_sound_row_maps(mappings: list[Mapping]) -> None:
    """The row that the others are made of has no fault, and needs no careful reading."""
    header: Group = {"D": "5"}
    product, price = (mapping.record(Row(SOUND, 1, 1), header=header) for mapping in mappings)
    assert [variant.sku for variant in product.variants] == ["a", "c"]
    assert product.variants[1].attributes["second"] == 5
    assert product.description == {"fr-FR": "Robe", "en-GB": "5", "de": "Robe 5"}
    assert price.value.cent_amount == 119
    for mapping in mappings:
        assert mapping._fast(SOUND, header) == mapping.record(Row(SOUND, 1, 1), header=header)  # noqa: SLF001  # it must not give up
