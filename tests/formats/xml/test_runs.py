"""Whole records parsed by themselves: what a file says is the same, however its bytes come."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from passerelle.errors import FileRefused
from passerelle.formats import Row, XmlReader
from passerelle.formats.charset import Charset
from passerelle.formats.xml.refusals import Refusals
from passerelle.formats.xml.runs import RunParser

VERSION = b"1" * 16
PATHS = ("ID", "@id", "E", "V/SKU")


class Dribble:
    """A stream that gives a few bytes at a time: a file of many blocks, without its length."""

    def __init__(self, content: bytes, step: int) -> None:
        self._content = BytesIO(content)
        self._step = step

    def read(self, _size: int = -1, /) -> bytes:
        """Give the next few bytes."""
        return self._content.read(self._step)


def read(stream: Any, **options: Any) -> tuple[list[Row], list[bytes], str]:
    """Read rows and fingerprints up to the end, or up to what refused the file."""
    reader = XmlReader(stream, file="p.xml", record="/C/P", trailer="/C/T", paths=PATHS, **options)
    rows: list[Row] = []
    prints: list[bytes] = []
    try:
        for batch in reader.batches(3, ["ID"]):
            rows += batch.rows()
            prints += batch.fingerprints(VERSION)
    except FileRefused as error:
        return rows, prints, str(error)
    return rows, prints, f"trailer {reader.trailer}, line {reader.trailer_line}"


RECORDS = st.sampled_from(
    [
        "<P><ID>1</ID></P>",
        '<P id="7">\n  <ID>2</ID>\n  <V>\n    <SKU>2-1</SKU></V>\n</P>',
        "<P/>",
        "<P><ID>é&amp;&#13;</ID><E> </E></P>",
        "<P><ID>3</ID><!-- </P> --></P>",
        "<!-- <P> -->",
        "<!--\n</P>",
        "</P> -->",
        "<P><ID><![CDATA[</P>]]></ID></P>",
        "<?p </P> ?>",
        "<P><PX>4</PX></P>",
        "<PX><P><ID>5</ID></P></PX>",
        "<X><ID>6</ID></X>",
        " a text ",
        '<P><n:E xmlns:n="urn:x">7</n:E></P>',
    ]
)
FAULTS = [
    "",
    "<P><ID></P>",
    "<P>&who;</P>",
    "<P><n:E/></P>",
    '<P><n:E xmlns:n="%%"/></P>',
    '<P xml:id="1 2"/>',
    "<P>\x01</P>",
    "</C>",
    "<P",
    "</r><r>",
    "&",
    "<!--",
]
#: What is read at once before the first record.
HEAD = f"<!-- {'x' * 1024} -->"
OPENINGS = ["<C>", '<C id="&lt;">', '<C xmlns="urn:c">', '<C xmlns:n="urn:x">', '<C xml:space="preserve">']


def plain(records: int, fault: str, *, opening: str = "<C>", between: str = "\n") -> example:
    """The case of records like each other, in pieces of forty bytes, by the parser."""
    content = ["<P><ID>1</ID></P>"] * records
    return example(content=content, fault=fault, opening=opening, between=between, step=40, scan=False)


@given(
    content=st.lists(RECORDS, min_size=1, max_size=8),
    fault=st.sampled_from(FAULTS),
    opening=st.sampled_from(OPENINGS),
    between=st.sampled_from(["", "\n", "\r\n  "]),
    step=st.integers(1, 90),
    scan=st.booleans(),
)
@plain(6, "<P><n:E/></P>")
@plain(6, '<P><n:E xmlns:n="%%"/></P>')
@plain(6, "</r><r>", between="")
@plain(4, "", opening='<C xmlns="urn:c">')
@settings(max_examples=400)
def test_the_same_file_in_any_pieces(
    content: list[str],
    fault: str,
    opening: str,
    between: str,
    step: int,
    scan: bool,  # noqa: FBT001 - one of the cases
) -> None:
    """Rows with their lines, fingerprints, trailer, or the same refusal at the same place."""
    text = between.join([opening, HEAD, *content, fault, *content, f"<T><N>1</N></T>{between}</C>"])
    whole, pieces = read(BytesIO(text.encode()), scan=scan), read(Dribble(text.encode(), step), scan=scan)
    assert pieces[1][: len(whole[1])] == whole[1][: len(pieces[1])]
    assert [row.values for row in pieces[0]][: len(whole[0])] == [row.values for row in whole[0]][
        : len(pieces[0])
    ]
    assert pieces[2] == whole[2]
    if "refused" not in whole[2]:
        assert len(pieces[0]) == len(whole[0])
    for one, other in zip(pieces[0], whole[0], strict=False):
        assert one.ordinal == other.ordinal
        assert one.line in (other.line, None) or other.line is None


def runs(charset: str = "utf-8") -> RunParser:
    """A parser of runs of P."""
    return RunParser(
        "P", Charset(charset, "the feed", override=False, ascii_compatible=True), Refusals("p.xml", "C")
    )


def test_records_in_a_row_are_read_by_themselves() -> None:
    """Between two records whole ones are parsed as a document: with what stands in them, in their order."""
    found = runs().elements(b'\n<P id="1"><ID>1</ID></P>\n<!-- x --><P><V><P/></V></P>')
    assert [etree.tostring(one, with_tail=False) for one in found] == [
        b'<P id="1"><ID>1</ID></P>',
        b"<P><V><P/></V></P>",
    ]


@pytest.mark.parametrize(
    "run",
    [
        b"",
        b"\n",
        b"<P/><X/>",
        b"<P>",
        b"</P>",
        b"<P/></r><r><P/>",
        b"<P/></r>",
        b"<P/><!--",
        b"<P/>&who;",
        b"<P><n:E/></P>",
        b"<P>\xe9</P>",
        b"<?xml version='1.0'?><P/>",
        b"<!DOCTYPE r><P/>",
    ],
)
def test_what_is_not_whole_records_is_left_to_the_parser(run: bytes) -> None:
    """Nothing is guessed: another element, an open end, a wrong byte, and it is none."""
    assert runs().elements(run) == []


def test_a_file_of_another_kind_is_not_tried_for_ever() -> None:
    """After some runs that were none, no run is parsed twice any more."""
    parser = runs()
    for _ in range(8):
        assert parser.elements(b"<P/><X/>") == []
    assert parser.elements(b"<P/>") == []


@pytest.mark.parametrize(
    ("document", "suits"),
    [
        ("<C><P/></C>", True),
        ("<C a='1'><P/></C>", True),
        ("<C xmlns='urn:c'><P/></C>", False),
        ("<C xmlns:n='urn:n'><P/></C>", False),
        ("<C xml:space='preserve'><P/></C>", False),
        ("<!DOCTYPE C><C><P/></C>", False),
    ],
)
def test_a_parent_that_gives_something_to_its_records(document: str, suits: bool) -> None:  # noqa: FBT001 - a parameter
    """Namespaces, blanks that count and a DTD reach into records: these are not read by themselves."""
    assert runs().suits(etree.fromstring(document)) == suits


def test_a_charset_that_the_codecs_read_otherwise() -> None:
    """Only in charsets that Python and libxml2 read alike."""
    assert not runs("utf-16").suits(etree.fromstring("<C/>"))
