"""Sunrise: variants in lines below their product, all prices of a variant packed in one cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Carry = Callable[..., Any]

SMALL = Path("commercetools") / "sunrise-small-2023"


def _scope(price: Any) -> tuple[str | None, str, str | None, str | None]:
    return price.country, price.value.currency, price.customer_group, price.channel


def test_the_sample_products_and_prices(carry: Carry, samples: Path, expected: dict[str, Any]) -> None:
    """27 products with 102 variants; 1,734 prices, each in a scope of its own."""
    told = expected["x4-sunrise-products"]
    products = carry("sunrise/products.yaml", samples / SMALL)
    assert products.faults == []
    assert len(products.records) == told["products"]
    assert sum(len(product.variants) for product in products.records) == told["variants"]
    prices = carry("sunrise/prices.yaml", samples / SMALL)
    assert prices.faults == []
    assert len(prices.records) == len(set(prices.keys)) == told["prices"]
    specimen = told["specimen"]
    own = {_scope(price): price.value.cent_amount for price in prices.records if price.sku == specimen["sku"]}
    assert own[None, "EUR", None, None] == specimen["EUR_any"]
    assert own[None, "EUR", "b2b", None] == specimen["EUR_b2b"]
    assert own["DE", "EUR", None, None] == specimen["DE_EUR"]
    assert own["DE", "EUR", None, "sunrise-store-berlin"] == specimen["DE_EUR@sunrise-store-berlin"]
    skus = {variant.sku for product in products.records for variant in product.variants}
    assert {price.sku for price in prices.records} == skus


def test_the_sample_stock(carry: Carry, samples: Path, expected: dict[str, Any]) -> None:
    """26,137 rows, each of another SKU, with their sum."""
    told = expected["x3-sunrise-inventory"]
    made = carry("sunrise/stock.yaml", samples / "commercetools" / "sunrise")
    assert made.faults == []
    assert len(made.records) == told["rows"]
    assert len({level.sku for level in made.records}) == told["skus"]
    assert sum(level.quantity for level in made.records) == told["sum"]


# Files of our own ---------------------------------------------------------------------------------------


def test_lines_below_a_product_are_its_variants(carry: Carry, fixtures: Path) -> None:
    """What stands in the product's line alone is the product's; an empty cell of a variant says nothing."""
    made = carry("sunrise/products.yaml", fixtures / "sunrise")
    assert made.faults == []
    lamp, sofa = made.records
    assert (lamp.key, lamp.name, lamp.tax_category) == (
        "LAMP-1",
        {"en": "Desk lamp", "de": "Tischlampe"},
        "standard",
    )
    assert lamp.categories == ("home_lamps", "sale")
    assert [(one.sku, one.attributes["color"], one.images) for one in lamp.variants] == [
        ("LAMP-1", "red", ("https://img.example/1.jpg",)),
        ("LAMP-2", "brass", ("https://img.example/2.jpg", "https://img.example/3.jpg")),
    ]
    assert [one.sku for one in sofa.variants] == ["SOFA"]


def test_a_packed_cell_is_many_prices_each_with_its_scope(carry: Carry, fixtures: Path) -> None:
    """Country, customer group and channel are there or not; the amount is in minor units."""
    made = carry("sunrise/prices.yaml", fixtures / "sunrise")
    assert made.faults == []
    assert [(price.sku, _scope(price), price.value.cent_amount) for price in made.records] == [
        ("LAMP-1", (None, "EUR", None, None), 4000),
        ("LAMP-1", ("DE", "EUR", None, "berlin"), 3800),
        ("LAMP-1", (None, "USD", "b2b", None), 4400),
        ("LAMP-2", (None, "EUR", None, None), 4250),
        ("SOFA", (None, "EUR", None, None), 90000),
    ]


def test_a_price_that_cannot_be_read_rejects_its_line_alone(
    carry: Carry, fixtures: Path, tmp_path: Path
) -> None:
    """An item of another form is a fault of its cell; the prices of other lines go on."""
    text = (fixtures / "sunrise" / "products.csv").read_text(encoding="utf-8")
    (tmp_path / "products.csv").write_text(text.replace("DE-EUR 3800", "DE-EUR 38.00"), encoding="utf-8")
    made = carry("sunrise/prices.yaml", tmp_path)
    assert all(fault.startswith("products.csv, record 1, line 2, prices") for fault in made.faults)
    assert made.faults
    assert [price.sku for price in made.records] == ["LAMP-2", "SOFA"]


def test_stock_of_a_pool_and_of_a_store(carry: Carry, fixtures: Path) -> None:
    """One SKU may have stock in several places; zero is a value."""
    made = carry("sunrise/stock.yaml", fixtures / "sunrise")
    assert made.faults == []
    assert len(set(made.keys)) == 3
    assert [(level.sku, level.supply_channel, level.quantity) for level in made.records] == [
        ("LAMP-1", None, 5),
        ("LAMP-1", "berlin", 2),
        ("LAMP-2", None, 0),
    ]
