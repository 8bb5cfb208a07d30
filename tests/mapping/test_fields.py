"""Where values come from: conditions, alternatives, several texts, lines, lists, what stands in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import UNSET

from passerelle.formats import Group
from passerelle.mapping import Flaw, Mapping
from passerelle.records import Address, Price

from .twice import faults, read

Load = Callable[..., Mapping]
Flaws = Callable[..., list[Flaw]]

STOCK = "- {to: sku, from: SKU}\n- {to: quantity, value: 1}\n"


def stock(load: Load, field: str) -> Mapping:
    """Load a stock feed with one field more."""
    return load(f"{STOCK}- {field}")


# Conditions ----------------------------------------------------------------------------------------


def test_a_field_under_a_condition(load: Load) -> None:
    """It is read when the condition holds; otherwise it says nothing, or its default."""
    mapping = load(
        """
        - {to: sku, from: SKU}
        - {to: quantity, from: Q, as: integer, when: {path: STATUS, is: A}, default: 0}
        - {to: restockable_in_days, from: D, as: integer, when: {path: STATUS, in: [A, B]}}
        """
    )
    record = read(mapping, {"SKU": "a", "Q": "5", "D": "3", "STATUS": "A"})
    assert (record.quantity, record.restockable_in_days) == (5, 3)
    record = read(mapping, {"SKU": "a", "Q": "5", "D": "3", "STATUS": "X"})
    assert (record.quantity, record.restockable_in_days) == (0, UNSET)


def test_a_condition_that_cannot_be_asked_is_a_fault(load: Load) -> None:
    """A number that is none decides nothing."""
    mapping = stock(load, "{to: supply_channel, value: x, when: {path: Q, above: 0}}")
    assert read(mapping, {"SKU": "a", "Q": "1"}).supply_channel == "x"
    assert faults(mapping, {"SKU": "a", "Q": "much"}) == {"Q": "not_a_number"}


def test_a_status_becomes_published_or_deleted(load: Load) -> None:
    """The first condition that holds decides, the last alternative stands for all others."""
    mapping = stock(
        load,
        "{to: supply_channel, first_of: [{when: {path: ST, is: P}, value: shop}, {value: attic}]}",
    )
    assert read(mapping, {"SKU": "a", "ST": "P"}).supply_channel == "shop"
    assert read(mapping, {"SKU": "a"}).supply_channel == "attic"


# First of, all of, lines ---------------------------------------------------------------------------


def test_the_first_that_has_a_value(load: Load) -> None:
    """Absent, empty and blank places are passed over; each may have functions of its own."""
    mapping = stock(
        load,
        "{to: supply_channel, first_of: [A, {from: B, via: {prefix: b-}}, /H/SITE], via: trim, default: no}",
    )
    header: Group = {"SITE": " main "}
    assert read(mapping, {"SKU": "a", "A": " x "}, header).supply_channel == "x"
    assert read(mapping, {"SKU": "a", "A": " ", "B": "y"}, header).supply_channel == "b-y"
    assert read(mapping, {"SKU": "a", "A": ""}, header).supply_channel == "main"
    assert read(mapping, {"SKU": "a", "A": ""}).supply_channel == "no"


def test_a_fault_of_a_place_that_has_a_value_is_told(load: Load) -> None:
    """What is there and wrong is not passed over."""
    mapping = load("- {to: sku, from: SKU}\n- {to: quantity, first_of: [A, B], as: integer}")
    assert read(mapping, {"SKU": "a", "B": "2"}).quantity == 2
    assert faults(mapping, {"SKU": "a", "A": "two", "B": "2"}) == {"A": "not_a_number"}
    assert faults(mapping, {"SKU": "a"}) == {"A": "missing_value"}


def test_all_of_some_places(load: Load) -> None:
    """Texts of several places and of what repeats, in order; empty ones left out."""
    mapping = stock(load, "{to: supply_channel, all_of: [A, 'G[*]/B'], via: {join: '-'}}")
    values: Group = {"SKU": "a", "A": "1", "G": [{"B": ["2", ""]}, {}, {"B": "3"}]}
    assert read(mapping, values).supply_channel == "1-2-3"
    assert read(mapping, {"SKU": "a"}).supply_channel is None


LISTS = "- {{to: key, from: SKU}}\n- {{to: categories, {}}}"


@pytest.mark.parametrize(
    ("said", "values", "categories"),
    [
        ("all_of: [MAIN, F/C]", {"MAIN": "a", "F": {"C": ["b", "", "c"]}}, ("a", "b", "c")),
        ("all_of: [MAIN, F/C]", {"MAIN": "", "F": ""}, ()),
        ("all_of: F/C", {"F": {"C": [" ", ""]}}, ()),
        ("all_of: F/C, empty: absent", {"F": ""}, UNSET),
        ("all_of: F/C, empty: none", {"F": ""}, ()),
        ("all_of: F/C", {}, UNSET),
        ("all_of: F/C, via: unique", {"F": {"C": ["b", "b"]}}, ("b",)),
        ("from: C, via: {split: ','}", {"C": "a,b"}, ("a", "b")),
        ("from: C, via: {split: ','}", {"C": ""}, ()),
        ("each: F/C", {"F": {"C": ["a", "b"]}}, ("a", "b")),
        ("each: F/C", {"F": ""}, ()),
        ("each: F/C, via: {none_if: '0'}", {"F": {"C": ["0", "b"]}}, ("b",)),
        ("each: F/C, via: {none_if: '0'}", {"F": {"C": "0"}}, ()),
        ("each: F/C, where: {path: '@on', is: x}", {"F": {"C": [{"@on": "x", "#text": "a"}, "b"]}}, ("a",)),
        ("each: F/C, where: {path: ../OK, is: x}", {"OK": "y", "F": {"C": ["a", "b"]}}, ()),
        ("each: F/C, where: {path: ., is_not: a}", {"F": {"C": ["a", "b"]}}, ("b",)),
    ],
)
def test_lists_of_texts(load: Load, said: str, values: Group, categories: Any) -> None:
    """A place that is there and holds no text gives a list without texts; what does not count is left out."""
    mapping = load(LISTS.format(said), entity="product")
    assert read(mapping, {"SKU": "kk", **values}).categories == categories


@pytest.mark.parametrize(
    ("said", "values", "fault"),
    [
        ("all_of: F/C, required: true", {"F": ""}, {"F/C": "empty_value"}),
        ("all_of: F/C, empty: reject", {"F": ""}, {"F/C": "empty_value"}),
        ("each: F/C, required: true", {"F": ""}, {"F/C": "empty_value"}),
        ("each: F/C, required: true, where: {path: ., is: b}", {"F": {"C": "a"}}, {"F/C": "empty_value"}),
        ("each: F/C", {"F": {"C": ["a", ""]}}, {"F/C[2]": "empty_value"}),
        ("each: F/C, where: {path: ., above: 3}", {"F": {"C": ["4", "x"]}}, {"F/C[2]": "not_a_number"}),
    ],
)
def test_lists_of_texts_that_cannot_be_taken(
    load: Load, said: str, values: Group, fault: dict[str, str]
) -> None:
    """A list that must not be empty is a fault without a text; each element that is wrong is told."""
    assert faults(load(LISTS.format(said), entity="product"), {"SKU": "kk", **values}) == fault


def test_stock_is_the_sum_of_places(load: Load) -> None:
    """Pieces of several depots are added up; no depot at all is a fault, not zero."""
    mapping = load(
        "- {to: sku, from: SKU}\n- {to: quantity, all_of: DEPOT/Q, via: [{sum: '1234,5'}], as: integer}"
    )
    assert read(mapping, {"SKU": "a", "DEPOT": {"Q": ["3", "4,0"]}}).quantity == 7
    assert read(mapping, {"SKU": "a", "DEPOT": {"Q": ["3", "-4"]}}).quantity == -1
    assert faults(mapping, {"SKU": "a"}) == {"DEPOT/Q": "missing_value"}


def test_lines_in_their_order(load: Load) -> None:
    """Lines are put in order by their number and joined, with or without a blank."""
    mapping = load(
        """
        - {to: key, from: SKU}
        - to: description.fr
          lines: {each: TEXTS/T, by: "@no", text: "#text", where: {path: "@lang", is: F}}
          via: {join: " "}
        - to: description.de
          lines: {each: TEXTS/T, by: "@no", where: {path: "@lang", is: D}}
          via: {join_lines: 7}
        """,
        entity="product",
    )
    lines: list[Any] = [
        {"@no": "10", "@lang": "F", "#text": "trois"},
        {"@no": "2", "@lang": "F", "#text": "deux"},
        {"@no": "1", "@lang": "F", "#text": "un"},
        {"@no": "1", "@lang": "D", "#text": "bei Sch"},
        {"@no": "2", "@lang": "D", "#text": "utz"},
    ]
    assert read(mapping, {"SKU": "kk", "TEXTS": {"T": lines}}).description == {
        "fr": "un deux trois",
        "de": "bei Schutz",
    }
    assert read(mapping, {"SKU": "kk"}).description is UNSET


# Three values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "empty", "absent"),
    [
        ("", None, UNSET),
        ("empty: absent", UNSET, UNSET),
        ("empty: none, absent: none", None, None),
        ("empty: absent, absent: none", UNSET, None),
        ("default: 7", 7, 7),
    ],
)
def test_what_empty_and_absent_say(load: Load, policy: str, empty: object, absent: object) -> None:
    """There is none, or nothing is said: each partner means another thing."""
    rest = f", {policy}" if policy else ""
    mapping = stock(load, f"{{to: restockable_in_days, from: R, as: integer{rest}}}")
    assert read(mapping, {"SKU": "a", "R": " "}).restockable_in_days is empty or empty == 7
    assert read(mapping, {"SKU": "a"}).restockable_in_days is absent or absent == 7


def test_empty_and_absent_may_be_faults(load: Load) -> None:
    """Whoever must always say something is told when nothing comes."""
    mapping = stock(load, "{to: supply_channel, from: C, empty: reject}")
    assert faults(mapping, {"SKU": "a", "C": ""}) == {"C": "empty_value"}
    assert read(mapping, {"SKU": "a"}).supply_channel is None
    mapping = stock(load, "{to: supply_channel, from: C, absent: reject}")
    assert faults(mapping, {"SKU": "a"}) == {"C": "missing_value"}


def test_an_empty_text_may_be_kept(load: Load) -> None:
    """An attribute whose text is empty on purpose."""
    mapping = load(
        """
        - {to: key, from: SKU}
        - to: variants
          each: .
          fields: [{to: sku, from: SKU}, {to: attributes.note, from: N, empty: keep}]
        """,
        entity="product",
    )
    (variant,) = read(mapping, {"SKU": "kk", "N": " "}).variants
    assert variant.attributes == {"note": ""}


def test_sentinels(load: Load) -> None:
    """A text that stands for nothing is none, or as if it were not there."""
    mapping = stock(
        load, "{to: restockable_in_days, from: R, via: {none_if: ['-1.000000', '']}, as: integer}"
    )
    assert read(mapping, {"SKU": "a", "R": "-1.000000"}).restockable_in_days is None
    mapping = stock(load, "{to: restockable_in_days, from: R, via: {absent_if: ['-1.000000']}, as: integer}")
    assert read(mapping, {"SKU": "a", "R": "-1.000000"}).restockable_in_days is UNSET
    assert read(mapping, {"SKU": "a", "R": "3"}).restockable_in_days == 3


def test_none_where_none_cannot_be(load: Load) -> None:
    """A name that is a sentinel says nothing, when the field says so."""
    mapping = load(
        "- {to: key, from: SKU}\n- {to: name.fr, from: N, via: {none_if: ['-']}, empty: absent}",
        entity="product",
    )
    assert read(mapping, {"SKU": "kk", "N": "-"}).name is UNSET
    assert read(mapping, {"SKU": "kk", "N": "x"}).name == {"fr": "x"}


# Lists ---------------------------------------------------------------------------------------------


PRODUCT = """
- {to: key, from: CODE}
- to: variants
  each: V
  %s
  fields:
    - {to: sku, from: "@sku"}
    - {to: attributes.size, from: .}
    - {to: attributes.brand, from: ../BRAND}
    - {to: attributes.row, from: "#ordinal"}
