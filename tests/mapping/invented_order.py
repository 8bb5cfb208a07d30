"""The order that the tests of outgoing mappings write."""

from __future__ import annotations

from datetime import UTC, datetime

from passerelle.records import Address, Money, Order, OrderLine

AT = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
ORDER = Order(
    id="o-1",
    version=3,
    order_number="1000042",
    created_at=AT,
    state="Open",
    payment_state="Paid",
    total=Money(13980, "EUR"),
    lines=(
        OrderLine(
            id="l-1",
            sku="000123-012-38",
            name="Robe d'été",
            quantity=2,
            unit_price=Money(5990, "EUR"),
            total=Money(11980, "EUR"),
        ),
        OrderLine(
            id="l-2",
            sku="000124-001-T",
            name="Écharpe",
            quantity=1,
            unit_price=Money(2000, "EUR"),
            total=Money(2000, "EUR"),
        ),
    ),
    customer_email="camille@example.org",
    shipping_address=Address(
        last_name="Lœuf",
        first_name="Camille",
        street="rue des Ormes",
        street_number="12",
        city="Lille",
        postal_code="59000",
        country="FR",
    ),
)
