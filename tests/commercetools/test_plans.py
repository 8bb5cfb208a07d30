"""Plans are right and minimal: applied, they give what was wanted, and then there is nothing left to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import asdict, replace

from passerelle.commercetools import CategorySink, Client, PriceSink, ProductSink, StockSink
from passerelle.commercetools.planning.resource_sink import ResourceSink
from passerelle.commercetools.products.projection import compact
from passerelle.errors import ReferenceMissing, Refused
from passerelle.records import Category, Money, Price, Product, StockLevel, Variant
from passerelle.sync.protocols import Change, FieldChange, Live

from . import shelf
from .conftest import settings

CATEGORIES = ("cat-0001", "cat-0002", "cat-0003")
CHANNELS = ("depot-001", "depot-101")


def offline() -> Client:
    """A client for plans: no plan ever calls it."""

    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    return Client(settings(), transport=httpx.MockTransport(never))


def product_sink(**options: Any) -> ProductSink:
    """A sink that has been prepared with the project of the shelf."""
    sink = ProductSink(offline(), **options)
    known = sink._known  # noqa: SLF001 - prepare() and read_live() without a server
    known.take_type(shelf.ARTICLE)
    for key in CATEGORIES:
        known.categories.remember({"id": f"id-of-{key}", "key": key})
    for key in ("normal", "reduced"):
        known.tax_categories.remember({"id": f"id-of-{key}", "key": key})
    return sink


def stock_sink(**options: Any) -> StockSink:
    """A sink that knows two depots."""
    sink = StockSink(offline(), **options)
    for key in CHANNELS:
        sink._channels.remember({"id": f"id-of-{key}", "key": key, "roles": ["InventorySupply"]})  # noqa: SLF001 - prepare() without a server
    return sink


def carried_out(
    sink: ResourceSink[Any], change: Change | None, live: dict[str, Any] | None
) -> dict[str, Any]:
    """The resource after a change."""
    if change is None:
        assert live is not None
        return live
    if change.kind == "create":
        assert live is None
        assert change.body is not None
        return shelf.create(sink.entity, change.body)
    assert live is not None
    assert (change.target_id, change.version) == (live["id"], live["version"])
    return shelf.apply(sink.entity, live, change.actions)


def held(body: dict[str, Any]) -> Live:
    """The resource as `read_live` gives it."""
    return Live(body["id"], body["version"], compact(body) if "masterVariant" in body else body)


# --- strategies ---

words = st.text("abcé ", min_size=1, max_size=8)
locales = st.sampled_from(["fr-FR", "nl-BE", "pl-PL"])
texts = st.dictionaries(locales, words, min_size=1)
slugs = st.dictionaries(locales, st.text("abc-", min_size=2, max_size=8), min_size=1)


def unset_or(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or that the source says nothing."""
    return st.one_of(st.just(UNSET), strategy)


categories = st.builds(
    Category,
    key=st.just("cat-0009"),
    name=texts,
    slug=texts,
    parent=unset_or(st.sampled_from(CATEGORIES)),
    order_hint=st.sampled_from([UNSET, None, "0.0020", "0.5", "0.30"]),
    external_id=st.sampled_from([UNSET, None, "0009", "9"]),
)
instants = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(2026, 3, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=0))
prices = st.builds(
    Price,
    sku=st.just("s-1"),
    value=st.builds(Money, st.integers(0, 3), st.just("EUR")),
    country=st.just("FR"),
    valid_until=st.none() | instants,
)
stock = st.builds(
    StockLevel,
    sku=st.just("s-1"),
    quantity=st.integers(-1, 3),
    supply_channel=st.just("depot-001"),
    expected_delivery=unset_or(st.none() | instants),
    restockable_in_days=unset_or(st.none() | st.integers(0, 2)),
)
common_values = st.fixed_dictionaries(
    {},
    optional={
        "material": st.none() | words,
        "gender": st.sampled_from([None, "women", "men"]),
    },
)
own_values = st.fixed_dictionaries(
    {},
    optional={
        "ean": st.none() | words,
        "colour": st.sampled_from([None, *shelf.COLOURS]),
        "weight_g": st.sampled_from([None, 0, 450, 1200]),
        "washable": st.sampled_from([None, False, True]),
        "care": st.none() | texts,
        "labels": st.none() | st.lists(words, unique=True, max_size=3),
    },
)
urls = st.lists(st.sampled_from([f"https://img.example/{n}.jpg" for n in range(4)]), unique=True)


