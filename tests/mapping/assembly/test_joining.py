"""Joins: which rows hang below which, in memory and in the database alike."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.errors import FileRefused
from passerelle.mapping.origins import Found

Assemble = Callable[..., Any]

TEXTS = """
inputs: {texts: {files: {pattern: "texts.xml"}}}
join: {TEXT: {input: texts, on: {ID: REF}, %s}}
"""
MEMORIES = [100_000, 0]


@pytest.mark.parametrize("in_memory", MEMORIES)
def test_one_row_hangs_as_a_group_and_knows_its_own_place(assemble: Assemble, in_memory: int) -> None:
    """A joined row stands below the name of the join; its origin is its own file and line."""
    made = assemble(
        TEXTS % "take: one",
        [{"ID": "1"}, {"ID": "2"}],
        texts=[{"REF": "2", "NAME": "two"}, {"REF": "1", "NAME": "one"}],
        in_memory=in_memory,
    )
    assert made.values == [
        {"ID": "1", "TEXT": {"REF": "1", "NAME": "one"}},
        {"ID": "2", "TEXT": {"REF": "2", "NAME": "two"}},
    ]
    found = made.rows[0].values["TEXT"]
    assert isinstance(found, Found)
    assert str(found.origin) == "texts.xml line 3"


@pytest.mark.parametrize("in_memory", MEMORIES)
@pytest.mark.parametrize(
    ("take", "hung"),
    [("all", [{"REF": "1", "N": "a"}, {"REF": "1", "N": "b"}]), ("first", {"REF": "1", "N": "a"}),
     ("last", {"REF": "1", "N": "b"})],
)  # fmt: skip
def test_several_rows_are_taken_as_told(assemble: Assemble, in_memory: int, take: str, hung: Any) -> None:
    """`all` is a list in the order of the file, `first` and `last` are its ends."""
    rows = [{"REF": "1", "N": "a"}, {"REF": "2", "N": "c"}, {"REF": "1", "N": "b"}]
    made = assemble(TEXTS % f"take: {take}", [{"ID": "1"}], texts=rows, in_memory=in_memory)
    assert made.values == [{"ID": "1", "TEXT": hung}]


def test_a_second_row_for_one_is_a_fault_that_names_both_lines(assemble: Assemble) -> None:
    """`one` means one: a second match rejects the record, and the fault says where both stand."""
    made = assemble(
        TEXTS % "take: one",
        [{"ID": "1"}, {"ID": "2"}],
        texts=[{"REF": "1"}, {"REF": "2"}, {"REF": "1"}],
    )
    (row,) = [row for row in made.rows if row.faults]
    (fault,) = row.faults
    assert (fault.code, fault.position.file, fault.position.line, fault.received) == (
        "several_rows",
        "main.xml",
        2,
        "1",
    )
    assert "texts.xml line 2" in fault.expected
    assert "texts.xml line 4" in fault.expected
    assert (made.counts.given, made.counts.faulty) == (1, 1)


def test_a_faulty_row_never_looks_like_the_sound_one(assemble: Assemble) -> None:
    """A row with a fault differs in its raw values: it must not be taken for an unchanged one."""
    sound = assemble(TEXTS % "take: one", [{"ID": "1"}], texts=[{"REF": "1"}])
    faulty = assemble(TEXTS % "take: one", [{"ID": "1"}], texts=[{"REF": "1"}, {"REF": "1"}])
    assert sound.rows[0].values != faulty.rows[0].values


@pytest.mark.parametrize(
    ("take", "missing", "values"),
    [
        ("one", "keep", {"ID": "9"}),
        ("all", "keep", {"ID": "9", "TEXT": []}),
        ("one", "blank", {"ID": "9", "TEXT": {}}),
        ("all", "blank", {"ID": "9", "TEXT": [{}]}),
    ],
)
def test_a_row_without_partner_stays_as_told(
    assemble: Assemble, take: str, missing: str, values: Any
) -> None:
    """`keep` leaves the name out (an empty list says that there are none), `blank` hangs an empty group."""
    made = assemble(TEXTS % f"take: {take}, missing: {missing}", [{"ID": "9"}], texts=[{"REF": "1"}])
    assert made.values == [values]


def test_a_row_without_partner_may_be_rejected(assemble: Assemble) -> None:
    """`reject` makes it a fault of the main row, with the key that found nothing."""
    made = assemble(TEXTS % "missing: reject", [{"ID": "9"}, {"ID": ""}], texts=[{"REF": "1"}])
    assert made.faults == [("missing_row", "main.xml", 2), ("missing_row", "main.xml", 3)]
    assert [row.faults[0].received for row in made.rows] == ["9", None]


@pytest.mark.parametrize("in_memory", MEMORIES)
def test_rows_that_belong_to_nothing_are_counted_and_named(assemble: Assemble, in_memory: int) -> None:
    """Orphans are counted, the first of them named; rows with an empty key are told apart."""
    made = assemble(
        TEXTS % "take: all",
        [{"ID": "1"}],
        texts=[{"REF": "1"}, {"REF": "7"}, {"REF": " "}, {"REF": "8"}],
        in_memory=in_memory,
    )
    counts = made.counts.inputs["texts"]
    assert (counts.read, counts.stored, counts.without_key, counts.orphans) == (4, 3, 1, 2)
    assert counts.shown == ["texts.xml line 3 (7)", "texts.xml line 5 (8)"]
    assert made.counts.notes() == [
        "texts: 1 rows have an empty key, nothing can ask for them",
        "texts: 2 of 3 rows belong to no record: texts.xml line 3 (7); texts.xml line 5 (8)",
    ]


def test_blanks_around_keys_do_not_count_and_empty_keys_equal_nothing(assemble: Assemble) -> None:
    """Keys with blanks are the same keys; two empty ones are not."""
    made = assemble(
        TEXTS % "take: all",
        [{"ID": " 1\u00a0"}, {"ID": " "}],
        texts=[{"REF": "1 "}, {"REF": ""}],
    )
    assert [len(values["TEXT"]) for values in made.values] == [1, 0]


def test_composite_keys_keep_their_parts_apart(assemble: Assemble) -> None:
    """Every pair of `on` must be equal; texts that look alike when put together are not."""
    text = """
    inputs: {texts: {files: {pattern: "texts.xml"}}}
    join: {TEXT: {input: texts, on: {A: X, B: Y}, take: all}}
    """
    made = assemble(
        text,
        [{"A": "1", "B": "23"}, {"A": "12", "B": "3"}, {"A": '1","2', "B": "3"}],
        texts=[{"X": "12", "Y": "3"}, {"X": "1", "Y": "23"}, {"X": "1", "Y": ""}],
    )
    assert [values["TEXT"] for values in made.values] == [
        [{"X": "1", "Y": "23"}],
        [{"X": "12", "Y": "3"}],
        [],
    ]


def test_n_to_m_goes_through_a_link(assemble: Assemble) -> None:
    """A join nested in a join reaches the other side of a link input; the far row hangs on each link."""
    text = """
    inputs:
      links: {files: {pattern: "links.xml"}}
      categories: {files: {pattern: "categories.xml"}}
    join:
      LINK:
        input: links
        on: {ID: PRODUCT}
        take: all
        join: {CATEGORY: {input: categories, on: {CAT: ID}}}
    """
    made = assemble(
        text,
        [{"ID": "p"}, {"ID": "q"}],
        links=[{"PRODUCT": "p", "CAT": "1"}, {"PRODUCT": "p", "CAT": "2"}, {"PRODUCT": "q", "CAT": "2"}],
        categories=[{"ID": "1", "NAME": "one"}, {"ID": "2", "NAME": "two"}, {"ID": "3", "NAME": "none"}],
    )
    names = [[link["CATEGORY"]["NAME"] for link in values["LINK"]] for values in made.values]
    assert names == [["one", "two"], ["two"]]
    assert made.counts.inputs["categories"].orphans == 1


@pytest.mark.parametrize("in_memory", MEMORIES)
def test_a_row_that_several_share_is_not_changed_by_one_of_them(assemble: Assemble, in_memory: int) -> None:
    """What is nested below a shared row hangs on a copy of it: its key may climb to the row around it."""
    text = """
    inputs:
      sizes: {files: {pattern: "sizes.xml"}}
      stock: {files: {pattern: "stock.xml"}}
    join:
      SIZE: {input: sizes, on: {RANGE: ID}, take: all, join: {STOCK: {input: stock, on: {../ID: P, NR: S}}}}
    """
    made = assemble(
        text,
        [{"ID": "p", "RANGE": "r"}, {"ID": "q", "RANGE": "r"}],
        sizes=[{"ID": "r", "NR": "36"}, {"ID": "r", "NR": "38"}],
        stock=[{"P": "p", "S": "38", "N": "5"}, {"P": "q", "S": "36", "N": "7"}],
        in_memory=in_memory,
    )
    numbers = [[size.get("STOCK", {}).get("N") for size in values["SIZE"]] for values in made.values]
    assert numbers == [[None, "5"], ["7", None]]


def test_rows_are_found_by_their_place_in_the_file(assemble: Assemble) -> None:
    """`#ordinal` is the place of a row in its file: a foreign key that counts rows."""
    text = """
    inputs: {stock: {files: {pattern: "stock.xml"}}}
    join: {STOCK: {input: stock, on: {"#ordinal": PRODUCT}}}
    where: {path: ID, is_not: a}
    """
    made = assemble(
        text, [{"ID": "a"}, {"ID": "b"}], stock=[{"PRODUCT": "1", "N": "3"}, {"PRODUCT": "2", "N": "4"}]
    )
    assert [values["STOCK"]["N"] for values in made.values] == ["4"]


def test_rows_are_found_by_their_order(assemble: Assemble) -> None:
    """By order the n-th row that is left belongs to the n-th row that is left."""
    text = """
    inputs: {texts: {files: {pattern: "texts.xml"}, where: {path: NAME, empty: false}}}
    where: {path: ID, is_not: a}
    join: {TEXT: {input: texts, by: order}}
    """
    made = assemble(
        text,
        [{"ID": "a"}, {"ID": "b"}, {"ID": "c"}],
        texts=[{"NAME": "for b"}, {"NAME": ""}, {"NAME": "for c"}],
    )
    assert [values["TEXT"]["NAME"] for values in made.values] == ["for b", "for c"]


def test_a_key_is_worked_out_first(assemble: Assemble) -> None:
    """A name that is computed may be a key, on either side."""
    text = """
    inputs:
      texts:
        files: {pattern: "texts.xml"}
        compute: [{to: NR, from: REF, via: strip_zeros}]
    compute: [{to: STYLE, from: ID, via: {cut: 3}}]
    join: {TEXT: {input: texts, on: {STYLE: NR}}}
    """
    made = assemble(text, [{"ID": "123#36"}, {"ID": "123#38"}], texts=[{"REF": "000123", "N": "x"}])
    assert [values["TEXT"]["N"] for values in made.values] == ["x", "x"]


def test_keys_inside_a_packed_cell_find_each_its_row(assemble: Assemble) -> None:
    """A cell that holds several keys finds the rows of all of them, on either side."""
    text = """
    inputs: {cats: {files: {pattern: "cats.xml"}}}
    split: {CAT: {cell: CATS, by: ";"}}
    join: {CATEGORY: {input: cats, on: {CAT: ID}, take: all}}
    """
    cats = [{"ID": "1", "N": "one"}, {"ID": "2", "N": "two"}, {"ID": "3", "N": "three"}]
    made = assemble(text, [{"ID": "p", "CATS": "3; 1"}, {"ID": "q", "CATS": ""}], cats=cats)
    assert [[cat["N"] for cat in values["CATEGORY"]] for values in made.values] == [["three", "one"], []]

    other = """
    inputs: {files: {files: {pattern: "files.xml"}, split: {FOR: {cell: IDS, by: ","}}}}
    join: {FILE: {input: files, on: {ID: FOR}, take: all}}
    """
    made = assemble(
        other, [{"ID": "p"}, {"ID": "q"}], files=[{"IDS": "p,q", "URL": "u"}, {"IDS": "q", "URL": "v"}]
    )
    assert [[file["URL"] for file in values["FILE"]] for values in made.values] == [["u"], ["u", "v"]]


def test_each_item_of_a_list_is_joined_for_itself(assemble: Assemble) -> None:
    """`at` joins the items of a list; what is found hangs on each of them."""
    text = """
    inputs: {colours: {files: {pattern: "colours.xml"}}}
    join: {COLOUR: {input: colours, at: VARIANT, on: {CODE: CODE}}}
    """
    made = assemble(
        text,
        [{"ID": "p", "VARIANT": [{"CODE": "1"}, {"CODE": "2"}]}],
        colours=[{"CODE": "2", "N": "red"}, {"CODE": "1", "N": "blue"}],
    )
    assert [variant["COLOUR"]["N"] for variant in made.values[0]["VARIANT"]] == ["blue", "red"]


def test_several_files_are_one_input_and_bring_the_parts_of_their_names(assemble: Assemble) -> None:
    """All files of an input are read; a named part of the file name may be a name of the row."""
    text = """
    inputs:
      texts:
        files: {pattern: "texts_{language}.xml"}
        compute: [{to: LANG, from: "#file.language"}]
    join: {TEXT: {input: texts, on: {ID: REF}, take: all}}
    """
    made = assemble(
        text, [{"ID": "1"}], texts={"fr": [{"REF": "1", "N": "un"}], "en": [{"REF": "1", "N": "one"}]}
    )
    assert [(one["LANG"], one["N"], one.origin.file) for one in made.values[0]["TEXT"]] == [
        ("fr", "un", "texts_fr.xml"),
        ("en", "one", "texts_en.xml"),
    ]


def test_an_input_in_the_main_file_is_read_from_it_again(assemble: Assemble) -> None:
    """Parents after their children: a row may belong to another row of its own file."""
    text = """
    inputs: {parents: {where: {path: PARENT, empty: true}}}
    where: {path: PARENT, empty: false}
    join: {PARENT_ROW: {input: parents, on: {PARENT: ID}}}
    """
    made = assemble(
        text,
        [{"ID": "c", "PARENT": "p"}, {"ID": "p", "PARENT": "", "NAME": "parent"}],
    )
    assert [values["PARENT_ROW"]["NAME"] for values in made.values] == ["parent"]
    assert made.counts.inputs["parents"].filtered == 1


def test_an_input_is_itself_assembled_before_it_is_joined(assemble: Assemble) -> None:
    """An input may join and group its own rows; what hangs in them keeps its origin, in the database too."""
    text = """
    inputs:
      lines:
        files: {pattern: "lines.xml"}
        join: {UNIT: {input: units, on: {U: ID}}}
        group: {by: KEY, as: LINES, order: any}
      units: {files: {pattern: "units.xml"}}
    join: {TEXT: {input: lines, on: {ID: KEY}}}
    """
    for in_memory in MEMORIES:
        made = assemble(
            text,
            [{"ID": "1"}],
            lines=[{"KEY": "1", "T": "a", "U": "x"}, {"KEY": "2", "T": "b"}, {"KEY": "1", "T": "c"}],
            units=[{"ID": "x", "NAME": "metre"}],
            in_memory=in_memory,
        )
        lines = made.values[0]["TEXT"]["LINES"]
        assert [(line["T"], line.origin.line) for line in lines] == [("a", 2), ("c", 4)]
        assert str(lines[0]["UNIT"].origin) == "units.xml line 2"


def test_a_fault_of_a_joined_row_is_told_with_its_own_place(assemble: Assemble) -> None:
    """A joined row that is wrong rejects every record that needs it, naming its own file and line."""
    text = """
    inputs:
      prices: {files: {pattern: "prices.xml"}, compute: [{to: CENTS, from: EUR, via: {decimal: "1234,5"}}]}
    join: {PRICE: {input: prices, on: {ID: REF}}}
    """
    for in_memory in MEMORIES:
        made = assemble(
            text,
            [{"ID": "1"}, {"ID": "2"}],
            prices=[{"REF": "1", "EUR": "1,50"}, {"REF": "2", "EUR": "x"}, {"REF": "3", "EUR": "y"}],
            in_memory=in_memory,
        )
        assert [values["PRICE"]["CENTS"] for values in made.values] == ["1.50"]
        assert made.faults == [("not_a_number", "prices.xml", 3), ("not_a_number", "prices.xml", 4)]
        assert [bad.ordinal for bad in made.bad] == [3], "a wrong row that nothing asks for is not lost"


def test_an_input_without_file_refuses_the_main_file_unless_it_is_optional(assemble: Assemble) -> None:
    """A set that is not whole is not read; what may be missing says so."""
    with pytest.raises(FileRefused) as caught:
        assemble(TEXTS % "take: all", [{"ID": "1"}])
    assert caught.value.fault.code == "input_missing"
    optional = TEXTS.replace('"texts.xml"}}', '"texts.xml"}, optional: true}')
    assert assemble(optional % "take: all", [{"ID": "1"}]).values == [{"ID": "1", "TEXT": []}]


def test_a_key_that_says_nothing_is_refused(assemble: Assemble, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key with more rows than any record has would fill the memory: the file is refused."""
    monkeypatch.setattr("passerelle.mapping.assembly.shelf.MOST_MATCHES", 5)
    for in_memory in MEMORIES:
        with pytest.raises(FileRefused) as caught:
            assemble(TEXTS % "take: all", [{"ID": "0"}], texts=[{"REF": "0"}] * 6, in_memory=in_memory)
        assert caught.value.fault.code == "too_many_rows"


