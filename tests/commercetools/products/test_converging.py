"""Any product becomes any other: the plan leads there, nothing is left to do, and back again."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import asdict, replace

from passerelle.records import Asset, EmbeddedPrice, Product, Variant
from passerelle.sync.overlay import GONE, HERE, facts
from tests.commercetools.products.workshop import ATTRIBUTES, LOCALES, full_products, products, workshop

relaxed = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def in_order(record: Product) -> Product:
    """The record with all that knows no order in one order."""
    assert isinstance(record.variants, tuple)
    variants = sorted((_variant_in_order(one) for one in record.variants), key=lambda one: one.sku)
    changes: dict[str, Any] = {"variants": tuple(variants)}
    if isinstance(record.categories, tuple):
        changes["categories"] = tuple(sorted(record.categories))
    if isinstance(record.search_keywords, dict):
        changes["search_keywords"] = {
            name: tuple(sorted(words)) for name, words in record.search_keywords.items()
        }
    return replace(record, **changes)


def _variant_in_order(variant: Variant) -> Variant:
    assert isinstance(variant.attributes, dict)
    values = {
        name: tuple(sorted(value, key=str)) if isinstance(value, tuple) else value
        for name, value in variant.attributes.items()
    }
    changes: dict[str, Any] = {"attributes": values}
    if isinstance(variant.prices, tuple):
        changes["prices"] = tuple(sorted((_price_in_order(one) for one in variant.prices), key=repr))
    if isinstance(variant.assets, tuple):
        changes["assets"] = tuple(_asset_in_order(one) for one in variant.assets)
    return replace(variant, **changes)


def _price_in_order(price: EmbeddedPrice) -> EmbeddedPrice:
    if not isinstance(price.tiers, tuple):
        return price
    return replace(price, tiers=tuple(sorted(price.tiers, key=lambda tier: tier.minimum_quantity)))


def _asset_in_order(asset: Asset) -> Asset:
    return replace(asset, tags=tuple(sorted(asset.tags))) if isinstance(asset.tags, tuple) else asset


def explicit(record: Product) -> Product:
    """The record with everything that it does not name named as gone: else that stays."""
    assert isinstance(record.variants, tuple)
    assert isinstance(record.categories, tuple)
    assert isinstance(record.category_order_hints, dict)
    words = record.search_keywords
    return replace(
        record,
        category_order_hints={**dict.fromkeys(record.categories), **record.category_order_hints},
        search_keywords={**dict.fromkeys(LOCALES, ()), **words} if isinstance(words, dict) else words,
        variants=tuple(
            replace(one, attributes={**dict.fromkeys(ATTRIBUTES), **asdict(one)["attributes"]})
            for one in record.variants
        ),
    )


def differing(one: Product, other: Product) -> dict[Any, Any]:
    """The facts in which two records differ."""
    left, right = facts(in_order(one)), facts(in_order(other))
    paths = [path for path in {**left, **right} if left.get(path) != right.get(path)]
    return {path: (left.get(path), right.get(path)) for path in paths}


def test_what_a_draft_makes_reads_back_as_its_record() -> None:
    """`record_of` is the inverse of the draft, every field of the record included."""
    with workshop() as shop:

        @relaxed
        @given(full_products())
        def prove(record: Product) -> None:
            shop.clear()
            sink = shop.sink()
            shop.carry(sink, record)
            live = shop.live(sink, record)
            assert live is not None
            found = sink.record_of(live)
            assert differing(found, record) == {}

        prove()


def test_any_product_becomes_any_other_and_back() -> None:
    """The plan leads to what is wanted; what was read before leads back to it."""
    with workshop() as shop:

        @relaxed
        @given(full_products(), full_products(), st.sampled_from(["keep", "first"]))
        def prove(before: Product, wanted: Product, master: str) -> None:
            shop.clear()
            sink = shop.sink(master=master)
            shop.carry(sink, before)
            live = shop.live(sink, before)
            assert live is not None
            was = sink.record_of(live)
            shop.carry(sink, explicit(wanted))
            now = shop.live(sink, wanted)
            assert now is not None
            found = sink.record_of(now)
            shop.carry(sink, explicit(was))
            again = shop.live(sink, was)
            assert again is not None
            back = sink.record_of(again)

            assert differing(found, wanted) == {}
            assert isinstance(wanted.variants, tuple)
            if master == "first":
                assert now.body["masterVariant"]["sku"] == wanted.variants[0].sku
            assert differing(back, was) == {}

        prove()


def test_what_a_record_does_not_say_stays() -> None:
    """After the plan of any partial record the shop says all that it says, and else what it said before."""
    with workshop() as shop:

        @relaxed
        @given(full_products(), products())
        def prove(before: Product, wanted: Product) -> None:
            shop.clear()
            sink = shop.sink()
            shop.carry(sink, before)
            shop.carry(sink, wanted)
            live = shop.live(sink, wanted)
            assert live is not None
            found = sink.record_of(live)
            says(found, wanted, before)

        prove()


def says(found: Product, wanted: Product, before: Product) -> None:
    """What a record named is as it says, all else as it was."""
    now, said, held = facts(in_order(found)), facts(in_order(wanted)), facts(in_order(before))
    part_by_part = {"prices", "assets", "image_labels"}
    for path, value in said.items():
        if path[0] == "published" or path[-1] in part_by_part:
            continue
        if value is GONE or value == ():
            assert now.get(path, GONE) in (GONE, ()), path
        elif value is not HERE and not isinstance(value, dict):
            assert now[path] == value, path
    if wanted.variants_complete:
        assert {p[1] for p in now if p[0] == "variants"} == {p[1] for p in said if p[0] == "variants"}
    for path, value in held.items():
        touched = any(path[: len(one)] == one or one[: len(path)] == path for one in said)
        if not touched and path[0] not in ("published", "variants", "category_order_hints"):
            assert now.get(path, UNSET) == value, path
