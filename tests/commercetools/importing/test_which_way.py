"""Which way new records take: by a stated cost, by what was asked, by what can be had."""

from __future__ import annotations

from typing import Any

import pytest

from passerelle.commercetools import (
    CategorySink,
    Client,
    CommercetoolsConfig,
    ImportDoor,
    PriceSink,
    ProductSink,
    StockSink,
    ensure,
)
from passerelle.commercetools.importing.door import MOST_BYTES, MOST_RESOURCES
from passerelle.commercetools.project.model import ProjectModel
from passerelle.errors import ConfigError
from passerelle.records import Category, Money, Price, PriceTier, Product, StockLevel, Variant
from passerelle.sync.bulk.choice import choose
from passerelle.sync.bulk.door import Parcel, Unfit
from tests.commercetools.importing.yard import PROJECT, Yard

DEPOT = ProjectModel.model_validate({"channels": [{"key": "depot-001", "roles": ["InventorySupply"]}]})


def category(key: str, **more: Any) -> Category:
    """A category with a name and a slug."""
    return Category(key=key, name={"en": key.upper()}, slug={"en": f"slug-{key}"}, **more)


async def test_many_go_by_import_and_few_do_not(yard: Yard) -> None:
    """The cheaper way is taken, and the sentence for the report names both costs."""
    job = yard.job(CategorySink(yard.client), via="auto")
    few, many = await choose(job, 200), await choose(job, 20_000)
    assert few.door is None
    assert few.why.startswith("200 new records are sent one by one: Import API: ")
    assert many.door is job.bulk
    assert many.why.startswith("20000 new records go by the Import API. Import API: ")
    assert "one by one: 20000 calls" in many.why
    assert (await choose(job, 20)).why == ""


