"""Fixed width: columns at their positions, in lines and in records of a length; nothing is cut."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ConfigError, DataError, FileRefused
from passerelle.formats import BadRow, Column, FixedRecordsReader, FixedRecordsWriter, Group, Marked, Row

from .shelf import content_of, format_of, refusal, written

COLUMNS: dict[str, Any] = {
    "SKU": {"at": 1, "width": 6},
    "QTE": {"at": 8, "width": 5, "align": "right", "pad": "0"},
    "NOTE": {"at": 13, "width": 4},
}
ENDS: dict[str, Any] = {
    "header": {"starts": "H", "columns": {"SEQ": {"at": 2, "width": 3}}},
    "trailer": {"starts": "T", "columns": {"NB": {"at": 2, "width": 3}}},
}
texts = st.text(st.sampled_from("aéZ;\" '"), max_size=6).map(lambda text: text.strip(" "))
notes = texts.map(lambda text: text[:4].strip())


def lines(**layout: Any) -> Any:
    """Make the spec of lines with fixed columns."""
    return format_of(fixed={"charset": "utf-8", "columns": COLUMNS} | layout)


def test_columns_stand_at_their_positions() -> None:
    """Positions count characters from 1; filling blanks are no part of a text; zeros are."""
    found = content_of(lines(), "Aé     00012abcd!\r\n\r\n  B    00007    \n".encode())
    assert found.rows == [
        Row({"SKU": "Aé", "QTE": "00012", "NOTE": "abcd"}, 1, 1),
        Row({"SKU": "B", "QTE": "00007", "NOTE": ""}, 2, 3),
    ]


@pytest.mark.parametrize(("trim", "text"), [("both", "a"), ("left", "a "), ("right", " a"), ("none", " a ")])
def test_trimming_is_said_per_column(trim: str, text: str) -> None:
    """Where blanks are a part of the text, they stay."""
    spec = lines(columns={"A": {"at": 1, "width": 3, "trim": trim}})
    assert content_of(spec, b" a \n").values == [{"A": text}]


def test_a_short_line_is_reported_or_padded() -> None:
    """A host leaves trailing blanks out; whether this one does, the feed says."""
    content = b"A      00012\nB      00001abcd\nC\n"
    found = content_of(lines(), content)
    assert found.faults == [("short_line", 1, 1), ("short_line", 3, 3)]
    assert [row.raw for row in found.bad] == ["A      00012", "C"]
    assert [row.ordinal for row in found.rows] == [2]
    padded = content_of(lines(ragged="pad"), content)
    assert padded.values[0] == {"SKU": "A", "QTE": "00012", "NOTE": ""}
    assert padded.values[2] == {"SKU": "C", "QTE": "", "NOTE": ""}


def test_groups_stand_side_by_side() -> None:
    """Ten places of a line: those that are blank are not there."""
    columns = {"NO": {"at": 1, "width": 2}, "QTE": {"at": 3, "width": 3}}
    repeat = {"DEPOTS": {"at": 3, "every": 5, "times": 3, "columns": columns}}
    spec = lines(columns={"TYPE": {"at": 1, "width": 2}}, repeat=repeat)
    found = content_of(spec, b"S101  502  7\nS1\n")
    assert found.values == [
        {"TYPE": "S1", "DEPOTS": [{"NO": "01", "QTE": "5"}, {"NO": "02", "QTE": "7"}]},
        {"TYPE": "S1"},
    ]


def test_header_and_trailer_are_told_by_their_start() -> None:
    """They count no record."""
    found = content_of(lines(**ENDS), b"H042\nA      00012abcd\nT001\n\x1a")
    assert (found.header, found.trailer) == ({"SEQ": "042"}, {"NB": "001"})
    assert found.reader.trailer_line == 3
    assert [row.ordinal for row in found.rows] == [1]


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "header_missing", None),
        (b"A      00012abcd\n", "header_missing", 1),
        (b"H042\nA      00012abcd\n", "trailer_missing", None),
        (b"H042\nT000\nA      00012abcd\n", "content_after_trailer", 3),
        (b"H042\nA\xff", "wrong_charset", 2),
    ],
)
def test_files_that_are_refused(content: bytes, code: str, line: int | None) -> None:
    """What is wrong with the file as a whole."""
    assert refusal(lines(**ENDS), content) == (code, line)


def number(content: bytes) -> str:
    """Read a number of big-endian bytes; 0xFFFF is none."""
    if content == b"\xff\xff":
        raise ValueError("a number below 65,535")
    return str(int.from_bytes(content))


def number_bytes(text: str, width: int) -> bytes:
    """Write such a number."""
    return int(text).to_bytes(width)


BINARY = (Column("SKU", 1, 3), Column("QTE", 4, 2, decode=number, encode=number_bytes))


def records(content: bytes, **layout: Any) -> list[Row | BadRow]:
    """Read records of five bytes in EBCDIC."""
    reader = FixedRecordsReader(
        BytesIO(content), file="f", charset="cp1147", columns=BINARY, length=5, **layout
    )
    found = list(reader.rows())
    assert reader.count == len(found)
    return found


def test_records_of_a_length_hold_any_bytes() -> None:
    """A line end may be a part of a number; columns are decoded one by one, and rows have no line."""
    content = "A".ljust(3).encode("cp1147") + b"\x0d\x0a" + "é".ljust(3).encode("cp1147") + b"\0\x25"
    assert records(content) == [
        Row({"SKU": "A", "QTE": "3338"}, 1, None),
        Row({"SKU": "é", "QTE": "37"}, 2, None),
    ]
    assert records(content + b"\r\n\x1a") == records(content)


def test_a_number_that_is_none_is_that_record_s_fault() -> None:
    """Its bytes go to quarantine as hexadecimal digits."""
    content = b"\xc1\xc2\xc3\xff\xff\xc1\xc2\xc3\0\1"
    bad, good = records(content)
    assert isinstance(bad, BadRow)
    assert (bad.ordinal, bad.raw) == (1, "c1c2c3ffff")
    fault = bad.faults[0]
    assert (fault.code, fault.received, fault.expected, fault.position.path) == (
        "unreadable_number", "ff ff", "a number below 65,535", "QTE",
    )  # fmt: skip
    assert good == Row({"SKU": "ABC", "QTE": "1"}, 2, None)


@given(whole=st.integers(0, 3), cut=st.integers(1, 4))
def test_a_record_that_is_cut_refuses_the_file(whole: int, cut: int) -> None:
    """The length of the file must be a multiple of the record's."""
    content = b"\xc1\xc2\xc3\0\1" * whole + b"\xc1\xc2\xc3\x01"[:cut]
    with pytest.raises(FileRefused) as caught:
        records(content)
    assert caught.value.fault.code == "truncated"


