"""Delimited text: any dialect, rows with exact lines, and each record given, reported or the file refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ConfigError, DataError, FileRefused
from passerelle.formats import BadRow, DelimitedReader, Dialect, Group, Row
from tests.memory import allocated, alone

from .shelf import content_of, format_of, refusal, written

PLAIN: dict[str, Any] = {"charset": "utf-8", "delimiter": ";"}
STOCK = b"SKU;DEPOT;QTE\r\nA1;001;12\r\nA2;001;\r\n"

dialects = st.sampled_from(
    [
        PLAIN,
        {**PLAIN, "delimiter": "tab"},
        {**PLAIN, "delimiter": ",", "quote": "'"},
        {**PLAIN, "quoting": "all", "newline": "lf"},
        {**PLAIN, "doubled": False, "escape": "\\"},
        {**PLAIN, "quote": "none", "escape": "\\"},
        {**PLAIN, "charset": "utf-16"},
        {**PLAIN, "charset": "cp1147"},
        {**PLAIN, "null": ["\\N", "NULL"]},
    ]
)
fields = st.text(st.sampled_from("aé;,'\"\\ \t|0"), max_size=5) | st.sampled_from(["x\r\ny", "\n", "\r"])


def plain(**layout: Any) -> Any:
    """Make the spec of a delimited format."""
    return format_of(csv=PLAIN | layout)


def test_columns_have_the_names_of_the_header_line() -> None:
    """Values are texts, an empty field is an empty text; ordinals and lines count from 1."""
    found = content_of(plain(), STOCK)
    assert found.rows == [
        Row({"SKU": "A1", "DEPOT": "001", "QTE": "12"}, 1, 2),
        Row({"SKU": "A2", "DEPOT": "001", "QTE": ""}, 2, 3),
    ]


@pytest.mark.parametrize(
    ("layout", "content", "first", "second"),
    [
        ({"delimiter": "tab"}, b'A\tB\nx"\t"y\tz"\n', 'x"', "y\tz"),
        ({"delimiter": "|", "quote": "'"}, b"A|B\n\"x|'y|z'\n", '"x', "y|z"),
        ({"quote": "none"}, b'A;B\n5" screen;"wide\n', '5" screen', '"wide'),
        ({"doubled": False, "escape": "\\"}, b'A;B\n"a\\"b";"c\\\\d"\n', 'a"b', "c\\d"),
        ({"quote": "none", "escape": "\\"}, b"A;B\na\\;b;c\n", "a;b", "c"),
        ({}, b'A;B\n"a""b";"c;d"\n', 'a"b', "c;d"),
        ({"skip": 2}, b'Export\n(c) "us\nA;B\nx;y\n', "x", "y"),
        ({"header": 2}, b"Nummer;Menge\nA;B\nx;y\n", "x", "y"),
        ({"comment": "#"}, b'# a;"comment\nA;B\n#;"\nx;y\n', "x", "y"),
        ({"header": "none", "columns": ["A", "_", "B"]}, b"x;ignored;y\n", "x", "y"),
        ({"rename": {"Article no.": "A"}}, b"Article no.;B\nx;y\n", "x", "y"),
        ({"columns": ["B"]}, b" A ;B\nx;y\n", "x", "y"),
        ({"charset": "UTF-8"}, b"\xef\xbb\xbfA;B\nx;y\n", "x", "y"),
        ({"charset": "cp850"}, b"A;B\n\x94;y", "ö", "y"),
        ({}, b"A;B\n\n\nx;y\n\n", "x", "y"),
        ({}, b"A;B\rx;y\r\x1a", "x", "y"),
    ],
)
def test_dialects(layout: dict[str, Any], content: bytes, first: str, second: str) -> None:
    """What a partner's export tool may write."""
    found = content_of(plain(**layout), content)
    assert found.bad == []
    assert found.values == [{"A": first, "B": second}]


def test_quotes_hold_delimiters_quotes_and_lines() -> None:
    """A quoted text may go over several lines; the next record still has its right line."""
    content = b'A;B\r\n"one\r\ntwo\n# three";"a;""b"""\r\nx;y\r\n"broken"z;1\r\nlast;2\r\n'
    found = content_of(plain(comment="#"), content)
    assert found.rows == [
        Row({"A": "one\r\ntwo\n# three", "B": 'a;"b"'}, 1, 2),
        Row({"A": "x", "B": "y"}, 2, 5),
        Row({"A": "last", "B": "2"}, 4, 7),
    ]
    assert found.faults == [("broken_quotes", 3, 6)]
    assert found.bad[0].raw == '"broken"z;1'


def test_explicit_nulls_are_none() -> None:
    """Null, empty and absent are three things."""
    found = content_of(plain(null=["NULL", "-"]), b"A;B;C\nNULL;;-\nx;y;z\n")
    assert found.values == [{"A": None, "B": "", "C": None}, {"A": "x", "B": "y", "C": "z"}]


