"""Paths: how a place in a record is written, and what it finds there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.mapping.paths import ABSENT, Source, pseudo_names
from passerelle.mapping.unreadable import Unreadable

ROW: dict[str, Any] = {
    "SKU": "1",
    "cac:ID": "7",
    "Article no.": "A 1",
    'say "hi"': "quoted",
    "été": "summer",
    "#file.language": "fr",
    "PARTY": [
        {"@role": "buyer", "NAME": "Ann"},
        {"@role": "supplier", "NAME": "Bob"},
        {"@role": "supplier", "NAME": "Cid"},
    ],
    "DTM": [{"e1.1": "137", "e1.2": "20261101"}, {"e1.1": "2", "e1.2": "20261201"}],
    "TEXT": [{"@lang": "fr", "#text": "Robe"}, {"@lang": "de", "#text": "Kleid"}, "plain"],
    "ONE": {"QUALF": "003", "V": "x"},
    "SYSTEMS": [{"F": ["a", "b"]}, {"F": "c"}, {}],
    "EMPTY": "",
}


def source(text: str, depth: int = 0) -> Source:
    """Read a path in a feed whose header is /H."""
    return Source.parse(text, depth=depth, header="H")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SKU", "1"),
        ("cac:ID", "7"),
        ('"Article no."', "A 1"),
        ("'Article no.'", "A 1"),
        ('"say ""hi"""', "quoted"),
        ("été", "summer"),
        ("#file.language", "fr"),
        ("PARTY[@role=buyer]/NAME", "Ann"),
        ("PARTY[@role='buyer']/NAME", "Ann"),
        ("PARTY[@role='supplier'][1]/NAME", "Bob"),
        ("PARTY[@role=supplier][last]/NAME", "Cid"),
        ("PARTY[@role!=supplier]/NAME", "Ann"),
        ("PARTY[2]/NAME", "Bob"),
        ("PARTY[4]/NAME", ABSENT),
        ("PARTY[@role=carrier]/NAME", ABSENT),
        ("DTM[e1.1=137]/e1.2", "20261101"),
        ("ONE[QUALF=003]/V", "x"),
        ("ONE[QUALF=004]/V", ABSENT),
        ("NOTHING[1]", ABSENT),
        ("NOTHING/X", ABSENT),
        ("TEXT[.=plain]", "plain"),
        ("TEXT[@lang=fr]/#text", "Robe"),
    ],
)
def test_one_value(text: str, found: Any) -> None:
    """A path finds the one value that its names and brackets lead to, or says that there is none."""
    assert source(text).find(ROW) == found


def test_the_record_itself() -> None:
    """A dot is the record, as one item and as a value."""
    assert source(".").find(ROW) is ROW
    assert source(".").find_all(ROW) == [ROW]


@pytest.mark.parametrize("text", ["PARTY/NAME", "PARTY[@role=supplier]/NAME", "SYSTEMS[*]/F", "SYSTEMS/F"])
def test_several_where_one_is_read(text: str) -> None:
    """Nothing is chosen silently: brackets say which one."""
    with pytest.raises(Unreadable) as caught:
        source(text).find(ROW)
    assert caught.value.code == "repeated_element"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SYSTEMS[*]/F", ["a", "b", "c"]),
        ("SYSTEMS[1]/F", ["a", "b"]),
        ("PARTY[*][@role=supplier]/NAME", ["Bob", "Cid"]),
        ("PARTY[@role=supplier]", [ROW["PARTY"][1], ROW["PARTY"][2]]),
        ("SKU", ["1"]),
        ("NOTHING", ABSENT),
        ("NOTHING/X", ABSENT),
        ("EMPTY/X", []),
        ("ONE[QUALF=9]", []),
    ],
)
def test_all_values(text: str, found: Any) -> None:
    """A list has what repeats, in order; an absent group says nothing, an empty one that there is none."""
    assert source(text).find_all(ROW) == found


def test_where_a_path_starts() -> None:
    """In the record, in one around it, in the header, or in the row for names that no file brings."""
    assert (source("../../A/B", 2).climb, source("../../A/B", 2).names) == (2, ("A", "B"))
    assert source("/H/DATE").in_header
    assert source("/H/DATE").names == ("DATE",)
    assert source("#ordinal", 3).climb == 3
    assert source("../A/@b", 1).below == "A/@b"
    assert pseudo_names([source("#ordinal"), source("#file.date"), source("A"), source("#text")]) == {
        "#ordinal",
        "#file.date",
    }


def test_what_a_reader_must_bring() -> None:
    """The names of the path and of what its brackets compare, without quotes."""
    assert source("DTM[e1.1=137]/e1.2").reads() == [("DTM", "e1.2"), ("DTM", "e1.1")]
    assert source('"Article no."').reads() == [("Article no.",)]
    assert source("#ordinal").reads() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no path"),
        ("A//B", "is no path"),
        ("A/", "is no path"),
        ("/H", "is no path"),
        ("A/..", "is no path"),
        ("@a/B", "is no path"),
        ("Article no.", "a name that holds a blank stands in quotes of its own"),
        ("A+B", "a name that holds '+' stands in quotes"),
        ("A[0]", "brackets hold a number, last, * or a qualifier"),
        ("A[x", "brackets hold"),
        ("A[=x]", "brackets hold"),
        ("../A", "climbs 1 records up, but only 0 are around"),
        ("/X/A", "only the header /H can be read"),
    ],
)
def test_what_is_no_path(text: str, words: str) -> None:
    """The message says how it would be right."""
    with pytest.raises(ValueError, match=r"path|brackets|climbs|header") as caught:
        source(text)
    assert words in str(caught.value)


@given(st.text(min_size=1, max_size=12), st.sampled_from(['"', "'"]))
def test_any_name_can_be_quoted(name: str, quote: str) -> None:
    """Whatever a partner calls a column, a path can say it."""
    written = quote + name.replace(quote, quote * 2) + quote
    assert source(written).find({name: "x"}) == "x"


@given(st.text(alphabet="A./[]@=!'\"#*1 ", max_size=10))
def test_a_text_is_a_path_or_told(text: str) -> None:
    """Every text is read or refused with a reason; what is read can be followed."""
    told = ""
    try:
        path = source(text, 1)
    except ValueError as error:
        told = str(error)
    else:
        assert path.find({}) in (ABSENT, {})
        assert path.find_all({}) in (ABSENT, [], [{}])
    assert not told or repr(text) in told or "brackets" in told
