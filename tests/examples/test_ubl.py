"""UBL catalogues by YAML alone: validity in header or line, units of price and order, relations, versions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from passerelle.records import Money, Price, Product, Variant
from tests.examples.conftest import Carry

#: Midnight of the first and the day after the last day of the catalogue, in Oslo.
FROM, UNTIL = datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC)


def test_small_products(carry: Carry, fixtures: Path) -> None:
    """One product a line with its variant; GTIN of its scheme, properties that are asked for, components."""
    carried = carry("ubl/products.yaml", fixtures / "ubl")
    assert carried.faults == []
    assert carried.keys == ["T-1", "T-2"]
    paper, box = carried.records
    assert paper == Product(
        key="art-T-1",
        name={"nb-NO": "Tapet blå"},
        slug={"nb-NO": "tapet-bla-T-1"},
        product_type="supplier-article",
        tax_category="vat-s-25",
        variants=(
            Variant(
                sku="T-1",
                attributes={
                    "order_unit": "XRO",
                    "content": "2.5",
                    "content_unit": "MTK",
                    "vat": 25,
                    "orderable": True,
                    "size": "5 m",
                },
            ),
        ),
    )
    assert box.description == {"nb-NO": "Alt i ett"}
    (variant,) = box.variants
    assert variant.attributes["gtin"] == "04006381333931"
    assert variant.attributes["contains"] == ("T-1", "T-9")
    assert variant.attributes["orderable"] is False


def test_small_prices(carry: Carry, fixtures: Path) -> None:
    """Priced by the square metre, sold by the roll: 10.01 by 2.5 is 25.025, and half a cent goes up."""
    assert carry("ubl/unit-prices.yaml", fixtures / "ubl").records == [
        Price(sku="T-1", value=Money(1001, "NOK"), valid_from=FROM, valid_until=UNTIL),
        Price(
            sku="T-2",
            value=Money(4000, "NOK"),
            valid_from=datetime(2026, 11, 14, 23, tzinfo=UTC),
            valid_until=UNTIL,
        ),
    ]
    prices = carry("ubl/prices.yaml", fixtures / "ubl").by("sku")
    assert {sku: price.value for sku, price in prices.items()} == {
        "T-1": Money(2503, "NOK"),
        "T-2": Money(4000, "NOK"),
    }


def test_the_samples(carry: Carry, samples: Path, expected: dict[str, Any]) -> None:
    """Both catalogues, the newer over the older: products, prices, validity, relations, the specimen."""
    wanted = expected["07-ubl-catalogue"]
    # The catalogue of 20 August, which replaces, is named before the one of 1 August, which it replaces.
    newer, older = (Path(file).name for file in wanted["files"])
    products: dict[str, Any] = {}
    prices: dict[str, Any] = {}
    orderable: dict[str, Any] = {}
    changes: dict[str, list[int]] = {}
    for name in (older, newer):
        kinds = ("products", "unit-prices", "prices")
        carried = [carry(f"ubl/{kind}.yaml", samples, name) for kind in kinds]
        assert [one.faults for one in carried] == [[], [], []]
        products |= dict(zip(carried[0].keys, carried[0].records, strict=True))
        for price in carried[1].records:
            changes.setdefault(price.sku, []).append(price.value.cent_amount)
        prices |= carried[1].by("sku")
        orderable |= carried[2].by("sku")
    assert len(products) == len(prices) == wanted["products"]
    assert sum(price.value.cent_amount for price in prices.values()) == wanted["sum_price_cents"]
    assert {price.value.currency for price in prices.values()} == {wanted["currency"]}
    assert changes["4747"] == [2375, 2110]
    assert sum(len(cents) == 1 for cents in changes.values()) == 5
    components = [
        one for product in products.values() for one in product.variants[0].attributes.get("contains", [])
    ]
    assert len(components) == wanted["relations"]
    specimen = wanted["specimen"]
    product, price = products[specimen["sku"]], prices[specimen["sku"]]
    attributes = product.variants[0].attributes
    assert price.value.cent_amount == specimen["unit_price_centAmount"]
    assert orderable[specimen["sku"]].value.cent_amount == specimen["order_unit_price_centAmount"]
    assert attributes["order_unit"] == specimen["orderable_unit"]
    assert f"{attributes['content']} {attributes['content_unit']}" == specimen["content"]
    assert attributes["vat"] == specimen["vat"]
    # Midnight in Oslo, on the first day and after the last one.
    assert price.valid_from == datetime(2019, 8, 31, 22, tzinfo=UTC)
    assert price.valid_until == datetime(2020, 12, 31, 23, tzinfo=UTC)
    assert (wanted["validFrom"], wanted["validUntil"]) == ("2019-09-01", "2020-12-31")


def test_a_catalogue_in_another_currency_is_no_price_of_ours(
    carry: Carry, fixtures: Path, tmp_path: Path
) -> None:
    """Kroner of another country look the same: they are rejected, line by line."""
    text = (fixtures / "ubl" / "catalogue-2.xml").read_text("latin-1")
    (tmp_path / "catalogue-2.xml").write_text(text.replace("NOK", "SEK"), "latin-1")
    carried = carry("ubl/prices.yaml", tmp_path)
    assert carried.records == []
    assert len(carried.faults) == 2
