"""Whichever way a catalogue goes, the shop ends the same, and every import request is a valid one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from passerelle.commercetools import CategorySink, Client, PriceSink, ProductSink, StockSink
from passerelle.records import (
    Asset,
    AssetSource,
    Category,
    EmbeddedPrice,
    Money,
    Price,
    PriceTier,
    Product,
    StockLevel,
    Variant,
)
from passerelle.sandbox import Sandbox, SandboxConfig
from passerelle.sync import Sink
from tests.commercetools.importing.yard import Yard, opened
from tests.contract.official import OfficialContract

R = TypeVar("R", bound=msgspec.Struct)

#: What a shop gives of its own accord, and the keys without which the Import API takes no variant and price.
_OWN = frozenset(
    {"id", "version", "createdAt", "lastModifiedAt", "createdBy", "lastModifiedBy", "versionModifiedAt",
     "lastMessageSequenceNumber", "ancestors", "orderHint"}
)  # fmt: skip

TYPES: list[tuple[str, dict[str, Any]]] = [
    ("types", {
        "key": "notes", "name": {"en": "Notes"},
        "resourceTypeIds": ["category", "standalone-price", "inventory-entry", "product-price", "asset"],
        "fieldDefinitions": [
            {"name": name, "label": {"en": name}, "required": False, "type": kind}
            for name, kind in {
                "note": {"name": "String"},
                "count": {"name": "Number"},
                "texts": {"name": "LocalizedString"},
                "worth": {"name": "Money"},
                "tags": {"name": "Set", "elementType": {"name": "String"}},
                "where": {"name": "Reference", "referenceTypeId": "channel"},
                "level": {"name": "Enum", "values": [{"key": "high", "label": "High"}]},
            }.items()
        ],
    }),
    ("product-types", {
        "key": "article", "name": "Article", "description": "",
        "attributes": [
            {"name": name, "label": {"en": name}, "isRequired": False, "type": kind,
             "attributeConstraint": "SameForAll" if name == "material" else "None"}
            for name, kind in {
                "material": {"name": "text"},
                "weight": {"name": "number"},
                "washable": {"name": "boolean"},
                "care": {"name": "ltext"},
                "colour": {"name": "lenum", "values": [{"key": "red", "label": {"en": "Red"}}]},
                "gender": {"name": "enum", "values": [{"key": k, "label": k} for k in ("women", "men")]},
                "labels": {"name": "set", "elementType": {"name": "text"}},
                "worth": {"name": "money"},
                "since": {"name": "date"},
                "seen": {"name": "datetime"},
                "made_at": {"name": "reference", "referenceTypeId": "channel"},
                "depots": {"name": "set", "elementType": {"name": "reference", "referenceTypeId": "channel"}},
            }.items()
        ],
    }),
    ("tax-categories", {"key": "normal", "name": "Normal"}),
    ("channels", {"key": "depot-001", "roles": ["InventorySupply", "ProductDistribution"]}),
    ("channels", {"key": "depot-002", "roles": ["InventorySupply", "ProductDistribution"]}),
    ("customer-groups", {"key": "club", "groupName": "Club"}),
    ("states", {"key": "ready", "type": "ProductState", "initial": True}),
]  # fmt: skip

words = st.text("abcdefg äß-", min_size=1, max_size=12).filter(lambda text: text.strip() == text)
texts = st.dictionaries(st.sampled_from(["en", "fr-FR"]), words, min_size=1, max_size=2)
cents = st.integers(0, 100_000)
amounts = st.builds(Money, cents, st.just("EUR"))
depots = st.sampled_from(["depot-001", "depot-002"])
customs = st.fixed_dictionaries(
    {},
    optional={
        "note": words,
        "count": st.integers(-5, 5),
        "texts": texts,
        "worth": amounts,
        "tags": st.lists(words, min_size=1, max_size=3, unique=True).map(tuple),
        "where": depots,
        "level": st.just("high"),
    },
)


def sometimes(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


def customized(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields, with custom fields or without."""
    own = customs.map(lambda values: {"custom_type": "notes", "custom": values})
    return st.tuples(sometimes(**fields), st.one_of(st.just({}), own)).map(lambda two: {**two[0], **two[1]})


