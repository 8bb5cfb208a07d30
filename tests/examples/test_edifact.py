"""EDIFACT ORDERS by YAML alone: qualifiers, groups below their trigger, texts over two components, counts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from passerelle.errors import FileRefused
from passerelle.records import Address, PurchaseOrder, PurchaseOrderLine
from tests.examples.conftest import Carry

MAPPING = "edifact/orders.yaml"


def test_a_small_order(carry: Carry, fixtures: Path) -> None:
    """Parties by role, dates by qualifier and format code, released characters, decimals, UTF-8 in UNOC."""
    carried = carry(MAPPING, fixtures / "edifact")
    assert carried.faults == []
    assert carried.keys == ["A-4711"]
    assert carried.records == [
        PurchaseOrder(
            number="A-4711",
            ordered_at=datetime(2026, 10, 31, 23, tzinfo=UTC),
            requested_at=datetime(2026, 11, 2, 23, tzinfo=UTC),
            buyer="4012345000009",
            buyer_name="Café + Cie",
            supplier="4098765000003",
            ship_to="4012345000016",
            shipping_address=Address(
                company="Lager Nord", street="Am Deich 3", city="Husum", postal_code="25813", country="DE"
            ),
            lines=(
                PurchaseOrderLine(
                    number="1",
                    sku="1001",
                    buyer_sku="K-1",
                    name="Teller weiß: 24 cm",
                    quantity=Decimal(12),
                    unit="PCE",
                ),
                PurchaseOrderLine(number="2", sku="1002", quantity=Decimal("0.5"), unit="KGM"),
            ),
        )
    ]


@pytest.mark.parametrize(("right", "wrong"), [("CNT+2:2'", "CNT+2:3'"), ("UNT+17+1'", "UNT+16+1'")])
def test_a_count_that_is_wrong_takes_no_order(
    carry: Carry, fixtures: Path, tmp_path: Path, right: str, wrong: str
) -> None:
    """A message that lost a line is not an order with a line less."""
    text = (fixtures / "edifact" / "atelier.edi").read_text("utf-8")
    (tmp_path / "a.edi").write_text(text.replace(right, wrong), "utf-8")
    try:
        carried = carry(MAPPING, tmp_path)
    except FileRefused:
        return
    assert carried.records == []
    assert carried.faults != []


def test_the_sample(carry: Carry, samples: Path, expected: dict[str, Any]) -> None:
    """146 lines with their quantities, the parties by their GLN, the day asked for."""
    wanted = expected["x1-edifact-orders"]
    (file,) = wanted["files"]
    carried = carry(MAPPING, samples, Path(file).name)
    assert carried.faults == []
    (order,) = carried.records
    assert isinstance(order, PurchaseOrder)
    assert order.number == wanted["orderNumber"]
    assert len(order.lines) == wanted["lines"] == wanted["cnt"]
    # The sum that is expected is that of the private unit GBND; pieces and packs come on top.
    assert sum(line.quantity for line in order.lines if line.unit == "GBND") == wanted["qty_sum"]
    raw = re.findall(rb"QTY\+21:([0-9]+):", (samples / file).read_bytes())
    assert sum(line.quantity for line in order.lines) == sum(map(int, raw))
    assert (order.buyer, order.ship_to) == (wanted["buyer_gln"], wanted["ship_to_gln"])
    # Midnight of that day in Berlin.
    assert order.requested_at == datetime(2018, 12, 5, 23, tzinfo=UTC)
    assert wanted["requested"] == "2018-12-06"
    assert order.buyer_name == "A+A K\ufffdlte GmbH"