@st.composite
def products(draw: st.DrawFn) -> Product:
    """A product whose variants agree on what must be the same for all."""
    common = draw(common_values)
    skus = draw(st.lists(st.sampled_from(["s-1", "s-2", "s-3", "s-4"]), unique=True, min_size=1))
    return Product(
        key="style-000123",
        name=draw(texts),
        slug=draw(slugs),
        description=draw(unset_or(st.none() | texts)),
        product_type="article",
        categories=draw(unset_or(st.lists(st.sampled_from(CATEGORIES), unique=True).map(tuple))),
        tax_category=draw(st.sampled_from([UNSET, None, "normal", "reduced"])),
        variants=tuple(
            Variant(
                sku=sku,
                key=draw(unset_or(st.sampled_from([f"key-{sku}", f"other-{sku}"]))),
                attributes={**common, **draw(own_values)},
                images=draw(unset_or(urls.map(tuple))),
            )
            for sku in skus
        ),
    )


# --- converges ---


def converges(sink: ResourceSink[Any], before: Any, wanted: Any) -> dict[str, Any]:
    """Carry one record after the other into an empty shop; each leaves nothing to do for itself."""
    body: dict[str, Any] | None = None
    for record in (before, wanted):
        change = sink.plan(record, None if body is None else held(body))  # type: ignore[attr-defined] # each sink has it
        body = carried_out(sink, change, body)
        assert sink.plan(record, held(body)) is None  # type: ignore[attr-defined] # each sink has it
        if change is not None:
            assert change.fields
            assert all(field.old != field.new for field in change.fields)
    assert body is not None
    return body


def says(body_texts: dict[str, str] | None, wanted: Any, before: Any) -> None:
    """The wanted locales hold the wanted text, the others what they held before."""
    if wanted is UNSET:
        return
    if wanted is None:
        assert not body_texts
        return
    expected = {**(before if isinstance(before, dict) else {}), **wanted}
    assert body_texts == expected


@given(categories, categories)
def test_categories_converge(before: Category, wanted: Category) -> None:
    """After the plan the category is as wanted, foreign locales untouched, and a second plan is empty."""
    body = converges(CategorySink(offline()), before, wanted)

    says(body["name"], wanted.name, before.name)
    says(body["slug"], wanted.slug, before.slug)
    if isinstance(wanted.parent, str):
        assert body["parent"]["key"] == wanted.parent
    if wanted.external_id is not UNSET:
        assert body.get("externalId") == wanted.external_id
    if isinstance(wanted.order_hint, str):
        assert float(body["orderHint"]) == float(wanted.order_hint)


@given(prices, prices)
def test_prices_converge(before: Price, wanted: Price) -> None:
    """After the plan the price holds as wanted, and a second plan is empty."""
    body = converges(PriceSink(offline()), before, wanted)

    assert body["value"]["centAmount"] == wanted.value.cent_amount
    assert ("validUntil" in body) == (wanted.valid_until is not None)
    assert body["active"] is True


@given(stock, stock)
def test_stock_converges(before: StockLevel, wanted: StockLevel) -> None:
    """After the plan the stock is as wanted, zero included, and a second plan is empty."""
    body = converges(stock_sink(), before, wanted)

    assert body["quantityOnStock"] == wanted.quantity
    if wanted.restockable_in_days is not UNSET:
        assert body.get("restockableInDays") == wanted.restockable_in_days


