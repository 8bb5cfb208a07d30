"""The same feed, nothing changed in its mapping, in a Modular project: carried, planned, watched, undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passerelle.commercetools import Client
from passerelle.feeds import RunReport, run_feed
from passerelle.feeds.approving import apply_decided, plan_feed, undo_run
from passerelle.feeds.drift import drift_of
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.faults.scene import Scene
from tests.faults.test_bad_day import storm

STYLES, MORE = 5, 10
RUNS = 4


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """A shop in a process of its own; each test is a project of its own."""
    with Sandbox(SandboxConfig(any_project=True)) as running:
        yield running


async def modular(home: Path, shop: Sandbox, project: str, styles: int = STYLES) -> Scene:
    """A Modular project with the house's model, and the opening day's files."""
    scene = Scene(home, shop, project, styles)
    async with Client(scene.config) as client:
        settings, _ = await client.project()
        action = {"action": "setProductCatalogModel", "productCatalogModel": "Modular"}
        await client.change_project(settings["version"], [action])
    await scene.set_up()
    scene.drop("CATEG_FR", "ARTICLES_FR")
    return scene


@pytest.fixture
async def scene(shop: Sandbox, tmp_path: Path, request: pytest.FixtureRequest) -> Scene:
    """A Modular project that carried the opening day."""
    scene = await modular(tmp_path, shop, request.node.name.replace("_", "-")[:36])
    for feed in ("categories-fr", "products-fr"):
        report = await run_feed(scene.workspace, feed)
        assert report.outcome == "succeeded", report
    return scene


async def variants(scene: Scene) -> list[dict[str, Any]]:
    """What the shop holds of variants, by id."""
    async with Client(scene.config) as client:
        return [one async for one in client.query("variants")]


def named(side: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a side by name."""
    return {one["name"]: one["value"] for one in side["attributes"]}


def other_material(element: str, text: str) -> str:
    """Every style is of wool: the same for all of its variants."""
    return "100 % laine" if element == "MATIERE" else text


async def test_the_same_feed_is_carried(scene: Scene) -> None:
    """Each product has its own variants, all of them are on the shop; a second run is idle."""
    found = await variants(scene)
    assert len({one["product"]["id"] for one in found}) == len(scene.dump()["products"]) == STYLES
    assert len(found) > STYLES
    assert {one["published"] for one in found} == {True}
    assert all("staged" not in one for one in found)
    scene.drop_again("ARTICLES_FR", 2, lambda _, text: text)
    again = await run_feed(scene.workspace, "products-fr")
    assert (again.outcome, again.updated, again.created) == ("succeeded", 0, 0)


async def test_a_plan_is_shown_applied_exactly_and_taken_back(scene: Scene) -> None:
    """What was applied is known as it is read; undo gives all of it back."""
    before = await variants(scene)
    scene.drop_again("ARTICLES_FR", 2, other_material)
    planned = await plan_feed(scene.workspace, "products-fr")
    assert planned.plan is not None
    assert await variants(scene) == before
    done = await apply_decided(scene.workspace, str(planned.plan.id), by="ann")
    assert (done.outcome, done.updated, done.moved) == ("succeeded", STYLES, 0)
    now = [named(one["current"]) for one in await variants(scene)]
    assert {one["material"] for one in now} == {"100 % laine"}

    undo = await undo_run(scene.workspace, done.run_id)
    assert undo.plan is not None
    back = await apply_decided(scene.workspace, str(undo.plan.id), by="ann")
    assert (back.outcome, back.updated) == ("succeeded", STYLES)
    again = await variants(scene)
    assert [named(one["current"]) for one in again] == [named(one["current"]) for one in before]


async def test_a_plan_is_not_applied_where_a_variant_moved(scene: Scene) -> None:
    """A colleague edited one variant: its product is left alone, the others are carried."""
    scene.drop_again("ARTICLES_FR", 2, other_material)
    planned = await plan_feed(scene.workspace, "products-fr")
    assert planned.plan is not None
    one = (await variants(scene))[0]
    async with Client(scene.config) as client:
        edit = {"action": "setAttribute", "name": "weight_g", "value": 7}
        await client.update("variants", one["id"], one["version"], [edit])
    done = await apply_decided(scene.workspace, str(planned.plan.id), by="ann")
    assert (done.updated, done.moved) == (STYLES - 1, 1)


async def test_drift_names_what_somebody_changed(scene: Scene) -> None:
    """A variant that is edited is named by field, one that is deleted comes back by the repair."""
    found = await variants(scene)
    siblings: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        siblings.setdefault(one["product"]["id"], []).append(one)
    edited, _, *_ = found
    async with Client(scene.config) as client:
        # The shop deletes no variant that a product shows first.
        shown_first = {
            side["defaultVariant"]["id"]
            for product in await client.query_all("products", [None])
            for side in (product["masterData"]["current"], product["masterData"]["staged"])
            if "defaultVariant" in side
        }
        gone = next(
            one
            for many in siblings.values()
            for one in many
            if len(many) > 1 and one["product"] != edited["product"] and one["id"] not in shown_first
        )
        edit = {"action": "setAttribute", "name": "weight_g", "value": 7}
        await client.update("variants", edited["id"], edited["version"], [edit, {"action": "publish"}])
        off = await client.update("variants", gone["id"], gone["version"], [{"action": "unpublish"}])
        await client.delete("variants", gone["id"], off["version"])
    seen = await drift_of(scene.workspace, "products-fr", repair=True)
    assert (seen.drift.checked, seen.drift.missing) == (STYLES, 0)
    fields = {row.field for row in seen.drift.rows}
    assert f"variants.{edited['current']['sku']}.attributes.weight_g" in fields
    assert any(gone["current"]["sku"] in field for field in fields)
    assert seen.plan is not None
    await apply_decided(scene.workspace, str(seen.plan.id), by="ann", reason="edited")
    assert (await drift_of(scene.workspace, "products-fr")).drift.found == 0
    assert {one["current"]["sku"] for one in await variants(scene)} == {o["current"]["sku"] for o in found}


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_bad_day_ends_as_a_good_one(shop: Sandbox, tmp_path: Path) -> None:
    """A fifth of all answers is refused, broken or lost: products and variants end as on a good day."""
    days: list[dict[str, Any]] = []
    for project in ("modular-good", "modular-bad"):
        scene = await modular(tmp_path / project, shop, project, MORE)
        if project == "modular-bad":
            shop.fail(*storm(project))
        last: list[RunReport] = []
        for feed in ("categories-fr", "products-fr", "again"):
            if feed == "again":
                scene.drop_again("ARTICLES_FR", 2, other_material)
            for _ in range(RUNS):
                report = await run_feed(scene.workspace, "products-fr" if feed == "again" else feed)
                if report.outcome == "succeeded":
                    break
            last.append(report)
        shop.control("DELETE", "/faults")
        assert {report.outcome for report in last} == {"succeeded"}
        days.append(scene.dump())
    good, bad = days
    assert len(bad["products"]) == MORE
    for path in ("products", "variants"):
        found, expected = ({one["key"]: one for one in day[path]} for day in (bad, good))
        assert found.keys() == expected.keys()
        assert [found[key] for key in found if found[key] != expected[key]] == []
