"""Formats in YAML: exactly one a feed, every flaw at its place, and a feed of each that loads and reads."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from passerelle.formats import Row
from passerelle.mapping import Flaw, load_incoming

Flaws = Callable[..., list[Flaw]]

FEED = """\
feed: test
entity: stock
files: {{folder: out, pattern: "T_{{sequence:5}}.txt", ready: {{marker: .ok}}}}
format: {format}
key: SKU
fields:
  - {{to: sku, from: SKU, via: trim}}
  - {{to: quantity, from: QTE, via: {{decimal: "1 234,5"}}, as: integer}}
"""


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("{}", "exactly one format"),
        ("{xml: {charset: UTF-8, record: /A/B}, ndjson: {}}", "exactly one format"),
        ("{csvs: {}}", "did you mean 'csv'?"),
        ("{csv: {charset: UTF-8}}", "delimiter is missing"),
        ("{csv: {charset: KLINGON, delimiter: ;}}", "charset 'KLINGON' is not known"),
        ("{json: {charset: KLINGON}}", "charset 'KLINGON' is not known"),
        ("{csv: {charset: UTF-8, delimiter: ;;}}", "write one character, tab or none"),
        ("{csv: {charset: UTF-8, delimiter: none}}", "a delimiter is one character"),
        ("{csv: {charset: UTF-8, delimiter: ;, quote: ;}}", "must differ"),
        ("{csv: {charset: UTF-8, delimiter: ;, doubled: false}}", "say the escape character"),
        ("{csv: {charset: UTF-8, delimiter: ;, header: none}}", "say columns"),
        ("{csv: {charset: UTF-8, delimiter: ;, columns: [A, _, A]}}", "column A stands twice"),
        (
            "{csv: {charset: UTF-8, delimiter: ;, trailer: {starts: T, columns: {N: {at: 1, width: 2}}}}}",
            "numbers or stand in a list",
        ),
        ("{fixed: {charset: UTF-8, columns: {A: 1}}}", "every column needs at and width"),
        ("{fixed: {charset: UTF-8, columns: {A: {at: 1}}}}", "at and width go together"),
        ("{fixed: {charset: UTF-8, columns: {A: {at: 1, width: 2, type: packed}}}}", "need a record length"),
        ("{fixed: {charset: UTF-8, length: 5, columns: {A: {at: 4, width: 3}}}}", "behind the record length"),
        ("{fixed: {charset: UTF-8, columns: {A: {at: 1, width: 2, decimals: 2}}}}", "decimals are for"),
        ("{lines: {charset: UTF-8, type: {}, records: {A: {}}, record: A}}", "say either field: 1 or at"),
        ("{lines: {charset: UTF-8, type: {at: 1, width: 1}, records: {A: {}}, record: B}}", "record names B"),
        (
            "{lines: {charset: UTF-8, type: {field: 1}, records: {A: {below: B}, B: {below: A}}, record: A}}",
            "A is below itself",
        ),
        (
            "{lines: {charset: UTF-8, type: {at: 1, width: 1}, records: {A: {columns: [X]}}, record: A}}",
            "need a delimiter",
        ),
        (
            "{lines: {charset: UTF-8, type: {at: 1, width: 1}, records: {A: {}}, record: A, counted: all}}",
            "counted names all",
        ),
    ],
)
def test_flaws_of_formats(flaws_of: Flaws, layout: str, message: str) -> None:
    """Each says what is wrong, and stands in the line of the format."""
    (flaw,) = flaws_of(FEED.format(format=layout))
    assert message in flaw.message
    assert flaw.place.line == 4


@pytest.mark.parametrize(
    ("layout", "content"),
    [
        ('{csv: {charset: cp1252, delimiter: ";"}}', b"SKU;QTE\r\n A1 ;1 234\r\n"),
        ("{csv: {charset: UTF-8, delimiter: tab, header: none, columns: [QTE, _, SKU]}}", b"1234\tx\tA1\n"),
        (
            "{fixed: {charset: cp1147, columns: {SKU: {at: 1, width: 3}, QTE: {at: 4, width: 5}}}}",
            "A1  1234\n".encode("cp1147"),
        ),
        (
            "{fixed: {charset: cp297, length: 8, columns: {SKU: {at: 1, width: 3}, QTE: {at: 4, width: 5}}}}",
            "A1  1234".encode("cp297"),
        ),
        (
            "{lines: {charset: UTF-8, delimiter: ;, type: {field: 1}, record: L, records: {L: LAYOUT}}}",
            b"L;A1;;1234;\n",
        ),
        ("{json: {record: /items}}", b'{"items": [{"SKU": "A1", "QTE": 1234}]}'),
        ("{ndjson: {}}", b'{"SKU": "A1", "QTE": 1234}\n'),
    ],
)
def test_a_feed_of_each_format(tmp_path: Path, layout: str, content: bytes) -> None:
    """The fields do not know which format the row came from."""
    path = tmp_path / "test.yaml"
    path.write_text(
        FEED.format(format=layout.replace("LAYOUT", "{columns: {SKU: 2, QTE: 4}}")), encoding="utf-8"
    )
    mapping = load_incoming(path)
    (row,) = mapping.reader(BytesIO(content), file="T_00001.txt").rows()
    assert isinstance(row, Row)
    record = mapping.record(row)
    assert (record.sku, record.quantity) == ("A1", 1234)


NESTED = """\
feed: test
entity: category
files: {folder: o, pattern: "T.xml", ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: RECORD}}
key: "@id"
fields:
  - {to: key, from: "@id"}
  - {to: parent, from: "#parent/@id", absent: none}
"""


def test_records_inside_records_know_their_parents(tmp_path: Path) -> None:
    """A category names the one around it; only what fields ask of it is carried, the top has none."""
    path = tmp_path / "test.yaml"
    path.write_text(NESTED.replace("RECORD", "/S//C"), encoding="utf-8")
    mapping = load_incoming(path)
    content = b'<S><C id="aa" x="1"><C id="bb"/><Name>late, and nobody asks</Name></C></S>'
    rows = [row for row in mapping.reader(BytesIO(content), file="T.xml").rows() if isinstance(row, Row)]
    records = [mapping.record(row) for row in rows]
    assert [(record.key, record.parent) for record in records] == [("bb", "aa"), ("aa", None)]
    assert [row.values.get("#parent") for row in rows] == [{"@id": "aa"}, None]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("/S/C", "'#parent/@id' is for records inside each other"),
        ("//C", "'//C' is no path from the root"),
        ("/S//C/D", "'/S//C/D' is no path from the root"),
        ("/S//C//D", "'/S//C//D' is no path from the root"),
    ],
)
def test_flaws_of_records_inside_records(flaws_of: Flaws, record: str, message: str) -> None:
    """The parent is for nested records; the path says the root and one name at any depth."""
    assert message in str(flaws_of(NESTED.replace("RECORD", record)))


def test_nothing_is_written_at_any_depth(flaws_of: Flaws) -> None:
    """A file that goes out needs one place for its records."""
    out = """\
    feed: test
    entity: order
    files: {folder: o, pattern: "T_{sequence:5}.xml", ready: {marker: .ok}}
    format: {xml: {charset: UTF-8, record: /S//C}}
    fields: [{to: N, from: order_number}]
    """
    assert "'/S//C' says no single place" in str(flaws_of(out))