@given(products(), products(), st.sampled_from(["keep", "always", "never"]))
def test_products_converge(before: Product, wanted: Product, publish: str) -> None:
    """After the plan every field is as wanted, no variant is lost, and a second plan is empty.

    The model refuses, after every single action, what the API refuses: the order of actions is part of
    what is proved here.
    """
    body = converges(product_sink(publish=publish), before, wanted)

    says(body["name"], wanted.name, before.name)
    says(body["slug"], wanted.slug, before.slug)
    says(body.get("description"), wanted.description, before.description)
    if wanted.categories is not UNSET:
        assert {c["key"] for c in body["categories"]} == set(wanted.categories)
    if wanted.tax_category is not UNSET:
        assert body.get("taxCategory", {}).get("key") == wanted.tax_category
    assert isinstance(before.variants, tuple)
    assert isinstance(wanted.variants, tuple)
    by_sku = {variant["sku"]: variant for variant in shelf.variants(body)}
    assert by_sku.keys() == {v.sku for v in before.variants} | {v.sku for v in wanted.variants}
    for variant in wanted.variants:
        shows(by_sku[variant.sku], variant)
    assert body["published"] is (publish != "never")
    assert body["hasStagedChanges"] is (publish == "never")


def shows(live: dict[str, Any], wanted: Variant) -> None:
    """The live variant has what the record names."""
    values = {attribute["name"]: attribute["value"] for attribute in live["attributes"]}
    assert isinstance(wanted.attributes, dict)
    for name, value in wanted.attributes.items():
        if value is None or value == []:
            assert name not in values
        elif name == "care":
            assert value.items() <= values[name].items()
        else:
            assert values[name] == shelf.stored(name, value)
    if wanted.key is not UNSET:
        assert live["key"] == wanted.key
    if isinstance(wanted.images, tuple):
        assert [image["url"] for image in live["images"]] == list(wanted.images)


# --- one field, one action ---

SHIRT = Product(
    key="style-000123",
    name={"fr-FR": "Chemise"},
    slug={"fr-FR": "chemise-000123"},
    description={"fr-FR": "En lin"},
    product_type="article",
    categories=("cat-0001", "cat-0002"),
    tax_category="normal",
    variants=(
        Variant(
            sku="s-1", attributes={"colour": "blue", "weight_g": 450, "material": "lin", "gender": "men"}
        ),
        Variant(sku="s-2", attributes={"colour": "red", "weight_g": 460, "material": "lin", "gender": "men"}),
    ),
)


def shirt_live() -> dict[str, Any]:
    """The shirt as it is in the shop, with a Dutch name from another feed."""
    change = product_sink().plan(SHIRT, None)
    assert change is not None
    assert change.body is not None
    body = shelf.create("product", change.body)
    body["name"]["nl-BE"] = "Hemd"
    return body


def planned(record: Product, **options: Any) -> Change:
    """The change against the live shirt."""
    change = product_sink(**options).plan(record, held(shirt_live()))
    assert change is not None
    return change


@pytest.mark.parametrize(
    ("field", "value", "action", "said"),
    [
        (
            "name",
            {"fr-FR": "Chemise bleue"},
            {"action": "changeName", "name": {"fr-FR": "Chemise bleue", "nl-BE": "Hemd"}},
            FieldChange("name.fr-FR", "Chemise", "Chemise bleue"),
        ),
        (
            "slug",
            {"nl-BE": "hemd-000123"},
            {"action": "changeSlug", "slug": {"fr-FR": "chemise-000123", "nl-BE": "hemd-000123"}},
            FieldChange("slug.nl-BE", None, "hemd-000123"),
        ),
        (
            "description",
            None,
            {"action": "setDescription"},
            FieldChange("description.fr-FR", "En lin", None),
        ),
        (
            "tax_category",
            "reduced",
            {"action": "setTaxCategory", "taxCategory": {"typeId": "tax-category", "key": "reduced"}},
            FieldChange("taxCategory", "normal", "reduced"),
        ),
        (
            "categories",
            ("cat-0001",),
            {"action": "removeFromCategory", "category": {"typeId": "category", "id": "id-of-cat-0002"}},
            FieldChange("categories", "cat-0002", None),
        ),
        (
            "categories",
            ("cat-0003", "cat-0002", "cat-0001"),
            {"action": "addToCategory", "category": {"typeId": "category", "key": "cat-0003"}},
            FieldChange("categories", None, "cat-0003"),
        ),
    ],
)
def test_one_field_is_one_action(field: str, value: Any, action: dict[str, Any], said: FieldChange) -> None:
    """A single difference gives a single action, and the sentence a person reads."""
    change = planned(replace(SHIRT, **{field: value}), publish="never")

    assert change.actions == (action,)
    assert change.fields == (said,)


