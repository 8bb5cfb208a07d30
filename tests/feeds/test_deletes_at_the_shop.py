"""Deletes by feeds at a shop that answers over HTTP: what goes, what comes back, what is too much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from passerelle.feeds import RunReport, Workspace
from passerelle.sync import Removal

from .orders.till import Till

_HEAD = """\
feed: {entity}
entity: {entity}
files: {{folder: out, pattern: "{entity}_{{mode}}_{{sequence:3}}.csv", modes: {{C: full, D: delta}}, \
ready: {{marker: .ok}}}}
format: {{csv: {{charset: UTF-8, delimiter: ";"}}}}
deletes: {deletes}
guard: {{volume_drop: 100%, absent_share: 100%, {guard}}}
key: KEY
"""
_FIELDS = {
    "product": """\
fields:
  - {to: key, from: KEY, via: {key: k-}}
  - {to: name.en, from: TEXT}
  - {to: slug.en, from: [KEY, TEXT], via: slug}
  - {to: product_type, value: article}
  - {to: variants, each: ., fields: [{to: sku, from: KEY}]}
""",
    "category": """\
fields:
  - {to: key, from: KEY, via: {key: k-}}
  - {to: name.en, from: TEXT}
  - {to: slug.en, from: [KEY, TEXT], via: slug}
""",
    "stock": """\
fields:
  - {to: sku, from: KEY}
  - {to: supply_channel, value: depot}
  - {to: quantity, from: TEXT, as: integer}
""",
    "price": """\
fields:
  - {to: sku, from: KEY}
  - {to: country, value: FR}
  - {to: value, money: {amount: TEXT, currency: {value: EUR}, decimal: "1234.5"}}
