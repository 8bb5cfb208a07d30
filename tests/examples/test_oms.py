"""The example of an order management system: one order a request, as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO

import msgspec

from passerelle.feeds.orders.out_settings import OrderOutSettings
from passerelle.records import Money, OrderDiscount, OrderLine, Payment
from tests.examples.order_shelf import ORDER, mapping_of


def test_an_order_is_one_json_object_with_amounts_in_cents() -> None:
    """Lines say what they are, freight among them; what has no value is left out."""
    freight = OrderLine(
        id="shipping",
        sku="FREIGHT",
        name="Domicile",
        quantity=1,
        unit_price=Money(490, "EUR"),
        total=Money(190, "EUR"),
        kind="shipping",
        discounts=(OrderDiscount(amount=Money(300, "EUR"), code="PORT"),),
    )
    order = msgspec.structs.replace(
        ORDER,
        lines=(ORDER.lines[0], freight),
        payments=(Payment(ref="PSP-7", method="card", charged=Money(12170, "EUR")),),
    )
    stream = BytesIO()
    mapping_of("oms").write([order], stream, sequence=1, written_at=datetime(2026, 11, 2, tzinfo=UTC))
    said = json.loads(stream.getvalue())
    assert (said["number"], said["revision"], said["fulfilment"]) == ("1000042", "1", "HOME")
    assert said["placedAt"] == "2026-11-01 23:30:00"
    assert "store" not in said
    assert said["payments"] == [{"ref": "PSP-7", "method": "card", "charged": "12170"}]
    assert [(line["type"], line["sku"], line["total"]) for line in said["lines"]] == [
        ("ITEM", "000123-012-38", "11980"),
        ("FREIGHT", "FREIGHT", "190"),
    ]
    assert said["lines"][1]["discounts"] == [{"code": "PORT", "amount": "300"}]


def test_its_target_is_one_that_the_feed_knows() -> None:
    """Freight as a line, a quarter of an hour for the customer to cancel."""
    settings = OrderOutSettings.of(mapping_of("oms").spec.target["commercetools"])
    assert (settings.reading.freight, settings.gates.quiet.total_seconds()) == ("line", 900)
