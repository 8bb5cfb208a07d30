"""Variants of their own: one difference is one action, what is published and when, what is refused before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from passerelle.commercetools import Client
from passerelle.commercetools.products.known import Known
from passerelle.commercetools.variants.sink import OwnVariants
from passerelle.errors import ConfigError, Conflict, Refused
from passerelle.records import Product, Variant
from passerelle.sync.protocols import Change
from tests.commercetools.conftest import Connect
from tests.commercetools.products.test_single_changes import DRESS, ONE, TWO, URLS
from tests.commercetools.products.workshop import KEY, Workshop, workshop

FIRST = replace(ONE, prices=())
GOWN = replace(DRESS, variants=(FIRST, TWO))


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    """A Modular shop whose requests are judged in the end."""
    with workshop("Modular") as opened:
        yield opened


@pytest.fixture
def gown(shop: Workshop) -> Workshop:
    """The shop with the gown, published."""
    shop.clear()
    shop.carry(shop.sink(), GOWN)
    return shop


def first(**changes: Any) -> Product:
    """The gown with another first variant."""
    return Product(key=KEY, variants=(replace(FIRST, **changes),))


def valued(sku: str = "s-1", **values: Any) -> Variant:
    """A variant of which some attributes are named."""
    return Variant(sku=sku, attributes=values)


def sent(change: Change | None) -> list[str]:
    """What is sent, in order: actions on the product and on variants, and requests of many variants."""
    assert change is not None
    names: list[str] = []
    for request in change.actions:
        names += [one["action"] for one in request.get("actions", ())] or [request["action"]]
    return names


def sides(shop: Workshop) -> dict[str, tuple[bool, bool]]:
    """By SKU: whether a variant is published, and whether something of it is staged only."""
    variants: list[dict[str, Any]] = shop.run(shop.client.page("variants", [("limit", "500")]))
    shown = {one["id"]: one["staged"] if "staged" in one else one["current"] for one in variants}
    return {shown[one["id"]]["sku"]: (one["published"], "staged" in one) for one in variants}


@pytest.mark.parametrize(
    ("record", "actions"),
    [
        (Product(key=KEY, meta_title={"en": "New"}), ["setMetaTitle", "publish"]),
        (Product(key=KEY, variants=(valued(season="winter"),)), ["setProductAttribute", "publish"]),
        (Product(key=KEY, variants=(valued(weight=1),)), ["setAttribute", "publish"]),
        (Product(key=KEY, variants=(valued(weight=None),)), ["setAttribute", "publish"]),
        (Product(key=KEY, variants=(valued(ean="9"),)), ["setAttribute"]),
        (first(images=(URLS[4], *URLS[1:4])), ["moveImageToPosition", "publish"]),
        (first(images=URLS[1:4]), ["removeImage", "publish"]),
        (first(image_labels=("front", "", "", "")), ["setImageLabel", "publish"]),
        (first(assets=()), ["removeAsset", "publish"]),
        (first(key="v-9"), ["setKey"]),
        (Product(key=KEY, variants=(Variant(sku="s-9", key="v-2"),)), ["setSku"]),
        (Product(key=KEY, variants=(Variant(sku="s-3"),)), ["createVariants"]),
        (
            Product(key=KEY, variants=(FIRST,), variants_complete=True),
            ["unpublishVariants", "deleteVariants"],
        ),
        (
            Product(key=KEY, variants=(TWO,), variants_complete=True),
            ["setDefaultVariant", "publish", "unpublishVariants", "deleteVariants"],
        ),
        (Product(key=KEY, published=False), ["unpublishVariants", "unpublish"]),
    ],
)
def test_one_difference_is_one_action(gown: Workshop, record: Product, actions: list[str]) -> None:
    """No shorter list would do; what is staged is published last, what one variant holds alone at once."""
    assert sent(gown.carry(gown.sink(), record)) == actions
    assert not any(staged for _, staged in sides(gown).values())


@pytest.mark.parametrize(
    "record",
    [
        Product(key=KEY, variants=(valued(weight="450", colour="black", labels=["b", "a"]),)),
        Product(key=KEY, variants=(valued(part="part-1", size_box={"unit": "men", "width": 3.0}),)),
        Product(key=KEY, price_mode="Standalone", categories=("cat-2", "cat-1"), published=True),
        replace(GOWN, variants=(TWO, FIRST), variants_complete=True),
    ],
)
def test_equal_in_another_spelling_is_equal(gown: Workshop, record: Product) -> None:
    """What stands on product and variants is compared as in the other model."""
    assert gown.plan(gown.sink(), record) is None


def test_one_request_a_variant_which_publishes_it(gown: Workshop) -> None:
    """Many differences of two variants: two updates; one that is cut short leaves nothing half-way."""
    record = Product(
        key=KEY,
        variants=(
            replace(FIRST, images=URLS[:1], assets=(), attributes={"weight": 1, "washable": True}),
            replace(TWO, images=URLS[1:3], attributes={"weight": 2, "washable": False}),
        ),
    )
    change = gown.carry(gown.sink(), record)
    assert change is not None
    assert [one["action"] for one in change.actions] == ["updateVariant", "updateVariant"]


def test_variants_swap_what_tells_them_apart(gown: Workshop) -> None:
    """Each is a resource of its own: one lets go first, on both sides, and all are published again."""
    swapped = Product(
        key=KEY,
        variants=(
            Variant(sku="s-1", key="v-2", attributes={"ean": "2", "size": "38"}),
            Variant(sku="s-2", key="v-1", attributes={"ean": "1", "size": "36"}),
        ),
    )
    gown.carry(gown.sink(), swapped)
    assert sides(gown) == {"s-1": (True, False), "s-2": (True, False)}


def test_all_variants_are_replaced(gown: Workshop) -> None:
    """The default variant goes too: none is named until a new one is there."""
    record = Product(
        key=KEY,
        variants=(replace(FIRST, sku="n-1", key="v-1"), replace(TWO, sku="n-2", key="n-2")),
        variants_complete=True,
    )
    sink = gown.sink()
    # A new SKU under the same key is the same variant; under another one, another variant.
    assert sent(gown.carry(sink, record))[-1] != "deleteVariants"
    again = replace(record, variants=tuple(replace(one, sku=f"m{one.sku}", key=f"m{one.key}") for one in (
        record.variants or ())))  # fmt: skip
    gown.carry(sink, again)
    live = gown.live(sink, record)
    assert live is not None
    assert [one["sku"] for one in live.body["variants"]] == ["mn-1", "mn-2"]
    assert live.body["defaultVariant"]["id"] == live.body["variants"][0]["id"]
    assert sides(gown) == {"mn-1": (True, False), "mn-2": (True, False)}


def test_the_first_variant_is_the_default_one_when_the_policy_says_so(gown: Workshop) -> None:
    """`master: first` follows the record's order; `keep` leaves it."""
    record = Product(key=KEY, variants=(TWO, FIRST))
    assert gown.plan(gown.sink(), record) is None
    assert sent(gown.carry(gown.sink(master="first"), record)) == ["setDefaultVariant", "publish"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("keep", {"s-1": (True, False), "s-2": (False, False), "s-3": (True, False)}),
        ("always", {"s-1": (True, False), "s-2": (True, False), "s-3": (True, False)}),
        ("never", {"s-1": (True, True), "s-2": (False, False), "s-3": (False, False)}),
    ],
)
def test_each_variant_is_published_by_the_policy(
    gown: Workshop, policy: str, expected: dict[str, tuple[bool, bool]]
) -> None:
    """`keep` leaves off what somebody took off the shop, `always` shows all, `never` leaves all staged."""
    sink = gown.sink(publish=policy)
    live = gown.live(sink, GOWN)
    assert live is not None
    two = next(one for one in live.body["variants"] if one["sku"] == "s-2")
    gown.run(gown.client.update("variants", two["id"], two["version"], [{"action": "unpublish"}]))
    gown.carry(sink, Product(key=KEY, variants=(valued(weight=1), Variant(sku="s-3"))))
    assert sides(gown) == expected


