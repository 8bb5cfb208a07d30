"""What a feed wants of the shop, read from its mapping without any file."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.commercetools import Need
from passerelle.feeds.wants import filled_fields, wants_of
from passerelle.mapping import load_feeds
from tests.sync.desk import MAPPINGS, mapping_of


def test_products_want_their_type_attributes_locales_and_tax() -> None:
    """Constants, code tables, names of fields."""
    wants = wants_of(mapping_of("products-fr"))
    assert wants.locales == {"fr-FR"}
    assert wants.keys["product-types"] == {"article"}
    assert wants.keys["tax-categories"] == {"normal"}
    assert {"ean", "colour", "size", "weight_g", "material"} <= wants.attributes["article"]
    assert wants.needs[0] == Need("products", write=True)
    assert wants.price_mode is None
    assert "variants.attributes.colour" in filled_fields(mapping_of("products-fr"))


def test_stock_wants_the_channels_of_its_code_table() -> None:
    """As places that supply."""
    wants = wants_of(mapping_of("stock"))
    assert wants.channels["depot-001"] == frozenset({"InventorySupply"})
    assert len(wants.channels) > 30


def test_prices_want_currency_country_and_mode() -> None:
    """What a country's overlay says."""
    wants = wants_of(load_feeds(MAPPINGS)["prices-pl"])
    assert (wants.currencies, wants.countries, wants.price_mode) == ({"PLN"}, {"PL"}, "Standalone")


def test_scopes_of_prices_are_wanted_too(tmp_path: Path) -> None:
    """Countries, groups and channels for which one price is made many."""
    mapping = (MAPPINGS / "prices-fr.yaml").read_text(encoding="utf-8").replace("${currency}", "EUR")
    said = "scopes: {countries: [FR, '*'], customer_groups: [vip], channels: [web]}\n"
    kept = "\n".join(line for line in mapping.splitlines() if "to: country" not in line)
    (tmp_path / "prices.yaml").write_text(f"{kept}\n{said}", encoding="utf-8")
    wants = wants_of(load_feeds(tmp_path)["prices-fr"])
    assert wants.countries == {"FR"}
    assert wants.channels == {"web": frozenset({"ProductDistribution"})}
    assert wants.keys["customer-groups"] == {"vip"}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("", "auto"),
        ("target: {commercetools: {via: import}}", "import"),
        ("target: {commercetools: {via: http}}", None),
        ("creates: false", None),
    ],
)
def test_who_may_go_by_the_import_api_is_known(tmp_path: Path, said: str, wanted: str | None) -> None:
    """As the mapping says; a feed that creates nothing never does, and no more do orders."""
    mapping = (MAPPINGS / "prices-fr.yaml").read_text(encoding="utf-8").replace("${currency}", "EUR")
    (tmp_path / "prices.yaml").write_text(f"{mapping}\n{said}\n", encoding="utf-8")
    assert wants_of(load_feeds(tmp_path)["prices-fr"]).importing == wanted
    assert wants_of(mapping_of("order-acks")).importing is None


def test_orders_want_their_export_channel() -> None:
    """Both ways; what leaves fills no field of a record."""
    acks = wants_of(mapping_of("order-acks"))
    assert acks.channels == {"erp": frozenset({"OrderExport"})}
    leaving = load_feeds(MAPPINGS)["orders-out"]
    assert wants_of(leaving).channels == {"erp": frozenset({"OrderExport"})}
    assert filled_fields(leaving) == []