@st.composite
def assets(draw: st.DrawFn) -> tuple[Asset, ...]:
    """One or two assets."""
    found = []
    for number in range(draw(st.integers(1, 2))):
        more = draw(customized(description=texts, tags=st.just(("a", "b"))))
        source = AssetSource(uri=f"https://img.example/{number}.pdf", content_type="application/pdf")
        found.append(Asset(key=f"asset-{number}", name=draw(texts), sources=(source,), **more))
    return tuple(found)


@st.composite
def categories(draw: st.DrawFn) -> list[Category]:
    """A small tree."""
    found: list[Category] = []
    for number in range(draw(st.integers(1, 4))):
        parent = None if not found else draw(st.sampled_from([None, found[-1].key]))
        fields = {"external_id": words, "description": texts, "meta_title": texts, "assets": assets()}
        more = draw(customized(**fields))
        slug = {"en": f"slug-{number}"}
        found.append(Category(key=f"cat-{number}", name=draw(texts), slug=slug, parent=parent, **more))
    return draw(st.permutations(found))


attributes = sometimes(
    weight=st.one_of(st.integers(0, 9), st.just(1.5)),
    washable=st.booleans(),
    made_at=depots.map(lambda key: {"typeId": "channel", "key": key}),
    depots=st.just([{"typeId": "channel", "key": "depot-001"}]),
    care=texts,
    colour=st.just("red"),
    gender=st.sampled_from(["women", "men"]),
    labels=st.lists(words, min_size=1, max_size=3, unique=True),
    since=st.just("2026-11-01"),
)


@st.composite
def embedded(draw: st.DrawFn) -> tuple[EmbeddedPrice, ...]:
    """Prices of different scopes, with tiers and custom fields."""
    scopes = draw(st.lists(st.tuples(st.sampled_from([None, "FR", "DE"]), st.sampled_from([None, "club"])),
                           max_size=3, unique=True))  # fmt: skip
    tier = st.builds(PriceTier, minimum_quantity=st.just(5), value=amounts).map(lambda one: (one,))
    return tuple(
        EmbeddedPrice(
            value=draw(amounts), country=country, customer_group=group, **draw(customized(tiers=tier))
        )
        for country, group in scopes
    )


