"""A person at the browser: the real service, a real shop beside it, the run form, the result."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from passerelle.cli.up import PrefectUp, UpOptions
from passerelle.feeds import Rehearsal
from tests.chromium import chromium, window
from tests.waiting import free_port

from .asking import posted
from .conftest import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SCREENSHOTS = Path(os.environ.get("PASSERELLE_SCREENSHOTS", PROJECT / "build" / "screenshots"))
TERMINAL = {"COMPLETED", "FAILED", "CANCELLED", "CRASHED"}

SKUS = ("000001-001-36", "000001-001-38", "000002-014-40")
NAME = "STOCK_TOUS_C_00001_20261101"
LINE = """  <LIGNE>
    <SKU>{sku}</SKU>
    <EAN>2000000000015</EAN>
    <DEPOT>001</DEPOT>
    <QTE_PHYSIQUE>00012,000</QTE_PHYSIQUE>
    <QTE_RESERVEE>00000,000</QTE_RESERVEE>
    <UNITE>PCE</UNITE>
    <DATE_INV>20261101</DATE_INV>
    <STATUT>D</STATUT>
  </LIGNE>
"""
FILE = """<?xml version="1.0" encoding="ISO-8859-1"?>
<FICHIER>
  <ENTETE>
    <FLUX>STOCK</FLUX>
    <ZONE>TOUS</ZONE>
    <MODE>C</MODE>
    <SEQUENCE>00001</SEQUENCE>
    <DATE>20261101</DATE>
    <HEURE>021500</HEURE>
  </ENTETE>
{lines}  <PIED>
    <NB_LIGNES>{count:06}</NB_LIGNES>
  </PIED>
</FICHIER>
"""


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    """A shop with the channels that stock needs, and an ERP with one stock file on its SFTP server."""
    with Rehearsal(tmp_path / "home", mappings=PROJECT / "mappings", keep_shop=False) as running:
        asyncio.run(running.set_up_project())
        folder = running.erp_root / "out" / "stock"
        folder.mkdir(parents=True, exist_ok=True)
        text = FILE.format(lines="".join(LINE.format(sku=sku) for sku in SKUS), count=len(SKUS))
        (folder / f"{NAME}.xml").write_bytes(text.replace("\n", "\r\n").encode("iso-8859-1"))
        (folder / f"{NAME}.ok").touch()
        yield running


@pytest.fixture
def service(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrefectUp]:
    """Everything that `passerelle up` starts."""
    # The other tests of this folder run a server without UI; this one is looked at.
    for variable in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(variable)
    for variable, value in rehearsal.environment.items():
        monkeypatch.setenv(variable, value)
    options = UpOptions(home=rehearsal.home, project=PROJECT, port=free_port(), schedules=False)
    with PrefectUp(options) as up:
        yield up


@pytest.fixture
def browser() -> Iterator[Browser]:
    """The Chromium of this machine, without a window."""
    with chromium() as started:
        yield started


def _photograph(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def _finished(url: str, deployment: str) -> dict[str, Any]:
    """Wait for the one run of a deployment to end."""
    asked = {"deployments": {"id": {"any_": [deployment]}}}
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        runs: list[dict[str, Any]] = posted(f"{url}/api/flow_runs/filter", asked)
        if runs and runs[0]["state_type"] in TERMINAL:
            return runs[0]
        time.sleep(0.5)
    pytest.fail("the run did not end")


def test_a_dry_run_from_the_form_shows_what_would_change(
    service: PrefectUp, browser: Browser, rehearsal: Rehearsal
) -> None:
    """From the deployments to the result by mouse: nothing is written, and no page asks another host."""
    page = window(browser, viewport={"width": 1400, "height": 1400}).new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(httpx.URL(request.url).host))  # "" for data: addresses
    stock = next(served for served in service.deployments if served.name == "stock")
    written = rehearsal.sandbox.stats()["writes"]

    page.goto(f"{service.url}/deployments")
    page.get_by_placeholder(re.compile("search", re.IGNORECASE)).first.fill("stock")
    expect(page.get_by_role("link", name="stock", exact=True)).to_be_visible()
    _photograph(page, "deployments")

    page.get_by_role("link", name="stock", exact=True).click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Custom run").click()
    expect(page.get_by_role("switch").first).to_be_checked()
    page.locator("textarea").first.fill(f"{SKUS[0]}\n{SKUS[2]}")
    _photograph(page, "stock-form")
    page.get_by_role("button", name="Submit").click()

    run = _finished(service.url, stock.id)
    page.goto(f"{service.url}/runs/flow-run/{run['id']}")
    page.get_by_text("Artifacts", exact=True).click()
    expect(page.get_by_text("stock-summary").first).to_be_visible()
    _photograph(page, "stock-run")
    assert (run["state_type"], run["state_name"]) == ("COMPLETED", "Completed"), run["state"]["message"]
    assert run["parameters"]["dry_run"] is True

    asked = {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}}
    found = posted(f"{service.url}/api/artifacts/filter", asked)
    artifacts = {artifact["key"]: artifact["id"] for artifact in found}
    page.goto(f"{service.url}/artifacts/artifact/{artifacts['stock-summary']}")
    expect(page.get_by_text(re.compile("2 records would change, nothing was written")).first).to_be_visible()
    _photograph(page, "stock-summary")
    page.goto(f"{service.url}/artifacts/artifact/{artifacts['stock-changes']}")
    expect(page.get_by_text(SKUS[0]).first).to_be_visible()
    expect(page.get_by_text(SKUS[1])).to_have_count(0)
    _photograph(page, "stock-changes")

    assert rehearsal.sandbox.stats()["writes"] == written
    assert hosts - {""} == {"127.0.0.1"}