def with_attribute(sku: str, **values: Any) -> Product:
    """The shirt with other attributes on one variant."""
    assert isinstance(SHIRT.variants, tuple)
    return replace(SHIRT, variants=tuple(
        Variant(sku=v.sku, attributes={**asdict(v)["attributes"], **values}) if v.sku == sku else v
        for v in SHIRT.variants
    ))  # fmt: skip


def test_an_attribute_is_set_on_its_variant_by_sku() -> None:
    """Variants are found by SKU, an enum is told by its key."""
    change = planned(with_attribute("s-2", colour="black"), publish="never")

    assert change.actions == ({"action": "setAttribute", "sku": "s-2", "name": "colour", "value": "black"},)
    assert change.fields == (FieldChange("variants[s-2].colour", "red", "black"),)


def test_an_attribute_that_is_the_same_for_all_is_set_once() -> None:
    """One action for all variants instead of one each."""
    assert isinstance(SHIRT.variants, tuple)
    wool = tuple(
        Variant(sku=v.sku, attributes={**asdict(v)["attributes"], "material": "laine"})
        for v in SHIRT.variants
    )
    change = planned(replace(SHIRT, variants=wool), publish="never")

    assert change.actions == ({"action": "setAttributeInAllVariants", "name": "material", "value": "laine"},)


def test_variants_that_must_agree_and_do_not_are_refused() -> None:
    """Two materials in one style are a fault of the source, named with both variants."""
    with pytest.raises(Refused, match=r"s-1 has 'lin', s-2 has 'laine'") as caught:
        planned(with_attribute("s-2", material="laine"))
    assert caught.value.code == "same_for_all"


def test_a_new_variant_shares_what_all_share() -> None:
    """What SameForAll holds in the shop goes into a new variant, also when the record does not say it."""
    new = Variant(sku="s-3", attributes={"colour": "black"})
    change = planned(Product(key=SHIRT.key, variants=(new,)), publish="never")

    (action,) = change.actions
    assert action["action"] == "addVariant"
    assert {a["name"]: a["value"] for a in action["attributes"]} == {
        "colour": "black", "material": "lin", "gender": "men",
    }  # fmt: skip


def test_equal_values_in_other_clothes_are_equal() -> None:
    """450.0 is 450, {key, label} is its key, a set knows no order, a reference is its key."""
    live = shirt_live()
    values = {a["name"]: a["value"] for a in live["masterVariant"]["attributes"]}
    assert repr(values["weight_g"]) == "450.0"
    assert values["colour"] == {"key": "blue", "label": {"en": "blue"}}
    assert product_sink().plan(SHIRT, held(live)) is None
    reordered = replace(SHIRT, categories=("cat-0002", "cat-0001"))
    assert product_sink().plan(reordered, held(live)) is None


def test_variants_left_out_stay() -> None:
    """Convention 34, delta with the complete product: variants that are left out stay."""
    assert isinstance(SHIRT.variants, tuple)
    assert product_sink().plan(replace(SHIRT, variants=SHIRT.variants[:1]), held(shirt_live())) is None


def test_publish_comes_last() -> None:
    """Remove, change, add, publish."""
    record = replace(SHIRT, name={"fr-FR": "Chemisier"}, categories=("cat-0001", "cat-0003"))

    names = [action["action"] for action in planned(record).actions]
    assert names == ["removeFromCategory", "changeName", "addToCategory", "publish"]


ON = {"published": True, "hasStagedChanges": False}
OFF = {"published": False, "hasStagedChanges": True}


