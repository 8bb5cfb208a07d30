"""Nested records in batches: the same rows as one by one, and fingerprints that tell them apart."""

from __future__ import annotations

import weakref
from io import BytesIO
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from passerelle.errors import FileRefused
from passerelle.formats import Kept, Row, XmlReader
from passerelle.formats.xml.sealed_rows import seal, seal_all

VERSION = b"1" * 16
PATHS = ("ID", "@id", "V/SKU", "V/P/@c", "N")


def reader(content: bytes, **options: Any) -> XmlReader:
    """Open a file of products with all that is in them."""
    return XmlReader(BytesIO(content), file="p.xml", record="/C/P", paths=PATHS, **options)


def file(*records: str, opening: str = "<C>") -> bytes:
    """A file around records as they stand."""
    return "\n  ".join([opening, *records, "</C>"]).encode()


def product(number: int, more: str = "") -> str:
    """A product with two variants."""
    variants = "".join(f'<V>\n<SKU>{number}-{n}</SKU><P c="EUR">1</P><P c="CHF">2</P></V>' for n in (1, 2))
    return f'<P id="{number}">\n    <ID>{number}</ID><N>a &amp; b &lt;</N>{more}{variants}\n  </P>'


PIECES = st.sampled_from(
    [
        "",
        "<E/>",
        "<E></E>",
        "<E> </E>",
        "<E>\n</E>",
        "<!-- x -->",
        "<E>a<!-- x -->b</E>",
        "<E><![CDATA[<&>]]></E>",
        "<E>&#13;&#10;é€</E>",
        "text",
        '<E k="&quot;&lt;\t"/>',
        "<?p i?>",
        '<n:E xmlns:n="urn:x">1</n:E>',
        "<E><F><G>1</G></F><F/></E>",
        "<E xml:space='preserve'> </E>",
    ]
)


@pytest.mark.parametrize("local", [False, True])
@given(pieces=st.lists(PIECES, max_size=8), size=st.integers(1, 5))
def test_batches_hold_the_same_rows(local: bool, pieces: list[str], size: int) -> None:  # noqa: FBT001 - a parameter
    """What is sealed and opened again is what would have been read at once, place and line included.

    So is what is kept of a batch until the others were read.
    """
    content = file(*[product(number, piece) for number, piece in enumerate(pieces)])
    rows = list(reader(content, ignore_namespaces=local).rows())
    batches = reader(content, ignore_namespaces=local).batches(size, ["ID"])
    found: list[Row] = []
    kept: list[Kept] = []
    for batch in batches:
        assert 0 < len(batch) <= size
        kept.append(batch.kept(range(len(batch))))
        assert batch.texts("ID") == [row.values["ID"] for row in batch.rows()]
        found += batch.rows()
    assert found == rows
    assert [row for some in kept for row in some()] == rows


@pytest.mark.parametrize("scan", [False, True])
def test_what_is_kept_holds_nothing_of_its_batch(scan: bool) -> None:  # noqa: FBT001 - a parameter
    """A few records of each of a thousand batches do not keep the batches in memory."""
    content = file(*[f"<P><ID>{number}</ID></P>" for number in range(40)])
    batches = XmlReader(BytesIO(content), file="p.xml", record="/C/P", paths=["ID"], scan=scan).batches(20)
    kept, left = [], []
    for batch in batches:
        kept.append(batch.kept([1]))
        left.append(weakref.ref(batch))
        del batch
    assert [row.values for some in kept for row in some()] == [{"ID": "1"}, {"ID": "21"}]
    del batches
    assert [one() for one in left] == [None, None]


@given(first=st.lists(PIECES, max_size=3), second=st.lists(PIECES, max_size=3))
def test_equal_fingerprints_mean_equal_rows(first: list[str], second: list[str]) -> None:
    """Another value is another fingerprint; blanks and comments between elements are none."""
    content = file(product(1, "".join(first)), product(1, "\n  ".join(["<!-- y -->", *second])))
    one, two = (row.values for row in reader(content).rows())
    prints = [one for batch in reader(content).batches() for one in batch.fingerprints(VERSION)]
    if prints[0] == prints[1]:
        assert one == two
    elif "text" not in [*first, *second]:
        assert one != two or first != second


