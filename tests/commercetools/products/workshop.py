"""A shop with everything that products point to, and records of products of every kind, drawn at random."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st
from msgspec import UNSET

from passerelle.commercetools import Client, ProductSink
from passerelle.commercetools.products.price_scopes import wanted_scope
from passerelle.records import Asset, AssetSource, EmbeddedPrice, Money, PriceTier, Product, Variant
from passerelle.sync.protocols import Change, Live
from tests.commercetools.in_process import open_shop

__all__ = ["ATTRIBUTES", "KEY", "LOCALES", "Workshop", "full_products", "products", "workshop"]

T = TypeVar("T")
KEY = "style-1"
CATEGORIES = ("cat-1", "cat-2", "cat-3")
COLOURS = ("black", "blue", "red")
_LABEL = {"en": "x"}


def _attribute(name: str, kind: dict[str, Any], constraint: str = "None", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": _LABEL,
        "isRequired": False,
        "isSearchable": False,
        "attributeConstraint": constraint,
        "type": kind,
        **more,
    }


_ENUM = {"name": "enum", "values": [{"key": k, "label": k.upper()} for k in ("women", "men")]}
_LENUM = {"name": "lenum", "values": [{"key": k, "label": {"en": k, "fr": k}} for k in COLOURS]}
_PART = {"name": "reference", "referenceTypeId": "product"}
DIMENSIONS = {
    "key": "dimensions",
    "name": "dimensions",
    "description": "",
    "attributes": [_attribute("width", {"name": "number"}), _attribute("unit", _ENUM)],
}


def _article(nested: str) -> dict[str, Any]:
    return {
        "key": "article",
        "name": "article",
        "description": "",
        "attributes": [
            _attribute("ean", {"name": "text"}, "Unique"),
            _attribute("size", {"name": "text"}, "CombinationUnique"),
            _attribute("colour", _LENUM, "CombinationUnique"),
            _attribute("material", {"name": "text"}, "SameForAll", isSearchable=True),
            _attribute("gender", _ENUM, "SameForAll"),
            _attribute("weight", {"name": "number"}),
            _attribute("washable", {"name": "boolean"}),
            _attribute("care", {"name": "ltext"}),
            _attribute("labels", {"name": "set", "elementType": {"name": "text"}}),
            _attribute("genders", {"name": "set", "elementType": _ENUM}),
            _attribute("deposit", {"name": "money"}),
            _attribute("since", {"name": "date"}),
            _attribute("seen", {"name": "datetime"}),
            _attribute("part", _PART),
            _attribute("parts", {"name": "set", "elementType": _PART}),
            _attribute("brand", {"name": "reference", "referenceTypeId": "category"}),
            _attribute(
                "size_box", {"name": "nested", "typeReference": {"typeId": "product-type", "id": nested}}
            ),
            _attribute("season", {"name": "text"}, level="Product"),
        ],
    }


_FIELDS = [
    {"name": "note", "label": _LABEL, "required": False, "type": {"name": "String"}},
    {"name": "rank", "label": _LABEL, "required": False, "type": {"name": "Number"}},
]
_SHELF: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("categories", {"key": key, "name": {"en": key}, "slug": {"en": key}}) for key in CATEGORIES),
    *(("tax-categories", {"key": key, "name": key}) for key in ("normal", "reduced")),
    ("states", {"key": "drafted", "type": "ProductState", "initial": True}),
    ("states", {"key": "approved", "type": "ProductState", "initial": True}),
    ("states", {"key": "later", "type": "ProductState", "initial": False}),
    ("channels", {"key": "web", "roles": ["ProductDistribution"]}),
    ("customer-groups", {"key": "b2b", "groupName": "b2b"}),
    *(
        (
            "types",
            {
                "key": key,
                "name": _LABEL,
                "resourceTypeIds": ["product-price", "asset"],
                "fieldDefinitions": _FIELDS,
            },
        )
        for key in ("extra", "other")
    ),
)


class Workshop:
    """One shop for all examples of a test; each example leaves no product behind."""

    def __init__(self, client: Client, runner: asyncio.Runner) -> None:
        self.client = client
        self._runner = runner

    def run(self, work: Awaitable[T]) -> T:
        """Run to its end."""

        async def whole() -> T:
            return await work

        return self._runner.run(whole())

    def sink(self, **options: Any) -> ProductSink:
        """A sink that knows the product types, and nothing else yet."""
        sink = ProductSink(self.client, product_types=["article"], **options)
        self.run(sink.prepare())
        return sink

    def live(self, sink: ProductSink, record: Product) -> Live | None:
        """What the shop holds of a product."""
        return self.run(sink.read_live([record])).get(record.key)

    def plan(self, sink: ProductSink, record: Product) -> Change | None:
        """What the record needs now."""
        return sink.plan(record, self.live(sink, record))

    def carry(self, sink: ProductSink, record: Product) -> Change | None:
        """Plan and apply, after which the shop agrees; the change."""
        change = self.plan(sink, record)
        if change is not None:
            self.run(sink.apply(change))
        left = self.plan(sink, record)
        assert left is None, left.actions
        return change

    def clear(self, *keys: str) -> None:
        """Delete products."""
        sink = self.sink()
        for key in keys or (KEY,):
            live = self.live(sink, Product(key=key))
            if live is not None:
                change = sink.plan_removal(key, live, "delete")
                assert change is not None
                self.run(sink.apply(change))


@contextmanager
def workshop(model: str = "Classic", **settings: Any) -> Iterator[Workshop]:
    """Open a shop of a catalogue model, fill it, and in the end have every request judged."""
    with asyncio.Runner() as runner:
        opened = open_shop(**settings)
        client = runner.run(_entered(opened))
        runner.run(_filled(client, model))
        yield Workshop(client, runner)
        runner.run(_left(opened))


async def _entered(opened: Any) -> Client:
    client: Client = await opened.__aenter__()
    return client


async def _left(opened: Any) -> None:
    await opened.__aexit__(None, None, None)


async def _filled(client: Client, model: str) -> None:
    if model != "Classic":
        project, _ = await client.project()
        action = {"action": "setProductCatalogModel", "productCatalogModel": model}
        await client.change_project(project["version"], [action])
    for path, draft in _SHELF:
        await client.create(path, draft)
    nested = await client.create("product-types", DIMENSIONS)
    await client.create("product-types", _article(nested["id"]))
    for key in ("part-1", "part-2"):
        kind = {"typeId": "product-type", "key": "article"}
        await client.create(
            "products", {"key": key, "productType": kind, "name": _LABEL, "slug": {"en": key}}
        )


# --- records ---

_WORDS = st.text("abcé -", min_size=1, max_size=5)
LOCALES = ("en", "fr-FR")
_TEXTS = st.dictionaries(st.sampled_from(LOCALES), _WORDS, min_size=1)
_WHOLE_TEXTS = st.fixed_dictionaries(dict.fromkeys(LOCALES, _WORDS))
_SLUGS = st.fixed_dictionaries({locale: st.text("abc-", min_size=2, max_size=5) for locale in LOCALES})


def _reference(type_id: str, key: str) -> dict[str, str]:
    return {"typeId": type_id, "key": key}


_OWN: dict[str, st.SearchStrategy[Any]] = {
    "weight": st.sampled_from([0, 12, Decimal("1.5")]),
    "washable": st.booleans(),
    "care": _WHOLE_TEXTS,
    "labels": st.lists(_WORDS, unique=True, min_size=1, max_size=3).map(tuple),
    "genders": st.sampled_from([("women",), ("men", "women"), ("women", "men")]),
    "deposit": st.builds(Money, st.integers(0, 500), st.just("EUR")),
    "since": st.sampled_from(["2026-02-28", "2025-01-01"]),
    "seen": st.sampled_from([datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)]),
    "part": st.sampled_from([_reference("product", "part-1"), _reference("product", "part-2")]),
    "parts": st.sampled_from(
        [(_reference("product", "part-1"),), tuple(_reference("product", f"part-{n}") for n in (2, 1))]
    ),
    "brand": st.sampled_from([_reference("category", key) for key in CATEGORIES]),
    "size_box": st.sampled_from([{"width": 3, "unit": "men"}, {"width": Decimal("0.5")}]),
}
_SHARED: dict[str, st.SearchStrategy[Any]] = {
    "material": _WORDS,
    "gender": st.sampled_from(["women", "men"]),
    "season": st.sampled_from(["summer", "winter"]),
}
ATTRIBUTES = ("ean", "size", "colour", *_SHARED, *_OWN)
_JANUARY, _FEBRUARY, _MARCH = (datetime(2027, month, 1, tzinfo=UTC) for month in (1, 2, 3))
_TIMES = ((None, None), (_JANUARY, _FEBRUARY), (_FEBRUARY, _MARCH), (_JANUARY, _MARCH), (_FEBRUARY, None))


def _custom(whole: bool) -> st.SearchStrategy[dict[str, Any]]:  # noqa: FBT001 - private, named by its callers
    some: st.SearchStrategy[dict[str, Any]] = st.builds(
        lambda kind, fields: {"custom_type": kind, "custom": fields},
        st.sampled_from(["extra", "other"]),
        st.fixed_dictionaries({"note": _WORDS, "rank": st.integers(0, 2)}),
    )
    return st.just({"custom_type": None}) | some if whole else st.just({}) | some


@st.composite
def _prices(draw: st.DrawFn, *, whole: bool) -> tuple[EmbeddedPrice, ...]:
    prices: list[EmbeddedPrice] = []
    keyed = whole or draw(st.booleans())
    names = draw(st.permutations(["pk-1", "pk-2", "pk-3"]))
    for name in names[: draw(st.integers(0, 3))]:
        start, end = draw(st.sampled_from(_TIMES))
        tiers: Any = tuple(
            PriceTier(minimum_quantity=quantity, value=Money(draw(st.integers(1, 9)), "EUR"))
            for quantity in draw(st.sampled_from([(), (2,), (2, 10)]))
        )
        price = EmbeddedPrice(
            value=draw(st.sampled_from([Money(990, "EUR"), Money(1990, "EUR"), Money(11, "EUR", 1050, 4)])),
            country=draw(st.sampled_from([None, "FR"])),
            customer_group=draw(st.sampled_from([None, "b2b"])),
            channel=draw(st.sampled_from([None, "web"])),
            valid_from=start,
            valid_until=end,
            tiers=tiers if whole or draw(st.booleans()) else UNSET,
            key=name if keyed else UNSET,
            **draw(_custom(whole)),
        )
        scope = wanted_scope(price)
        if not any(scope.conflicts(wanted_scope(other)) for other in prices):
            prices.append(price)
    return tuple(prices)


@st.composite
def _assets(draw: st.DrawFn, *, whole: bool) -> tuple[Asset, ...]:
    keys = draw(st.permutations(["film", "sheet", "guide"]))
    return tuple(
        Asset(
            key=key,
            name=draw(_WHOLE_TEXTS),
            description=draw(st.none() | _WHOLE_TEXTS),
            sources=(AssetSource(uri=draw(st.sampled_from(["https://a.example", "https://b.example"]))),),
            tags=draw(st.sampled_from([(), ("one",), ("one", "two")])),
            **draw(_custom(whole)),
        )
        for key in keys[: draw(st.integers(0, 3))]
    )


@st.composite
def full_products(draw: st.DrawFn) -> Product:
    """A product of which every field is named; its variants are all it has."""
    return draw(_any_product(whole=True))


@st.composite
def products(draw: st.DrawFn) -> Product:
    """A product that says something of some fields, and of variants that may be some or all."""
    return draw(_any_product(whole=False))


@st.composite
def _any_product(draw: st.DrawFn, *, whole: bool) -> Product:
    complete = whole or draw(st.booleans())

    def maybe(strategy: st.SearchStrategy[Any]) -> Any:
        return draw(strategy if whole else st.just(UNSET) | strategy)

    texts = st.none() | (_WHOLE_TEXTS if whole else _TEXTS)
    categories = maybe(st.lists(st.sampled_from(CATEGORIES), unique=True).map(tuple))
    # The place of a category in which the product may not be is a fault of its own.
    placed = st.dictionaries(
        st.sampled_from(categories), st.sampled_from(["0.1", "0.25", "0.5"] + ([] if whole else [None]))
    ) if categories and categories is not UNSET else st.just({})  # fmt: skip
    words = st.dictionaries(
        st.sampled_from(LOCALES),
        st.lists(_WORDS, unique=True, min_size=1, max_size=3).map(tuple),
        min_size=1,
    )
    return Product(
        key=KEY,
        name=draw(_WHOLE_TEXTS),
        slug=draw(_SLUGS),
        description=maybe(texts),
        product_type="article",
        categories=categories,
        category_order_hints=maybe(placed),
        tax_category=maybe(st.sampled_from([None, "normal", "reduced"])),
        meta_title=maybe(texts),
        meta_description=maybe(texts),
        meta_keywords=maybe(texts),
        search_keywords=maybe(st.none() | words),
        state=draw(st.sampled_from(["drafted", "approved"])) if whole else maybe(
            st.sampled_from(["drafted", "approved"])),
        price_mode="Embedded",
        published=maybe(st.booleans()),
        variants=draw(_variants(whole=whole, complete=complete)),
        variants_complete=complete,
    )  # fmt: skip


@st.composite
def _variants(draw: st.DrawFn, *, whole: bool, complete: bool) -> tuple[Variant, ...]:
    skus = draw(st.lists(st.sampled_from(["s-1", "s-2", "s-3", "s-4"]), unique=True, min_size=1))
    # What tells variants apart may move between them when the record has all of them.
    places = draw(st.permutations(range(4))) if complete else [int(sku[-1]) + 9 for sku in skus]
    keys = draw(st.permutations(["v-1", "v-2", "v-3", "v-4"])) if complete else [f"w-{s[-1]}" for s in skus]
    keyed = whole or draw(st.booleans())
    shared = {
        name: draw(strategy) if whole else draw(st.none() | strategy) for name, strategy in _SHARED.items()
    }
    return tuple(
        Variant(
            sku=sku,
            key=key if keyed else UNSET,
            attributes={
                "ean": f"ean-{place}",
                "size": str(36 + place // 2),
                "colour": COLOURS[place % 2],
                **shared,
                **draw(_own(whole=whole)),
            },
            **draw(_pictures(whole=whole)),
            assets=draw(_assets(whole=whole)) if whole or draw(st.booleans()) else UNSET,
            prices=draw(_prices(whole=whole)) if whole or draw(st.booleans()) else UNSET,
        )
        for sku, key, place in zip(skus, keys, places, strict=False)
    )


@st.composite
def _own(draw: st.DrawFn, *, whole: bool) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(sorted(_OWN)), unique=True, max_size=4))
    values = {name: draw(_OWN[name]) for name in names}
    if not whole:
        gone = draw(st.lists(st.sampled_from(sorted(_OWN)), unique=True, max_size=2))
        values |= dict.fromkeys((name for name in gone if name not in values), None)
    return values


@st.composite
def _pictures(draw: st.DrawFn, *, whole: bool) -> dict[str, Any]:
    if not whole and draw(st.booleans()):
        return {}
    urls = draw(st.permutations([f"https://img.example/{n}.jpg" for n in range(4)]))
    urls = urls[: draw(st.integers(0, 4))]
    pictures: dict[str, Any] = {"images": tuple(urls)}
    if whole or draw(st.booleans()):
        pictures["image_labels"] = tuple(draw(st.sampled_from(["", "front"])) for _ in urls)
    return pictures