def test_a_join_never_covers_a_name_of_the_file(assemble: Assemble) -> None:
    """What is joined under a name that the row has would hide what the file says: that is a fault."""
    text = """
    inputs: {texts: {files: {pattern: "texts.xml"}}}
    join: {NAME: {input: texts, on: {ID: REF}}}
    """
    made = assemble(text, [{"ID": "1", "NAME": "own"}, {"ID": "2"}], texts=[{"REF": "1"}, {"REF": "2"}])
    assert made.faults == [("name_taken", "main.xml", 2)]
    assert [values["ID"] for values in made.values] == ["2"]


KEYS = st.sampled_from(["a", "b", "c", "d", ""])
MAIN = st.lists(st.fixed_dictionaries({"ID": KEYS, "B": KEYS}), max_size=8)
OTHER = st.lists(st.fixed_dictionaries({"REF": KEYS, "C": KEYS}), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    main=MAIN, other=OTHER, take=st.sampled_from(["one", "all", "first", "last"]), memory=st.integers(0, 20)
)
def test_a_join_is_the_nested_loop(
    assemble: Assemble, main: list[dict[str, str]], other: list[dict[str, str]], take: str, memory: int
) -> None:
    """For any keys in any order, wherever the rows stand, a join finds what a loop over both inputs finds."""
    numbered = [{**row, "N": str(number)} for number, row in enumerate(other)]
    text = f"""
    inputs: {{texts: {{files: {{pattern: "texts.xml"}}}}}}
    join: {{TEXT: {{input: texts, on: {{ID: REF, B: C}}, take: {take}}}}}
    """
    made = assemble(text, main, texts=numbered, in_memory=memory)
    asked = set()
    for row, given_row in zip(main, made.rows, strict=True):
        matches = [
            one
            for one in numbered
            if row["ID"] == one["REF"] and row["B"] == one["C"] and row["ID"] and row["B"]
        ]
        asked |= {one["N"] for one in matches}
        assert bool(given_row.faults) is (take == "one" and len(matches) > 1)
        hung = given_row.values.get("TEXT")
        if take == "all":
            assert hung == matches
        elif matches:
            assert hung == (matches[-1] if take == "last" else matches[0])
        else:
            assert hung is None
    counts = made.counts.inputs["texts"]
    keyed = [one for one in numbered if one["REF"] and one["C"]]
    assert (counts.read, counts.without_key) == (len(numbered), len(numbered) - len(keyed))
    assert counts.orphans == len(keyed) - len(asked)
    assert made.counts.read == made.counts.given + made.counts.faulty == len(main)


def test_the_order_of_the_inputs_in_the_file_does_not_matter(assemble: Assemble) -> None:
    """A join finds the same rows when both inputs are shuffled."""
    dice = random.Random(7)  # noqa: S311  # the same shuffle in every run
    main = [{"ID": str(number)} for number in range(40)]
    texts = [{"REF": str(number % 40), "N": str(number)} for number in range(120)]
    expected = {row["ID"]: {text["N"] for text in texts if text["REF"] == row["ID"]} for row in main}
    for in_memory in (100_000, 50):
        dice.shuffle(main)
        dice.shuffle(texts)
        made = assemble(TEXTS % "take: all", main, texts=texts, in_memory=in_memory)
        found = {values["ID"]: {text["N"] for text in values["TEXT"]} for values in made.values}
        assert found == expected
