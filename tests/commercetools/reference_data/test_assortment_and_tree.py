"""Stores, assortments and categories: from any record to any other in one plan, foreign wiring kept."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from passerelle.commercetools import (
    CategorySink,
    ChannelSink,
    Client,
    CustomTypeSink,
    ProductSelectionSink,
    ProductTypeSink,
    StoreSink,
)
from passerelle.errors import ReferenceMissing, Refused
from passerelle.records import (
    Asset,
    AssetSource,
    Category,
    Channel,
    CustomType,
    FieldDefinition,
    ProductSelection,
    ProductType,
    SelectedProduct,
    Store,
    StoreSelection,
)
from tests.commercetools.in_process import carry, open_shop, pending, read_back, run
from tests.commercetools.reference_data.proving import (
    KEYS,
    localized,
    maybe_localized,
    plain,
    prove,
)

EXAMPLES = settings(max_examples=25)
BOTH = ("InventorySupply", "ProductDistribution")


def some(*choices: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Some of the choices, none twice."""
    return st.lists(st.sampled_from(choices), unique=True).map(tuple)


async def surroundings(client: Client) -> None:
    """Channels and assortments that stores are wired to."""
    await carry(ChannelSink(client), *(Channel(key=key, roles=BOTH) for key in KEYS))
    selections = [ProductSelection(key=key, name={"en": key}) for key in KEYS]
    await carry(ProductSelectionSink(client), *selections)


STORES = st.builds(
    lambda name, languages, countries, sell, supply, selections, pages: Store(
        key="lille",
        name=name,
        languages=languages,
        countries=countries,
        distribution_channels=sell,
        supply_channels=supply,
        product_selections=tuple(StoreSelection(selection=k, active=on) for k, on in selections.items()),
        pages={**dict.fromkeys(("imprint", "faq", "checkout")), **pages},
        custom_type=None,
    ),
    maybe_localized(),
    some("fr-FR", "en", "de-DE"),
    some("FR", "BE", "PL"),
    some(*KEYS),
    some(*KEYS),
    st.dictionaries(st.sampled_from(KEYS), st.booleans()),
    st.dictionaries(st.sampled_from(["imprint", "faq"]), st.just("https://shop.example/page")),
)


def store_in_order(record: Store) -> Store:
    """A store with its lists in one order, and the pages that it has."""
    lists = ("languages", "countries", "distribution_channels", "supply_channels")
    pages = record.pages if isinstance(record.pages, dict) else {}
    selections = record.product_selections if isinstance(record.product_selections, tuple) else ()
    return replace(
        record,
        **{name: tuple(sorted(getattr(record, name))) for name in lists},
        product_selections=tuple(sorted(selections, key=lambda one: one.selection)),
        pages={name: page for name, page in pages.items() if page},
    )


@EXAMPLES
@given(STORES, STORES)
def test_any_store_becomes_any_other(first: Store, second: Store) -> None:
    """With `wiring: replace` the record's lists are all that there is."""
    make = partial(StoreSink, wiring="replace")
    prove(make, first, second, before=surroundings, same=store_in_order)


@EXAMPLES
@given(STORES, STORES)
def test_what_others_wired_stays(first: Store, second: Store) -> None:
    """By default nothing is taken away: the lists hold both, switched as the feed says."""

    async def example(client: Client) -> None:
        await surroundings(client)
        await carry(StoreSink(client), first)
        await carry(StoreSink(client), second)
        assert await pending(StoreSink(client), second) == [None]
        (found,) = await read_back(StoreSink(client), [second])
        for name in ("languages", "countries", "distribution_channels", "supply_channels"):
            assert set(getattr(found, name)) == {*getattr(first, name), *getattr(second, name)}
        wired: dict[str, bool] = {}
        for store in (first, second):
            assert isinstance(store.product_selections, tuple)
            wired.update({one.selection: one.active for one in store.product_selections})
        assert {one.selection: one.active for one in found.product_selections} == wired

    run(example)


async def test_one_channel_more_is_one_action_with_its_key() -> None:
    """The shortest way, and one that two feeds can take at once."""
    async with open_shop() as client:
        await surroundings(client)
        store = Store(key="lille", supply_channels=("k-one",))
        await carry(StoreSink(client), store)
        (change,) = await carry(StoreSink(client), replace(store, supply_channels=("k-one", "k-two")))
        assert change.actions == (
            {"action": "addSupplyChannel", "supplyChannel": {"typeId": "channel", "key": "k-two"}},
        )