"""


def test_elements_that_count_and_the_one_that_comes_first(load: Load) -> None:
    """Some variants are left out, and the master variant is chosen."""
    mapping = load(
        PRODUCT % 'where: {path: "@off", is_not: "1"}\n  first: {path: "@main", is: "1"}',
        entity="product",
        key="CODE",
    )
    variants: list[Any] = [
        {"@sku": "a", "#text": "S"},
        {"@sku": "b", "#text": "M", "@off": "1"},
        {"@sku": "c", "#text": "L", "@main": "1"},
    ]
    record = read(mapping, {"CODE": "kk", "BRAND": "x", "V": variants, "#ordinal": "5"})
    assert [variant.sku for variant in record.variants] == ["c", "a"]
    assert record.variants[0].attributes == {"size": "L", "brand": "x", "row": "5"}
    assert mapping.pseudo_names == {"#ordinal"}


def test_places_of_faults_are_those_of_the_file(load: Load) -> None:
    """A variant that was moved in front keeps its own number."""
    mapping = load(PRODUCT % 'first: {path: "@main", is: "1"}', entity="product", key="CODE")
    variants: list[Any] = [{"@sku": "a", "#text": "S"}, {"@sku": "", "@main": "1", "#text": "L"}]
    values: Group = {"CODE": "kk", "BRAND": "x", "V": variants, "#ordinal": "5"}
    assert faults(mapping, values) == {"V[2]/@sku": "empty_value"}


def test_texts_of_a_list_in_one_cell(load: Load) -> None:
    """A cell with several categories: split, each of them made a key."""
    mapping = load(
        "- {to: key, from: SKU}\n"
        "- {to: categories, from: C, via: [{split: ','}, {each: [{key: cat-}]}, unique]}",
        entity="product",
    )
    assert read(mapping, {"SKU": "kk", "C": "12, 13,,12"}).categories == ("cat-12", "cat-13")
    assert read(mapping, {"SKU": "kk"}).categories is UNSET


def test_sets_and_references_in_attributes(load: Load) -> None:
    """Several texts are a set; a reference keeps the key of what may come later."""
    mapping = load(
        """
        - {to: key, from: SKU}
        - to: variants
          each: .
          fields:
            - {to: sku, from: SKU}
            - {to: attributes.tags, all_of: TAG, via: unique}
            - {to: attributes.bundle, from: PART, via: {reference: product}}
            - {to: attributes.weight, from: W, via: {decimal: "1234,5"}}
        """,
        entity="product",
    )
    (variant,) = read(
        mapping, {"SKU": "kk", "TAG": ["new", "sale", "new"], "PART": "style-7", "W": "1,50"}
    ).variants
    assert variant.attributes["tags"] == ("new", "sale")
    assert variant.attributes["bundle"] == {"typeId": "product", "key": "style-7"}
    assert str(variant.attributes["weight"]) == "1.50"


def test_an_address_is_put_together(load: Load) -> None:
    """Parts of a group are named one by one; a group without any part is not there."""
    mapping = load(
        """
        - {to: id, from: ID}
        - {to: version, value: 1}
        - {to: order_number, from: ID}
        - {to: created_at, from: D, via: {date: AAAAMMJJ, zone: UTC}}
        - {to: state, value: Open}
        - {to: payment_state, value: null}
        - {to: total, money: {amount: T, currency: {value: EUR}, decimal: "1234.5"}}
        - {to: shipping_address.city, from: "NAD[@role=DP]/CITY"}
        - {to: shipping_address.country, from: "NAD[@role=DP]/COUNTRY"}
        - {to: lines, each: L, fields: [
            {to: id, from: "@n"}, {to: sku, from: S}, {to: name, from: S},
            {to: quantity, from: Q, as: integer},
            {to: unit_price, money: {amount: P, currency: {value: EUR}, decimal: "1234.5"}},
            {to: total, money: {amount: P, currency: {value: EUR}, decimal: "1234.5"}}]}
        """,
        entity="order",
        key="ID",
    )
    values: Group = {
        "ID": "7",
        "D": "20261101",
        "T": "5",
        "NAD": [{"@role": "BY"}, {"@role": "DP", "CITY": "Lyon", "COUNTRY": ""}],
        "L": {"@n": "1", "S": "a", "Q": "2", "P": "2.50"},
    }
    assert read(mapping, values).shipping_address == Address(city="Lyon")
    assert read(mapping, values | {"NAD": []}).shipping_address is None


def test_attributes_of_elements_do_not_slow_nor_change_texts(load: Load) -> None:
    """Where one attribute is read all elements bring theirs: texts are read as ever."""
    mapping = load(
        "- {to: sku, from: SKU, via: trim}\n- {to: quantity, from: Q, as: integer}\n"
        "- {to: supply_channel, from: Q/@unit}"
    )
    values: Group = {"SKU": {"#text": " a ", "@x": "1"}, "Q": {"#text": "3", "@unit": "ST"}}
    assert mapping._fast(values, {}) == read(mapping, values)  # noqa: SLF001  # it must not give up


# Flaws ---------------------------------------------------------------------------------------------

HEAD = """\
feed: test
entity: product
files: {folder: out, pattern: "T_{sequence:5}.xml", ready: {marker: .ok}}
format: {xml: {charset: ISO-8859-1, record: /F/R}}
key: SKU
fields:
  - {to: key, from: SKU}