def test_header_and_trailer_of_records() -> None:
    """Told by their first bytes; a number in the trailer that is none refuses the file."""
    trailer = Marked("TT", (Column("NB", 4, 2, decode=number),))
    content = b"\xc1\xc2\xc3\0\1" + b"\xe3\xe3\x40"
    assert records(content + b"\0\1", trailer=trailer) == [Row({"SKU": "ABC", "QTE": "1"}, 1, None)]
    with pytest.raises(FileRefused, match="a number below"):
        records(content + b"\xff\xff", trailer=trailer)
    with pytest.raises(FileRefused, match="starts with TT"):
        records(b"\xc1\xc2\xc3\0\1", trailer=trailer)


@given(
    values=st.lists(st.tuples(texts, st.integers(0, 99_999), notes), max_size=5),
    charset=st.sampled_from(["utf-8", "cp1252", "cp1147", "utf-16"]),
)
def test_what_is_written_reads_as_it_was(values: list[tuple[str, int, str]], charset: str) -> None:
    """In lines, in any charset."""
    spec = lines(charset=charset, **ENDS)
    trees: list[Group] = [
        {"SKU": sku, "QTE": f"{quantity:05}", "NOTE": note} for sku, quantity, note in values
    ]
    content = written(spec, trees, header={"SEQ": "1"}, trailer={"NB": "2"})
    found = content_of(spec, content)
    assert (found.header, found.values, found.trailer) == ({"SEQ": "1"}, trees, {"NB": "2"})
    assert written(spec, found.values, header=found.header, trailer=found.trailer) == content


@given(values=st.lists(st.tuples(st.text("abé", max_size=3), st.integers(0, 65_534)), max_size=5))
def test_records_are_written_as_they_are_read(values: list[tuple[str, int]]) -> None:
    """Bytes for bytes."""
    trees: list[Group] = [{"SKU": sku, "QTE": str(quantity)} for sku, quantity in values]
    stream = BytesIO()
    with FixedRecordsWriter(stream, file="f", charset="cp1147", columns=BINARY, length=5) as writer:
        for tree in trees:
            writer.check(tree)
            writer.write(tree)
    assert writer.counts["records"] == len(trees)
    assert [row.values for row in records(stream.getvalue()) if isinstance(row, Row)] == trees


def test_the_line_as_a_partner_expects_it() -> None:
    """Texts to the left, numbers to the right, what is not said blank."""
    assert written(lines(newline="lf"), [{"SKU": "A", "QTE": "12"}]) == b"A      00012    \n"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("SKU", "1234567", "too_long"),
        ("QTE", "123456", "too_long"),
        ("NOTE", "a\nb", "not_writable"),
        ("NOTE", "\x07", "not_writable"),
        ("SKU", "T1", "not_writable"),
    ],
)
def test_what_does_not_fit_is_a_fault(name: str, value: str, code: str) -> None:
    """Never a silent cut; and no record that reads as the trailer."""
    tree: Group = {"SKU": "A", "QTE": "1", "NOTE": ""}
    with pytest.raises(DataError) as caught:
        written(lines(**ENDS), [tree | {name: value}])
    assert [(fault.code, fault.position.path) for fault in caught.value.faults] == [(code, name)]


def test_every_fault_of_a_record_is_told_and_nothing_written() -> None:
    """One round of corrections is enough."""
    stream = BytesIO()
    writer = FixedRecordsWriter(stream, file="f", charset="cp1147", columns=BINARY, length=5)
    with pytest.raises(DataError) as caught:
        writer.write({"SKU": "ABCD", "QTE": "x"})
    assert [fault.position.path for fault in caught.value.faults] == ["SKU", "QTE"]
    assert stream.getvalue() == b""


def test_a_mark_is_not_written_over_a_value() -> None:
    """A trailer whose first column says something else is a fault of the mapping."""
    spec = lines(trailer={"starts": "T", "columns": {"KIND": {"at": 1, "width": 1}}})
    assert written(spec, [], trailer={"KIND": "T"}) == b"T\r\n"
    with pytest.raises(DataError, match="the mark T"):
        written(spec, [], trailer={"KIND": "X"})
    with pytest.raises(ConfigError, match="no column 'NB'"):
        written(spec, [], trailer={"NB": "1"})
