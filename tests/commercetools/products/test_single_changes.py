"""One difference is one action; what is only spelled otherwise is none; traps of order are none either."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET, json
from msgspec.structs import asdict, replace

from passerelle.errors import ConfigError, ReferenceMissing, Refused
from passerelle.records import Asset, AssetSource, EmbeddedPrice, Money, PriceTier, Product, Variant
from passerelle.sync.protocols import Change
from tests.commercetools.products.workshop import KEY, Workshop, workshop

JANUARY, FEBRUARY, MARCH = (datetime(2027, month, 1, tzinfo=UTC) for month in (1, 2, 3))
FILM = Asset(key="film", name={"en": "Film"}, sources=(AssetSource(uri="https://a.example"),))
BASE = EmbeddedPrice(value=Money(1990, "EUR"), country="FR", key="pk-1")
SALE = EmbeddedPrice(
    value=Money(990, "EUR"), country="FR", key="pk-2", valid_from=JANUARY, valid_until=FEBRUARY
)
ONE = Variant(
    sku="s-1",
    key="v-1",
    attributes={
        "ean": "1",
        "size": "36",
        "colour": "black",
        "material": "wool",
        "gender": "women",
        "weight": 450,
        "care": {"en": "wash"},
        "labels": ("a", "b"),
        "genders": ("women", "men"),
        "part": {"typeId": "product", "key": "part-1"},
        "seen": JANUARY,
        "deposit": Money(100, "EUR"),
        "size_box": {"width": 3, "unit": "men"},
        "season": "summer",
    },
    images=("https://i.example/1", "https://i.example/2", "https://i.example/3", "https://i.example/4"),
    assets=(FILM,),
    prices=(BASE, SALE),
)
TWO = Variant(
    sku="s-2",
    key="v-2",
    attributes={"ean": "2", "size": "38", "colour": "black", "material": "wool", "gender": "women"},
)
DRESS = Product(
    key=KEY,
    name={"en": "Dress"},
    slug={"en": "dress"},
    description={"en": "Long"},
    product_type="article",
    categories=("cat-1", "cat-2"),
    category_order_hints={"cat-1": "0.5"},
    tax_category="normal",
    search_keywords={"en": ("dress", "gown")},
    meta_title={"en": "Dress"},
    state="drafted",
    variants=(ONE, TWO),
)


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    """A shop whose requests are judged in the end."""
    with workshop() as opened:
        yield opened


@pytest.fixture
def dress(shop: Workshop) -> Workshop:
    """The shop with the dress, published."""
    shop.clear(KEY, "style-2")
    shop.carry(shop.sink(), DRESS)
    return shop


def one(**changes: Any) -> Product:
    """The dress with another first variant."""
    return Product(key=KEY, variants=(replace(ONE, **changes),))


def valued(**values: Any) -> Product:
    """The dress with other attributes on its first variant."""
    return Product(key=KEY, variants=(Variant(sku="s-1", attributes=values),))


def names(change: Change | None) -> list[str]:
    """The actions of a change, `publish` at the end left out."""
    assert change is not None
    found = [action["action"] for action in change.actions]
    return found[:-1] if found[-1] == "publish" else found


URLS = [f"https://i.example/{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("record", "actions"),
    [
        (Product(key=KEY, meta_title={"en": "New"}), ["setMetaTitle"]),
        (Product(key=KEY, meta_description={"en": "New"}), ["setMetaDescription"]),
        (Product(key=KEY, meta_keywords={"en": "New"}), ["setMetaKeywords"]),
        (Product(key=KEY, search_keywords={"en": ("dress",)}), ["setSearchKeywords"]),
        (Product(key=KEY, search_keywords=None), ["setSearchKeywords"]),
        (Product(key=KEY, category_order_hints={"cat-1": "0.25"}), ["setCategoryOrderHint"]),
        (Product(key=KEY, category_order_hints={"cat-1": None}), ["setCategoryOrderHint"]),
        (
            Product(key=KEY, categories=("cat-1", "cat-2", "cat-3"), category_order_hints={"cat-3": "0.2"}),
            ["addToCategory"],
        ),
        (Product(key=KEY, categories=("cat-2",)), ["removeFromCategory"]),
        (Product(key=KEY, state="approved"), ["transitionState"]),
        (Product(key=KEY, price_mode="Standalone"), ["setPriceMode"]),
        (Product(key=KEY, published=False), ["unpublish"]),
        (valued(season="winter"), ["setProductAttribute"]),
        (valued(material="silk"), ["setAttributeInAllVariants"]),
        (valued(weight=Decimal("450.5")), ["setAttribute"]),
        (valued(weight=None), ["setAttribute"]),
        (valued(labels=("a",)), ["setAttribute"]),
        (valued(part={"typeId": "product", "key": "part-2"}), ["setAttribute"]),
        (valued(size_box={"width": 4, "unit": "men"}), ["setAttribute"]),
        (valued(deposit=Money(101, "EUR")), ["setAttribute"]),
        (one(key="v-9"), ["setProductVariantKey"]),
        (Product(key=KEY, variants=(Variant(sku="s-9", key="v-2"),)), ["setSku"]),
        (Product(key=KEY, variants=(ONE,), variants_complete=True), ["removeVariant"]),
        (Product(key=KEY, variants=(TWO,), variants_complete=True), ["changeMasterVariant", "removeVariant"]),
        (one(images=(*URLS[2:5], URLS[1])), ["moveImageToPosition"]),
        (one(images=(URLS[4], *URLS[1:4])), ["moveImageToPosition"]),
        (one(images=URLS[1:4]), ["removeImage"]),
        (one(images=(*URLS[1:5], URLS[0])), ["addExternalImage"]),
        (one(image_labels=("front", "", "", "")), ["setImageLabel"]),
        (one(assets=()), ["removeAsset"]),
        (one(prices=(BASE,)), ["removePrice"]),
        (one(prices=(replace(BASE, value=Money(1890, "EUR")), SALE)), ["changePrice"]),
        (
            one(prices=(replace(BASE, tiers=(PriceTier(minimum_quantity=2, value=Money(9, "EUR")),)), SALE)),
            ["changePrice"],
        ),
        (one(prices=(BASE, replace(SALE, valid_until=MARCH))), ["changePrice"]),
        (one(prices=(replace(BASE, key="pk-9"), SALE)), ["setPriceKey"]),
        (one(prices=(replace(BASE, custom_type="extra"), SALE)), ["setProductPriceCustomType"]),
        (
            one(prices=(BASE, SALE, EmbeddedPrice(value=Money(1, "EUR"), country="BE", channel="web"))),
            ["addPrice"],
        ),
    ],
)
def test_one_difference_is_one_action(dress: Workshop, record: Product, actions: list[str]) -> None:
    """No shorter list of actions would do; a master variant that goes takes two."""
    assert names(dress.carry(dress.sink(), record)) == actions


@pytest.mark.parametrize(
    "record",
    [
        valued(weight=Decimal("450.0")),
        valued(weight="450"),
        valued(colour={"key": "black", "label": {"en": "other"}}),
        valued(labels=["b", "a"]),
        valued(genders=("men", "women")),
        valued(care={"en": "wash", "fr-FR": ""}),
        valued(seen="2027-01-01T01:00:00+01:00"),
        valued(deposit={"cent_amount": 100, "currency": "EUR"}),
        valued(size_box=[{"name": "unit", "value": "men"}, {"name": "width", "value": 3.0}]),
        valued(part="part-1"),
        Product(key=KEY, categories=("cat-2", "cat-1")),
        Product(key=KEY, category_order_hints={"cat-1": "0.50"}),
        Product(key=KEY, category_order_hints={"cat-1": Decimal("0.5")}),
        Product(key=KEY, search_keywords={"en": ("gown", "dress")}),
        Product(key=KEY, published=True),
        one(prices=(SALE, BASE)),
    ],
)
def test_equal_in_another_spelling_is_equal(dress: Workshop, record: Product) -> None:
    """12 and 12.0, an enum and its key, sets in any order, a reference by id or key: no action."""
    assert dress.plan(dress.sink(), record) is None


def test_a_record_that_was_kept_as_json_is_still_the_same(dress: Workshop) -> None:
    """The sync keeps records as JSON: amounts, numbers and times come back as text and parts."""
    again = json.decode(json.encode(DRESS), type=Product)
    assert dress.plan(dress.sink(), again) is None


def test_variants_swap_what_tells_them_apart(dress: Workshop) -> None:
    """Where values are swapped one variant lets go first; keys, Unique and combinations alike."""
    first, second = asdict(ONE)["attributes"], asdict(TWO)["attributes"]
    swapped = Product(
        key=KEY,
        variants=(
            replace(ONE, key="v-2", attributes={**first, "ean": "2", "size": "38"}),
            replace(TWO, key="v-1", attributes={**second, "ean": "1", "size": "36"}),
        ),
    )
    change = dress.carry(dress.sink(), swapped)
    assert change is not None
    assert [a for a in change.actions if a.get("name") == "ean"] == [
        {"action": "setAttribute", "sku": "s-1", "name": "ean"},
        {"action": "setAttribute", "sku": "s-2", "name": "ean", "value": "1"},
        {"action": "setAttribute", "sku": "s-1", "name": "ean", "value": "2"},
    ]


def test_a_value_moves_on_without_letting_go(dress: Workshop) -> None:
    """What is freed first can be taken: two actions, not three."""
    record = Product(
        key=KEY, variants=(Variant(sku="s-1", attributes={"ean": "2"}), replace(TWO, attributes={"ean": "3"}))
    )
    change = dress.carry(dress.sink(), record)
    assert change is not None
    assert [(a["sku"], a["value"]) for a in change.actions[:2]] == [("s-2", "3"), ("s-1", "2")]


def test_all_variants_are_replaced(dress: Workshop) -> None:
    """Convention 34, new SKUs for the same sizes: the old master makes room, a new one takes its place."""
    record = Product(
        key=KEY,
        variants=(replace(ONE, sku="n-1", key="n-1"), replace(TWO, sku="n-2", key="n-2")),
        variants_complete=True,
    )
    dress.carry(dress.sink(), record)
    live = dress.live(dress.sink(), record)
    assert live is not None
    assert [live.body["masterVariant"]["sku"], *(v["sku"] for v in live.body["variants"])] == ["n-1", "n-2"]


def test_the_first_variant_is_the_master_when_the_policy_says_so(dress: Workshop) -> None:
    """`master: first` follows the record's order; `keep` leaves it."""
    record = Product(key=KEY, variants=(TWO, ONE))
    assert dress.plan(dress.sink(), record) is None
    assert names(dress.carry(dress.sink(master="first"), record)) == ["changeMasterVariant"]


