"""A person at the browser: readable on a phone and a desk, by eye and by ear; nobody else is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import chromium

from .conftest import TOKENS, Past, Serve

pytestmark = pytest.mark.timeout(300)

PROJECT = Path(__file__).parents[2]
SCREENSHOTS = Path(os.environ.get("PASSERELLE_SCREENSHOTS", PROJECT / "build" / "screenshots"))
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
#: The least contrast of texts by WCAG 2.2, 1.4.3 (AA).
LEAST_CONTRAST = 4.5

#: Gives every text whose contrast with what lies behind it is too small.
_CONTRAST = """
(least) => {
  const rgb = (text) => {
    const n = text.match(/[\\d.]+/g).map(Number);
    return n.length < 4 ? [...n, 1] : n;
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0.99) return colour;
    }
    return [255, 255, 255, 1];
  };
  const found = [];
  for (const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walker.nextNode();) {
    const text = walker.currentNode.textContent.trim();
    const one = walker.currentNode.parentElement;
    const box = one.getBoundingClientRect();
    if (!text || box.width < 2 || box.right < 0 || one.closest("noscript, script, style, title")) continue;
    const style = getComputedStyle(one);
    const colour = rgb(one.closest("svg") ? style.fill : style.color);
    const [a, b] = [light(colour), light(behind(one))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least) found.push([text.slice(0, 40), ratio.toFixed(2)]);
  }
  return found;
}
"""
#: Gives what a page lacks for who does not see it: names of controls and pictures, order of headings.
_NAMELESS = """
() => {
  const found = [];
  const levels = [...document.querySelectorAll("h1,h2,h3,h4")].map((one) => Number(one.tagName[1]));
  if (levels.filter((one) => one === 1).length !== 1) found.push("h1: " + levels);
  if (levels.some((one, at) => at && one > levels[at - 1] + 1)) found.push("heading skipped: " + levels);
  for (const one of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!one.labels.length && !one.ariaLabel) found.push("no label: " + one.outerHTML);
  for (const one of document.querySelectorAll("a[href], button"))
    if (!(one.ariaLabel || one.textContent).trim()) found.push("no name: " + one.outerHTML);
  for (const one of document.querySelectorAll("svg"))
    if (one.getAttribute("role") !== "img" || !document.getElementById(one.getAttribute("aria-labelledby")))
      found.push("picture without name");
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  ids.forEach((one, at) => { if (ids.indexOf(one) !== at) found.push("id twice: " + one); });
  if (!document.documentElement.lang) found.push("no language");
  if (!document.querySelector("main") || !document.querySelector("nav")) found.push("no landmarks");
  return found;
}
"""


def photograph(page: Page, name: str) -> None:
    """Keep a picture of the whole page, for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.fixture
def hosts() -> set[str]:
    """The hosts that were asked for anything."""
    return set()


def opened(browser: Browser, hosts: set[str], **options: Any) -> BrowserContext:
    """Open a window that notes which hosts it asks, and what goes wrong in it."""
    context = chromium.window(browser, **options)
    context.on("request", lambda request: hosts.add(httpx.URL(request.url).host))
    context.on("weberror", lambda error: hosts.add(f"error: {error.error}"))
    context.on("console", lambda said: hosts.add(f"console: {said.text}") if said.type == "error" else None)
    return context


def paths_of(lived: Past) -> dict[str, str]:
    """Every kind of page, by the name of its picture."""
    run = next(one.id for one in lived.ledger.runs.last("prices-fr", 5) if one.mode == "auto")
    return {
        "board": "/",
        "feed": "/feeds/stock",
        "feed-rejects": "/feeds/prices-fr",
        "run": f"/runs/{run}",
        "landscape": "/landscape",
        "plans": "/plans",
        "alerts": "/alerts",
        "plan": "/plans/1",
    }


@pytest.fixture(params=["phone-fr", "desk-en", "desk-dark"])
def window(request: pytest.FixtureRequest, browser: Browser, hosts: set[str]) -> Iterator[BrowserContext]:
    """A phone in French, a desk in English, one in the dark."""
    phone, dark = request.param.startswith("phone"), request.param.endswith("dark")
    context = opened(
        browser,
        hosts,
        viewport=PHONE if phone else DESK,
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        locale="fr-FR" if phone else "en-GB",
        color_scheme="dark" if dark else "light",
    )
    yield context
    context.close()


def test_every_page_is_readable(
    lived: Past,
    serve: Serve,
    window: BrowserContext,
    hosts: set[str],
    people: dict[str, str],
    request: pytest.FixtureRequest,
) -> None:
    """No page scrolls sideways, all texts have contrast, everything has a name, nobody else is asked."""
    address = serve(**people)
    name = request.node.callspec.params["window"]
    page = window.new_page()
    page.goto(f"{address}/login")
    page.get_by_label("jeton" if "fr" in name else "token").fill(TOKENS["approve"])
    page.get_by_role("button").last.click()
    page.wait_for_url(f"{address}/")
    for picture, path in paths_of(lived).items():
        page.goto(f"{address}{path}")
        for summary in page.locator("summary").all():
            summary.click()
        photograph(page, f"web-{picture}-{name}")
        widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert widths[0] <= widths[1], f"{path} scrolls sideways: {widths}"
        assert page.evaluate(_CONTRAST, LEAST_CONTRAST) == [], path
        assert page.evaluate(_NAMELESS) == [], path
    assert hosts == {"127.0.0.1"}


def test_a_keyboard_reaches_everything(lived: Past, serve: Serve, browser: Browser, hosts: set[str]) -> None:
    """The first stop skips to the content; each stop is seen; a bar of the picture leads to its run."""
    assert lived.ledger.runs.last("stock", 1)
    context = opened(browser, hosts, viewport=DESK, locale="en-GB")
    page = context.new_page()
    page.goto(f"{serve()}/feeds/stock")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"
        )
        seen.append(style[0])
        assert style[1] != "none", seen
    assert "a" in seen  # a link in the picture
    context.close()


def test_without_scripts_everything_is_there(
    lived: Past, serve: Serve, browser: Browser, hosts: set[str], people: dict[str, str]
) -> None:
    """Board, landscape, log-in, language and a decision need no script; the browser refreshes by itself."""
    address = serve(**people)
    context = opened(browser, hosts, viewport=PHONE, locale="fr-FR", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/login")
    page.get_by_label("jeton").fill(TOKENS["approve"])
    page.get_by_role("button").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 flux en retard")
    expect(page.locator('meta[http-equiv="refresh"]')).to_have_count(1)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 feed is late")
    page.goto(f"{address}/plans/1")
    page.get_by_label("Reason").fill("half the file is missing")
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_text("approve person: half the file is missing")).to_have_count(1)
    context.close()
    plan = lived.ledger.decisions.get(1)
    assert plan is not None
    assert plan.state == "refused"
    assert hosts == {"127.0.0.1"}
