"""Mending of XML: what XML does not allow goes, all else stays byte for byte, wherever the stream is cut."""

from __future__ import annotations

import re
from collections import Counter
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from passerelle.formats import MendedXml, Mending

REMOVE = Mending("remove")
BLANK = Mending("blank")
ESCAPE = Mending("refuse", "escape")
BOTH = Mending("remove", "escape")


def mend(
    content: bytes, mending: Mending, size: int = 65_536, *, utf8: bool = True
) -> tuple[bytes, Counter[str], list[str]]:
    """Mend a whole file that is read in pieces of a size."""
    repairs: Counter[str] = Counter()
    mended = MendedXml(BytesIO(content), mending, utf8=utf8, repairs=repairs)
    pieces: list[bytes] = []
    while piece := mended.read(size):
        pieces.append(piece)
    return b"".join(pieces), repairs, mended.notes


@pytest.mark.parametrize("size", [1, 2, 5, 65_536])
@pytest.mark.parametrize(
    ("content", "mending", "expected", "count"),
    [
        (b"<A>a\x01b\x1f\x00</A>", REMOVE, b"<A>ab</A>", 3),
        (b"<A>a\x01b</A>", BLANK, b"<A>a b</A>", 1),
        (b"<A>\t\r\n\x7f\x80</A>", REMOVE, b"<A>\t\r\n\x7f\x80</A>", 0),
        (b"<A>&#1;&#x1F;&#x0;&#65535;&#xD800;&#x110000;</A>", REMOVE, b"<A></A>", 6),
        (b"<A>&#9;&#xA;&#13;&#32;&#233;&#x10FFFF;</A>", REMOVE, None, 0),
        (b"<A>&#1;</A>", BLANK, b"<A> </A>", 1),
        (b"<A b='&#1;'/>", REMOVE, b"<A b=''/>", 1),
        (b"<A><![CDATA[&#1; & ]]>&#1;</A>", BOTH, b"<A><![CDATA[&#1; & ]]></A>", 1),
        (b"<A><![CDATA[\x01]]></A>", REMOVE, b"<A><![CDATA[]]></A>", 1),
        (b"<A><!-- & &#1; --><?p & ?>&</A>", BOTH, b"<A><!-- & &#1; --><?p & ?>&amp;</A>", 1),
        (b"<A>\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd</A>", REMOVE, b"<A>\xef\xbf\xbd</A>", 2),
        (b"<A>a & b && c&d;&amp;&#38;&</A>", ESCAPE, b"<A>a &amp; b &amp;&amp; c&d;&amp;&#38;&amp;</A>", 4),
        (b"<A b='x&y'/>", ESCAPE, b"<A b='x&amp;y'/>", 1),
        (b"<A>a\x01 & b</A>", ESCAPE, b"<A>a\x01 &amp; b</A>", 1),
        (b"<A>a\x01 & &#1;</A>", REMOVE, b"<A>a & </A>", 2),
        (b"\xef\xbb\xbf<A>\x01</A>", REMOVE, b"\xef\xbb\xbf<A></A>", 1),
        (b"", BOTH, b"", 0),
    ],
)
def test_what_is_illegal_goes_and_is_counted(
    content: bytes, mending: Mending, expected: bytes | None, count: int, size: int
) -> None:
    """Raw characters everywhere, references outside of CDATA and comments; however the stream is cut."""
    found, repairs, _ = mend(content, mending, size)
    assert found == (content if expected is None else expected)
    assert repairs.total() == count


@pytest.mark.parametrize("section", [b"<![CDATA[%s]]>", b"<!--%s-->", b"<?p%s?>"])
def test_what_stands_behind_a_section_is_mended(section: bytes) -> None:
    """A section ends where its end stands, also when that is the end of what was read."""
    hidden = section % b"x".ljust(65_536 - len(section % b""), b"x")
    assert len(hidden) == 65_536
    found, repairs, _ = mend(hidden + b"&#1;" + hidden, REMOVE)
    assert found == hidden + hidden
    assert repairs.total() == 1


def test_bytes_of_another_charset_are_characters() -> None:
    """What is U+FFFE in UTF-8 are three letters in ISO-8859-1."""
    content = b"<A>\xef\xbf\xbe</A>"
    assert mend(content, REMOVE, utf8=False)[0] == content


def test_wide_characters_are_left_alone() -> None:
    """UTF-16 is full of zeros: taking them out would make another text of it."""
    content = "<A>\u0100</A>".encode("utf-16-le")
    assert mend('<?xml version="1.0"?>'.encode("utf-16-le") + content, REMOVE)[1] == Counter()


@pytest.mark.parametrize("size", [1, 7, 65_536])
def test_the_first_place_is_told(size: int) -> None:
    """What was mended is told with its count and the line of the first, also behind other repairs."""
    content = b"<A>\n<B>&#2;</B>\n<B>\x01</B>\n<B>a & b</B>\n<B>&</B></A>"
    _, repairs, notes = mend(content, BOTH, size)
    assert repairs == {"illegal characters": 2, "bare ampersands": 2}
    assert sorted(notes) == [
        "2 bare ampersands written as &amp;, the first in line 4: &",
        "2 illegal characters taken out, the first in line 2: &#2;",
    ]


PIECES = st.lists(
    st.sampled_from(
        [b"a", b"\n", b"&", b"&amp;", b"&#1;", b"&#65;", b"\x02", b"<B>", b"</B>", b"<![CDATA[", b"]]>", b"]",
         b"-", b"<!--", b"-->", b"?>", b"<?p ", b"&#", b";", b"\xef", b"\xbf", b"\xbe",
         b"&#x0000000000000001;"]
    ),
    max_size=40,
).map(b"".join)  # fmt: skip


@example(content=b"<![CDATA[]]>&#1;", size=4, mending=REMOVE)
@example(content=b"<!--abc-->&#1;", size=10, mending=REMOVE)
@example(content=b"<?p abcd?>&#1;", size=10, mending=REMOVE)
@example(content=b"<![CDATA[ab]]]]>&#1;", size=14, mending=REMOVE)
@example(content=b"<![CDATA[]\xef\xbf\xbe]>&#1;", size=5, mending=REMOVE)
@example(content=b"\xef\xef\xbf\xbe\xbf\xbe", size=3, mending=REMOVE)
@given(content=PIECES, size=st.integers(1, 20), mending=st.sampled_from([REMOVE, BLANK, ESCAPE, BOTH]))
def test_where_the_stream_is_cut_changes_nothing(content: bytes, size: int, mending: Mending) -> None:
    """Any pieces give the same bytes and counts as the whole, and no line moves.

    Also where a piece ends with the end of a section, or with half of one.
    """
    whole, repairs, _ = mend(content, mending)
    found, counts, _ = mend(content, mending, size)
    assert (found, counts) == (whole, repairs)
    assert whole.count(b"\n") == content.count(b"\n")


@given(
    texts=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="<>&", exclude_categories=["Cs"])), max_size=5
    )
)
def test_what_is_mended_is_xml(texts: list[str]) -> None:
    """Any text at all between tags can be parsed when it was mended; legal texts are as they were."""
    content = "".join(f"<B>{text} & &#1;</B>" for text in texts)
    found, _, _ = mend(f"<A>{content}</A>".encode(), BOTH)
    legal = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    expected = [legal.sub("", text).replace("\r\n", "\n").replace("\r", "\n") + " & " for text in texts]
    assert [element.text for element in etree.fromstring(found)] == expected
