"""Prefixes of the mapping are its own: the file may use others, or none."""

from __future__ import annotations

from io import BytesIO

import pytest

from passerelle.formats import Group, Row, XmlReader, text_of

NAMESPACES = {"": "urn:example:catalogue", "b": "urn:example:basic"}
FILES = {
    "the same prefixes": b"""<C xmlns="urn:example:catalogue" xmlns:b="urn:example:basic">
<H><b:Date>2026-11-01</b:Date></H>
<Line><b:ID scheme="own">7</b:ID><Price><b:Amount b:unit="EUR">1</b:Amount></Price></Line>
<Line><b:ID>8</b:ID></Line>
<End><b:Count>2</b:Count></End></C>""",
    "other prefixes": b"""<x:C xmlns:x="urn:example:catalogue" xmlns:y="urn:example:basic">
<x:H><y:Date>2026-11-01</y:Date></x:H>
<x:Line><y:ID scheme="own">7</y:ID><x:Price><y:Amount y:unit="EUR">1</y:Amount></x:Price></x:Line>
<x:Line><y:ID>8</y:ID></x:Line>
<x:End><y:Count>2</y:Count></x:End></x:C>""",
    "prefixes of each element": b"""<C xmlns="urn:example:catalogue">
<H><Date xmlns="urn:example:basic">2026-11-01</Date></H>
<Line><ID scheme="own" xmlns="urn:example:basic">7</ID><Price><q:Amount
 xmlns:q="urn:example:basic" q:unit="EUR">1</q:Amount></Price></Line>
<Line><ID xmlns="urn:example:basic">8</ID></Line>
<End><z:Count xmlns:z="urn:example:basic">2</z:Count></End></C>""",
}
RECORDS: list[Group] = [
    {"b:ID": {"@scheme": "own", "#text": "7"}, "Price": {"b:Amount": {"@b:unit": "EUR", "#text": "1"}}},
    {"b:ID": "8"},
]


def reader(content: bytes, paths: list[str] | None = None) -> XmlReader:
    """Open a reader with the mapping's own prefixes."""
    return XmlReader(
        BytesIO(content), file="c.xml", record="/C/Line", header="/C/H", trailer="/C/End",
        namespaces=NAMESPACES, paths=paths,
    )  # fmt: skip


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_names_carry_the_prefixes_of_the_mapping(content: bytes) -> None:
    """What counts is the address behind a prefix, never the prefix that the sender chose."""
    xml = reader(content)
    assert xml.read_header() == {"b:Date": "2026-11-01"}
    second = content[: content.rindex(b"Line><")].count(b"\n") + 1
    assert list(xml.rows()) == [Row(RECORDS[0], 1, 3), Row(RECORDS[1], 2, second)]
    assert text_of(xml.trailer, "End/b:Count") == "2"


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_flat_records_and_sealed_ones_have_the_same_names(content: bytes) -> None:
    """The quicker readings translate names as the careful one does."""
    (first, second) = reader(content, ["b:ID"]).rows()
    assert (first.values["b:ID"], second.values["b:ID"]) == ("7", "8")
    (batch,) = reader(content, ["b:ID", "Price/b:Amount"]).batches(10, ["b:ID"])
    assert batch.texts("b:ID") == ["7", "8"]
    assert [row.values["b:ID"] for row in batch.rows()] == ["7", "8"]


def test_a_name_of_an_address_that_the_mapping_does_not_know_keeps_it() -> None:
    """Two names of different addresses are never taken for one."""
    content = (
        b'<C xmlns="urn:example:catalogue"><H/><Line><ID>1</ID><ID xmlns="urn:other">2</ID></Line><End/></C>'
    )
    (row,) = reader(content).rows()
    assert isinstance(row, Row)
    assert row.values == {"ID": "1", "{urn:other}ID": "2"}