def test_a_value_for_all_variants_is_set_once(dress: Workshop) -> None:
    """Two variants that get one value get it by one action, each named to the reader."""
    record = Product(
        key=KEY,
        variants=tuple(Variant(sku=sku, attributes={"washable": True}) for sku in ("s-1", "s-2")),
    )
    change = dress.carry(dress.sink(), record)
    assert names(change) == ["setAttributeInAllVariants"]
    assert change is not None
    assert [field.field for field in change.fields] == ["variants[s-1].washable", "variants[s-2].washable"]


def test_windows_that_move_into_each_other_never_overlap(dress: Workshop) -> None:
    """Two sales swap their months: the shop, which looks after each action, takes it."""
    later = EmbeddedPrice(
        value=Money(890, "EUR"), country="FR", key="pk-3", valid_from=FEBRUARY, valid_until=MARCH
    )
    dress.carry(dress.sink(), one(prices=(BASE, SALE, later)))
    swapped = (
        BASE,
        replace(SALE, valid_from=FEBRUARY, valid_until=MARCH),
        replace(later, valid_from=JANUARY, valid_until=FEBRUARY),
    )
    dress.carry(dress.sink(), one(prices=swapped))


def test_a_price_keeps_its_id(dress: Workshop) -> None:
    """Other things in the shop may point to it."""
    sink = dress.sink()
    before = dress.live(sink, DRESS)
    dress.carry(sink, one(prices=(replace(BASE, value=Money(1, "EUR")), SALE)))
    after = dress.live(sink, DRESS)
    assert before is not None
    assert after is not None
    ids = [{p["id"] for p in live.body["masterVariant"]["prices"]} for live in (before, after)]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (one(prices=(BASE, replace(BASE, key="pk-9"))), "duplicate_price_scope"),
        (
            one(prices=(SALE, replace(SALE, key="pk-9", valid_until=MARCH))),
            "overlapping_prices",
        ),
        (one(prices=(BASE, replace(SALE, key="pk-1"))), "duplicate_price_key"),
        (one(prices=(replace(SALE, valid_until=JANUARY),)), "invalid_validity"),
        (one(prices=(replace(BASE, key="x y"),)), "invalid_key"),
        (
            one(prices=tuple(EmbeddedPrice(value=Money(1, "EUR"), country=f"A{n}") for n in range(101))),
            "too_many_prices",
        ),
        (replace(one(), price_mode="Standalone"), "price_mode"),
        (one(key="no key"), "invalid_key"),
        (Product(key=KEY, slug={"en": "no slug"}), "invalid_slug"),
        (Product(key=KEY, name={"en": ""}), "incomplete"),
        (Product(key=KEY, state=None), "state_stays"),
        (Product(key=KEY, category_order_hints={"cat-1": "1.5"}), "order_hint"),
        (Product(key=KEY, category_order_hints={"cat-3": "0.5"}), "order_hint"),
        (valued(material="x" * 10_923), "text_too_long"),
        (one(image_labels=("front",)), "image_labels"),
    ],
)
def test_what_the_shop_would_refuse_is_refused_before(dress: Workshop, record: Product, code: str) -> None:
    """Limits and contradictions are found by the plan, with a code and an advice."""
    with pytest.raises(Refused) as caught:
        dress.plan(dress.sink(), record)
    assert caught.value.code == code
    assert caught.value.advice


