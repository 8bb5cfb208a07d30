"""BMEcat 2005 by YAML alone: texts by language, features of a whitelist, prices per quantity, or none."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from lxml import etree

from passerelle.records import Money, Price, Product, Variant
from tests.examples.conftest import Carry

BMECAT = "{http://www.bmecat.org/bmecat/2005+onto}"


def test_small_products(carry: Carry, fixtures: Path) -> None:
    """German and English are ours, Italian is not; grams of kilograms; an odd number makes a sound key."""
    carried = carry("bmecat/products.yaml", fixtures / "bmecat")
    assert carried.faults == []
    assert carried.keys == ["K/1", "K2"]
    assert carried.records[0].key != carried.records[1].key
    assert carried.records[0] == Product(
        key=carried.records[0].key,
        name={"de-DE": "Klemme", "en-GB": "Terminal"},
        slug=carried.records[0].slug,
        product_type="supplier-article",
        variants=(
            Variant(
                sku="K/1",
                attributes={"ean": "4006381333931", "order_unit": "C62", "weight_g": Decimal("12.5")},
            ),
        ),
    )
    assert carried.records[1].slug == {"de-DE": "leiste-K2"}


def test_small_prices(carry: Carry, fixtures: Path) -> None:
    """10.50 per 100 pieces is 10.5 rappen, 11 as the mapping rounds. Tiers and empty prices stay out."""
    carried = carry("bmecat/prices.yaml", fixtures / "bmecat")
    assert carried.faults == []
    assert carried.records == [Price(sku="K/1", value=Money(11, "CHF"))]


def test_the_samples(carry: Carry, samples: Path) -> None:
    """Four products, up to 2,561 features: names, EAN, weight as lxml finds them; none has an amount."""
    folder = samples / "bmecat" / "weidmueller"
    for path in sorted(folder.iterdir()):
        carried = carry("bmecat/products.yaml", samples, path.name)
        assert carried.faults == []
        (product,) = carried.records
        (variant,) = product.variants
        found = etree.parse(path).getroot().find(f"{BMECAT}T_NEW_CATALOG/{BMECAT}PRODUCT")
        assert found is not None
        details = found.find(f"{BMECAT}PRODUCT_DETAILS")
        assert details is not None
        assert variant.sku == found.findtext(f"{BMECAT}SUPPLIER_PID") == path.stem.rpartition("_")[2]
        short = details.findall(f"{BMECAT}DESCRIPTION_SHORT")
        assert list(product.name.values()) == [one.text for one in short]
        assert variant.attributes["ean"] == details.findtext(f"{BMECAT}EAN")
        (weight,) = (
            feature.findtext(f"{BMECAT}FVALUE")
            for feature in found.iter(f"{BMECAT}FEATURE")
            if feature.findtext(f"{BMECAT}FTEMPLATE/{BMECAT}FT_NAME") == "Nettogewicht"
        )
        assert weight is not None
        assert variant.attributes["weight_g"] == Decimal(weight) * 1000
        assert carry("bmecat/prices.yaml", samples, path.name).records == []