@st.composite
def products(draw: st.DrawFn) -> list[Product]:
    """Styles with variants."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        material = draw(words)
        variants = [
            Variant(
                sku=f"S{number}-{size}",
                attributes={"material": material, **draw(attributes)},
                **draw(
                    sometimes(
                        prices=embedded(), assets=assets(), images=st.just(("https://img.example/1.jpg",))
                    )
                ),
            )
            for size in range(draw(st.integers(1, 3)))
        ]
        more = draw(
            sometimes(
                description=texts, meta_title=texts, tax_category=st.just("normal"), state=st.just("ready"),
                search_keywords=st.just({"en": ("coat", "jacket")}), published=st.booleans(),
            )
        )  # fmt: skip
        slug = {"en": f"style-{number}"}
        one = Product(key=f"style-{number}", name=draw(texts), slug=slug, product_type="article",
                      variants=tuple(variants), **more)  # fmt: skip
        found.append(one)
    return found


@st.composite
def prices(draw: st.DrawFn) -> list[Price]:
    """Standalone prices of different scopes."""
    scopes = st.tuples(
        st.sampled_from(["A", "B"]), st.sampled_from([None, "FR"]), st.sampled_from([None, "club"]),
        st.one_of(st.none(), depots),
    )  # fmt: skip
    tier = st.builds(PriceTier, minimum_quantity=st.just(5), value=amounts).map(lambda one: (one,))
    exact = st.just(Money(1, "EUR", 1234, 5))
    return [
        Price(sku=sku, country=country, customer_group=group, channel=channel,
              value=draw(st.one_of(amounts, exact)), **draw(customized(tiers=tier, active=st.booleans())))
        for sku, country, group, channel in draw(st.lists(scopes, min_size=1, max_size=4, unique=True))
    ]  # fmt: skip


@st.composite
def levels(draw: st.DrawFn) -> list[StockLevel]:
    """Stock levels; cart limits cannot be imported, and come nevertheless."""
    places = st.tuples(st.sampled_from(["A", "B", "with blank"]), depots)
    days = st.integers(0, 9)
    return [
        StockLevel(sku=sku, supply_channel=depot, quantity=draw(st.integers(-3, 99)),
                   **draw(customized(restockable_in_days=days, max_cart_quantity=st.integers(1, 9))))
        for sku, depot in draw(st.lists(places, min_size=1, max_size=4, unique=True))
    ]  # fmt: skip


async def shown(client: Client, path: str) -> list[Any]:
    """All resources of a kind without what the shop gives of its own accord, ids as keys."""
    names: dict[str, str] = {}
    for kind in (
        "categories",
        "channels",
        "customer-groups",
        "tax-categories",
        "types",
        "product-types",
        "states",
    ):
        names |= {one["id"]: one["key"] async for one in client.query(kind)}
    found = [_plain(one, names) async for one in client.query(path)]
    return sorted(found, key=lambda one: json.dumps(one, sort_keys=True))


def _plain(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_plain(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"typeId", "id"}:
        return names[value["id"]]
    left_out = set(_OWN)
    if "sku" in value or "value" in value:
        left_out.add("key")
    return {name: _plain(one, names) for name, one in value.items() if name not in left_out}


_numbers = count(1)


class Ways(NamedTuple):
    """What both ways share."""

    sandbox: Sandbox
    folder: Path
    contract: OfficialContract | None


@pytest.fixture(scope="module")
def ways(
    tmp_path_factory: pytest.TempPathFactory, import_description: OfficialContract | None
) -> Iterator[Ways]:
    """One sandbox for all: each load has a project of its own."""
    with Sandbox(SandboxConfig(any_project=True), in_process=True) as sandbox:
        yield Ways(sandbox, tmp_path_factory.mktemp("both"), import_description)


async def both_ways(ways: Ways, path: str, sink: type[Any], records: Sequence[R]) -> None:
    """Load the same records one way into one shop, the other way into another; then nothing is left to do."""
    ends = []
    for via in ("http", "import"):
        project = f"way-{via[0]}-{next(_numbers)}"
        home = ways.folder / project
        home.mkdir()
        async with opened(home, sandbox=ways.sandbox, project=project) as yard:
            await _furnish(yard)
            made: Sink[Any] = sink(yard.client)
            report = await yard.load(yard.job(made, via=via), records)
            assert (report.failed, report.parked) == (0, 0), report
            again = await yard.load(yard.job(sink(yard.client), via=via), records)
            assert (again.created, again.updated) == (0, 0), again.changes
            ends.append((await shown(yard.client, path), report.created, report.quarantined))
            if ways.contract is not None:
                assert _faults(yard, ways.contract) == []
    assert ends[0] == ends[1]


async def _furnish(yard: Yard) -> None:
    for path, draft in TYPES:
        await yard.client.create(path, draft)


def _faults(yard: Yard, contract: OfficialContract) -> list[str]:
    return [
        fault
        for call in yard.recorder.calls()
        if "/import-" in call.path
        for fault in contract.check_request(call.method, call.path, call.body)
    ]


pytestmark = pytest.mark.slow
few = settings(
    max_examples=15,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@few
@given(records=categories())
async def test_categories(ways: Ways, records: list[Category]) -> None:
    """Trees in any order, with texts, assets and custom fields."""
    await both_ways(ways, "categories", CategorySink, records)


@few
@given(records=products())
async def test_products(ways: Ways, records: list[Product]) -> None:
    """Styles with attributes of every type, prices, pictures, assets and keywords."""
    await both_ways(ways, "products", ProductSink, records)


@few
@given(records=prices())
async def test_prices(ways: Ways, records: list[Price]) -> None:
    """Prices of any scope, with tiers, any precision, switched off or on."""
    await both_ways(ways, "standalone-prices", PriceSink, records)


@few
@given(records=levels())
async def test_stock(ways: Ways, records: list[StockLevel]) -> None:
    """Levels of any quantity; what an import request has no field for goes the other way."""
    await both_ways(ways, "inventory", StockSink, records)