def test_what_is_back_is_on_the_shop_with_its_variants(gown: Workshop) -> None:
    """Removal takes variants off before their product; a record that is back shows the product first."""
    sink = gown.sink()
    live = gown.live(sink, GOWN)
    assert live is not None
    off = sink.plan_removal(KEY, live, "unpublish")
    assert off is not None
    applied = gown.run(sink.apply(off))
    gone = gown.run(sink.read_ids([live.id]))[live.id]
    assert applied.version == gone.version
    assert sink.plan_removal(KEY, gone, "unpublish") is None
    assert sides(gown) == {"s-1": (False, False), "s-2": (False, False)}
    assert sent(gown.carry(sink, sink.returned(GOWN, "unpublish"))) == ["publish", "publishVariants"]
    with pytest.raises(ConfigError, match="unpublish or delete"):
        sink.plan_removal(KEY, gone, "zero")


def test_more_than_a_thousand_variants(shop: Workshop) -> None:
    """Classic takes a hundred variants, this model ten thousand; a thousand a request are published."""
    box = Product(key="box", product_type="dimensions", name={"en": "Box"}, slug={"en": "box"})
    many = tuple(Variant(sku=f"m-{number:04}") for number in range(1_001))
    sink = shop.sink()
    shop.carry(sink, replace(box, variants=many[:1], published=False))
    shop.carry(sink, replace(box, variants=many))
    on = shop.carry(sink, Product(key="box", published=True))
    assert on is not None
    assert [len(one.get("items", ())) for one in on.actions] == [0, 1_001]
    assert (
        len(shop.run(shop.client.page("variants", [("where", "published = true"), ("limit", "500")]))) == 500
    )
    with pytest.raises(Refused, match="10,000") as caught:
        shop.plan(sink, Product(key="box", variants=tuple(Variant(sku=f"x-{n}") for n in range(10_000))))
    assert caught.value.code == "too_many_variants"
    shop.clear("box")


