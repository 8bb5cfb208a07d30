"""An order that has everything, and odd ones by the hundred."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from hypothesis import strategies as st

from passerelle.mapping import OutgoingMapping, Written, load_mapping
from passerelle.records import Address, Money, Order, OrderLine

FOLDER = Path(__file__).parents[2] / "mappings" / "examples" / "orders-out"
#: Half past midnight of 2 November in Paris.
AT = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)


def line(number: int, sku: str, name: str, quantity: int, unit: Money, tax: str | None = None) -> OrderLine:
    """Invent a line whose total is its quantity times its price."""
    total = Money(unit.cent_amount * quantity, unit.currency)
    return OrderLine(
        id=f"l-{number}", sku=sku, name=name, quantity=quantity, unit_price=unit, total=total, tax_rate=tax
    )


def order(lines: tuple[OrderLine, ...], currency: str, **parts: object) -> Order:
    """Invent an order around its lines."""
    total = Money(sum(one.total.cent_amount for one in lines), currency)
    return Order(
        id="o-1",
        version=3,
        order_number="1000042",
        created_at=AT,
        state="Open",
        payment_state="Paid",
        total=total,
        lines=lines,
        **parts,  # type: ignore[arg-type]  # what a test says of the order is a field of it
    )


ORDER = order(
    (
        line(1, "000123-012-38", 'Robe d\'été <& "bleue">', 2, Money(5990, "EUR"), "0.2"),
        line(2, "000124-001-T", "Écharpe: 100% laine + soie?", 11, Money(2005, "EUR"), "0.055"),
    ),
    "EUR",
    customer_email="camille@example.org",
    shipping_address=Address(
        last_name="Léger",
        first_name="Camille",
        street="rue des Ormes",
        street_number="12",
        additional="2e étage",
        city="Lille",
        postal_code="59000",
        country="FR",
        phone="+33 3 00 00 00 00",
    ),
    billing_address=Address(
        last_name="Léger",
        company="Léger & Filles",
        street="quai Ouest",
        street_number="1 bis",
        city="Liège",
        postal_code="4000",
        country="BE",
    ),
)


@cache
def mapping_of(name: str) -> OutgoingMapping:
    """Load one of the examples."""
    mapping = load_mapping(FOLDER / f"{name}.yaml")
    assert isinstance(mapping, OutgoingMapping)
    return mapping


def written(mapping: OutgoingMapping, *orders: Order, sequence: int = 7) -> tuple[bytes, Written]:
    """Write a file."""
    stream = BytesIO()
    result = mapping.write(orders, stream, sequence=sequence, written_at=AT)
    return stream.getvalue(), result


def odd_orders(characters: st.SearchStrategy[str], *, longest: int = 30) -> st.SearchStrategy[Order]:
    """Orders with texts of these characters, nothing or a million of a thing, three sorts of currency."""
    # A text of blanks alone is none to most readers, and blanks around it are filling in a fixed column.
    texts = st.text(characters, min_size=1, max_size=longest).map(lambda text: f"x{text.strip()}y")

    @st.composite
    def orders(draw: st.DrawFn) -> Order:
        currency = draw(st.sampled_from(["EUR", "JPY", "KWD"]))
        lines = tuple(
            line(number, f"S{number}", draw(texts), quantity, Money(cents, currency))
            for number, (quantity, cents) in enumerate(
                draw(
                    st.lists(
                        st.tuples(st.sampled_from([0, 1, 7, 999_999]), st.integers(0, 99_999)),
                        min_size=1,
                        max_size=4,
                    )
                ),
                1,
            )
        )
        address = Address(last_name=draw(texts), city=draw(texts), country="FR", postal_code="59000")
        return order(lines, currency, shipping_address=address if draw(st.booleans()) else None)

    return orders()
