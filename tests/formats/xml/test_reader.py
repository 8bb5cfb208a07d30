"""Reading XML: rows with positions, controls from the same stream, and files that must be refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO, RawIOBase
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from passerelle.errors import FileRefused
from passerelle.formats import Group, Row, XmlReader, text_of
from passerelle.formats.xml import reader as xml_reader
from passerelle.formats.xml.source import CHUNK
from tests.memory import allocated, alone, high_water, needs_proc

StockFile = Callable[..., bytes]
Reading = Callable[..., XmlReader]
FLAT = ("SKU", "DEPOT", "QTE")


def refusal(reader: XmlReader) -> FileRefused:
    """Read to the end and give the refusal that must come."""
    with pytest.raises(FileRefused) as caught:
        list(reader.rows())
    return caught.value


def test_rows_come_with_values_count_and_line(stock_file: StockFile, reading: Reading) -> None:
    """A row holds its texts, its count from 1 and the line of its start tag; an empty element is ""."""
    rows = list(reading(stock_file(2)).rows())
    values: Group = {"SKU": "000002-012-38", "DEPOT": "001", "QTE": "00012,000", "STATUT": "D", "NOTE": ""}
    assert rows[1] == Row(values, 2, 14)
    assert rows[0].line == 7


def test_the_flat_reading_gives_what_the_nested_one_gives(stock_file: StockFile, reading: Reading) -> None:
    """Which paths a mapping reads changes the speed, never the texts."""
    odd = "<LIGNE><SKU>a</SKU><SKU>b</SKU><QTE><N>1</N></QTE></LIGNE><LIGNE/><LIGNE>x<SKU> </SKU></LIGNE>"
    content = stock_file(5, body=odd)
    flat = list(reading(content, paths=FLAT).rows())
    assert flat == list(reading(content).rows())
    assert flat[5].values == {"SKU": ["a", "b"], "QTE": {"N": "1"}}
    assert flat[6].values == {}
    assert flat[7].values == {"SKU": " "}


def test_groups_lists_and_attributes() -> None:
    """A group is a dict, a repeated name a list in file order, an attribute @name, a leaf's text #text."""
    content = (
        b'<A><P n="1"><T>x</T><V><S>1</S><S>2</S></V><V><S/></V><M cur="EUR">3</M><T>y &amp; z</T></P></A>'
    )
    (row,) = XmlReader(BytesIO(content), file="a.xml", record="/A/P").rows()
    assert row.values == {
        "@n": "1",
        "T": ["x", "y & z"],
        "V": [{"S": ["1", "2"]}, {"S": ""}],
        "M": {"@cur": "EUR", "#text": "3"},
    }


def test_attributes_are_left_out_when_no_path_names_one() -> None:
    """A mapping that reads no attribute sees plain texts."""
    content = b'<A><P n="1"><M cur="EUR">3</M></P></A>'
    (row,) = XmlReader(BytesIO(content), file="a.xml", record="/A/P", paths=["M", "N/O"]).rows()
    assert row.values == {"M": "3"}


def test_header_before_the_rows_trailer_after(stock_file: StockFile, reading: Reading) -> None:
    """The header is read alone, the rows go on from there, and the trailer is known at the end."""
    reader = reading(stock_file(3))
    assert reader.read_header() == {"FLUX": "STOCK", "SEQUENCE": "00001"}
    with pytest.raises(LookupError, match="after the last row"):
        _ = reader.trailer
    assert [row.ordinal for row in reader.rows()] == [1, 2, 3]
    assert reader.trailer == {"NB_LIGNES": "000003"}
    assert text_of(reader.trailer, "PIED/NB_LIGNES") == "000003"
    assert text_of(reader.header, "ENTETE/ABSENT") is None


def test_reading_the_header_reads_only_the_start(stock_file: StockFile) -> None:
    """A look at the header costs one piece of the file."""
    stream = BytesIO(stock_file(20_000))
    reader = XmlReader(stream, file="s.xml", record="/FICHIER/LIGNE", header="/FICHIER/ENTETE")
    reader.read_header()
    assert stream.tell() <= CHUNK
    assert sum(1 for _ in reader.rows()) == 20_000


def test_a_stream_is_read_once(stock_file: StockFile, reading: Reading) -> None:
    """A second reading is a mistake of the program, not an empty file."""
    reader = reading(stock_file(1))
    list(reader.rows())
    with pytest.raises(LookupError, match="read once"):
        list(reader.rows())


@pytest.mark.parametrize("paths", [FLAT, None])
def test_lines_are_right_beyond_sixteen_bits(
    stock_file: StockFile, reading: Reading, paths: tuple[str, ...] | None
) -> None:
    """Line numbers above 65,535 are the lines that an editor shows (libxml2 keeps 16 bits)."""
    rows = list(reading(stock_file(20_000), paths=paths).rows())
    assert rows[-1].line == 7 + 7 * 19_999 > 65_535
    assert all(row.line == 7 * row.ordinal for row in rows)


