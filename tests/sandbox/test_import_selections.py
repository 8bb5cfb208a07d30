"""Product selections over the Import API."""

from __future__ import annotations

from tests.sandbox.import_hall import ImportHall, key
from tests.sandbox.shopfront import product, variant


def test_product_selections(hall: ImportHall) -> None:
    """A selection is imported with its products; those that are left out are taken out."""
    hall.front.catalogue()
    for number in (1, 2):
        hall.front.create("products", product(f"style-{number}", variant(f"S{number}")))
    base = {"key": "summer", "name": {"en": "Summer"}, "mode": "Individual"}
    both = [{"product": key("product", f"style-{number}")} for number in (1, 2)]
    hall.imported("product-selections", "product-selection", {**base, "assignments": both})
    assert hall.front.get("product-selections/key=summer")["productCount"] == 2
    hall.imported("product-selections", "product-selection", {**base, "assignments": both[:1]})
    assert hall.front.get("product-selections/key=summer")["productCount"] == 1
