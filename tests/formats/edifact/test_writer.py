"""Writing EDIFACT: what is written reads as it was, counts itself, and holds only what its level holds."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ConfigError, DataError
from passerelle.formats import Group, Row
from passerelle.formats.edifact.reader import EdifactReader
from passerelle.formats.edifact.syntax import LEVEL_A, LEVEL_B
from passerelle.formats.edifact.writer import EdifactWriter, text_components
from passerelle.formats.writer import Replacement

PREPARED = dt.datetime(2026, 11, 21, 3, 0)  # noqa: DTZ001  # UNB holds the sender's own time
GROUPS = {"NAD": ["RFF"], "LIN": ["PIA", "IMD", "QTY", "LOC"], "LOC": ["QTY"]}
ORDER: Group = {
    "BGM": {"e1": "220", "e2": "C4711", "e3": "9"},
    "DTM": [{"e1": "137", "e1.2": "20261121", "e1.3": "102"}, {"e1": "2", "e1.2": "20261124"}],
    "NAD": [{"e1": "BY", "e2": "5412345000013", "e2.3": "9", "RFF": {"e1": "VA", "e1.2": "FR?01"}}],
    "LIN": [{"e1": "1", "e3": "4000862141404", "e3.2": "SRV", "QTY": {"e1": "21", "e1.2": "48"}}],
    "UNS": {"e1": "S"},
    "CNT": {"e1": "2", "e1.2": "1"},
}


def writing(out: BytesIO, **options: Any) -> EdifactWriter:
    """Open a writer of orders."""
    settings: dict[str, Any] = {
        "file": "ORDERS.edi",
        "message": "ORDERS:D:96A:UN:EAN008",
        "sender": "4012345000009:14",
        "recipient": "5412345000013:14",
        "reference": "42",
        "prepared": PREPARED,
        "newline": "",
    }
    return EdifactWriter(out, **settings | options)


def written(*messages: Group, **options: Any) -> bytes:
    """Write an interchange."""
    out = BytesIO()
    with writing(out, **options) as writer:
        for values in messages:
            writer.write(values)
    return out.getvalue()


def test_an_interchange_of_two_orders() -> None:
    """UNA, UNB, the messages with their counts and references, UNZ; nothing empty at any end."""
    assert written(ORDER, {"BGM": {"e1": "220", "e3": "9"}}, application="ORDERS", test=True).decode(
        "ascii"
    ) == (
        "UNA:+.? '"
        "UNB+UNOC:3+4012345000009:14+5412345000013:14+261121:0300+42++ORDERS++++1'"
        "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+C4711+9'DTM+137:20261121:102'DTM+2:20261124'"
        "NAD+BY+5412345000013::9'RFF+VA:FR??01'LIN+1++4000862141404:SRV'QTY+21:48'UNS+S'CNT+2:1'UNT+11+1'"
        "UNH+2+ORDERS:D:96A:UN:EAN008'BGM+220++9'UNT+3+2'"
        "UNZ+2+42'"
    )


def test_the_same_values_give_the_same_bytes() -> None:
    """Nothing of the clock or of memory is in the file."""
    assert written(ORDER) == written(ORDER)


def test_line_ends_and_syntax_4() -> None:
    """Each segment may have its line; syntax 4 writes years in full and releases the repetition mark."""
    text = written({"FTX": {"e1": "AAI", "e4": "a*b"}}, version="4", newline="\r\n").decode("ascii")
    assert text.splitlines()[:2] == [
        "UNA:+.?*'",
        "UNB+UNOC:4+4012345000009:14+5412345000013:14+20261121:0300+42'",
    ]
    assert "FTX+AAI+++a?*b'\r\n" in text


def test_what_the_mapping_says_goes_before() -> None:
    """Elements of UNB and UNH that are given replace the writer's own, as a whole."""
    out = BytesIO()
    with writing(out, sender=None, reference=None) as writer:
        writer.write_header({"e2": "MAREE", "e5": "00017", "e7": "ORDERS"})
        writer.write({"UNH": {"e1": "REF7", "e2.1": "ORDERS", "e2.2": "D", "e2.3": "01B", "e2.4": "UN"}})
        writer.write_trailer({})
    text = out.getvalue().decode("ascii")
    assert "UNB+UNOC:3+MAREE+5412345000013:14+261121:0300+00017++ORDERS'" in text
    assert "UNH+REF7+ORDERS:D:01B:UN'UNT+2+REF7'UNZ+1+00017'" in text


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({"sender": None}, "a sender"),
        ({"recipient": None}, "a recipient"),
        ({"prepared": None}, "a moment"),
        ({"reference": None}, "a control reference"),
        ({"reference": "123456789012345"}, "1 to 14 characters"),
        ({"syntax": "UNOX"}, "no syntax 'UNOX'"),
    ],
)
def test_what_an_interchange_needs(options: dict[str, Any], missing: str) -> None:
    """What is missing is a flaw of the mapping, told before a byte is written."""
    out = BytesIO()
    with pytest.raises(ConfigError, match=missing):
        writing(out, **options).write(ORDER)
    assert out.getvalue() == b""


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"bgm": {"e1": "1"}}, "bgm is no segment"),
        ({"BGM": "220"}, "BGM holds str"),
        ({"BGM": {"E1": "1"}}, "BGM/E1 is no segment"),
        ({"BGM": {"e1": ["1"]}}, "BGM/e1 holds list"),
        ({"BGM": {"e1": "1", "e1.1": "2"}}, "are given for one component"),
        ({"LIN": [{"e1": "1"}, {"QTY": {"quantity": "1"}}]}, r"LIN\[2\]/QTY/quantity is no segment"),
        ({"UNH": "1"}, "UNH holds str"),
    ],
)
def test_values_that_are_no_message(values: Group, message: str) -> None:
    """A name for which EDIFACT has no place is a flaw of the mapping, with its path."""
    with pytest.raises(ConfigError, match=message):
        writing(BytesIO()).check(values)


