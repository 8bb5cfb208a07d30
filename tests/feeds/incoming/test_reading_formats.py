"""Controls of every format: header, name, trailer and records tell the same story, or the file is refused."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from passerelle.errors import FileRefused
from passerelle.feeds.incoming.reading import FeedReader
from passerelle.feeds.wiring import name_pattern
from passerelle.formats import BadRow
from passerelle.mapping import load_incoming

FEED = """\
feed: test
entity: stock
files:
  {{folder: o, pattern: "T_{{mode}}_{{sequence}}.txt", modes: {{C: full, D: delta}}, ready: {{marker: .ok}}}}
format: {layout}
controls: {controls}
key: SKU
fields:
  - {{to: sku, from: SKU}}
  - {{to: quantity, from: QTE, via: {{decimal: "1 234,5"}}, as: integer}}
"""
CSV = """
  csv:
    charset: UTF-8
    delimiter: ";"
    header_record: {starts: ENT, columns: [_, SEQ, MODE]}
    trailer: {starts: FIN, columns: [_, NB]}
"""
FIXED = """
  fixed:
    charset: UTF-8
    columns: {SKU: {at: 1, width: 3}, QTE: {at: 4, width: 3}}
    header: {starts: H, columns: {SEQ: {at: 2, width: 5}, MODE: {at: 7, width: 1}}}
    trailer: {starts: T, columns: {NB: {at: 2, width: 3}}}
"""
LINES = """
  lines:
    charset: UTF-8
    delimiter: ";"
    type: {field: 1}
    records: {HEADER: {columns: [_, SEQ, MODE]}, L: {columns: {SKU: 2, QTE: 3}}, TRAILER: {columns: [_, NB]}}
    record: L
    header: HEADER
    trailer: TRAILER
    counted: lines
    ragged: reject
"""
CONTROLS = "{count: TRAILER/NB, sequence: HEADER/SEQ, mode: HEADER/MODE}"
JSON_CONTROLS = "{count: HEADER/file/count, sequence: HEADER/file/sequence, mode: HEADER/file/mode}"
FILES = {
    "csv": (CSV, CONTROLS, "ENT;{0};{1}\nSKU;QTE\nA;1\nB\nFIN;{2}\n", 2),
    "fixed": (FIXED, CONTROLS, "H{0}{1}\nA    1\nB\nT{2}\n", 2),
    "lines": (LINES, CONTROLS, "HEADER;{0};{1}\nL;A;1\nL;B\nTRAILER;{2}\n", 4),
    "json": (
        "{json: {record: /items}}",
        JSON_CONTROLS,
        '{{"file": {{"sequence": "{0}", "mode": "{1}", "count": {2}}}, "items": [{{"SKU": "A"}}, 5]}}',
        2,
    ),
}


def read(tmp_path: Path, kind: str, sequence: str, mode: str, count: int) -> tuple[int, int]:
    """Read a file of a format: how many good records, how many bad ones."""
    layout, controls, content, _ = FILES[kind]
    path = tmp_path / "test.yaml"
    path.write_text(FEED.format(layout=layout, controls=controls), encoding="utf-8")
    mapping = load_incoming(path)
    name = name_pattern(mapping.spec.files).match("T_D_00042.txt")
    assert name is not None
    stream = BytesIO(content.format(sequence, mode, count).encode())
    rows = list(FeedReader(mapping, stream, name).rows())
    bad = sum(isinstance(row, BadRow) for row in rows)
    return len(rows) - bad, bad


@pytest.mark.parametrize("kind", FILES)
def test_what_agrees_is_read(tmp_path: Path, kind: str) -> None:
    """A record that cannot be read counts: it was sent."""
    assert read(tmp_path, kind, "00042", "D", FILES[kind][3]) == (1, 1)


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    ("sequence", "mode", "off", "code"),
    [
        ("00043", "D", 0, "header_mismatch"),
        ("00042", "C", 0, "header_mismatch"),
        ("00042", "D", 1, "wrong_count"),
    ],
)
def test_what_disagrees_is_refused(
    tmp_path: Path, kind: str, sequence: str, mode: str, off: int, code: str
) -> None:
    """Whatever the format of the file."""
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, kind, sequence, mode, FILES[kind][3] + off)
    assert caught.value.fault.code == code