def test_the_version_is_in_the_fingerprint() -> None:
    """What other rules read is read again."""
    (one,) = [batch.fingerprints(VERSION) for batch in reader(file(product(1))).batches()]
    (two,) = [batch.fingerprints(b"2" * 16) for batch in reader(file(product(1))).batches()]
    assert one != two


def test_texts_are_read_where_there_is_one() -> None:
    """A path through groups and to an attribute; none where something repeats, is absent or is a group."""
    content = file('<P id="7"><ID>1</ID><V><SKU>s</SKU><P c="EUR">9</P></V><G><A/></G></P>')
    paths = ["ID", "@id", "V/SKU", "V/P/@c", "V/P", "G", "G/A", "X", "X/Y"]
    (batch,) = reader(content).batches(10, paths)
    assert [batch.texts(path) for path in paths] == [
        ["1"],
        ["7"],
        ["s"],
        ["EUR"],
        ["9"],
        None,
        [""],
        None,
        None,
    ]
    assert batch.texts("N") is None
    content = file("<P><ID>1</ID><ID>2</ID></P>")
    (batch,) = reader(content).batches(10, ["ID"])
    assert batch.texts("ID") is None


def test_records_before_a_fault_come_first() -> None:
    """The batch that was under way is given, then the file is refused."""
    content = file(product(1), product(2)).replace(b"</C>", b"<P><ID>3</P></C>")
    numbers: list[int] = []
    with pytest.raises(FileRefused):
        numbers.extend(row.ordinal for batch in reader(content).batches(10) for row in batch.rows())
    assert numbers == [1, 2]


def test_what_is_opened_anyway_is_read_ahead() -> None:
    """A first load opens every record: after a while their values are read while the elements are there."""
    content = file(*[product(number) for number in range(3000)])
    rows = list(reader(content).rows())
    assert [row for batch in reader(content).batches(100) for row in batch.rows()] == rows


RECORDS = st.sampled_from(
    [
        "<P><ID>1</ID></P>",
        '<P id="&lt;/P&gt;"><ID/>\n</P>',
        "<P/>",
        "<P>only a text</P>",
        "<P><P><ID>2</ID></P></P>",
        "<P><P/><P/></P>",
        "<P><PX>3</PX> &lt;P&gt; </P>",
        "<P>é<E> </E></P>",
        '<P><n:E xmlns:n="urn:x">4</n:E></P>',
        "<PX><P><ID>5</ID></P></PX>",
        "<X/>",
        " text in between ",
        "<P><ID>6</ID></P> and behind it ",
    ]
)


@given(
    content=st.lists(RECORDS, min_size=1, max_size=6),
    parent=st.sampled_from(
        ["<C>", "<C a='&gt;'>", "<C>a text", "<C xmlns='urn:c'>", "<C xmlns:n='urn:x'>", "<P>"]
    ),
    cut=st.integers(0, 2),
)
@example(content=["<P><ID>1</ID></P>"], parent="<C xmlns:n='urn:x'>", cut=0)
@example(content=["<P/>", "<P><P><ID>2</ID></P><PX/></P>"], parent="<C>", cut=0)
@example(content=["<P><ID>1</ID></P>", "<PX><P><ID>5</ID></P></PX>"], parent="<C>", cut=0)
@example(content=["<P><ID>1</ID></P>", "<PX/>", "<P><ID>1</ID></P>"], parent="<C>", cut=0)
@example(content=["<P><ID>1</ID></P>"] * 3, parent="<C>a text", cut=1)
@settings(max_examples=500)
def test_sealed_together_is_sealed_one_by_one(content: list[str], parent: str, cut: int) -> None:
    """Whatever stands around, between and inside of records, each is sealed as it would be by itself."""
    root = etree.fromstring(parent + "".join(content) + f"</{parent[1]}>")
    records = [child for child in root if etree.QName(child).localname == "P"][cut:]
    one_by_one = list(map(seal, records))
    assert not records or seal_all(records) == one_by_one