def test_a_failed_message_leaves_the_file_whole() -> None:
    """A message that cannot be written writes nothing; the others are counted without it."""
    out = BytesIO()
    with writing(out, syntax="UNOA") as writer:
        writer.write({"FTX": {"e1": "OUI"}})
        with pytest.raises(DataError):
            writer.write({"FTX": {"e1": "Non"}})
        writer.write({"FTX": {"e1": "OUI"}})
    assert out.getvalue().endswith(b"UNH+2+ORDERS:D:96A:UN:EAN008'FTX+OUI'UNT+3+2'UNZ+2+42'")


def test_an_interruption_leaves_the_file_visibly_cut() -> None:
    """Without UNZ no partner takes the file for whole."""
    out = BytesIO()

    def interrupted() -> None:
        with writing(out) as writer:
            writer.write(ORDER)
            writer.write({"IMD": {"e3.4": "x" * 71}})

    with pytest.raises(DataError):
        interrupted()
    assert out.getvalue().startswith(b"UNA")
    assert b"UNZ" not in out.getvalue()


# Levels ------------------------------------------------------------------------------------------------


def test_a_level_holds_what_it_holds() -> None:
    """Each character outside the level is a fault of the message, with its path; all are told."""
    with pytest.raises(DataError) as caught:
        writing(BytesIO(), syntax="UNOA").write({"NAD": [{"e1": "BY"}, {"e4": "Élan"}], "FTX": {"e4": "A@B"}})
    assert [(fault.code, fault.position.path, fault.received) for fault in caught.value.faults] == [
        ("not_writable", "NAD[2]/e4.1", "É"),
        ("not_writable", "NAD[2]/e4.1", "l"),
        ("not_writable", "NAD[2]/e4.1", "a"),
        ("not_writable", "NAD[2]/e4.1", "n"),
        ("not_writable", "FTX/e4.1", "@"),
    ]
    assert {fault.position.record for fault in caught.value.faults} == {1}


@pytest.mark.parametrize(
    ("syntax", "text", "expected"),
    [
        ("UNOA", "Crème brûlée", "CREME BRULEE"),
        ("UNOA", "12 € @ tab\there", "12 ? ? TAB HERE"),
        ("UNOB", "Œuf n° 5 € 蛋", "?uf n? 5 ? ?"),
        ("UNOC", "Œuf \u2009x", "?uf  x"),
        ("UNOD", "Crème Łódź", "Creme Łódź"),
        ("UNOL", "12 €", "12 €"),
        ("UNOW", "Œuf 蛋", "Œuf 蛋"),
    ],
)
def test_the_nearest_letter_on_request(syntax: str, text: str, expected: str) -> None:
    """With `replace`, what the level does not hold becomes its nearest letter or ?, and is listed."""
    out = BytesIO()
    with writing(out, syntax=syntax, replace=True) as writer:
        writer.write({"FTX": {"e1": "AAI", "e4": text}})
    out.seek(0)
    (row,) = EdifactReader(out, file="x", message="ORDERS").rows()
    assert isinstance(row, Row)
    values: Any = row.values
    assert values["FTX"]["e4"] == expected
    assert bool(writer.replaced) == (text != expected)
    assert all(one.path == "FTX/e4.1" for one in writer.replaced)


