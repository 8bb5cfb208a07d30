"""A person at the browser: a backfill of one week for 200 SKUs from the form, a guard stop approved."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from passerelle.cli.up import PrefectUp
from passerelle.feeds import Rehearsal, RunOptions, run_feed
from tests.chromium import window
from tests.feeds.house import stock_xml
from tests.sync.desk import line

from .asking import posted, started
from .conftest import PROJECT
from .test_browser import SCREENSHOTS, TERMINAL, browser, service

__all__ = ["browser", "service"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SKUS = [f"{number:06d}-001-38" for number in range(1, 241)]
REASON = "Inventory of the warehouse: all is counted anew on Monday"
#: What the person asks for: those that somebody changed in the shop.
ASKED = SKUS[:200]


def drop(rehearsal: Rehearsal, sequence: int, quantity: int, day: int, *, mode: str = "D") -> None:
    """The ERP drops a file that counts every SKU alike."""
    name = f"STOCK_TOUS_{mode}_{sequence:05d}_202611{day:02d}"
    folder = rehearsal.erp_root / "out" / "stock"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [line(sku, quantity) for sku in SKUS]
    (folder / f"{name}.xml").write_bytes(
        stock_xml(lines, sequence=sequence, mode=mode, day=f"202611{day:02d}")
    )
    (folder / f"{name}.ok").touch()


async def levels(rehearsal: Rehearsal) -> dict[str, dict[str, Any]]:
    """What the shop holds, by SKU."""
    async with rehearsal.workspace.client() as client:
        return {entry["sku"]: entry for entry in await client.query_all("inventory", [None])}


def shown(rehearsal: Rehearsal) -> dict[str, dict[str, Any]]:
    """What the shop holds; in a thread of its own, since the browser's loop is at work in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, levels(rehearsal)).result()


async def _lived(rehearsal: Rehearsal) -> None:
    """A week of files was carried; then somebody wrote over 200 SKUs in the shop."""
    await rehearsal.set_up_project()
    for day in range(1, 8):
        drop(rehearsal, day, 10 + day, day, mode="C" if day == 1 else "D")
        report = await run_feed(rehearsal.workspace, "stock", RunOptions())
        assert report.outcome == "succeeded", report
    there = await levels(rehearsal)
    async with rehearsal.workspace.client() as client:
        action = {"action": "changeQuantity", "quantity": 999}
        for sku in ASKED:
            await client.update("inventory", there[sku]["id"], there[sku]["version"], [action])


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    """A shop and an ERP that lived through a week, on real protocols; the shop answers after 100 ms."""
    with Rehearsal(
        tmp_path / "home", mappings=PROJECT / "mappings", keep_shop=False, concurrency=2
    ) as running:
        asyncio.run(_lived(running))
        running.sandbox.control("POST", "/latency", {"ms": 100})
        yield running


