"""The independent mock as a process: on a free port of loopback, asked over HTTP, ended with the tests."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

__all__ = ["MockServer", "missing_parts", "running_mock"]

FOLDER = Path(__file__).with_name("labd")
# Less than a test may take, so that an installation that hangs is told as such.
INSTALL_SECONDS = 240


@dataclass(frozen=True)
class MockServer:
    """A running mock; every project key is a shop of its own, so that tests stay apart."""

    url: str
    process: subprocess.Popen[str]

    def log(self) -> list[dict[str, Any]]:
        """Return every request so far: method, path, body, status."""
        entries: list[dict[str, Any]] = (
            httpx.get(f"{self.url}/_control/log", timeout=30).raise_for_status().json()
        )
        return entries

    def forget(self) -> None:
        """Start the log anew."""
        httpx.delete(f"{self.url}/_control/log", timeout=30).raise_for_status()


def missing_parts() -> str | None:
    """Say what the mock needs and this machine lacks; install its packages when npm is here."""
    if shutil.which("node") is None:
        return "the independent mock needs Node.js 20 or newer (Debian: apt-get install nodejs npm)"
    # Several sessions of tests may find it missing at once: npm removes what another npm is writing.
    with (FOLDER / "package.json").open("rb") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        return _missing_packages()


def _missing_packages() -> str | None:
    # npm writes it last: where it is, an installation went through.
    if (FOLDER / "node_modules" / ".package-lock.json").is_file():
        return None
    if shutil.which("npm") is None:
        return "the independent mock needs npm to install its packages (Debian: apt-get install npm)"
    install = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=FOLDER,
        text=True,
        capture_output=True,
        check=False,
        timeout=INSTALL_SECONDS,
    )
    if install.returncode == 0:
        return None
    return f"npm ci failed in tests/contract/labd: {install.stderr.strip()[-300:]}"


@contextmanager
def running_mock() -> Iterator[MockServer]:
    """Run the mock until the block ends."""
    # The server ends when its standard input does: it cannot outlive the tests.
    with subprocess.Popen(
        ["node", "server.mjs"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the mock was started without pipes")
        first = process.stdout.readline()
        if not first:
            raise RuntimeError("the mock ended before it named its port; its error stands above")
        yield MockServer(f"http://127.0.0.1:{json.loads(first)['port']}", process)
        process.stdin.close()
        process.wait(timeout=60)