@pytest.mark.parametrize("creates", [1, 100, 1_000, 50_000])
async def test_costs_count_what_is_sent(yard: Yard, creates: int) -> None:
    """One call each, or one for twenty and those that read back; a budget of calls takes its time."""
    door = ImportDoor(yard.client, "product", owner="products")
    single, bulk = door.costs(creates)
    assert single.calls == creates
    assert -(-creates // 20) + -(-creates // 100) < bulk.calls < creates / 10 + 40
    slow = CommercetoolsConfig.model_validate({**yard.client.config.model_dump(), "calls_per_second": 5})
    async with Client(slow) as client:
        held, _ = ImportDoor(client, "product", owner="products").costs(creates)
    assert held.seconds == pytest.approx(creates / 5)


async def test_http_is_taken_when_it_is_asked_for(yard: Yard) -> None:
    """`via: http` asks nothing of the Import API."""
    report = await yard.load(yard.job(CategorySink(yard.client), via="http"), [category("cat-0")])
    assert report.created == 1
    assert yard.sent("GET", "import-containers") == yard.sent("POST", "import-containers") == []


async def test_a_closed_door_is_told(yard: Yard) -> None:
    """Without an Import API at the address `auto` goes the other way and says why; `import` refuses."""
    config = yard.client.config.model_copy(update={"import_url": yard.client.config.api_url})
    async with Client(config) as client:
        for via in ("auto", "import"):
            job = yard.job(CategorySink(client), via="auto" if via == "auto" else "import")
            object.__setattr__(job, "bulk", ImportDoor(client, "category", owner="categories"))
            if via == "import":
                with pytest.raises(ConfigError, match="there is no Import API"):
                    await choose(job, 5_000)
            else:
                way = await choose(job, 5_000)
                assert way.door is None
                assert "the Import API is shut: there is no Import API at the address" in way.why


async def test_a_missing_scope_is_told(yard: Yard) -> None:
    """A token that may not make containers is known before the first call to the Import API."""
    config = yard.client.config.model_copy(update={"scopes": ("manage_products",)})
    async with Client(config) as client:
        closed = await ImportDoor(client, "category", owner="categories").closed()
    assert closed == "the API client lacks the scope manage_import_containers"
    assert yard.sent("GET", "import-containers") == []


async def test_variants_of_their_own_go_one_by_one(yard: Yard) -> None:
    """A Modular product is several resources: said before all, and of each where the model is not known."""
    kind = {"key": "article", "name": "a", "description": ""}
    await yard.client.create("product-types", kind)
    door = ImportDoor(yard.client, "product", owner="products")
    assert await door.closed() == ""
    project, _ = await yard.client.project()
    action = {"action": "setProductCatalogModel", "productCatalogModel": "Modular"}
    await yard.client.change_project(project["version"], [action])
    why = "it takes no variants that are resources of their own, and the catalogue model is Modular"
    assert await door.closed() == why

    record = Product(
        key="p-1",
        product_type="article",
        name={"en": "P"},
        slug={"en": "p-1"},
        variants=(Variant(sku="S"),),
    )
    sink = ProductSink(yard.client)
    await sink.prepare()
    change = sink.plan(record, (await sink.read_live([record])).get("p-1"))
    assert change is not None
    assert await door.parcels([change]) == [Unfit("variants that are resources of their own")]
    job = yard.job(sink, via="http")
    assert (await yard.load(job, [record])).created == 1


async def test_what_changes_goes_one_by_one(yard: Yard) -> None:
    """Only creates go by the door: what others filled in a record that is there stays."""
    await yard.load(yard.job(CategorySink(yard.client)), [category("cat-0", external_id="X")])
    partial = Category(key="cat-0", name={"en": "NEW"})
    yard.recorder.exchanges.clear()
    report = await yard.load(yard.job(CategorySink(yard.client)), [partial, category("cat-1")])
    assert (report.created, report.updated) == (1, 1)
    sent = [call.body["resources"] for call in yard.recorder.calls() if "/categories/import-" in call.path]
    assert [[one["key"] for one in resources] for resources in sent] == [["cat-1"]]
    found = await yard.client.get("categories/key=cat-0")
    assert found is not None
    assert (found["name"], found["externalId"]) == ({"en": "NEW"}, "X")


async def test_what_cannot_be_said_there_goes_one_by_one(yard: Yard) -> None:
    """Cart limits have no field in an import request: such records keep them, and the report counts them."""
    await ensure(yard.client, DEPOT)
    records = [
        StockLevel(sku="A", quantity=1, supply_channel="depot-001", max_cart_quantity=3),
        StockLevel(sku="B", quantity=2, supply_channel="depot-001"),
    ]
    report = await yard.load(yard.job(StockSink(yard.client)), records)
    assert report.created == 2
    assert any(
        "1 new records went one by one, for the Import API cannot carry maxCartQuantity" in note
        for note in report.notes
    )
    found = {one["sku"]: one for one in await yard.client.query_all("inventory", [None])}
    assert found["A"]["maxCartQuantity"] == 3


async def test_prices_say_of_every_amount_how_exact_it_is(yard: Yard) -> None:
    """Amounts are typed, tiers and staged values included; a staged value cannot be imported."""
    records = [
        Price(
            sku="A", value=Money(100, "EUR"), tiers=(PriceTier(minimum_quantity=2, value=Money(90, "EUR")),)
        ),
        Price(sku="B", value=Money(1, "EUR", 1234, 5)),
        Price(sku="C", value=Money(100, "EUR"), staged_value=Money(80, "EUR")),
    ]
    report = await yard.load(yard.job(PriceSink(yard.client)), records)
    assert (report.created, report.failed) == (3, 0)
    [request] = [call.body for call in yard.recorder.calls() if "/standalone-prices/import-" in call.path]
    kinds = {one["sku"]: one["value"]["type"] for one in request["resources"]}
    assert kinds == {"A": "centPrecision", "B": "highPrecision"}


async def test_requests_are_bounded_twice(yard: Yard) -> None:
    """At most twenty resources and a bounded number of bytes; a single one goes whatever its size."""
    door = ImportDoor(yard.client, "category", owner="categories")

    def parcels(*sizes: int) -> list[Parcel]:
        return [Parcel(key=str(n), name=str(n), body=b"x" * size, digest=b"") for n, size in enumerate(sizes)]

    def shape(*sizes: int) -> list[int]:
        return [len(request) for request in door.requests(parcels(*sizes))]

    assert shape(*[10] * 45) == [MOST_RESOURCES, MOST_RESOURCES, 5]
    assert shape(MOST_BYTES, 10, MOST_BYTES - 10, 1, MOST_BYTES * 2) == [1, 2, 1, 1]
    assert shape() == []


async def test_containers_are_used_again_until_they_are_full(yard: Yard) -> None:
    """Two loads share a container of the feed; the next one is made where there is no room."""
    for start in (0, 10, 20):
        records = [category(f"cat-{n}") for n in range(start, start + 10)]
        await yard.load(yard.job(CategorySink(yard.client), operations=25), records)
    containers = await yard.client.importing.get("import-containers")
    assert containers is not None
    kept = {one["key"]: one for one in containers["results"]}
    assert len(kept) == 2
    assert all(one["resourceType"] == "category" for one in kept.values())
    assert all(PROJECT in key and "categories" in key for key in kept)
    assert len(yard.sent("POST", f"/{PROJECT}/import-containers")) == 2


async def test_a_container_that_ends_too_soon_is_left(yard: Yard) -> None:
    """A container of ours with less than 49 hours to live takes nothing more."""
    await yard.load(yard.job(CategorySink(yard.client)), [category("cat-0")])
    [name] = [path.split("/")[4] for path in yard.sent("POST", "/categories/import-containers/")]
    await yard.client.importing.delete(f"import-containers/{name}")
    policy = {"strategy": "ttl", "config": {"timeToLive": "48h"}}
    await yard.client.importing.submit("import-containers", {"key": name, "retentionPolicy": policy})
    report = await yard.load(yard.job(CategorySink(yard.client)), [category("cat-1")])
    assert report.created == 1
    used = [path.split("/")[4] for path in yard.sent("POST", "/categories/import-containers/")]
    assert used[0] == name
    assert used[1] != name


async def test_waiting_asks_seldom(yard: Yard) -> None:
    """Ten minutes of work are looked at by lists alone, with growing pauses: no summary, no single look."""
    yard.pace(delayMs=600_000)
    report = await yard.load(yard.job(CategorySink(yard.client)), [category(f"cat-{n}") for n in range(40)])
    assert report.created == 40
    assert yard.sent("GET", "import-summaries") == []
    assert yard.sent("GET", "/import-operations/") == []
    looks = yard.sent("GET", "import-operations?")
    assert len(looks) < 50
    waits = [seconds for seconds in yard.slept if seconds >= 1]
    assert waits[:5] == sorted(waits[:5])
    assert max(waits) <= 30