def test_a_ragged_line_is_reported_and_the_rest_goes_on() -> None:
    """Too few fields or too many; the raw line goes to quarantine as it stood."""
    found = content_of(plain(), b"A;B\n1\n2;x;y\n3;z\n4;z;\n")
    assert [(row.ordinal, row.line, row.raw) for row in found.bad] == [
        (1, 2, "1"),
        (2, 3, "2;x;y"),
        (4, 5, "4;z;"),
    ]
    assert {fault.code for row in found.bad for fault in row.faults} == {"wrong_field_count"}
    assert found.rows == [Row({"A": "3", "B": "z"}, 3, 4)]


def test_padding_is_a_choice() -> None:
    """With `pad`, missing fields are empty and empty ones may be surplus; others are still a fault."""
    found = content_of(plain(ragged="pad"), b"A;B;C\n1\n2;x;y;;\n3;x;y;z\n")
    assert found.values == [{"A": "1", "B": "", "C": ""}, {"A": "2", "B": "x", "C": "y"}]
    assert found.faults == [("wrong_field_count", 3, 4)]


def test_header_record_and_trailer() -> None:
    """What the file says of itself is handed over apart, and counts no record."""
    spec = plain(
        header_record={"starts": "ENT", "columns": ["_", "FLUX", "SEQ"]},
        trailer={"starts": "FIN", "columns": {"NB": 2}},
    )
    found = content_of(spec, b"ENT;STOCK;00042\r\nSKU;QTE\r\nA;1\r\nFINE;2\r\nFIN;000002\r\n\r\n\x1a")
    assert found.header == {"FLUX": "STOCK", "SEQ": "00042"}
    assert found.trailer == {"NB": "000002"}
    assert found.reader.trailer_line == 5
    assert [row.line for row in found.rows] == [3, 4]


@pytest.mark.parametrize(
    ("layout", "content", "code", "line"),
    [
        ({}, b"", "empty_file", 1),
        ({}, b"\n\n", "empty_file", 3),
        ({}, b"A;B;A\n1;2;3\n", "duplicate_column", 1),
        ({"rename": {"X": "A"}}, b"A;X\n", "duplicate_column", 1),
        ({"rename": {"X": "Y"}}, b"A;B\n", "missing_column", 1),
        ({"columns": ["A", "QTE"]}, b"\nA;B\n", "missing_column", 2),
        ({}, b'A;B\n1;"2\n3;4\n', "unended_quote", 2),
        ({}, b'A;B\n1;2\n3;"' + b"x;y\n" * 40_000 + b'"\n', "unended_quote", 3),
        ({"trailer": {"starts": "FIN"}}, b"A;B\n1;2\n", "trailer_missing", None),
        ({"trailer": {"starts": "FIN"}}, b"A;B\n1;2\nFIN;1\n3;4\n", "content_after_trailer", 4),
        ({"header_record": {"starts": "ENT"}}, b"A;B\n1;2\n", "header_missing", 1),
        ({"header_record": {"starts": "ENT"}}, b"", "header_missing", 1),
    ],
)
def test_files_that_are_refused(layout: dict[str, Any], content: bytes, code: str, line: int | None) -> None:
    """What is wrong with the file as a whole: nothing of it may be applied."""
    assert refusal(plain(**layout), content) == (code, line)


def test_an_empty_file_without_a_header_line_has_no_records() -> None:
    """Nobody said that there must be one."""
    assert content_of(plain(header="none", columns=["A"]), b"").rows == []


def test_a_column_without_a_name_can_be_reached() -> None:
    """As spreadsheets leave them."""
    assert content_of(plain(), b"A;;B;\n1;2;3;\n").values == [
        {"A": "1", "column_2": "2", "B": "3", "column_4": ""}
    ]


@given(
    dialect=dialects,
    records=st.lists(st.tuples(fields, fields, fields), max_size=6),
    header=st.booleans(),
)
def test_what_is_written_reads_as_it_was(
    dialect: dict[str, Any], records: list[tuple[str, str, str]], *, header: bool
) -> None:
    """In every dialect: the same values come back, or the writer says which one the dialect cannot hold."""
    spec = format_of(csv=dialect | {"columns": ["A", "B", "C"], "header": 1 if header else "none"})
    values: list[Group] = [{"A": one, "B": two, "C": None if "null" in dialect else three}
                           for one, two, three in records]  # fmt: skip
    try:
        content = written(spec, values)
    except DataError:
        assert dialect.get("quote") == "none" or dialect["charset"] == "cp1147"
        return
    assert content_of(spec, content).values == values
    assert written(spec, content_of(spec, content).values) == content