""",
}
#: One text of a record of each kind, and another one.
TEXTS = {
    "product": ("Robe", "Jupe"),
    "category": ("Robes", "Jupes"),
    "stock": ("5", "7"),
    "price": ("9.90", "7.90"),
}
PLACES = {"product": "products", "category": "categories", "stock": "inventory", "price": "standalone-prices"}
TYPE = {"key": "article", "name": "Article", "description": "One attribute is enough"}


@dataclass
class Feed:
    """One feed of one till: its files are lists of keys, all with one text."""

    till: Till
    entity: str
    number: int = 0

    async def file(
        self, keys: str, *, mode: str = "C", other: str = "", gone: str = "", **options: Any
    ) -> RunReport:
        """Drop a file of these keys and run; `other` ones bring the other text, `gone` ones the flag."""
        self.number += 1
        text, second = TEXTS[self.entity]
        lines = [f"{key};{second if key in other else text};{'L' if key in gone else 'M'}" for key in keys]
        path = self.till.home / "erp" / "out" / f"{self.entity}_{mode}_{self.number:03}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(["KEY;TEXT;ACTION", *lines, ""]), encoding="utf-8")
        path.with_suffix(".ok").touch()
        return await self.run(**options)

    async def run(self, **options: Any) -> RunReport:
        """Run the feed, with what waits for it."""
        return await self.till.run(self.entity, **options)

    async def shown(self) -> dict[str, Any]:
        """What the shop holds, by key or SKU: the one thing that removals of its kind change."""
        async with self.till.workspace.client() as client:
            found = await client.query_all(PLACES[self.entity], [None])
        return {
            str(body.get("sku") or body["key"]).removeprefix("k-"): _told(self.entity, body) for body in found
        }

    def writes(self) -> int:
        """How many requests of this project changed something."""
        log = self.till.sandbox.control("GET", "/log?limit=2000")
        place = f"/{self.till.project}/{PLACES[self.entity]}"
        return sum(entry["method"] != "GET" and entry["path"].startswith(place) for entry in log)


def _told(entity: str, body: dict[str, Any]) -> Any:
    match entity:
        case "product":
            return body["masterData"]["published"]
        case "stock":
            return body["quantityOnStock"]
        case "price":
            return (body["active"], body["value"]["centAmount"])
    return body["name"]["en"]


async def feed(till: Till, entity: str, deletes: str, *, guard: str = "removed_share: 100%") -> Feed:
    """A workspace whose one feed says this of deleted records."""
    folder = till.home / "mappings"
    folder.mkdir(exist_ok=True)
    text = _HEAD.format(entity=entity, deletes=deletes, guard=guard) + _FIELDS[entity]
    (folder / f"{entity}.yaml").write_text(text, encoding="utf-8")
    till.workspace = Workspace(till.workspace.settings.model_copy(update={"mappings": folder}))
    if entity == "product":
        async with till.workspace.client() as client:
            await client.create("product-types", TYPE)
    if entity == "stock":
        async with till.workspace.client() as client:
            await client.create("channels", {"key": "depot", "roles": ["InventorySupply"]})
    return Feed(till, entity)


async def test_a_product_is_off_the_shop_after_two_fulls_without_it(till: Till) -> None:
    """One full is not enough; back in a delta it is on the shop again, the same product."""
    products = await feed(till, "product", "{absent: unpublish, after: 2}")
    await products.file("ABC")
    assert await products.shown() == {"A": True, "B": True, "C": True}
    async with till.workspace.client() as client:
        before = await client.get("products/key=k-C")
    assert (await products.file("AB")).removed == 0
    report = await products.file("AB")
    assert (report.outcome, report.removed) == ("succeeded", 1)
    assert await products.shown() == {"A": True, "B": True, "C": False}
    written = products.writes()
    assert (await products.file("AB")).removed == 0
    assert products.writes() == written
    report = await products.file("C", mode="D")
    assert (report.outcome, report.created, report.updated) == ("succeeded", 0, 1)
    assert await products.shown() == {"A": True, "B": True, "C": True}
    async with till.workspace.client() as client:
        after = await client.get("products/key=k-C")
    assert before is not None
    assert after is not None
    assert after["id"] == before["id"]


async def test_a_product_that_comes_back_changed_shows_what_it_is_now(till: Till) -> None:
    """Its new name is on the shop, not only staged."""
    products = await feed(till, "product", "{absent: unpublish, after: 1}")
    await products.file("AB")
    assert (await products.file("A")).removed == 1
    await products.file("AB", other="B")
    async with till.workspace.client() as client:
        body = await client.get("products/key=k-B")
    assert body is not None
    data = body["masterData"]
    assert (data["published"], data["hasStagedChanges"], data["current"]["name"]["en"]) == (
        True,
        False,
        "Jupe",
    )


async def test_a_product_that_a_person_took_off_stays_off(till: Till) -> None:
    """Only what we took off is shown again by coming back."""
    products = await feed(till, "product", "{absent: unpublish, after: 2}")
    await products.file("AB")
    async with till.workspace.client() as client:
        body = await client.get("products/key=k-B")
        assert body is not None
        await client.update("products", body["id"], body["version"], [{"action": "unpublish"}])
    await products.file("A")
    await products.file("AB", other="B")
    assert await products.shown() == {"A": True, "B": False}


async def test_stock_of_an_absent_record_is_zero(till: Till) -> None:
    """The entry stays, so what points to it stays whole; back, it has its pieces again."""
    stock = await feed(till, "stock", "{absent: zero, after: 2}")
    await stock.file("ABC")
    assert (await stock.file("AB")).removed == 0
    assert (await stock.file("AB")).removed == 1
    assert await stock.shown() == {"A": 5, "B": 5, "C": 0}
    report = await stock.file("ABC")
    assert (report.created, report.updated, await stock.shown()) == (0, 1, {"A": 5, "B": 5, "C": 5})


async def test_a_price_is_off_and_on_again(till: Till) -> None:
    """It is deactivated, not lost; back with another value it is active with that."""
    prices = await feed(till, "price", "{absent: deactivate, after: 1}")
    await prices.file("ABC")
    assert (await prices.file("A")).removed == 2
    assert await prices.shown() == {"A": (True, 990), "B": (False, 990), "C": (False, 990)}
    report = await prices.file("ABC", other="C")
    assert (report.created, report.updated) == (0, 2)
    assert await prices.shown() == {"A": (True, 990), "B": (True, 990), "C": (True, 790)}


@pytest.mark.parametrize("entity", ["product", "category", "stock", "price"])
async def test_what_is_deleted_is_created_anew_when_it_is_back(till: Till, entity: str) -> None:
    """A published product is taken off first; nothing of it is left, in the shop or as known."""
    one = await feed(till, entity, "{absent: delete, after: 1}")
    await one.file("AB")
    report = await one.file("A")
    assert (report.outcome, report.removed, list(await one.shown())) == ("succeeded", 1, ["A"])
    report = await one.file("AB")
    assert (report.outcome, report.created, report.unchanged) == ("succeeded", 1, 1)
    assert sorted(await one.shown()) == ["A", "B"]


@pytest.mark.parametrize(
    ("entity", "policy", "left"),
    [("product", "unpublish", False), ("stock", "zero", 0), ("price", "deactivate", (False, 990))],
)
async def test_a_flagged_record_goes_at_once(till: Till, entity: str, policy: Removal, left: Any) -> None:
    """From a delta too, without its other fields; the shop was never told what else the line said."""
    one = await feed(till, entity, f"{{flag: {{path: ACTION, is: L}}, flagged: {policy}}}")
    await one.file("AB")
    kept = (await one.shown())["A"]
    report = await one.file("BX", mode="D", other="BX", gone="BX")
    assert (report.outcome, report.gone, report.removed, report.quarantined) == ("succeeded", 2, 1, 0)
    assert await one.shown() == {"A": kept, "B": left}
    assert (await one.file("B", mode="D")).updated == 1
    assert await one.shown() == {"A": kept, "B": kept}


async def test_too_many_wait_for_a_person(till: Till) -> None:
    """Told and absent count together: the file stays applied, nothing goes until somebody says why."""
    stock = await feed(
        till,
        "stock",
        "{absent: zero, after: 1, flag: {path: ACTION, is: L}, flagged: delete}",
        guard="removed_share: 25%",
    )
    all_of_them = "ABCDEFGHIJKLMNOPQRST"
    await stock.file(all_of_them)
    report = await stock.file(all_of_them[4:], other="T", gone="EFGH")
    assert (report.outcome, report.removed, report.files[0].state) == ("stopped_by_guard", 0, "applied")
    assert "8 of 20 records would be taken away (40 %), allowed 25 %" in report.message
    assert "--override-guard" in report.advice
    assert await stock.shown() == {**dict.fromkeys(all_of_them, 5), "T": 7}
    written = stock.writes()
    assert (await stock.run()).outcome == "stopped_by_guard"
    assert stock.writes() == written
    decided = await stock.run(override_guard="the depot closed")
    assert (decided.outcome, decided.received, decided.removed) == ("succeeded", 0, 8)
    assert any("the depot closed" in note for note in decided.notes)
    left = {**dict.fromkeys("ABCD", 0), **dict.fromkeys("IJKLMNOPQRS", 5), "T": 7}
    assert await stock.shown() == left
    assert (await stock.run()).removed == 0


async def test_a_shop_that_fails_leaves_it_to_the_next_run(till: Till) -> None:
    """The files are applied; what could not go is told, and goes when the shop is well."""
    categories = await feed(till, "category", "{absent: delete, after: 1}")
    await categories.file("ABC")
    till.sandbox.fail(
        {"path": f"/{till.project}/categories", "method": "DELETE", "kind": "status", "status": 503,
         "count": None}
    )  # fmt: skip
    report = await categories.file("AB")
    assert (report.outcome, report.removed, report.files[0].state) == ("completed_with_rejects", 0, "applied")
    till.sandbox.control("DELETE", "/faults")
    assert sorted(await categories.shown()) == ["A", "B", "C"]
    assert (await categories.run()).removed == 1
    assert sorted(await categories.shown()) == ["A", "B"]
