"""Copybooks in YAML: the file of the host in place of columns, down to the last cent of a real file."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest

from passerelle.errors import ConfigError
from passerelle.formats import BadRow, Group, Row, Value
from passerelle.mapping import Mapping, load_incoming
from passerelle.mapping.opening import open_reader, open_writer

FEED = """\
feed: test
entity: stock
files: {{folder: out, pattern: "T_{{sequence:5}}.txt", ready: {{marker: .ok}}}}
format: {format}
key: SKU
fields:
  - {{to: sku, from: {sku}, via: trim}}
  - {{to: quantity, from: {quantity}, via: {{decimal: "1234.5"}}, as: integer}}
"""
COPYBOOK = """\
      * ARTICLE
       01 ENTETE.
          05 MARQUE PIC X(5).
       01 STOCK.
          05 SKU  PIC X(4).
          05 QTE  PIC S9(5)V99 COMP-3.
          05 SITES OCCURS 2.
             10 SITE PIC X(2).
             10 RESTE PIC S9(3) SIGN TRAILING SEPARATE.
"""


def written(folder: Path, layout: str, sku: str = "SKU", quantity: str = "QTE") -> Path:
    """Write a mapping, and the copybook beside it."""
    (folder / "STOCK.cbl").write_text(COPYBOOK, "utf-8")
    path = folder / "test.yaml"
    path.write_text(FEED.format(format=layout, sku=sku, quantity=quantity), encoding="utf-8")
    return path


RECORD = (
    "A1  ".encode("cp1147")
    + bytes.fromhex("0001200d")
    + "01012+".encode("cp1147")
    + "02034-".encode("cp1147")
)


def test_a_copybook_gives_columns_and_length(tmp_path: Path) -> None:
    """What the copybook describes is read by its own names, and what is written is what was read."""
    layout = "{fixed: {charset: cp1147, copybook: {file: STOCK.cbl, record: STOCK}}}"
    spec = load_incoming(written(tmp_path, layout)).spec.format
    rows = list(open_reader(spec, BytesIO(RECORD * 2), file="T_00001.txt").rows())
    sites: list[Value] = [{"SITE": "01", "RESTE": "12"}, {"SITE": "02", "RESTE": "-34"}]
    values: Group = {"SKU": "A1", "QTE": "-12.00", "SITES": sites}
    assert rows == [Row(values, 1, None), Row(values, 2, None)]
    out = BytesIO()
    with open_writer(spec, out, file="T_00001.txt") as writer:
        writer.write(values)
    assert out.getvalue() == RECORD


def test_columns_beside_a_copybook_say_what_is_otherwise(tmp_path: Path) -> None:
    """A column that is written in the mapping goes before the copybook's own."""
    layout = (
        "{fixed: {charset: cp1147, copybook: {file: STOCK.cbl, record: STOCK},"
        " columns: {SKU: {at: 1, width: 4, trim: none}}}}"
    )
    spec = load_incoming(written(tmp_path, layout)).spec.format
    (row,) = open_reader(spec, BytesIO(RECORD), file="T_00001.txt").rows()
    assert isinstance(row, Row)
    assert row.values["SKU"] == "A1  "
    assert row.values["QTE"] == "-12.00"


def test_a_number_that_is_none_rejects_its_record_alone(tmp_path: Path) -> None:
    """The fault names record, column, offset and bytes; the next record is read."""
    layout = "{fixed: {charset: cp1147, copybook: {file: STOCK.cbl, record: STOCK}}}"
    spec = load_incoming(written(tmp_path, layout)).spec.format
    ill = RECORD[:4] + bytes.fromhex("40404040") + RECORD[8:]
    bad, good = open_reader(spec, BytesIO(ill + RECORD), file="T_00001.txt").rows()
    assert isinstance(bad, BadRow)
    (fault,) = bad.faults
    assert (fault.code, fault.position.record, fault.position.path) == ("unreadable_number", 1, "QTE")
    assert fault.received == "40 40 40 40"
    assert "byte 5" in fault.expected
    assert bad.raw == ill.hex()
    assert isinstance(good, Row)
    assert good.ordinal == 2


def test_a_copybook_of_lines(tmp_path: Path) -> None:
    """Record types may each come from a record of the copybook."""
    (tmp_path / "LIGNES.cbl").write_text(
        "       01 H.\n          05 T PIC X.\n          05 MARQUE PIC X(5).\n"
        "       01 L.\n          05 T PIC X.\n          05 SKU PIC X(4).\n          05 QTE PIC 9(3)V9.\n"
    )
    layout = (
        "{lines: {charset: ascii, type: {at: 1, width: 1}, record: L, header: H, records: {"
        "H: {copybook: {file: LIGNES.cbl, record: H}}, L: {copybook: {file: LIGNES.cbl, record: L}}}}}"
    )
    reader = open_reader(
        load_incoming(written(tmp_path, layout)).spec.format, BytesIO(b"HMAREE\nLA1  0125\n"), file="T"
    )
    assert reader.read_header()["MARQUE"] == "MAREE"
    (row,) = reader.rows()
    assert isinstance(row, Row)
    assert (row.values["SKU"], row.values["QTE"]) == ("A1", "12.5")