async def test_a_store_waits_for_its_channels() -> None:
    """Without them it would sell what it cannot deliver."""
    async with open_shop() as client:
        with pytest.raises(ReferenceMissing, match="no channel depot"):
            await carry(StoreSink(client), Store(key="lille", supply_channels=("depot",)))


async def products(client: Client) -> None:
    """Four products of two variants."""
    kind = ProductType(key="article", name="Article", description="Any", attributes=())
    await carry(ProductTypeSink(client), kind)
    for key in KEYS:
        await client.create("products", {
            "key": key,
            "name": {"en": key},
            "slug": {"en": key},
            "productType": {"typeId": "product-type", "key": "article"},
            "masterVariant": {"sku": f"{key}-1"},
            "variants": [{"sku": f"{key}-2"}],
        })  # fmt: skip


SELECTIONS = st.builds(
    lambda name, chosen: ProductSelection(
        key="summer",
        name=name,
        products=tuple(
            SelectedProduct(product=k, skus=UNSET if n is None else tuple(f"{k}-{one}" for one in n))
            for k, n in chosen.items()
        ),
        custom_type=None,
    ),
    localized(),
    st.dictionaries(st.sampled_from(KEYS), st.none() | some("1", "2")),
)


def selection_in_order(record: ProductSelection) -> ProductSelection:
    """An assortment in the order of its products."""
    chosen = record.products if isinstance(record.products, tuple) else ()
    ordered = [
        replace(one, skus=tuple(sorted(one.skus)) if isinstance(one.skus, tuple) else UNSET) for one in chosen
    ]
    return replace(record, products=tuple(sorted(ordered, key=lambda one: one.product)))


@EXAMPLES
@given(SELECTIONS, SELECTIONS)
def test_any_assortment_becomes_any_other(first: ProductSelection, second: ProductSelection) -> None:
    """Products added and removed, their variants chosen."""
    make = partial(ProductSelectionSink, wiring="replace")
    prove(make, first, second, before=products, same=selection_in_order)


async def test_products_of_others_stay_and_those_to_come_are_waited_for() -> None:
    """Foreign assignments are kept; what is not there yet joins later."""
    async with open_shop() as client:
        await products(client)
        foreign = ProductSelection(
            key="summer", name={"en": "S"}, products=(SelectedProduct(product="k-one"),)
        )
        ours = replace(
            foreign, products=(SelectedProduct(product="k-two"), SelectedProduct(product="k-nine"))
        )
        sink = ProductSelectionSink(client)
        await carry(sink, foreign)
        (change,) = await carry(sink, ours)
        assert [one["product"]["key"] for one in change.actions] == ["k-two"]
        assert change.waiting == ("k-nine",)
        (found,) = await read_back(sink, [ours])
        assert {one.product for one in found.products} == {"k-one", "k-two"}
        with pytest.raises(ReferenceMissing, match="no product k-nine"):
            await pending(sink, ours)


async def test_long_assortments_are_read_page_by_page() -> None:
    """Nothing is added twice because it stood on the next page."""
    async with open_shop(page_size=3) as client:
        await products(client)
        chosen = tuple(SelectedProduct(product=key) for key in KEYS)
        record = ProductSelection(key="summer", name={"en": "S"}, products=chosen)
        await carry(ProductSelectionSink(client), record)
        assert await pending(ProductSelectionSink(client), record) == [None]