@given(
    lines=st.lists(
        st.lists(st.text(st.sampled_from('a"; x'), max_size=4), min_size=1, max_size=4).map(";".join),
        max_size=8,
    ),
    ragged=st.sampled_from(["reject", "pad"]),
)
def test_no_line_is_lost(lines: list[str], ragged: str) -> None:
    """Whatever stands in the lines: each is in a row, in a bad row, or the file is refused."""
    spec = plain(ragged=ragged)
    content = "\n".join(["A;B", *lines, ""]).encode()
    try:
        found = content_of(spec, content)
    except FileRefused:
        assert '"' in "".join(lines)
        return
    covered = {row.line for row in found.rows}
    for bad in found.bad:
        assert bad.line is not None
        covered |= set(range(bad.line, bad.line + bad.raw.count("\n") + 1))
    # A quoted text may take in the lines behind the one it starts in.
    inside = sum(str(value).count("\n") for row in found.rows for value in row.values.values())
    filled = {number for number, line in enumerate(lines, 2) if line}
    assert len(filled - covered) <= inside


@given(cut=st.integers(0, 200))
def test_a_file_that_was_cut_gives_what_is_there_or_is_refused(cut: int) -> None:
    """With a trailer, no cut goes unnoticed."""
    spec = plain(trailer={"starts": "FIN", "columns": ["_", "NB"]}, final_newline=True)
    content = b'SKU;QTE\r\n"A;1";1\r\n"B\r\n2";2\r\nC;3\r\nFIN;3\r\n'
    if cut >= len(content) - len("\n"):
        assert len(content_of(spec, content).rows) == 3
    else:
        with pytest.raises(FileRefused):
            content_of(spec, content[:cut])


def test_the_file_as_a_partner_expects_it() -> None:
    """Header record, names, records, trailer; quotes only where they are needed."""
    spec = plain(
        charset="windows-1252",
        columns=["Article", "Menge", "_"],
        rename={"Article": "sku"},
        null=["NULL"],
        header_record={"starts": "ENT", "columns": ["_", "SEQ"]},
        trailer={"starts": "FIN", "columns": ["_", "NB"]},
    )
    content = written(
        spec,
        [{"sku": 'é;"', "Menge": "1"}, {"sku": "b", "Menge": None}],
        header={"SEQ": "00042"},
        trailer={"NB": "2"},
    )
    assert content.decode("cp1252").split("\r\n") == [
        "ENT;00042",
        "Article;Menge;_",
        '"é;""";1;',
        "b;NULL;",
        "FIN;2",
        "",
    ]


@pytest.mark.parametrize(
    ("layout", "value"),
    [
        ({"charset": "ascii"}, "é"),
        ({}, "a\x07b"),
        ({"quote": "none"}, "a;b"),
        ({"quote": "none"}, "a\nb"),
        ({"null": ["NULL"]}, "NULL"),
        ({"comment": "#"}, "# 1"),
        ({"trailer": {"starts": "FIN"}}, "FIN"),
    ],
)
def test_what_could_not_be_read_again_is_a_fault(layout: dict[str, Any], value: str) -> None:
    """Nothing is written that the same feed would read as something else."""
    with pytest.raises(DataError) as caught:
        written(plain(columns=["A", "B"], **layout), [{"A": value, "B": ""}])
    assert caught.value.faults[0].code == "not_writable"
    assert caught.value.faults[0].position.path == "A"


def test_replacing_is_a_choice_and_listed() -> None:
    """With `replace`, the file is written, and somebody can see what was lost."""
    spec = plain(columns=["A"], charset="ascii")
    assert written(spec, [{"A": "né\x07"}], replace=True) == b"A\r\nn??\r\n"


def test_a_name_without_a_column_is_a_fault_of_the_mapping() -> None:
    """No value is dropped silently."""
    with pytest.raises(ConfigError, match="no column 'X'"):
        written(plain(columns=["A"]), [{"A": "", "X": ""}])
    with pytest.raises(ConfigError, match="columns"):
        written(plain(), [])


class Endless(io.RawIOBase):
    """So many records, made while they are read."""

    def __init__(self, count: int) -> None:
        self._lines: Iterator[bytes] = (b'SKU%07d;"DEPOT\r\n1";%d\r\n' % (n, n) for n in range(count))

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Give some more lines."""
        return b"".join(islice(self._lines, size // 25))


def peak(count: int) -> int:
    """Read so many records and give the most bytes that Python held."""
    stream = cast("BinaryIO", Endless(count))
    reader = DelimitedReader(
        stream, file="f", charset="utf-8", dialect=Dialect(";"), header=None, columns=["A", "B", "C"]
    )

    def read() -> None:
        assert sum(1 for row in reader.rows() if not isinstance(row, BadRow)) == count

    return allocated(read)


def test_memory_is_flat() -> None:
    """Ten times the records take no more of it."""
    assert alone(peak, 50_000) < alone(peak, 5_000) + 200_000


def test_a_reader_is_read_once_and_its_trailer_known_at_the_end() -> None:
    """Like every reader."""
    reader = DelimitedReader(BytesIO(STOCK), file="f", charset="utf-8", dialect=Dialect(";"))
    with pytest.raises(LookupError, match="after the last row"):
        _ = reader.trailer
    assert len(list(reader.rows())) == 2
    with pytest.raises(LookupError, match="once"):
        next(reader.rows())