def test_a_replacement_says_what_and_where() -> None:
    """The list names place, character and what was written for it."""
    out = BytesIO()
    with writing(out, syntax="UNOB", replace=True) as writer:
        writer.write({"FTX": {"e4": "né"}})
    assert writer.replaced == [Replacement("FTX/e4.1", "é", "e")]


# Long texts --------------------------------------------------------------------------------------------


def test_a_long_text_goes_on_in_the_components_behind() -> None:
    """At the places of free text a text is spread, behind a blank where that suffices."""
    text = "Crème brûlée à la vanille Bourbon, carton de 12"
    line: Group = {"IMD": {"e1": "F", "e3.4": text, "e3.6": "FR"}}
    content = written(line).decode("latin-1")
    assert "IMD+F++:::Crème brûlée à la vanille Bourbon, :carton de 12:FR'" in content


@pytest.mark.parametrize(
    "values",
    [
        {"IMD": {"e3.4": "x" * 71}},
        {"IMD": {"e3.4": "x" * 36, "e3.5": "y"}},
        {"NAD": {"e5": "x" * 106}},
        {"FTX": {"e4": "x" * 351}},
    ],
)
def test_a_text_that_is_too_long_is_a_fault(values: Group) -> None:
    """Nothing is cut off: the mapping does that, or nobody."""
    with pytest.raises(DataError) as caught:
        writing(BytesIO(), replace=True).write(values)
    assert caught.value.faults[0].code == "too_long"


@given(text=st.text("ab ", max_size=120), width=st.integers(1, 40), most=st.integers(1, 5))
def test_the_parts_of_a_text_are_the_text(text: str, width: int, most: int) -> None:
    """No letter and no blank is lost, whatever fits is spread, and what does not is an error."""
    if len(text) > width * most:
        with pytest.raises(ValueError, match="do not fit"):
            text_components(text, width=width, most=most)
        return
    parts = text_components(text, width=width, most=most)
    assert "".join(parts) == text
    assert len(parts) <= most
    assert all(len(part) <= width for part in parts)


# Round trips -------------------------------------------------------------------------------------------

REPERTOIRES = {
    "UNOA": "".join(sorted(LEVEL_A)),
    "UNOB": "".join(sorted(LEVEL_B)),
    "UNOC": "aéÀß '+:?*\u00a0ÿ",
    "UNOW": "a€蛋🥚'+:?*",
}


@st.composite
def segments(draw: st.DrawFn, letters: str) -> Group:
    """Draw the elements of a segment, named as the reader names them."""
    values: Group = {}
    for element in range(1, draw(st.integers(1, 4)) + 1):
        for component in range(1, draw(st.integers(1, 3)) + 1):
            text = draw(st.text(letters, max_size=6))
            if text:
                values[f"e{element}.{component}"] = text
                if component == 1:
                    values[f"e{element}"] = text
    return values


@st.composite
def messages(draw: st.DrawFn, letters: str) -> Group:
    """Draw a message with groups inside groups."""

    def some(most: int = 3) -> Any:
        found = [draw(segments(letters)) for _ in range(draw(st.integers(0, most)))]
        return found[0] if len(found) == 1 else found

    def with_members(tag_values: Any, members: tuple[str, ...]) -> Any:
        items = tag_values if isinstance(tag_values, list) else [tag_values]
        for item in items:
            for member in members:
                if below := some(2):
                    item[member] = with_members(below, ("QTY",)) if member == "LOC" else below
        return tag_values

    tree: Group = {"BGM": draw(segments(letters))}
    if dates := some():
        tree["DTM"] = dates
    if lines := some():
        tree["LIN"] = with_members(lines, ("PIA", "LOC"))
    tree["UNS"] = draw(segments(letters))
    return tree


@given(data=st.data(), syntax=st.sampled_from(sorted(REPERTOIRES)), version=st.sampled_from("34"))
def test_what_is_written_reads_as_it_was(data: st.DataObject, syntax: str, version: str) -> None:
    """read(write(x)) == x for every tree, level and syntax version."""
    drawn = data.draw(st.lists(messages(REPERTOIRES[syntax]), max_size=3))
    content = written(*drawn, syntax=syntax, version=version)
    reader = EdifactReader(BytesIO(content), file="x", message="ORDERS", groups=GROUPS, totals={})
    rows = list(reader.rows())
    assert all(isinstance(row, Row) for row in rows)
    read = [
        {tag: item for tag, item in row.values.items() if tag != "UNH"}
        for row in rows
        if isinstance(row, Row)
    ]
    assert read == drawn
