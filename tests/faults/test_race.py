"""Four write to the same products at once: two runs, a colleague in the Merchant Center, a program."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console
from rich.table import Table

from passerelle.sandbox import Sandbox, SandboxConfig
from tests.faults.scene import Scene

STYLES = 30
#: Full files in which every text is another one, for each of the two runs.
ROUNDS = 5
#: The colleague and the program edit once in so many requests to the shop: they race with the runs, not with
#: the machine, which may let a run wait while they go on.
REQUESTS = 10


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A shop in a process of its own; each project is one of its own."""
    with Sandbox(SandboxConfig(any_project=True)) as running:
        yield running


class Program:
    """A program of somebody else: reads a product, writes its English name and its meta title, and counts.

    It writes the whole name, as the API wants it, with the other languages as it read them: whoever wrote
    one of those in between is not lost, because a stale version is refused.
    """

    def __init__(self, scene: Scene, keys: list[str]) -> None:
        self._scene = scene
        self._keys = keys
        self.stale = 0
        self.answered: dict[str, str] = {}
        self.edits = 0

    async def work(self, done: asyncio.Event) -> None:
        """Edit in turn, once in so many requests of all, until done."""
        async with httpx.AsyncClient(base_url=self._scene.shop.url, timeout=60) as http:
            secret = self._scene.shop.client_secret.get_secret_value()
            token = await http.post(
                "/oauth/token",
                auth=(self._scene.shop.client_id, secret),
                data={"grant_type": "client_credentials"},
            )
            http.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
            number = 0
            while not done.is_set():
                counted = (await http.get("/_sandbox/stats")).raise_for_status().json()
                if counted["requests"] < number * REQUESTS:
                    await asyncio.sleep(0.005)  # between two looks, not instead of one
                    continue
                await self._edit(http, self._keys[number % len(self._keys)], f"Edit {number}")
                number += 1

    async def _edit(self, http: httpx.AsyncClient, key: str, text: str) -> None:
        path = f"/{self._scene.project}/products"
        product = (await http.get(f"{path}/key={key}")).raise_for_status().json()
        name = product["masterData"]["staged"]["name"] | {"en-GB": text}
        body = {
            "version": product["version"],
            "actions": [
                {"action": "changeName", "name": name, "staged": False},
                {"action": "setMetaTitle", "metaTitle": {"en-GB": text}, "staged": False},
            ],
        }
        answer = await http.post(f"{path}/{product['id']}", json=body)
        if answer.status_code == httpx.codes.CONFLICT:
            self.stale += 1
            return
        answer.raise_for_status()
        self.answered[key] = text
        self.edits += 1


def rewritten(language: str, number: int) -> Any:
    """Give every style another name and description."""

    def change(element: str, text: str) -> str:
        return f"{text} {language}{number}" if element in {"LIBELLE", "DESCRIPTION"} else text

    return change


async def opened(shop: Sandbox, home: Path, name: str) -> Scene:
    """A shop with the styles of the opening day; all later files lie ready."""
    scene = Scene(home / name, shop, name, STYLES)
    await scene.set_up()
    scene.drop("CATEG_FR", "ARTICLES_FR", "ARTICLES_BE")
    for feed in ("categories-fr", "products-fr", "products-be"):
        assert (await scene.run(feed))["outcome"] == "succeeded"
    for number in range(2, ROUNDS + 2):
        scene.drop_again("ARTICLES_FR", number, rewritten("F", number))
        scene.drop_again("ARTICLES_BE", number, rewritten("B", number))
    return scene


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_a_race_loses_no_update(
    shop: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every text of both runs, and every answered edit of both others, is there at the end: counted.

    Both runs, the program and the colleague write the same products; three of them write the same field, a
    name in their language. Without the others, one run after the other leaves the same shop.
    """
    calm = await opened(shop, tmp_path, "calm")
    for feed in ("products-fr", "products-be"):
        assert (await calm.run(feed))["outcome"] == "succeeded"
    wanted = calm.dump()

    scene = await opened(shop, tmp_path, "race")
    keys = sorted(product["key"] for product in wanted["products"])
    colleague = {
        "path": "products",
        "keys": keys,
        "perRequest": 1 / REQUESTS,
        "actions": [
            {
                "action": "addAsset",
                "variantId": 1,
                "asset": {"name": {"en-GB": "{n}"}, "sources": [{"uri": "https://pictures.example/{n}"}]},
                "staged": False,
            }
        ],
    }
    program, done = Program(scene, keys), asyncio.Event()
    shop.reset_stats()
    shop.control("POST", f"/{scene.project}/editors", colleague)
    other = asyncio.create_task(program.work(done))
    reports = await asyncio.gather(scene.run("products-fr"), scene.run("products-be"))
    done.set()
    await other
    [edited] = shop.control("DELETE", "/editors")
    stats = shop.stats()
    conflicts = sum(row["count"] for row in stats["counts"] if row["status"] == httpx.codes.CONFLICT)

    shown = scene.dump()
    found = [sift(product) for product in shown["products"]]
    told = Table("who", "edits", "refused as stale", title=f"{STYLES} products, {stats['requests']} requests")
    for feed, report in zip(("products-fr", "products-be"), reports, strict=True):
        told.add_row(feed, str(report["updated"]), "")
    told.add_row("both runs", "", str(conflicts - program.stale))
    told.add_row("program over HTTP", str(program.edits), str(program.stale))
    told.add_row("colleague", str(edited["edits"] - edited["refused"]), str(edited["refused"]))
    with capsys.disabled():
        Console().print("\n", told)

    for report in reports:
        assert (report["outcome"], report["updated"]) == ("succeeded", ROUNDS * STYLES)
        assert (report["failed"], report["mismatched"]) == (0, 0)
    # The race was one: runs met a version that somebody else had moved.
    assert conflicts > program.stale
    assert edited["edits"] >= 20
    # The colleague: each edit added an asset that nobody else touches.
    added = sorted(int(number) for one in found for number in one["assets"])
    assert edited["refused"] == 0
    assert added == list(range(1, edited["edits"] + 1))
    # The program: the last text that was answered, in both fields.
    for side in ("name", "metaTitle"):
        assert {one["key"]: one[side] for one in found if one[side]} == program.answered
    # The runs: all the rest is what both leave when they are alone.
    assert shown == wanted


def sift(product: dict[str, Any]) -> dict[str, Any]:
    """Take out of a product what the colleague and the program put in, from what is shown and prepared."""
    master = product["masterData"]
    taken = [_taken(master[side]) for side in ("current", "staged")]
    assert taken[0] == taken[1]
    return {"key": product["key"], **taken[0]}


def _taken(data: dict[str, Any]) -> dict[str, Any]:
    assets = data["masterVariant"]["assets"]
    data["masterVariant"]["assets"] = []
    return {
        "assets": [asset["name"]["en-GB"] for asset in assets],
        "name": data["name"].pop("en-GB", ""),
        "metaTitle": (data.pop("metaTitle", None) or {}).get("en-GB", ""),
    }