def test_embedded_prices_are_told_before_anything_is_written(gown: Workshop) -> None:
    """A feed that has some is refused as a whole, whatever else it carries."""
    for record in (replace(DRESS, variants=(ONE, TWO)), Product(key="style-2", price_mode="Embedded")):
        with pytest.raises(ConfigError, match="all prices stand alone") as caught:
            gown.run(gown.sink().read_live([GOWN, record]))
        assert "entity price" in caught.value.advice


def test_the_version_moves_with_each_variant(gown: Workshop) -> None:
    """A plan is out of date when a variant moved, and what was written is known as it is read."""
    sink = gown.sink()
    before = gown.live(sink, GOWN)
    assert before is not None
    change = sink.plan(Product(key=KEY, name={"en": "Gown"}, variants=(valued(weight=1),)), before)
    assert change is not None
    two = next(one for one in before.body["variants"] if one["sku"] == "s-1")
    edit = {"action": "setAttribute", "name": "washable", "value": True}
    gown.run(gown.client.update("variants", two["id"], two["version"], [edit]))
    moved = gown.live(sink, GOWN)
    assert moved is not None
    assert moved.version == before.version + 1
    with pytest.raises(Conflict):
        gown.run(sink.apply(change))
    # What was done before the conflict is done: planning again finds the rest.
    rest = gown.plan(sink, Product(key=KEY, name={"en": "Gown"}, variants=(valued(weight=1),)))
    assert rest is not None
    applied = gown.run(sink.apply(rest))
    after = gown.live(sink, GOWN)
    assert after is not None
    assert applied.version == after.version
    assert sink.modified(after).ours is True


def test_a_variant_that_is_refused_stops_no_other(gown: Workshop) -> None:
    """Another product has the SKU: the refusal names it, what else is new is there."""
    sink = gown.sink()
    other = Product(
        key="style-2",
        name={"en": "Belt"},
        slug={"en": "belt"},
        product_type="article",
        variants=(Variant(sku="b-1"),),
    )
    gown.carry(sink, other)
    change = gown.plan(sink, Product(key=KEY, variants=(Variant(sku="b-1"), Variant(sku="s-3"))))
    assert change is not None
    with pytest.raises(Refused, match="b-1"):
        gown.run(sink.apply(change))
    live = gown.live(sink, GOWN)
    assert live is not None
    assert {one["sku"] for one in live.body["variants"]} == {"s-1", "s-2", "s-3"}
    gown.clear("style-2")


def test_a_variant_whose_creation_was_not_answered_is_found(gown: Workshop) -> None:
    """Somebody was quicker, or the answer was lost: another look, not a refusal."""
    sink = gown.sink()
    record = Product(key=KEY, variants=(valued("s-3", ean="3"),))
    change = gown.plan(sink, record)
    assert change is not None
    gown.run(sink.apply(change))
    with pytest.raises(Conflict, match="exists already"):
        gown.run(sink.apply(change))
    assert gown.plan(sink, record) is None


def test_the_model_is_asked_for_only_in_doubt(gown: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a run; who may not read the settings looks whether there are variants."""
    asked: list[str] = []
    ask = Client.project

    async def noted(client: Client) -> Any:
        asked.append("project")
        return await ask(client)

    async def narrow() -> frozenset[str]:
        return frozenset({"manage_products"})

    monkeypatch.setattr(Client, "project", noted)
    sink = gown.sink()
    gown.live(sink, GOWN)
    gown.live(sink, GOWN)
    assert asked == ["project"]
    monkeypatch.setattr(gown.client, "scopes", narrow)
    assert gown.plan(gown.sink(), Product(key=KEY, variants=(valued(weight=450),))) is None
    assert asked == ["project"]


async def test_a_shop_that_does_not_know_the_model_is_classic(connect: Connect) -> None:
    """Neither settings without a word of it, nor a shop without `/variants`, stop a run."""
    answers: dict[str, list[str]] = {}
    for scope in ("", "manage_products:maison-lin"):
        asked: list[str] = []

        def handler(request: httpx.Request, scope: str = scope, asked: list[str] = asked) -> httpx.Response:
            if request.url.path == "/oauth/token":
                token = {"access_token": "t", "expires_in": 3600, "scope": scope}
                return httpx.Response(200, json=token)
            asked.append(request.url.path)
            if request.url.path == "/maison-lin":
                return httpx.Response(200, json={"key": "maison-lin", "name": "Maison Lin"})
            return httpx.Response(404, json={"statusCode": 404, "message": "URI not found"})

        async with connect(handler, own_tokens=True) as client:
            own = OwnVariants(client, Known(client), publish="keep", master="keep")
            assert not await own.used([])
            assert not own.is_used
        answers[scope] = asked
    assert answers == {
        "": ["/maison-lin"],
        "manage_products:maison-lin": ["/maison-lin/variants"],
    }
