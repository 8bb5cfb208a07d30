"""Messages about orders by mapping: kinds by a code table, and no word that nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from passerelle.errors import DataError
from passerelle.formats import Row
from passerelle.mapping import Mapping, load_incoming
from passerelle.records import MessageLine, Money, OrderMessage

from .conftest import Flaws

HEAD = """\
feed: test
entity: order_message
files: {folder: out, pattern: "T_{sequence:5}.csv", ready: {marker: .ok}}
format: {csv: {charset: UTF-8, delimiter: ";"}}
key: [NUMERO, REF]
codes: {kinds: {values: {EXP: shipped, PRE: preparing, OUPS: shiped}}}
fields:
  - {to: order_number, from: NUMERO}
"""


def mapping_of(folder: Path, fields: str) -> Mapping:
    """A mapping of messages."""
    path = folder / "test.yaml"
    path.write_text(HEAD + fields, encoding="utf-8")
    return load_incoming(path)


def read(mapping: Mapping, line: str) -> OrderMessage:
    """The message of one line."""
    data = f"NUMERO;QUOI;REF;GRADE;QTE;SKU\n{line}\n".encode()
    (row,) = mapping.reader(BytesIO(data), file="T_00001.csv").rows()
    assert isinstance(row, Row)
    found = mapping.record(row, file="T_00001.csv")
    assert isinstance(found, OrderMessage)
    return found


KIND = "  - {to: kind, from: QUOI, via: {code: kinds}}\n  - {to: ref, from: REF}\n"


def test_a_kind_is_translated_by_a_code_table(tmp_path: Path) -> None:
    """The partner's word for what happened becomes ours."""
    assert read(mapping_of(tmp_path, KIND), "W-1;EXP;BL-1;;;").kind == "shipped"


def test_a_word_that_nobody_knows_is_a_fault(tmp_path: Path) -> None:
    """A code table that means a kind which there is not: the record is refused, and the words are named."""
    with pytest.raises(DataError) as caught:
        read(mapping_of(tmp_path, KIND), "W-1;OUPS;BL-1;;;")
    (fault,) = caught.value.faults
    assert (fault.code, fault.received) == ("unknown_word", "OUPS")
    assert "shipped, tracked" in fault.expected


def test_an_optional_word_may_be_left_out(tmp_path: Path) -> None:
    """No grade is no grade; another word than the two is a fault."""
    mapping = mapping_of(tmp_path, KIND + "  - {to: grade, from: GRADE, via: trim}\n")
    assert read(mapping, "W-1;EXP;BL-1;;;").grade is None
    assert read(mapping, "W-1;EXP;BL-1; sellable ;;").grade == "sellable"
    with pytest.raises(DataError, match="one of sellable, unusable"):
        read(mapping, "W-1;EXP;BL-1;perfect;;")


def test_a_wrong_word_in_the_mapping_is_a_flaw(flaws_of: Flaws) -> None:
    """As a value or as a default."""
    flaws = flaws_of(
        HEAD
        + "  - {to: kind, value: shiped}\n  - {to: ref, from: REF}\n"
        + "  - {to: document, from: DOC, default: bill}\n"
    )
    texts = [flaw.message for flaw in flaws]
    assert any("kind is one of taken, accepted" in text and "'shiped'" in text for text in texts)
    assert any("'bill' is not one of invoice, credit_note" in text for text in texts)


def test_a_message_is_read_whole(tmp_path: Path) -> None:
    """Lines by `each`, a time in UTC, an amount in minor units."""
    path = tmp_path / "test.yaml"
    path.write_text(
        """\
feed: test
entity: order_message
files: {folder: out, pattern: "T_{sequence:5}.json", ready: {marker: .ok}}
format: {json: {record: /messages}}
key: [order, id]
fields:
  - {to: order_number, from: order}
  - {to: kind, value: returned}
  - {to: ref, from: id}
  - {to: at, from: at, via: {date: iso, zone: UTC}}
  - {to: place, from: store}
  - {to: grade, from: grade}
  - {to: amount, money: {amount: cents, currency: {value: EUR}, minor_units: true}}
  - to: lines
    each: pieces
    fields:
      - {to: sku, from: sku}
      - {to: quantity, from: quantity, as: integer}
""",
        encoding="utf-8",
    )
    mapping = load_incoming(path)
    content = (
        b'{"messages": [{"order": "W-1", "id": "R-9", "at": "2026-11-02T10:00:00+01:00", "store": "FR012",'
        b' "grade": "sellable", "cents": 1990, "pieces": [{"sku": "S-1", "quantity": 2}]}]}'
    )
    (row,) = mapping.reader(BytesIO(content), file="T_00001.json").rows()
    assert isinstance(row, Row)
    assert mapping.record(row) == OrderMessage(
        order_number="W-1",
        kind="returned",
        ref="R-9",
        at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
        place="FR012",
        grade="sellable",
        amount=Money(1990, "EUR"),
        lines=(MessageLine(sku="S-1", quantity=2),),
    )
