"""Sales in EBCDIC by YAML alone: the copybook gives the places, packed decimals their sign and decimals."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from passerelle.errors import FileRefused
from passerelle.formats import BadRow
from passerelle.mapping import load_incoming
from passerelle.records import Money, Sale
from tests.examples.conftest import EXAMPLES, Carry


def packed(digits: str, sign: str = "c") -> bytes:
    """Pack digits as COBOL does: two a byte, the sign in the last half."""
    return bytes.fromhex(digits + sign)


def record(article: str, store: str, day: str, quantity: str, amount: str, sign: str = "c") -> bytes:
    """One record of 27 bytes."""
    return (
        article.ljust(8).encode("cp037")
        + packed(store.zfill(3))
        + packed(day.zfill(7))
        + packed("280")
        + packed(quantity.zfill(9), sign)
        + packed(amount.zfill(11), sign)
    )


SMALL = (
    record("A1", "20", "40118", "2", "1998"),
    record("A1", "20", "40118", "1", "1998", "d"),
    record("B\N{LATIN SMALL LETTER E WITH ACUTE}", "170", "261101", "0", "0"),
)


def test_a_small_file(carry: Carry, tmp_path: Path) -> None:
    """What was brought back is negative, nothing is nothing, letters are those of the code page."""
    (tmp_path / "DAY.bin").write_bytes(b"".join(SMALL))
    carried = carry("ebcdic/sales.yaml", tmp_path)
    assert carried.faults == []
    assert len(set(carried.keys)) == 3
    assert carried.records == [
        Sale(
            sku="A1",
            store="20",
            sold_on="2004-01-18",
            quantity=Decimal(2),
            amount=Money(1998, "EUR"),
            department="280",
        ),
        Sale(
            sku="A1",
            store="20",
            sold_on="2004-01-18",
            quantity=Decimal(-1),
            amount=Money(-1998, "EUR"),
            department="280",
        ),
        Sale(
            sku="Bé",
            store="170",
            sold_on="2026-11-01",
            quantity=Decimal(0),
            amount=Money(0, "EUR"),
            department="280",
        ),
    ]


def test_a_number_that_is_none_rejects_its_record_and_no_other(carry: Carry, tmp_path: Path) -> None:
    """Blanks where packed digits should be: the neighbours are taken."""
    spoilt = SMALL[1][:16] + "     ".encode("cp037") + SMALL[1][21:]
    (tmp_path / "DAY.bin").write_bytes(SMALL[0] + spoilt + SMALL[2])
    carried = carry("ebcdic/sales.yaml", tmp_path)
    assert [sale.sku for sale in carried.records] == ["A1", "Bé"]
    assert len(carried.faults) == 1


def test_a_file_that_is_cut_is_refused(carry: Carry, tmp_path: Path) -> None:
    """Its last record lacks bytes."""
    (tmp_path / "DAY.bin").write_bytes(b"".join(SMALL)[:-1])
    with pytest.raises(FileRefused):
        carry("ebcdic/sales.yaml", tmp_path)


def read(path: Path, file: Path) -> Iterator[Sale]:
    """Read a file with a mapping of any place."""
    mapping = load_incoming(path)
    with file.open("rb") as stream:
        for row in mapping.reader(stream, file=file.name).rows():
            assert not isinstance(row, BadRow)
            yield mapping.record(row, file=file.name)


def test_the_sample_with_its_own_copybook(samples: Path, expected: dict[str, Any], tmp_path: Path) -> None:
    """379 records to the last cent: an overlay names the sample's copybook and its fields."""
    wanted = expected["x2-ebcdic-comp3"]
    file, copybook = (samples / name for name in wanted["files"])
    shutil.copy(copybook, tmp_path)
    for name in ("sales.yaml", "SALES.cbl"):
        shutil.copy(EXAMPLES / "ebcdic" / name, tmp_path)
    overlay = tmp_path / "theirs.yaml"
    overlay.write_text(
        f"""\
extends: sales.yaml
feed: theirs
format: {{fixed: {{copybook: {copybook.name}}}}}
key: [DTAR020-KEYCODE-NO, DTAR020-STORE-NO, DTAR020-DATE, "#ordinal"]
fields:
  - {{to: sku, from: DTAR020-KEYCODE-NO}}
  - {{to: store, from: DTAR020-STORE-NO}}
  - {{to: sold_on, from: DTAR020-DATE}}
  - {{to: department, from: DTAR020-DEPT-NO}}
  - {{to: quantity, from: DTAR020-QTY-SOLD}}
  - {{to: amount, money: {{amount: DTAR020-SALE-PRICE}}}}
""",
        "utf-8",
    )
    sales = list(read(overlay, file))
    assert len(sales) == wanted["records"]
    assert len({sale.sku for sale in sales}) == wanted["articles"]
    assert len({sale.store for sale in sales}) == wanted["stores"]
    assert sum(sale.quantity < 0 for sale in sales) == wanted["negative"]
    assert sum(sale.quantity for sale in sales) == wanted["net_qty"]
    assert sum(sale.amount.cent_amount for sale in sales) == wanted["net_cents"]
    assert {sale.sold_on for sale in sales} == {"2004-01-18"}
    # Our own copybook describes the same record.
    assert list(read(EXAMPLES / "ebcdic" / "sales.yaml", file)) == sales