def test_what_looks_like_a_record_in_comments_and_cdata_moves_no_line(
    stock_file: StockFile, reading: Reading
) -> None:
    """A line is right, or it is not given."""
    head = "  <!-- <LIGNE>\r\n -->\r\n  <LIGNE><SKU><![CDATA[\r\n<LIGNE>]]></SKU></LIGNE><?x <LIGNE?>"
    rows = list(reading(stock_file(3, head=head)).rows())
    assert [row.line for row in rows] == [9, 11, 18, 25]


def test_a_comment_longer_than_a_piece_moves_no_line(stock_file: StockFile, reading: Reading) -> None:
    """What a comment hides is hidden to its end, however far that is."""
    content = stock_file(2, head="<!--" + "<LIGNE>\r\n" * 20_000 + "-->")
    assert [row.line for row in reading(content).rows()] == [20_008, 20_015]


def test_records_of_the_same_name_elsewhere_are_no_records(reading: Reading) -> None:
    """Only the declared path makes a record, at any depth of the same name."""
    content = (
        b"<FICHIER><ENTETE/><GROUPE><LIGNE><SKU>no</SKU></LIGNE></GROUPE>\n"
        b"<LIGNE><SKU>1</SKU><LIGNE><SKU>inner</SKU></LIGNE></LIGNE>\n<LIGNE><SKU>2</SKU></LIGNE>"
        b"<PIED/></FICHIER>"
    )
    rows = list(reading(content).rows())
    assert [row.values["SKU"] for row in rows] == ["1", "2"]
    assert [row.line for row in rows] == [None, None]


def test_deep_record_paths_may_have_several_parents() -> None:
    """Records may stand in groups; each group is freed when the next begins."""
    content = b"<C><G><P>1</P><P>2</P></G>\n<X><P>no</P></X><G><P>3</P></G></C>"
    rows = list(XmlReader(BytesIO(content), file="c.xml", record="/C/G/P").rows())
    assert [(row.ordinal, row.line) for row in rows] == [(1, 1), (2, 1), (3, 2)]


def test_namespaces_may_be_ignored() -> None:
    """With ignore_namespaces, paths and names are local names."""
    content = (
        b'<n:A xmlns:n="urn:x" xmlns="urn:y"><n:H><V>1</V></n:H>\n'
        b'<n:P n:k="v"><T>x</T></n:P><F><n/></F></n:A>'
    )
    reader = XmlReader(
        BytesIO(content), file="a.xml", record="/A/P", header="/A/H", trailer="/A/F", ignore_namespaces=True
    )
    (row,) = reader.rows()
    assert row == Row({"@k": "v", "T": "x"}, 1, 2)
    assert reader.header == {"V": "1"}
    assert reader.trailer == {"n": ""}


# Files that must be refused -----------------------------------------------------------------------


def test_a_file_cut_short_anywhere_is_refused(stock_file: StockFile, reading: Reading) -> None:
    """Wherever a file is cut, it is refused as cut short, never taken as complete."""
    content = stock_file(4)
    whole = len(content.rstrip())
    for size in range(1, whole):
        error = refusal(reading(content[:size]))
        assert error.fault.code in ("truncated", "empty_file"), (size, error)
    assert len(list(reading(content[:whole]).rows())) == 4


def test_a_cut_file_says_the_last_good_record_and_the_line(stock_file: StockFile, reading: Reading) -> None:
    """The night shift reads where the file broke off."""
    content = stock_file(4)
    error = refusal(reading(content[: content.index(b"000004")]))
    assert error.fault.position == ("STOCK.xml", 3, 29, None)
    assert "ask for it again" in str(error)


def test_records_before_a_fault_are_still_given(stock_file: StockFile, reading: Reading) -> None:
    """What stands before the fault is read, so that its position is right."""
    content = stock_file(3, body="  <LIGNE><SKU>a & b</SKU></LIGNE>")
    reader = reading(content)
    rows: list[Row] = []
    with pytest.raises(FileRefused) as caught:
        rows.extend(reader.rows())
    assert caught.value.fault.code == "malformed"
    assert caught.value.fault.position[:3] == ("STOCK.xml", 3, 28)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty_file", "root <FICHIER>"),
        (b" \r\n", "empty_file", "root <FICHIER>"),
        (b"<CATALOGUE><LIGNE/></CATALOGUE>", "wrong_root", "received '<CATALOGUE>', expected <FICHIER>"),
        (b"<!DOCTYPE FICHIER><FICHIER/>", "dtd_forbidden", "without DOCTYPE"),
        (
            b'<!DOCTYPE FICHIER [<!ENTITY a "b">]><FICHIER><LIGNE><A>&a;</A></LIGNE></FICHIER>',
            "dtd_forbidden",
            "",
        ),
        (b'<!DOCTYPE FICHIER SYSTEM "http://127.0.0.1:9/x.dtd"><FICHIER/>', "dtd_forbidden", ""),
        (b"<FICHIER><ENTETE/><PIED/></FICHIER>\x1a", "content_after_root", "nothing after </FICHIER>"),
        (b"<FICHIER><ENTETE/><PIED/></FICHIER><FICHIER/>", "content_after_root", "joined"),
        (b"<FICHIER><ENTETE/><LIGNE><A>&nbsp;</A></LIGNE><PIED/></FICHIER>", "malformed", "nbsp"),
        (b"<FICHIER><ENTETE/><LIGNE><A>\x0b</A></LIGNE><PIED/></FICHIER>", "malformed", "below U+0020"),
        (b"<FICHIER><ENTETE/><LIGNE></PIED></FICHIER>", "malformed", "mismatch"),
        (b"<FICHIER><LIGNE/><PIED/></FICHIER>", "header_missing", "/FICHIER/ENTETE"),
        (b"<FICHIER><ENTETE/><LIGNE/></FICHIER>", "trailer_missing", "/FICHIER/PIED"),
        (b"just text", "malformed", "well-formed XML"),
    ],
)
def test_what_is_refused_and_why(reading: Reading, content: bytes, code: str, words: str) -> None:
    """Every refusal has its code and says what was seen and what was expected."""
    error = refusal(reading(content))
    assert error.fault.code == code
    assert words in str(error)