@pytest.mark.parametrize(
    ("copybook", "message"),
    [
        ("ABSENT.cbl", "ABSENT.cbl: No such file"),
        ("{file: STOCK.cbl}", "STOCK.cbl:4: 2 records: ENTETE, STOCK"),
        ("{file: STOCK.cbl, record: PIED}", "no record PIED"),
        ("{file: STOCK.cbl, record: STOCK, redefines: X}", "X redefines nothing here"),
        ("{records: STOCK}", "unknown key 'records'"),
    ],
)
def test_flaws_of_copybooks_stand_in_the_mapping(tmp_path: Path, copybook: str, message: str) -> None:
    """A copybook that cannot be read is told with the others, at its place."""
    path = written(tmp_path, f"{{fixed: {{charset: cp037, copybook: {copybook}}}}}")
    with pytest.raises(ConfigError, match=message) as caught:
        load_incoming(path)
    assert f"{path}:4:" in str(caught.value)


SALES = "{fixed: {charset: cp037, copybook: DTAR020.cbl}}"


def sales(tmp_path: Path, samples: Path) -> Mapping:
    """Load a mapping of the sample's copybook."""
    shutil.copy(samples / "fixedwidth-cobol/DTAR020.cbl", tmp_path)
    return load_incoming(written(tmp_path, SALES, "DTAR020-KEYCODE-NO", "DTAR020-QTY-SOLD"))


def test_the_sales_of_the_sample_add_up(tmp_path: Path, samples: Path) -> None:
    """Every figure that is known of the file, from its bytes and the copybook alone."""
    expected = json.loads((samples / "expected.json").read_text("utf-8"))["x2-ebcdic-comp3"]
    mapping = sales(tmp_path, samples)
    with (samples / "fixedwidth-cobol/DTAR020.bin").open("rb") as stream:
        rows = [row for row in mapping.reader(stream, file="DTAR020.bin").rows() if isinstance(row, Row)]
    quantities = [Decimal(str(row.values["DTAR020-QTY-SOLD"])) for row in rows]
    prices = [Decimal(str(row.values["DTAR020-SALE-PRICE"])) for row in rows]
    assert len(rows) == expected["records"]
    assert len({row.values["DTAR020-KEYCODE-NO"] for row in rows}) == expected["articles"]
    assert len({row.values["DTAR020-STORE-NO"] for row in rows}) == expected["stores"]
    assert sum(quantity < 0 for quantity in quantities) == expected["negative"]
    assert sum(quantities) == expected["net_qty"]
    assert sum(prices) * 100 == expected["net_cents"]
    assert {row.values["DTAR020-DATE"] for row in rows} == {"40118"}


def test_every_value_of_the_sample_is_what_its_owner_lists(tmp_path: Path, samples: Path) -> None:
    """The file's own listing as text, value by value."""
    mapping = sales(tmp_path, samples)
    lines = (samples / "fixedwidth-cobol/DTAR020_expected.csv").read_text("utf-8").splitlines()[1:]
    with (samples / "fixedwidth-cobol/DTAR020.bin").open("rb") as stream:
        rows = [
            list(row.values.values())
            for row in mapping.reader(stream, file="x").rows()
            if isinstance(row, Row)
        ]
    assert rows == [line.split("\t") for line in lines]


def test_the_damaged_sample_is_told_by_record(tmp_path: Path, samples: Path) -> None:
    """Blanks and zeros where packed numbers should be: those records are rejected, the others read."""
    mapping = sales(tmp_path, samples)
    with (samples / "fixedwidth-cobol/DTAR020_small_error.bin").open("rb") as stream:
        rows = list(mapping.reader(stream, file="DTAR020_small_error.bin").rows())
    bad = [row for row in rows if isinstance(row, BadRow)]
    assert len(rows) == 20
    assert [(row.ordinal, [fault.position.path for fault in row.faults]) for row in bad] == [
        # Where its bytes differ from those of DTAR020_small.bin.
        (6, ["DTAR020-DEPT-NO", "DTAR020-SALE-PRICE"]),
        (8, ["DTAR020-QTY-SOLD", "DTAR020-SALE-PRICE"]),
        (10, ["DTAR020-QTY-SOLD", "DTAR020-SALE-PRICE"]),
    ]