def _photograph(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def _the_run(url: str, deployment: str, has: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until the one run of a deployment has something."""
    asked = {"deployments": {"id": {"any_": [deployment]}}, "sort": "EXPECTED_START_TIME_DESC"}
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        runs: list[dict[str, Any]] = posted(f"{url}/api/flow_runs/filter", asked)
        if runs and has(runs[0]):
            return runs[0]
        time.sleep(0.5)
    pytest.fail("the run did not get there")


def _artifact(
    url: str, run: str, key: str, has: Callable[[dict[str, Any]], bool] = lambda _: True
) -> dict[str, Any]:
    """Wait until a run has an artifact, and that has something."""
    asked = {"artifacts": {"flow_run_id": {"any_": [run]}, "key": {"any_": [key]}}}
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found: list[dict[str, Any]] = posted(f"{url}/api/artifacts/filter", asked)
        if found and has(found[0]):
            return found[0]
        time.sleep(0.5)
    pytest.fail(f"the run has no artifact {key}")


def test_a_week_for_two_hundred_skus_and_a_guard_stop_approved(
    service: PrefectUp, browser: Browser, rehearsal: Rehearsal
) -> None:
    """By mouse: the form, what it takes, the progress, the result; then a decision about a stopped run."""
    page = window(browser, viewport={"width": 1400, "height": 1500}).new_page()
    served = {one.name: one.id for one in service.deployments}
    _backfill_from_the_form(page, service.url, served["backfill"], rehearsal)
    _approve_a_guard_stop(page, service.url, served["stock"], rehearsal)


def _backfill_from_the_form(page: Page, url: str, deployment: str, rehearsal: Rehearsal) -> None:
    page.goto(f"{url}/deployments/deployment/{deployment}/run")
    expect(page.get_by_role("switch").first).to_be_checked()
    _photograph(page, "backfill-form-empty")
    _choose(page, "feed", "stock")
    page.locator("textarea").first.fill("\n".join(ASKED))
    _fill_date(page, "From", "2026-11-01")
    _fill_date(page, "Until", "2026-11-07")
    _field(page, "batch").locator("input").fill("20")
    page.get_by_role("switch").first.click()
    _photograph(page, "backfill-form")
    page.get_by_role("button", name="Submit").click()

    run = _the_run(url, deployment, lambda run: run["state_type"] in {"RUNNING", *TERMINAL})
    assert run["parameters"]["selection"]["start"] == "2026-11-01", run["parameters"]
    assert run["parameters"]["dry_run"] is False
    told = _artifact(url, run["id"], "stock-backfill-forecast")
    page.goto(f"{url}/artifacts/artifact/{told['id']}")
    expect(page.get_by_text(re.compile("7 files")).first).to_be_visible()
    _photograph(page, "backfill-forecast")
    bar = _artifact(url, run["id"], "stock-backfill-progress", lambda bar: float(bar["data"]) > 0)
    page.goto(f"{url}/artifacts/artifact/{bar['id']}")
    expect(page.get_by_text(re.compile(r"\d+ of 200")).first).to_be_visible()
    _photograph(page, "backfill-progress")

    run = _the_run(url, deployment, lambda run: run["state_type"] in TERMINAL)
    assert (run["state_type"], run["state_name"]) == ("COMPLETED", "Completed"), run["state"]["message"]
    page.goto(f"{url}/runs/flow-run/{run['id']}")
    page.get_by_text("Artifacts", exact=True).click()
    expect(page.get_by_text("stock-backfill-forecast").first).to_be_visible()
    _photograph(page, "backfill-run")
    done = _artifact(url, run["id"], "stock-backfill")
    page.goto(f"{url}/artifacts/artifact/{done['id']}")
    expect(page.get_by_text(re.compile("200 of 200")).first).to_be_visible()
    _photograph(page, "backfill-result")
    there = shown(rehearsal)
    assert {there[sku]["quantityOnStock"] for sku in SKUS} == {17}


def _approve_a_guard_stop(page: Page, url: str, deployment: str, rehearsal: Rehearsal) -> None:
    rehearsal.sandbox.control("POST", "/latency", {"ms": 0})
    drop(rehearsal, 8, 0, 8, mode="C")
    asked = {"parameters": {"feed": "stock", "dry_run": False}}
    started(f"{url}/api", deployment, asked)
    run = _the_run(url, deployment, lambda run: run["state_type"] in {"PAUSED", *TERMINAL})
    assert run["state_type"] == "PAUSED", run["state"]
    assert {entry["quantityOnStock"] for entry in shown(rehearsal).values()} == {17}
    plan = _artifact(url, run["id"], "stock-plan")
    page.goto(f"{url}/artifacts/artifact/{plan['id']}")
    expect(page.get_by_text(SKUS[0]).first).to_be_visible()
    _photograph(page, "approval-plan")

    page.goto(f"{url}/runs/flow-run/{run['id']}")
    expect(page.get_by_text("Paused").first).to_be_visible()
    _photograph(page, "approval-waiting")
    page.get_by_role("button", name="Resume").first.click()
    expect(page.get_by_text("Your name").first).to_be_visible()
    _choose(page, "Decision", "approve")
    _field(page, "Reason").locator("textarea").fill(REASON)
    _field(page, "Your name").locator("textarea").fill("Ann Dubois")
    _photograph(page, "approval-form")
    page.get_by_role("button", name="Submit").click()

    run = _the_run(url, deployment, lambda run: run["state_type"] in TERMINAL)
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    assert {entry["quantityOnStock"] for entry in shown(rehearsal).values()} == {0}
    with rehearsal.workspace.ledger() as ledger:
        (decided,) = ledger.decisions.last("stock", states=("applied",), n=1)
    assert decided.decided_by == "Ann Dubois"
    assert decided.reason == REASON
    page.goto(f"{url}/runs/flow-run/{run['id']}")
    expect(page.get_by_text("Completed").first).to_be_visible()
    _photograph(page, "approval-done")


def _field(page: Page, label: str) -> Locator:
    """Find one field of a form by how its label begins."""
    fields = page.locator(".schema-form-property:not(:has(.schema-form-property))")
    return fields.filter(has_text=re.compile(rf"^\s*{label}")).first


def _choose(page: Page, label: str, option: str) -> None:
    """Choose from a drop-down of the form; it opens for the keyboard."""
    _field(page, label).locator(".p-select-button__control").focus()
    page.keyboard.press("Space")
    page.get_by_role("option", name=option, exact=True).click()


def _fill_date(page: Page, label: str, day: str) -> None:
    """Write a day into a calendar of the form, and apply it."""
    _field(page, label).locator(".p-date-button").click()
    page.locator(".p-date-picker input").first.fill(day)
    page.get_by_role("button", name="Apply").click()
