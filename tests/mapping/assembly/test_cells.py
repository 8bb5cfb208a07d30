"""Cells: lists packed in one cell, side by side in columns, in names that repeat; and what is worked out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Assemble = Callable[..., Any]

PRICES = r"""
split:
  PRICE:
    cell: PRICES
    by: ";"
    parts: '(?:(?P<COUNTRY>[A-Z]{2})-)?(?P<CURRENCY>[A-Z]{3}) (?P<CENTS>[0-9]+)(?:#(?P<CHANNEL>.+))?'
"""


def test_a_packed_cell_becomes_a_list_of_its_parts(assemble: Assemble) -> None:
    """Each item is a group with the parts it has; a part that is not there is absent, the cell is gone."""
    made = assemble(PRICES, [{"SKU": "1", "PRICES": "DE-EUR 154#wien ;EUR 12;"}])
    assert made.values == [
        {
            "SKU": "1",
            "PRICE": [
                {
                    "#text": "DE-EUR 154#wien",
                    "COUNTRY": "DE",
                    "CURRENCY": "EUR",
                    "CENTS": "154",
                    "CHANNEL": "wien",
                },
                {"#text": "EUR 12", "CURRENCY": "EUR", "CENTS": "12"},
            ],
        }
    ]


def test_an_item_that_does_not_fit_is_a_fault(assemble: Assemble) -> None:
    """The item that cannot be read is told, with the place of its cell."""
    made = assemble(PRICES, [{"PRICES": "EUR 12;12 EUR"}])
    ((fault,),) = [row.faults for row in made.rows]
    assert (fault.code, fault.position.line, fault.position.path, fault.received) == (
        "unknown_pattern",
        2,
        "PRICES",
        "12 EUR",
    )


def test_a_cell_that_is_empty_is_an_empty_list_and_an_absent_one_is_absent(assemble: Assemble) -> None:
    """Empty says that there is none; absent says nothing."""
    made = assemble('split: {CAT: {cell: CATS, by: ";"}}', [{"CATS": " "}, {"ID": "2"}, {"CATS": "a; b"}])
    assert made.values == [{"CAT": []}, {"ID": "2"}, {"CAT": ["a", "b"]}]


def test_names_of_an_item_are_worked_out_from_it_and_from_its_row(assemble: Assemble) -> None:
    """A computation in a split reads the item (`#text`), and the row with `../`."""
    text = """
    split:
      CAT:
        cell: CATS
        by: ";"
        compute:
          - {to: CODE, from: "#text", via: upper}
          - {to: KEY, from: [../ID, "#text"], via: {join: "-"}}
    """
    made = assemble(text, [{"ID": "7", "CATS": "a;b"}])
    assert made.values[0]["CAT"] == [
        {"#text": "a", "CODE": "A", "KEY": "7-a"},
        {"#text": "b", "CODE": "B", "KEY": "7-b"},
    ]


def test_columns_side_by_side_become_groups(assemble: Assemble) -> None:
    """Each set of columns is one group; a set that is empty is none, whichever columns a line has."""
    text = """
    fold:
      PRICE: {columns: [[C3, C4], [C12, C13], [C21, C22]], names: [NR, CENTS], drop_empty: NR}
    """
    made = assemble(text, [{"T": "P", "C3": "a", "C4": "1", "C12": " ", "C13": "2", "C21": "c"}, {"T": "P"}])
    assert made.values == [
        {"T": "P", "PRICE": [{"NR": "a", "CENTS": "1"}, {"NR": "c"}]},
        {"T": "P", "PRICE": []},
    ]


def test_names_that_repeat_are_paired_by_their_order(assemble: Assemble) -> None:
    """The first with the first, the second with the second; one that lacks a partner is a fault, or alone."""
    rows = [{"ID": "1", "NAME": ["w", "h"], "VALUE": ["3", "4"]}, {"ID": "2", "NAME": "w", "VALUE": []}]
    made = assemble("pair: {FEATURE: [NAME, VALUE]}", rows)
    assert made.values == [
        {"ID": "1", "FEATURE": [{"NAME": "w", "VALUE": "3"}, {"NAME": "h", "VALUE": "4"}]},
    ]
    assert made.faults == [("uneven_lists", "main.xml", 3)]
    made = assemble("pair: {FEATURE: {lists: [NAME, VALUE], uneven: pad}}", rows)
    assert [values["FEATURE"] for values in made.values][1] == [{"NAME": "w"}]


def test_one_record_for_each_item_of_a_list(assemble: Assemble) -> None:
    """`each` gives a record for each item; the list is that item, the rest stands around it as before."""
    made = assemble(
        PRICES + "each: PRICE\n", [{"SKU": "1", "PRICES": "EUR 12;EUR 13"}, {"SKU": "2", "PRICES": ""}]
    )
    assert [(values["SKU"], values["PRICE"]["CENTS"]) for values in made.values] == [("1", "12"), ("1", "13")]
    assert (made.counts.read, made.counts.assembled, made.counts.given) == (2, 2, 2)


def test_what_each_made_is_asked_once_more(assemble: Assemble) -> None:
    """`then_keep` asks each record by its item and by what was worked out of it; what it drops is counted."""
    made = assemble(
        """
        each: PRICES
        then_compute: {to: KIND, from: PRICES/T, via: lower}
        then_keep: {path: KIND, is: net}
        """,
        [
            {"ID": "1", "PRICES": [{"T": "NET"}, {"T": "GROSS"}]},
            {"ID": "2", "PRICES": {"T": "GROSS"}},
            {"ID": "3", "PRICES": {"T": "Net"}},
        ],
    )
    assert [(row["ID"], row["PRICES"]["T"]) for row in made.values] == [("1", "NET"), ("3", "Net")]
    counts = made.counts
    assert (counts.assembled, counts.made, counts.parted, counts.given, counts.faulty) == (3, 4, 2, 2, 0)
    assert counts.notes() == ["2 of 4 records do not meet then_keep"]


def test_each_reaches_a_list_in_a_group(assemble: Assemble) -> None:
    """The groups on the way are copied, so that the records do not share them."""
    made = assemble("each: ART/PRICE", [{"ART": {"NR": "7", "PRICE": ["1", "2"]}}])
    assert made.values == [{"ART": {"NR": "7", "PRICE": "1"}}, {"ART": {"NR": "7", "PRICE": "2"}}]


def test_rows_that_do_not_meet_where_are_counted(assemble: Assemble) -> None:
    """A filter never hides how many rows it left out; a row that it cannot judge stays, with its fault."""
    text = "where: {path: N, above: 3}"
    made = assemble(text, [{"N": "5"}, {"N": "1"}, {"N": "x"}])
    assert [values["N"] for values in made.values] == ["5"]
    assert made.faults == [("not_a_number", "main.xml", 4)]
    counts = made.counts
    assert (counts.read, counts.filtered, counts.given, counts.faulty) == (3, 1, 1, 1)
    assert counts.notes() == ["1 of 3 rows do not meet where"]


def test_the_place_of_a_row_may_be_asked(assemble: Assemble) -> None:
    """`#ordinal` in a condition is the row's place; it does not become a name of the row."""
    made = assemble('where: {path: "#ordinal", above: 1}', [{"ID": "a"}, {"ID": "b"}])
    assert made.values == [{"ID": "b"}]


