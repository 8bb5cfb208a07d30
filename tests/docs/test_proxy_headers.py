"""The headers of deploy/proxy: Prefect's pages work under them, and nothing is loaded from elsewhere."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.chromium import LOOK_MS, chromium, window
from tests.flows.asking import posted
from tests.waiting import free_port, until

from .links import ROOT

CONF = (ROOT / "deploy/proxy/headers.conf").read_text("utf-8")
HEADERS = dict(re.findall(r'^add_header (\S+) "?([^"\n]+?)"? always;$', CONF, re.MULTILINE))
ELSEWHERE = "https://elsewhere.example/pixel.png"


def test_the_policy_names_no_other_host() -> None:
    """Every source is ours; what is not named comes from nowhere, and nobody frames us."""
    policy = {
        words[0]: words[1:]
        for words in (part.split() for part in HEADERS["Content-Security-Policy"].split(";"))
    }
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    allowed = {"'none'", "'self'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}
    assert {source for sources in policy.values() for source in sources} <= allowed
    assert policy["connect-src"] == ["'self'"]
    assert HEADERS["X-Content-Type-Options"] == "nosniff"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A Prefect server of its own, with the first UI, as ours is set."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment = {
        **kept,
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_UI_API_URL": f"http://127.0.0.1:{port}/api",
        "PYTHONWARNINGS": "ignore",
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, cwd=tmp_path, start_new_session=True
        )

    def answers() -> bool:
        said = (tmp_path / "server.log").read_text("utf-8", errors="replace")
        assert process.poll() is None, f"the server ended by itself:\n{said}"
        return _answers(port)

    try:
        until(answers, seconds=240)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture
def browser() -> Iterator[Browser]:
    """The Chromium of this machine, without a window."""
    with chromium() as started:
        yield started


def _with_headers(route: Route) -> None:
    """Answer as the proxy does."""
    # A connection that was kept may be closed by the server while it is taken up again.
    answer = route.fetch(max_retries=3, timeout=LOOK_MS)
    route.fulfill(response=answer, headers={**answer.headers, **HEADERS})


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_prefects_pages_work_under_the_headers(server: str, browser: Browser) -> None:
    """Lists, an artifact with a table: shown; the image that its text points to is not fetched."""
    text = f"# Rejects\n\n| sku | why |\n|---|---|\n| A-1 | no price |\n\n![pixel]({ELSEWHERE})\n"
    made = posted(f"{server}/api/artifacts/", {"key": "rejects", "type": "markdown", "data": text})
    context = window(browser, viewport={"width": 1300, "height": 1000})
    page: Page = context.new_page()
    refused: list[str] = []
    answered: set[str] = set()
    page.on(
        "console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None
    )
    page.on("response", lambda response: answered.add(httpx.URL(response.url).host))
    page.route(f"{server}/**", _with_headers)
    for address, shown in (
        ("/dashboard", "Dashboard"),
        ("/flows", "Flows"),
        ("/deployments", "Deployments"),
        ("/automations", "Automations"),
    ):
        page.goto(f"{server}{address}")
        expect(page.get_by_text(shown).first).to_be_visible()
    # The remote image is asked for, and the browser says that the policy forbids it.
    with page.expect_console_message(
        lambda said: "Content Security Policy" in said.text and "elsewhere.example" in said.text,
        timeout=3 * LOOK_MS,
    ):
        page.goto(f"{server}/artifacts/artifact/{made['id']}")
    expect(page.get_by_text("no price").first).to_be_visible()
    assert [line for line in refused if "elsewhere.example" not in line] == []
    assert answered - {"", "127.0.0.1"} == set()
    page.unroute_all(behavior="ignoreErrors")  # what is still asked for need not be answered any more
    context.close()