@pytest.mark.parametrize(
    ("policy", "state", "last"),
    [
        ("keep", ON, "publish"), ("keep", OFF, "changeName"), ("never", ON, "changeName"),
        ("always", ON, "publish"), ("always", OFF, "publish"),
    ],
)  # fmt: skip
def test_publishing_follows_the_policy(policy: str, state: dict[str, bool], last: str) -> None:
    """`keep` leaves a product off that somebody took off, `always` puts it on, `never` only stages."""
    record = replace(SHIRT, name={"fr-FR": "Chemisier"})
    change = product_sink(publish=policy).plan(record, held({**shirt_live(), **state}))

    assert change is not None
    assert change.actions[-1]["action"] == last


def test_always_publishes_what_was_taken_off_even_without_a_change() -> None:
    """What the feed carries is on the shop."""
    live = held({**shirt_live(), **OFF})
    change = product_sink(publish="always").plan(SHIRT, live)

    assert change is not None
    assert change.actions == ({"action": "publish"},)
    assert change.fields == (FieldChange("published", old=False, new=True),)
    assert product_sink(publish="keep").plan(SHIRT, live) is None


# --- refusals ---


def test_a_feed_that_only_completes_does_not_create() -> None:
    """A translation of a product that is not there waits for it."""
    record = Product(key="style-9", name={"pl-PL": "Koszula"})
    with pytest.raises(ReferenceMissing) as caught:
        product_sink(creates=False).plan(record, None)
    assert caught.value.reference == "style-9"
    with pytest.raises(ReferenceMissing):
        CategorySink(offline(), creates=False).plan(Category(key="cat-9", name={"pl-PL": "Buty"}), None)


def test_a_draft_that_would_be_incomplete_is_refused_with_all_that_is_missing() -> None:
    """Every missing field at once."""
    with pytest.raises(Refused, match="no product_type and no slug"):
        product_sink().plan(Product(key="style-9", name={"fr-FR": "x"}), None)


def test_references_that_are_missing_are_all_named() -> None:
    """Categories and tax category together."""
    record = replace(SHIRT, categories=("cat-0001", "cat-9999"), tax_category="luxury")
    with pytest.raises(ReferenceMissing, match="category cat-9999, tax-category luxury"):
        planned(record)


@pytest.mark.parametrize(
    ("values", "kind", "code"),
    [
        ({"colour": "mauve"}, ReferenceMissing, "reference_missing"),
        ({"weight_g": "heavy"}, Refused, "invalid_attribute"),
        ({"weight_g": True}, Refused, "invalid_attribute"),
        ({"washable": 1}, Refused, "invalid_attribute"),
        ({"hem": "x"}, Refused, "unknown_attribute"),
    ],
)
def test_attributes_are_checked_before_anything_is_sent(
    values: dict[str, Any], kind: type[Refused], code: str
) -> None:
    """Unknown names, unknown enum keys and wrong types end in quarantine, not in a 400."""
    with pytest.raises(kind) as caught:
        planned(with_attribute("s-1", **values))
    assert caught.value.code == code


def test_a_product_keeps_its_type() -> None:
    """No update action changes it."""
    with pytest.raises(Refused, match="cannot change it"):
        planned(replace(SHIRT, product_type="gift-card"))


def test_variants_are_counted_before_sending() -> None:
    """100 variants, the kept ones included."""
    many = tuple(Variant(sku=f"n-{n}", attributes={"colour": "red"}) for n in range(99))
    with pytest.raises(Refused, match="101 variants"):
        planned(Product(key=SHIRT.key, variants=many))
    planned(Product(key=SHIRT.key, variants=many[:98]))


def test_no_variants_and_the_same_variant_twice_are_faults() -> None:
    """An empty list means a broken file, not a product without variants."""
    with pytest.raises(Refused, match="empty list"):
        planned(Product(key=SHIRT.key, variants=()))
    with pytest.raises(Refused, match="s-1 twice"):
        planned(Product(key=SHIRT.key, variants=(Variant(sku="s-1"), Variant(sku="s-1"))))


def test_a_category_does_not_become_a_root() -> None:
    """There is no action for it; the message says what to do."""
    sink = CategorySink(offline())
    body = shelf.create("category", {
        "key": "cat-2", "name": {"fr-FR": "x"}, "slug": {"fr-FR": "x"},
        "parent": {"typeId": "category", "key": "cat-1"},
    })  # fmt: skip
    with pytest.raises(Refused, match="Delete it"):
        sink.plan(Category(key="cat-2", parent=None), held(body))