def test_embedded_prices_are_refused_where_nobody_reads_them(dress: Workshop) -> None:
    """A product that reads standalone prices: the advice names the other feed."""
    dress.carry(dress.sink(), Product(key=KEY, price_mode="Standalone"))
    with pytest.raises(Refused, match="standalone prices") as caught:
        dress.plan(dress.sink(), one(prices=(replace(BASE, value=Money(1, "EUR")),)))
    assert caught.value.code == "price_mode"


def test_a_sku_that_stock_uses_stays(dress: Workshop) -> None:
    """Only the shop knows: its refusal gets an advice."""
    dress.run(dress.client.create("inventory", {"sku": "s-2", "quantityOnStock": 1}))
    sink = dress.sink()
    change = dress.plan(sink, Product(key=KEY, variants=(Variant(sku="s-9", key="v-2"),)))
    assert change is not None
    with pytest.raises(Refused) as caught:
        dress.run(sink.apply(change))
    assert "stock" in caught.value.advice
    dress.run(_without_stock(dress))


async def _without_stock(shop: Workshop) -> None:
    for entry in await shop.client.page("inventory"):
        await shop.client.delete("inventory", entry["id"], entry["version"])


def test_a_ring_of_products_is_made_without_what_is_missing_and_completed(dress: Workshop) -> None:
    """Each names the other: the first is made without, waits, and gets its part when the other is there."""
    sink = dress.sink()
    to_other = {"part": {"typeId": "product", "key": "style-2"}, "parts": ("part-1", "style-2")}
    record = valued(**to_other)
    change = dress.plan(sink, record)
    assert change is not None
    assert change.waiting == ("product style-2",)
    assert [a.get("name") for a in change.actions[:1]] == ["parts"]
    dress.run(sink.apply(change))
    with pytest.raises(ReferenceMissing, match="style-2"):
        dress.plan(sink, record)
    other = Product(
        key="style-2",
        name={"en": "Belt"},
        slug={"en": "belt"},
        product_type="article",
        variants=(Variant(sku="b-1", attributes={"part": {"typeId": "product", "key": KEY}}),),
    )
    dress.carry(sink, other)

    assert names(dress.carry(sink, record)) == ["setAttribute", "setAttribute"]
    dress.carry(
        sink, Product(key=KEY, variants=(Variant(sku="s-1", attributes={"part": None, "parts": None}),))
    )
    dress.clear("style-2")


