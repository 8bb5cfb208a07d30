"""The browser of this machine, as all tests start it: without a window, and with time on a busy machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

__all__ = ["LOOK_MS", "chromium", "window"]

#: How long something may take to be seen.
LOOK_MS = 60_000
#: How long a start may take, a page to be loaded, or a button to be there.
_ACT_MS = 120_000
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start it, or skip where there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    expect.set_options(timeout=LOOK_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", *_QUIET], timeout=_ACT_MS
        )
        yield browser
        browser.close()


def window(browser: Browser, **options: Any) -> BrowserContext:
    """Open a window of its own, with nothing kept from another."""
    context = browser.new_context(**options)
    context.set_default_timeout(_ACT_MS)
    return context