def test_what_is_worked_out_is_written_as_a_file_would_bring_it(assemble: Assemble) -> None:
    """Numbers are exact text; a name whose sources are all absent is absent; a default stands in."""
    text = """
    compute:
      - {to: N, from: P, via: [{decimal: "1234,5"}, {multiply: 100}]}
      - {to: ON, from: A, via: {boolean: {yes: J, no: N}}}
      - {to: GONE, from: NOT_THERE, via: upper}
      - {to: STILL, from: NOT_THERE, via: {default: "0"}}
      - {to: COPY, from: P}
    """
    made = assemble(text, [{"P": "12,345", "A": "J"}])
    assert made.values == [
        {"P": "12,345", "A": "J", "N": "1234.500", "ON": "true", "STILL": "0", "COPY": "12,345"}
    ]


def test_a_name_takes_the_first_place_that_has_a_text(assemble: Assemble) -> None:
    """`first_of` goes on while a place is absent or blank; else it is absent or empty."""
    text = "compute: [{to: N, first_of: [A, B, C], via: upper}]"
    made = assemble(text, [{"A": " ", "B": "b", "C": "c"}, {"C": "c"}, {"D": "d"}, {"A": ""}])
    assert [values.get("N", "-") for values in made.values] == ["B", "C", "-", ""]


def test_a_function_may_take_another_name_of_the_row(assemble: Assemble) -> None:
    """Values beside a function's own stand in the row: a factor, a price impact."""
    text = """
    compute: [{to: N, from: P, via: [{decimal: "1234.5"}, {multiply: {from: Q, default: 1}}]}]
    """
    made = assemble(text, [{"P": "2.5", "Q": "4"}, {"P": "2.5"}, {"P": "2.5", "Q": "x"}])
    assert [values["N"] for values in made.values] == ["10.0", "2.5"]
    ((fault,),) = [row.faults for row in made.rows if row.faults]
    assert (fault.position.line, fault.position.path, fault.received) == (4, "Q", "x")


def test_names_are_worked_out_last_from_what_was_joined(assemble: Assemble) -> None:
    """`then_compute` sees the assembled record: joined rows, and the one item of `each`."""
    text = """
    inputs: {sizes: {files: {pattern: "sizes.xml"}}}
    join: {SIZE: {input: sizes, on: {ID: REF}, take: all, missing: blank}}
    each: SIZE
    then_compute: [{to: SKU, first_of: [SIZE/SKU, ID]}]
    """
    sizes = [{"REF": "1", "SKU": "1-36"}, {"REF": "1", "SKU": "1-38"}]
    made = assemble(text, [{"ID": "1"}, {"ID": "2"}], sizes=sizes)
    assert [values["SKU"] for values in made.values] == ["1-36", "1-38", "2"]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc "), st.sampled_from("xyz ")), max_size=5))
def test_a_fold_loses_no_set_that_says_anything(assemble: Assemble, sets: list[tuple[str, str]]) -> None:
    """Without drop_empty every set with any text is a group, in the order of the columns."""
    columns = ", ".join(f"[A{number}, B{number}]" for number in range(5))
    row = {f"{name}{n}": text for n, pair in enumerate(sets) for name, text in zip("AB", pair, strict=True)}
    made = assemble(f"fold: {{F: {{columns: [{columns}], names: [A, B]}}}}", [row])
    assert made.values[0]["F"] == [{"A": a, "B": b} for a, b in sets if a.strip() or b.strip()]