def test_an_entity_bomb_is_refused_before_it_is_read(reading: Reading) -> None:
    """A billion laughs costs nothing: the DOCTYPE refuses the file."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    content = (
        f'<!DOCTYPE FICHIER [<!ENTITY a0 "ha">{entities}]><FICHIER><LIGNE>&a9;</LIGNE></FICHIER>'.encode()
    )
    assert refusal(reading(content)).fault.code == "dtd_forbidden"


def test_a_file_without_records_may_not_fill_the_memory(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long file in which the record path never fits is refused, not collected."""
    monkeypatch.setattr(xml_reader, "RECORD_LIMIT", 1 << 18)
    content = b"<FICHIER><ENTETE/>" + b"<PRODUIT>1</PRODUIT>" * 50_000 + b"<PIED/></FICHIER>"
    error = refusal(reading(content))
    assert error.fault.code == "no_record"
    assert "/FICHIER/LIGNE" in str(error)


def test_a_file_without_any_record_but_complete_is_read(reading: Reading) -> None:
    """Nothing to say is not a broken file: counts and guard judge it."""
    assert list(reading(b"<FICHIER><ENTETE/><PIED/></FICHIER>").rows()) == []


@given(st.binary(max_size=60), st.integers(0, 400), st.sampled_from([0, 1]))
def test_damaged_bytes_give_rows_or_a_refusal(damage: bytes, at: int, replaced: int) -> None:
    """Whatever happens to the bytes, the reader refuses the file or reads it: no other error."""
    content = (
        b'<?xml version="1.0" encoding="ISO-8859-1"?><FICHIER><ENTETE><A>1</A></ENTETE>'
        + b"<LIGNE><SKU>1</SKU></LIGNE>" * 5
        + b"<PIED/></FICHIER>"
    )
    content = content[:at] + damage + content[at + len(damage) * replaced :]
    reader = XmlReader(BytesIO(content), file="s.xml", record="/FICHIER/LIGNE", header="/FICHIER/ENTETE")
    try:
        rows = list(reader.rows())
    except FileRefused:
        return
    assert len(rows) == len(etree.fromstring(content).findall("LIGNE"))


# Size ---------------------------------------------------------------------------------------------


class _Endless(RawIOBase):
    """A stock file that is made while it is read; it was never in memory."""

    def __init__(self, rows: int) -> None:
        self._parts = self._make(rows)
        self._left = b""

    def _make(self, rows: int) -> Iterator[bytes]:
        yield b'<?xml version="1.0" encoding="ISO-8859-1"?>\r\n<FICHIER>\r\n<ENTETE/>'
        for first in range(0, rows, 500):
            yield b"".join(
                b"<LIGNE>\r\n<SKU>%09d</SKU><DEPOT>001</DEPOT><QTE>12,000</QTE>\r\n</LIGNE>" % number
                for number in range(first, first + 500)
            )
        yield b"</FICHIER>"

    def read(self, size: int = -1) -> bytes:
        while len(self._left) < size:
            part = next(self._parts, b"")
            if not part:
                break
            self._left += part
        given, self._left = self._left[:size], self._left[size:]
        return given


def marks(paths: list[str] | None) -> list[list[int]]:
    """Read 16,000 rows, then 64,000: the most bytes that Python held, and the process."""

    def read(rows: int) -> None:
        stream = cast("BytesIO", _Endless(rows))
        reader = XmlReader(
            stream, file="s.xml", record="/FICHIER/LIGNE", header="/FICHIER/ENTETE", paths=paths
        )
        assert sum(1 for _ in reader.rows()) == rows

    read(16_000)  # what is loaded once
    return [[allocated(lambda: read(rows)), high_water()] for rows in (16_000, 64_000)]  # noqa: B023 - called here


@needs_proc
@pytest.mark.parametrize("paths", [FLAT, None])
def test_memory_is_flat(paths: tuple[str, ...] | None) -> None:
    """Four times the rows cost no more memory, neither in Python nor in libxml2."""
    (small, resident), (large, resident_after) = alone(marks, paths)
    assert large < small + 200_000
    assert resident_after < resident + 8_000_000