"""


@pytest.mark.parametrize(
    ("field", "column", "words"),
    [
        ("{to: name.fr, from: N, when: {path: A//B, is: x}}", 40, "is no path"),
        ("{to: name.fr, from: N, when: {path: A}}", 32, "a path needs a test"),
        ("{to: name.fr, from: N, when: {paht: A, is: x}}", 33, "unknown key 'paht'; did you mean 'path'?"),
        ("{to: name.fr, first_of: [A, {from: B, via: slugg}]}", 50, "did you mean 'slug'?"),
        ("to: name.fr\n    from: #ordinal", 11, "put it in quotes"),
        ("{to: name.fr, first_of: [A, {via: trim}]}", 35, "either a place (from) or a value"),
        ("{to: name.fr, lines: {each: A//B}, via: join}", 35, "is no path"),
        ("{to: name.fr, all_of: A}", 9, "gives several texts: join them"),
        ("{to: name.fr, from: N, empty: null_}", 37, "'none', 'absent', 'reject' or 'keep'"),
        ("{to: key2, from: N}", 9, "has no field 'key2'; did you mean 'key'?"),
        ("{to: name.fr, from: N, fields: [{to: x, from: y}]}", 42, "fields belongs to each"),
        ("{to: name.fr, from: N, where: {path: A, is: x}}", 42, "where belongs to each"),
        ("{to: name.fr, value: x, default: y}", 43, "default is for a value that is read"),
        ("{to: name.fr, from: N, via: {none_if: x}}", 32, "name.fr cannot be none"),
        ("{to: categories, from: C}", 28, "is a list: read it with each, or split"),
        ("{to: categories, from: C, via: [{split: ','}, {each: uper}]}", 60, "did you mean 'upper'?"),
        ("{to: categories, all_of: C, default: a}", 38, "default 'a' is not a list"),
        ("{to: categories, each: C, first: {path: ., is: a}}", 36, "they stay in their order"),
        ("{to: variants, each: V, fields: [{to: sku, from: ../../X}]}", 60, "climbs 2 records up"),
        ("{to: name.fr, from: N, via: {multiply: {from: X}}}", 32, "takes a decimal number, but gets a text"),
        (
            "{to: name.fr, from: N, via: [{decimal: auto}, {divide: {frm: X}}]}",
            None,
            "Extra inputs are not permitted",
        ),
    ],
)  # fmt: skip
def test_flaws(flaws_of: Flaws, field: str, column: int | None, words: str) -> None:
    """What is wrong is told where it stands, with the nearest right name."""
    flaws = flaws_of(f"{HEAD}  - {field}\n")
    fitting = [flaw for flaw in flaws if words in flaw.message]
    assert fitting, flaws
    assert fitting[0].place.line in (8, 9)
    assert column is None or fitting[0].place.column <= column + 12


def test_one_price_without_scope(load: Load) -> None:
    """A price that says nothing of groups and channels holds for all."""
    mapping = load(
        "- {to: sku, from: SKU}\n- {to: value, money: {amount: P, currency: C, decimal: '1234,5'}}",
        entity="price",
    )
    record = read(mapping, {"SKU": "a", "P": "1,50", "C": "EUR"})
    assert isinstance(record, Price)
    assert (record.country, record.customer_group, record.channel) == (None, None, None)


def test_a_fault_is_told_where_the_wrong_value_stands(load: Load) -> None:
    """Beside the field, in the record around it, in the header: not where the field itself stands."""
    mapping = load(
        """
        - {to: key, from: CODE}
        - to: variants
          each: V
          where: {path: Q, above: 0}
          fields:
            - {to: sku, from: S}
            - to: attributes.w
              from: W
              via: [{decimal: auto}, {multiply: {from: ../F}}, {add: {from: /H/A}}]
        """,
        entity="product",
        key="CODE",
    )
    values: Group = {"CODE": "kk", "F": "x", "V": [{"S": "a", "W": "1", "Q": "1"}]}
    assert faults(mapping, values, {"A": "1"}) == {"F": "not_a_number"}
    assert faults(mapping, values | {"F": "2"}, {"A": "y"}) == {"/H/A": "not_a_number"}
    assert faults(mapping, values | {"V": [{"S": "a", "Q": "1"}, {"S": "b", "Q": "?"}]}) == {
        "V[2]/Q": "not_a_number"
    }
