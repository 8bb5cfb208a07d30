"""A person at the browser while feeds really run: a board that turns late, a plan that is approved."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from passerelle.cli.up import PrefectUp, UpOptions
from passerelle.feeds import Rehearsal, RunOptions, Settings, Workspace, run_feed
from passerelle.feeds.approving import plan_feed
from tests.waiting import free_port, until

from .conftest import TOKENS
from .test_browser import DESK, PHONE, opened, photograph

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

T = TypeVar("T")
PROJECT = Path(__file__).parents[2]
SKUS = ("000001-001-36", "000001-001-38", "000002-014-40")
LINE = """  <LIGNE><SKU>{sku}</SKU><EAN>2000000000015</EAN><DEPOT>001</DEPOT>\
<QTE_PHYSIQUE>{pieces}</QTE_PHYSIQUE>\
<QTE_RESERVEE>0</QTE_RESERVEE><UNITE>PCE</UNITE><DATE_INV>20261101</DATE_INV><STATUT>D</STATUT></LIGNE>
"""
FILE = """<?xml version="1.0" encoding="ISO-8859-1"?>
<FICHIER>
  <ENTETE><FLUX>STOCK</FLUX><ZONE>TOUS</ZONE><MODE>C</MODE><SEQUENCE>{number:05}</SEQUENCE>\
<DATE>20261101</DATE><HEURE>0{number}1500</HEURE></ENTETE>
{lines}  <PIED><NB_LIGNES>{count:06}</NB_LIGNES></PIED>
</FICHIER>
"""


def in_thread(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread of its own: the browser has this one's loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def drop_file(rehearsal: Rehearsal, number: int, pieces: int) -> None:
    """Let the ERP put a full count on its server, marker last."""
    folder = rehearsal.erp_root / "out" / "stock"
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(LINE.format(sku=sku, pieces=f"{pieces:05},000") for sku in SKUS)
    text = FILE.format(number=number, lines=lines, count=len(SKUS))
    name = f"STOCK_TOUS_C_{number:05}_20261101"
    (folder / f"{name}.xml").write_bytes(text.replace("\n", "\r\n").encode("iso-8859-1"))
    (folder / f"{name}.ok").touch()


@pytest.fixture
def rehearsal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    """A shop, an ERP, and a feed of stock that is expected every hundred seconds."""
    mappings = tmp_path / "mappings"
    shutil.copytree(PROJECT / "mappings", mappings)
    stock = mappings / "erp" / "stock.yaml"
    text = stock.read_text(encoding="utf-8")
    before, _, after = text.partition("expects:\n")
    rest = after.partition("\nformat:")[2]
    stock.write_text(f"{before}expects: {{every: 100s, late_after: 5s}}\nformat:{rest}", encoding="utf-8")
    with Rehearsal(tmp_path / "home", mappings=mappings, keep_shop=False) as running:
        in_thread(running.set_up_project())
        for variable, value in running.environment.items():
            monkeypatch.setenv(variable, value)
        yield running


@pytest.fixture
def address(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where `passerelle up` serves the page, beside Prefect, with tokens; no process is left behind."""
    # Tests of other folders set Prefect up for themselves.
    for variable in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(variable)
    tokens = ";".join(f"{role} person:{role}:{token}" for role, token in TOKENS.items())
    monkeypatch.setenv("PASSERELLE_WEB_TOKENS", tokens)
    port, web_port = free_port(), free_port()
    options = UpOptions(home=rehearsal.home, project=PROJECT, port=port, web_port=web_port, schedules=False)
    with PrefectUp(options):
        address = f"http://127.0.0.1:{web_port}"
        until(lambda: _answers(f"{address}/healthz"))
        yield address


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).is_success
    except httpx.TransportError:
        return False


def watch_it_turn_late(context: BrowserContext, address: str) -> None:
    """Look at the board until it says, by itself and without a reload, that stock is late."""
    page = context.new_page()
    page.clock.install()
    log_in(page, address, "jeton")
    row = page.get_by_role("row").filter(has_text="Stock de l'entrepôt")
    card = page.locator(".card", has_text="Stock de l'entrepôt")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tout est à l'heure")
    photograph(page, "web-live-on-time")
    for _ in range(180):  # the page's own clock goes half a minute each time; the feed's is real
        if card.count():
            break
        page.clock.fast_forward(31_000)
        page.wait_for_timeout(1_000)
    expect(card).to_contain_text("3 SKU avec un stock de plus de")
    expect(row).to_contain_text("en retard")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 flux en retard")
    expect(page.get_by_role("status")).to_have_text("1 flux en retard")
    photograph(page, "web-live-late")


def approve(context: BrowserContext, address: str, plan: int) -> None:
    """Find the plan that waits, see what it would do, approve it with a reason."""
    page = context.new_page()
    log_in(page, address, "token")
    waits = page.get_by_role("link", name="1 plan waits")
    load_until_shown(page, waits)  # a board is shared for two seconds by all who look at it
    waits.click()
    page.get_by_role("link", name=f"Plan {plan}").click()
    expect(page.get_by_role("cell", name="7", exact=True).first).to_be_visible()
    page.get_by_label("Reason").fill("counted anew")
    photograph(page, "web-live-plan")
    page.get_by_role("button", name="Approve and carry out").click()
    page.wait_for_url(f"{address}/plans/{plan}")
    load_until_shown(page, page.get_by_text("approve person: counted anew"))
    load_until_shown(page, page.get_by_text("carried out", exact=True))
    photograph(page, "web-live-approved")
    page.goto(f"{address}/feeds/stock")
    photograph(page, "web-live-feed")


def load_until_shown(page: Page, awaited: Locator) -> None:
    """Load the page again and again, for two minutes, until it shows something."""
    for _ in range(240):
        if awaited.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(awaited.first).to_be_visible()


def log_in(page: Page, address: str, label: str) -> None:
    """Log in with the token that may approve."""
    page.goto(f"{address}/login")
    page.get_by_label(label).fill(TOKENS["approve"])
    page.get_by_role("button").last.click()
    page.wait_for_url(f"{address}/")


def test_the_board_turns_late_and_a_plan_is_approved(
    rehearsal: Rehearsal, address: str, browser: Browser
) -> None:
    """On time, then late, by itself; what comes then is planned, approved by name and carried out."""
    workspace = Workspace(Settings.load())
    drop_file(rehearsal, 1, 12)
    report = in_thread(run_feed(workspace, "stock", RunOptions()))
    assert report.outcome == "succeeded", report.message
    hosts: set[str] = set()
    context = opened(browser, hosts, viewport=PHONE, is_mobile=True, locale="fr-FR")
    watch_it_turn_late(context, address)
    context.close()

    drop_file(rehearsal, 2, 7)
    plan = in_thread(plan_feed(workspace, "stock")).plan
    assert plan is not None
    context = opened(browser, hosts, viewport=DESK, locale="en-GB")
    approve(context, address, plan.id)
    context.close()
    with workspace.ledger() as ledger:
        decided = ledger.decisions.get(plan.id)
    assert decided is not None
    assert (decided.state, decided.decided_by) == ("applied", "approve person")
    assert hosts == {"127.0.0.1"}
    assert httpx.get(f"{address}/api/board", timeout=30).status_code == 401
