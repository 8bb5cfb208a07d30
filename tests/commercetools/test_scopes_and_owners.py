"""Prices of groups and channels, high precision, what is only created, attributes that point to others."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET, UnsetType

from passerelle.commercetools import CategorySink, PriceSink, StockSink
from passerelle.commercetools.planning.only_create import settled, settled_product
from passerelle.commercetools.planning.pointed import Pointed
from passerelle.commercetools.planning.wire import money, same_money
from passerelle.commercetools.prices.sink import price_key
from passerelle.commercetools.products.attributes import SAME, Attributes
from passerelle.errors import ReferenceMissing
from passerelle.records import Category, Money, Price, Product, StockLevel, Variant
from passerelle.sync.protocols import Live

from . import shelf
from .test_plans import held, offline, product_sink

BASE = Price(sku="s-1", value=Money(1290, "EUR"), country="FR")
SCOPED = Price(sku="s-1", value=Money(1290, "EUR"), country="FR", customer_group="b2b", channel="web")


def price_sink(**options: Any) -> PriceSink:
    """A sink that knows a group and a channel."""
    sink = PriceSink(offline(), **options)
    sink._channels.remember({"id": "id-of-web", "key": "web"})  # noqa: SLF001 - read_live() without a server
    sink._groups.remember({"id": "id-of-b2b", "key": "b2b"})  # noqa: SLF001 - as above
    return sink


def test_a_price_is_named_after_its_scope() -> None:
    """Group and channel tell prices apart; a price without them keeps the key that it had."""
    assert price_key(BASE) == "s-1_FR_EUR"
    keys = {price_key(price) for price in (BASE, SCOPED)}
    assert len(keys) == 2
    assert "b2b" in price_key(SCOPED)


def test_a_price_carries_group_and_channel_by_key() -> None:
    """The draft points to both by key, and the price that was made of it is found in sync."""
    sink = price_sink()
    change = sink.plan(SCOPED, None)
    assert change is not None
    assert change.body is not None
    assert change.body["customerGroup"] == {"typeId": "customer-group", "key": "b2b"}
    assert change.body["channel"] == {"typeId": "channel", "key": "web"}
    live = {
        **shelf.price(change.body),
        "customerGroup": {"typeId": "customer-group", "id": "id-of-b2b", "key": "b2b"},
        "channel": {"typeId": "channel", "id": "id-of-web", "key": "web"},
    }
    assert sink.plan(SCOPED, held(live)) is None


def test_a_group_that_is_not_there_is_a_missing_reference() -> None:
    """The price waits for it; it is not sent without its group."""
    with pytest.raises(ReferenceMissing, match="customer-group b2b"):
        PriceSink(offline()).plan(SCOPED, None)


def test_prices_of_other_scopes_are_not_taken_over() -> None:
    """A price of a channel is another price than the one that holds everywhere."""
    sink = price_sink()
    value = {"currencyCode": "EUR", "centAmount": 1290}
    draft: dict[str, Any] = {"key": "k", "sku": "s-1", "country": "FR", "value": value}
    body = {**draft, "id": "x", "version": 1, "key": "other"}
    channel = {"typeId": "channel", "id": "id-of-web"}
    assert sink.same(draft, body)
    assert not sink.same(draft, {**body, "channel": channel})
    assert sink.same({**draft, "channel": {"typeId": "channel", "key": "web"}}, {**body, "channel": channel})


def test_a_high_precision_price_is_sent_with_all_its_decimals() -> None:
    """Type, precise amount and digits; the cents beside them are for who looks only there."""
    value = Money.precisely("0.1050", "EUR", 4)
    cents = {"currencyCode": "EUR", "centAmount": 10}
    precise = {"type": "highPrecision", **cents}
    assert money(value) == {**precise, "preciseAmount": 1050, "fractionDigits": 4}
    assert same_money(money(value), value)
    assert not same_money(cents, value)
    assert same_money({**precise, "preciseAmount": 105, "fractionDigits": 3}, value)


# Only create ---------------------------------------------------------------------------------------


def test_what_is_only_created_is_not_touched_again() -> None:
    """Fields, single locales and attributes; what is named nowhere stays."""
    category = Category(key="c", name={"fr": "a", "de": "b"}, slug={"fr": "a"}, order_hint="0.1")
    found = settled(category, {"name.de", "slug", "key"})
    assert found == Category(key="c", name={"fr": "a"}, slug=UNSET, order_hint="0.1")
    assert settled(category, {"name.fr", "name.de"}).name is UNSET
    assert settled(category, set()) is category


def test_a_new_variant_brings_all_it_has() -> None:
    """What the shop owns is filled when a variant is created; what variants share is the product's."""
    attributes = {"colour": "red", "ean": "1", "material": "wool"}
    product = Product(
        key="p", variants=(Variant(sku="a", attributes=attributes), Variant(sku="b", attributes=attributes))
    )
    only = {"variants.attributes.colour", "variants.attributes.material"}
    found = settled_product(product, only, skus={"a"}, shared={"material"})
    assert not isinstance(found.variants, UnsetType)
    assert [variant.attributes for variant in found.variants] == [{"ean": "1"}, {"colour": "red", "ean": "1"}]