def test_prices_alone_are_published(dress: Workshop) -> None:
    """`prices` puts embedded prices on the shop and leaves the rest staged."""
    sink = dress.sink(publish="prices")
    record = replace(one(prices=(replace(BASE, value=Money(5, "EUR")), SALE)), name={"en": "Staged"})
    change = dress.plan(sink, record)
    assert change is not None
    assert change.actions[-1] == {"action": "publish", "scope": "Prices"}
    dress.run(sink.apply(change))
    where = [("where", f'key = "{KEY}"')]
    (current,) = dress.run(dress.client.page("product-projections", where))
    assert current["name"] == {"en": "Dress"}
    assert {p["value"]["centAmount"] for p in current["masterVariant"]["prices"]} == {5, 990}
    staged = dress.plan(sink, replace(record, name={"en": "Staged twice"}))
    assert names(staged) == ["changeName"]


def test_what_was_taken_off_the_shop_comes_back(dress: Workshop) -> None:
    """Removal by policy, once; a record that is back says that it is shown, unless it knows better."""
    sink = dress.sink()
    live = dress.live(sink, DRESS)
    assert live is not None
    off = sink.plan_removal(KEY, live, "unpublish")
    assert off is not None
    dress.run(sink.apply(off))
    gone = dress.run(sink.read_ids([live.id]))[live.id]
    assert sink.plan_removal(KEY, gone, "unpublish") is None
    assert dress.plan(sink, DRESS) is None

    back = dress.carry(sink, sink.returned(DRESS, "unpublish"))
    assert back is not None
    assert back.actions == ({"action": "publish"},)
    hidden = replace(DRESS, published=False)
    assert sink.returned(hidden, "unpublish") is hidden
    assert sink.plan_removal(KEY, live, "keep") is None
    with pytest.raises(ConfigError, match="unpublish or delete"):
        sink.plan_removal(KEY, live, "zero")