def test_zero_stock_is_sent() -> None:
    """Zero is a value: a create carries it, and a change to zero is a change."""
    sink = stock_sink()
    empty = StockLevel(sku="s-1", quantity=0, supply_channel="depot-001")
    change = sink.plan(empty, None)
    assert change is not None
    assert change.body == {
        "key": "s-1_depot-001", "sku": "s-1", "quantityOnStock": 0,
        "supplyChannel": {"typeId": "channel", "key": "depot-001"},
    }  # fmt: skip
    live = shelf.create("stock", {**change.body, "quantityOnStock": 4})
    again = sink.plan(empty, held(live))
    assert again is not None
    assert again.actions == ({"action": "changeQuantity", "quantity": 0},)
    assert again.fields == (FieldChange("quantity", 4, 0),)


def test_a_depot_without_channel_is_named() -> None:
    """The night shift reads which depot to add."""
    with pytest.raises(ReferenceMissing, match="depot depot-140 of SKU s-1") as caught:
        stock_sink().plan(StockLevel(sku="s-1", quantity=1, supply_channel="depot-140"), None)
    assert caught.value.reference == "depot-140"


def test_a_channel_that_does_not_supply_is_refused() -> None:
    """The role is what makes a depot of a channel."""
    sink = stock_sink()
    sink._channels.remember({"id": "i", "key": "web", "roles": ["ProductDistribution"]})  # noqa: SLF001 - as above
    with pytest.raises(Refused, match="InventorySupply"):
        sink.plan(StockLevel(sku="s-1", quantity=1, supply_channel="web"), None)


SALE = Price(
    sku="s-1",
    value=Money(3990, "EUR"),
    country="FR",
    valid_from=datetime(2026, 11, 1, tzinfo=UTC),
    valid_until=datetime(2026, 12, 1, tzinfo=UTC),
)


def test_a_price_change_reads_as_money() -> None:
    """Reports and the guard see 39.90 EUR, not cents."""
    sink = PriceSink(offline())
    change = sink.plan(SALE, None)
    assert change is not None
    assert change.body is not None
    live = shelf.create("price", change.body)
    dearer = sink.plan(replace(SALE, value=Money(5990, "EUR")), held(live))

    assert change.key == "s-1_FR_EUR_20261101T000000Z"
    assert dearer is not None
    assert dearer.fields == (FieldChange("price.FR", "39.90 EUR", "59.90 EUR"),)
    value = {"currencyCode": "EUR", "centAmount": 5990}
    assert dearer.actions == ({"action": "changeValue", "value": value},)


def test_a_price_that_was_switched_off_is_switched_on() -> None:
    """The feed says that it holds."""
    sink = PriceSink(offline())
    change = sink.plan(SALE, None)
    assert change is not None
    assert change.body is not None
    live = {**shelf.create("price", change.body), "active": False}
    again = sink.plan(SALE, held(live))

    assert again is not None
    assert again.actions == ({"action": "changeActive", "active": True},)


def test_an_empty_validity_is_refused() -> None:
    """A price that ends before it begins never holds."""
    ends = datetime(2026, 11, 1, tzinfo=UTC) - timedelta(days=1)
    with pytest.raises(Refused, match="before it begins"):
        PriceSink(offline()).plan(replace(SALE, valid_until=ends), None)


def test_our_key_on_another_scope_is_replaced() -> None:
    """No action changes a scope: the price goes, and comes again with the scope of the record."""
    body = shelf.create("price", {
        "key": "s-1_FR_EUR", "sku": "s-1", "country": "BE", "active": True,
        "value": {"currencyCode": "EUR", "centAmount": 1},
    })  # fmt: skip
    live = held(body)
    change = PriceSink(offline()).plan(Price(sku="s-1", value=Money(1, "EUR"), country="FR"), live)
    assert change is not None
    assert (change.kind, change.target_id, change.version) == ("replace", live.id, live.version)
    assert change.body is not None
    assert (change.body["key"], change.body["country"]) == ("s-1_FR_EUR", "FR")