def test_sinks_honour_it() -> None:
    """The create says everything, the update leaves out what the shop owns."""
    sink = product_sink(only_create={"name", "variants.attributes.colour"})
    wanted = Product(
        key="p-1", name={"fr": "Robe"}, slug={"fr": "robe-1"}, product_type="article",
        variants=(Variant(sku="s", attributes={"colour": "red", "ean": "2"}),),
    )  # fmt: skip
    created = sink.plan(wanted, None)
    assert created is not None
    assert created.body is not None
    assert created.body["name"] == {"fr": "Robe"}
    live = shelf.create("product", created.body)
    changed = Product(
        key="p-1", name={"fr": "Jupe"}, slug={"fr": "robe-1"}, product_type="article",
        variants=(Variant(sku="s", attributes={"colour": "blue", "ean": "3"}),),
    )  # fmt: skip
    update = sink.plan(changed, held(live))
    assert update is not None
    assert [field.field for field in update.fields] == ["variants[s].ean"]


def test_prices_and_stock_honour_it() -> None:
    """A value that must always be there is left as the shop has it."""
    sink = price_sink(only_create={"value"})
    created = sink.plan(BASE, None)
    assert created is not None
    assert created.body is not None
    dearer = Price(sku="s-1", value=Money(9990, "EUR"), country="FR")
    assert sink.plan(dearer, held(shelf.price(created.body))) is None
    stock = StockSink(offline(), only_create={"quantity"})
    live = Live("x", 1, {"quantityOnStock": 5, "restockableInDays": 3})
    change = stock.plan(StockLevel(sku="s-1", quantity=9, restockable_in_days=4), live)
    assert change is not None
    assert [action["action"] for action in change.actions] == ["setRestockableInDays"]
    category = CategorySink(offline(), only_create={"slug.fr"})
    body = {"name": {"fr": "a"}, "slug": {"fr": "a"}, "orderHint": "0.1"}
    assert category.plan(Category(key="c", name={"fr": "a"}, slug={"fr": "b"}), Live("x", 1, body)) is None


# Attributes that point to others -------------------------------------------------------------------

_PRODUCT = {"name": "reference", "referenceTypeId": "product"}
BUNDLE = {
    "id": "id-of-bundle",
    "key": "bundle",
    "attributes": [
        {"name": "part", "type": _PRODUCT, "attributeConstraint": "None"},
        {"name": "parts", "type": {"name": "set", "elementType": _PRODUCT}, "attributeConstraint": "None"},
    ],
}


def reference(key: str) -> dict[str, str]:
    """What a mapping makes of a key."""
    return {"typeId": "product", "key": key}


def test_a_reference_is_compared_by_what_it_points_to() -> None:
    """The record names a key, the shop an id: once the key is known both are the same."""
    pointed = Pointed(offline())
    pointed.remember("product", "x", "id-of-x")
    attributes = Attributes(BUNDLE, pointed)
    part, parts = attributes["part"], attributes["parts"]
    live = {"typeId": "product", "id": "id-of-x"}
    waiting: list[str] = []

    assert part.change(live, reference("x"), waiting) is SAME
    assert parts.change([live], (reference("x"),), waiting) is SAME
    assert part.change(None, reference("x"), waiting) == live
    assert waiting == []


def test_a_reference_to_nothing_is_left_out_and_named() -> None:
    """What is there is carried; what is not there yet is waited for."""
    pointed = Pointed(offline())
    pointed.remember("product", "x", "id-of-x")
    attributes = Attributes(BUNDLE, pointed)
    waiting: list[str] = []

    assert attributes["part"].change(None, reference("y"), waiting) is SAME
    both = (reference("x"), reference("y"))
    assert attributes["parts"].change(None, both, waiting) == [{"typeId": "product", "id": "id-of-x"}]
    assert waiting == ["product y", "product y"]