def test_what_a_record_leaves_out_of_a_price_stays(dress: Workshop) -> None:
    """A changed amount takes tiers, key and custom fields along."""
    rich = replace(
        BASE,
        tiers=(PriceTier(minimum_quantity=5, value=Money(1, "EUR")),),
        custom_type="extra",
        custom={"note": "x"},
    )
    sink = dress.sink()
    dress.carry(sink, one(prices=(rich, SALE)))
    dress.carry(sink, one(prices=(replace(BASE, key=UNSET, value=Money(7, "EUR")), SALE)))
    live = dress.live(sink, DRESS)
    assert live is not None
    variants = sink.record_of(live).variants
    assert isinstance(variants, tuple)
    prices = variants[0].prices
    assert isinstance(prices, tuple)
    assert replace(rich, value=Money(7, "EUR")) in prices


def test_a_required_attribute_cannot_be_left_out_or_go(dress: Workshop) -> None:
    """The plan says which one, before the shop does."""
    sink = dress.sink()
    live = dress.live(sink, DRESS)
    known = sink._known  # noqa: SLF001 - the product type as it would be
    kind = known.product_types.get("article")
    assert kind is not None
    strict = [{**one, "isRequired": one["name"] == "size"} for one in kind["attributes"]]
    known.take_type({**kind, "attributes": strict})
    with pytest.raises(Refused, match="size") as absent:
        sink.plan(replace(DRESS, variants=(Variant(sku="s-1"),)), None)
    with pytest.raises(Refused, match="size") as gone:
        sink.plan(valued(size=None), live)
    assert absent.value.code == gone.value.code == "required_attribute"


def test_what_an_api_client_may_not_read_is_not_asked_for(
    dress: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Least privilege: states, channels and types that only live products have keep their ids."""
    asked: list[str] = []
    ask = dress.client.query_in

    async def noted(path: str, *arguments: Any, **options: Any) -> list[dict[str, Any]]:
        asked.append(path)
        return await ask(path, *arguments, **options)

    async def narrow() -> frozenset[str]:
        return frozenset({"manage_products", "view_categories", "view_tax_categories"})

    sink = dress.sink()
    dress.carry(sink, one(prices=(replace(BASE, customer_group="b2b", custom_type="extra"), SALE)))
    monkeypatch.setattr(dress.client, "query_in", noted)
    monkeypatch.setattr(dress.client, "scopes", narrow)
    assert dress.plan(dress.sink(), Product(key=KEY, name={"en": "Dress"})) is None
    assert not {"states", "types", "customer-groups"} & set(asked)
    assert {"product-projections", "categories"} <= set(asked)
