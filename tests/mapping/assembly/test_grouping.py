"""Groups: rows that are parts of one record, adjacent or anywhere in the file."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.errors import FileRefused

Assemble = Callable[..., Any]

ANY = "group: {by: STYLE, as: SIZES, order: any}"


def test_adjacent_rows_become_one_with_their_rows_below(assemble: Assemble) -> None:
    """The group has the name it is grouped by and the list; each row below knows its own line."""
    made = assemble(
        "group: {by: STYLE, as: SIZES}",
        [{"STYLE": "a", "S": "36"}, {"STYLE": "a", "S": "38"}, {"STYLE": "b", "S": "36"}],
    )
    assert made.values == [
        {"STYLE": "a", "SIZES": [{"STYLE": "a", "S": "36"}, {"STYLE": "a", "S": "38"}]},
        {"STYLE": "b", "SIZES": [{"STYLE": "b", "S": "36"}]},
    ]
    assert [size.origin.line for size in made.values[0]["SIZES"]] == [2, 3]
    assert [(row.ordinal, row.line) for row in made.rows] == [(1, 2), (3, 4)]


@pytest.mark.parametrize("in_memory", [100_000, 0])
def test_rows_anywhere_become_groups_in_the_order_of_their_first_rows(
    assemble: Assemble, in_memory: int
) -> None:
    """With order any the rows of a group may stand apart."""
    rows = [{"STYLE": "b", "S": "1"}, {"STYLE": "a", "S": "2"}, {"STYLE": "b", "S": "3"}]
    made = assemble(ANY, rows, in_memory=in_memory)
    assert [(values["STYLE"], [size["S"] for size in values["SIZES"]]) for values in made.values] == [
        ("b", ["1", "3"]),
        ("a", ["2"]),
    ]
    assert [size.origin.line for size in made.values[0]["SIZES"]] == [2, 4]


@pytest.mark.parametrize("remembered", [100, 0])
def test_an_adjacent_group_that_comes_back_is_a_fault(
    assemble: Assemble, monkeypatch: pytest.MonkeyPatch, remembered: int
) -> None:
    """Rows that were said to stand together and do not would be two records: the second is told."""
    monkeypatch.setattr("passerelle.mapping.assembly.grouping._REMEMBERED", remembered)
    rows = [{"STYLE": style} for style in ("a", "b", "c", "a", "d")]
    made = assemble("group: {by: STYLE, as: SIZES}", rows)
    assert made.faults == [("group_apart", "main.xml", 5)]
    assert [values["STYLE"] for values in made.values] == ["a", "b", "c", "d"]


def test_a_group_starts_where_a_row_says_so(assemble: Assemble) -> None:
    """Rows behind the one that starts a group belong to it; rows in front of the first start are faults."""
    text = "group: {starts_when: {path: TYPE, is: main}, as: VARIANTS, lift: [NAME]}"
    rows = [
        {"TYPE": "", "SKU": "0"},
        {"TYPE": "main", "SKU": "1", "NAME": "Chino"},
        {"TYPE": "", "SKU": "2", "NAME": ""},
        {"TYPE": "main", "SKU": "3", "NAME": "Shoe"},
    ]
    made = assemble(text, rows)
    assert made.faults == [("no_group_above", "main.xml", 2)]
    assert [
        (values["NAME"], [variant["SKU"] for variant in values["VARIANTS"]]) for values in made.values
    ] == [
        ("Chino", ["1", "2"]),
        ("Shoe", ["3"]),
    ]


def test_a_row_with_an_empty_key_is_a_fault_or_belongs_to_the_group_above(assemble: Assemble) -> None:
    """An empty key says nothing, unless the mapping says that such rows go on with the group."""
    rows = [{"STYLE": "a", "S": "1"}, {"STYLE": " ", "S": "2"}, {"S": "3"}, {"STYLE": "b", "S": "4"}]
    for order in ("adjacent", "any"):
        made = assemble(f"group: {{by: STYLE, as: SIZES, order: {order}}}", rows)
        assert sorted(made.faults) == [("empty_group_key", "main.xml", 3), ("empty_group_key", "main.xml", 4)]
        assert [values["STYLE"] for values in made.values] == ["a", "b"]
    made = assemble("group: {by: STYLE, as: SIZES, empty: above}", rows)
    assert [[size["S"] for size in values["SIZES"]] for values in made.values] == [["1", "2", "3"], ["4"]]


def test_lifted_names_stand_on_the_group_and_a_clash_is_told(assemble: Assemble) -> None:
    """A lifted name has one value in all rows that say anything; the fault names both lines."""
    rows = [
        {"STYLE": "a", "BRAND": "", "N": "1"},
        {"STYLE": "a", "BRAND": "Tod", "N": "1"},
        {"STYLE": "a", "BRAND": "Max", "N": "1"},
    ]
    made = assemble("group: {by: STYLE, as: SIZES, lift: [BRAND, N, GONE]}", rows)
    ((fault,),) = [row.faults for row in made.rows]
    assert (fault.code, fault.position.line, fault.position.path, fault.received) == (
        "clash",
        4,
        "BRAND",
        "Max",
    )
    assert "main.xml line 3 has Tod" in fault.expected
    for clash, brand in (("first", "Tod"), ("last", "Max")):
        made = assemble(f"group: {{by: STYLE, as: SIZES, lift: [BRAND, N, GONE], clash: {clash}}}", rows)
        (values,) = made.values
        assert (values["BRAND"], values["N"], "GONE" in values) == (brand, "1", False)


def test_a_lifted_name_that_is_empty_everywhere_stays_empty(assemble: Assemble) -> None:
    """Empty in every row is a value of its own: the source says that there is none."""
    made = assemble("group: {by: STYLE, as: SIZES, lift: [BRAND]}", [{"STYLE": "a", "BRAND": ""}] * 2)
    assert made.values[0]["BRAND"] == ""


def test_one_faulty_row_makes_its_group_faulty(assemble: Assemble) -> None:
    """A product that lacks a variant would lose it in the shop: the whole group waits."""
    text = """
    compute: [{to: N, from: S, via: {decimal: "1234.5"}}]
    group: {by: STYLE, as: SIZES, order: any}
    """
    rows = [{"STYLE": "a", "S": "1"}, {"STYLE": "b", "S": "2"}, {"STYLE": "a", "S": "x"}]
    for in_memory in (100_000, 0):
        made = assemble(text, rows, in_memory=in_memory)
        assert made.faults == [("not_a_number", "main.xml", 4)]
        assert [values["STYLE"] for values in made.values] == ["b"]


def test_a_composite_group_key(assemble: Assemble) -> None:
    """All paths of `by` together make the group; a part that is empty is a value when another is not."""
    rows = [{"A": "1", "B": "2"}, {"A": "1", "B": "2"}, {"A": "1", "B": ""}, {"A": "12", "B": ""}]
    made = assemble("group: {by: [A, B], as: ROWS}", rows)
    assert [(values["A"], values["B"], len(values["ROWS"])) for values in made.values] == [
        ("1", "2", 2),
        ("1", "", 1),
        ("12", "", 1),
    ]


@pytest.mark.parametrize("order", ["adjacent", "any"])
def test_a_group_that_never_ends_is_refused(
    assemble: Assemble, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    """A group of more rows than any record has would fill the memory: the file is refused."""
    monkeypatch.setattr("passerelle.mapping.assembly.shelf.MOST_MATCHES", 5)
    monkeypatch.setattr("passerelle.mapping.assembly.grouping.MOST_MATCHES", 5)
    with pytest.raises(FileRefused):
        assemble(f"group: {{by: STYLE, as: SIZES, order: {order}}}", [{"STYLE": "a"}] * 6)


def test_joins_come_before_groups_and_keep_after_them(assemble: Assemble) -> None:
    """Rows are joined before they are grouped; `keep` asks what was assembled, and its drops are counted."""
    text = """
    inputs: {texts: {files: {pattern: "texts.xml"}}}
    join: {TEXT: {input: texts, on: {STYLE: REF}}}
    group: {by: STYLE, as: SIZES, lift: [TEXT]}
    keep: {path: TEXT/N, empty: false}
    """
    made = assemble(text, [{"STYLE": "a"}, {"STYLE": "a"}, {"STYLE": "b"}], texts=[{"REF": "a", "N": "A"}])
    assert [values["TEXT"]["N"] for values in made.values] == ["A"]
    assert (made.counts.read, made.counts.assembled, made.counts.dropped, made.counts.given) == (3, 2, 1, 1)


ROWS = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 9)), max_size=25)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, memory=st.integers(0, 30))
def test_adjacent_and_any_agree_on_sorted_rows(
    assemble: Assemble, rows: list[tuple[str, int]], memory: int
) -> None:
    """Sorted by the key, both ways of grouping give what itertools.groupby gives; no row is lost."""
    ordered = [{"STYLE": style, "N": str(number)} for style, number in sorted(rows)]
    expected = [
        (style, [row["N"] for row in group])
        for style, group in groupby(ordered, key=lambda row: row["STYLE"])
    ]
    for order in ("adjacent", "any"):
        made = assemble(f"group: {{by: STYLE, as: ROWS, order: {order}}}", ordered, in_memory=memory)
        found = [(values["STYLE"], [row["N"] for row in values["ROWS"]]) for values in made.values]
        assert found == expected
        assert made.counts.read == sum(len(values["ROWS"]) for values in made.values) == len(rows)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, memory=st.integers(0, 30))
def test_any_order_gives_the_same_groups_as_sorting_first(
    assemble: Assemble, rows: list[tuple[str, int]], memory: int
) -> None:
    """Rows in any order are grouped as a dict would: groups by first row, rows in the order of the file."""
    expected: dict[str, list[str]] = {}
    for style, number in rows:
        expected.setdefault(style, []).append(str(number))
    given_rows = [{"STYLE": style, "N": str(number)} for style, number in rows]
    made = assemble(ANY, given_rows, in_memory=memory)
    found = [(values["STYLE"], [row["N"] for row in values["SIZES"]]) for values in made.values]
    assert found == list(expected.items())