MORE = CustomType(
    key="more",
    name={"en": "More"},
    resource_types=("category", "asset"),
    fields=(FieldDefinition(name="note", type="LocalizedString", label={"en": "Note"}),),
)
CUSTOMS = st.one_of(
    st.just({"custom_type": None}),
    localized().map(lambda note: {"custom_type": "more", "custom": {"note": note}}),
)
ASSETS = st.lists(
    st.builds(
        lambda key, name, description, sources, tags, custom: Asset(
            key=key,
            name=name,
            description=description,
            sources=tuple(
                AssetSource(uri=f"https://media.example/{one}", key=one, width=10, height=20)
                for one in sources
            ),
            tags=tuple(sorted(tags)),
            **custom,
        ),
        st.sampled_from(KEYS),
        localized(),
        maybe_localized(),
        st.lists(st.sampled_from(["small", "large"]), min_size=1, unique=True),
        some("spring", "film"),
        CUSTOMS,
    ),
    max_size=4,
    unique_by=lambda asset: asset.key,
).map(tuple)
CATEGORIES = st.builds(
    lambda name, slug, texts, parent, hint, external, assets, custom: Category(
        key="shirts",
        name=name,
        slug={"fr-FR": f"f-{slug}", "nl-BE": f"n-{slug}"},
        description=texts[0],
        meta_title=texts[1],
        meta_description=texts[2],
        meta_keywords=texts[3],
        parent=parent,
        order_hint=f"0.{hint}",
        external_id=external,
        assets=assets,
        **custom,
    ),
    localized(),
    st.integers(1, 9),
    st.tuples(*[maybe_localized()] * 4),
    st.sampled_from(["women", "men"]),
    st.integers(1, 9),
    st.none() | plain(),
    ASSETS,
    CUSTOMS,
)


async def tree(client: Client) -> None:
    """Two roots and the custom type."""
    await carry(CustomTypeSink(client), MORE)
    roots = [Category(key=key, name={"en": key}, slug={"en": key}, parent=None) for key in ("women", "men")]
    await carry(CategorySink(client), *roots)


@EXAMPLES
@given(CATEGORIES, CATEGORIES)
def test_any_category_becomes_any_other(first: Category, second: Category) -> None:
    """Texts, place, assets in their order with custom fields of their own, custom fields."""
    prove(CategorySink, first, second, before=tree)


async def test_assets_without_a_key_are_nobodys() -> None:
    """One that was added by hand stays; when the record's own change places it stands behind them."""
    one = Asset(key="care", name={"en": "Care"}, sources=(AssetSource(uri="https://m.example/c"),))
    record = Category(key="shirts", name={"en": "S"}, slug={"en": "shirts"}, assets=(one,))
    async with open_shop() as client:
        sink = CategorySink(client)
        await carry(sink, record)
        live = (await sink.read_live([record]))["shirts"]
        by_hand = {"sources": [{"uri": "https://m.example/h"}], "name": {"en": "By hand"}}
        add = {"action": "addAsset", "asset": by_hand, "position": 0}
        await client.update("categories", live.id, live.version, [add])
        assert await pending(sink, record) == [None]
        two = replace(one, key="size", name={"en": "Sizes"})
        await carry(sink, replace(record, assets=(two, one)))
        body = (await sink.read_live([record]))["shirts"].body
        names = [asset["name"]["en"] for asset in body["assets"]]
        assert names == ["Sizes", "By hand", "Care"]
        await carry(sink, replace(record, assets=(one, two)))
        body = (await sink.read_live([record]))["shirts"].body
        assert [asset["name"]["en"] for asset in body["assets"]] == ["Care", "Sizes", "By hand"]


async def test_two_categories_of_one_feed_with_one_slug_are_told_by_name() -> None:
    """The first has it; the second is refused before anything is sent, also in a later batch."""
    one = Category(key="a-shirts", name={"en": "S"}, slug={"en": "shirts"})
    two = replace(one, key="b-shirts")
    async with open_shop() as client:
        sink = CategorySink(client)
        await sink.read_live([one])
        await sink.read_live([two])
        assert sink.plan(one, None) is not None
        with pytest.raises(Refused, match="a-shirts and b-shirts both have the slug shirts in en"):
            sink.plan(two, None)
        await sink.read_live([replace(one, slug={"en": "chemises"})])
        await sink.read_live([two])
        assert sink.plan(two, None) is not None


async def test_a_category_with_others_below_it_is_not_deleted() -> None:
    """The shop would delete the whole branch with it."""
    root = Category(key="women", name={"en": "W"}, slug={"en": "women"}, parent=None)
    leaf = Category(key="shirts", name={"en": "S"}, slug={"en": "shirts"}, parent="women")
    async with open_shop() as client:
        sink = CategorySink(client)
        await carry(sink, root, leaf)
        live: dict[str, Any] = dict(await sink.read_live([root, leaf]))
        women, shirts = (sink.plan_removal(key, live[key], "delete") for key in ("women", "shirts"))
        assert women is not None
        assert shirts is not None
        with pytest.raises(Refused, match="has others below it"):
            await sink.apply(women)
        await sink.apply(shirts)
        await sink.apply(women)
        assert await sink.read_live([root, leaf]) == {}
