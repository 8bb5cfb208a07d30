"""The independent mock: whom it lets in, what it writes down, and that it ends with its tests."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.contract import mock_server
from tests.contract.cases import SHOP
from tests.contract.mock_server import MockServer, running_mock
from tests.contract.shops import Shop

#: Says that it began, takes a while, and writes what npm writes last.
NPM = """#!/bin/sh
echo began >> log
sleep 0.3
mkdir -p node_modules
touch node_modules/.package-lock.json
"""


def test_its_packages_are_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several sessions of tests may begin together: one installs, the others wait for it and look again."""
    for name, program in (("node", "#!/bin/sh"), ("npm", NPM)):
        file = tmp_path / name
        file.write_text(program)
        file.chmod(0o755)
    (tmp_path / "package.json").touch()
    monkeypatch.setattr(mock_server, "FOLDER", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with ThreadPoolExecutor(4) as sessions:
        missing = list(sessions.map(lambda _: mock_server.missing_parts(), range(4)))
    assert missing == [None] * 4
    assert (tmp_path / "log").read_text() == "began\n"


def test_it_asks_for_a_token(labd: MockServer) -> None:
    """Without a token nothing is answered."""
    answer = httpx.get(f"{labd.url}/nobody/inventory", timeout=30)
    assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_it_takes_the_shop_of_the_cases(labd: MockServer, mock_shop: Shop) -> None:
    """An implementation by others takes the drafts that set up our shop, and writes down each request."""
    labd.forget()

    mock_shop.set_up()

    assert [(entry["path"], entry["body"], entry["status"] < 300) for entry in labd.log()] == [
        (f"/{mock_shop.project}/{path}", body, True) for path, body in SHOP
    ]


def test_it_ends_with_its_tests(labd: MockServer) -> None:
    """When the block ends the process ends, and its port is free."""
    del labd  # asks for it only to skip where the mock cannot run
    with running_mock() as server:
        assert server.log() == []

    assert server.process.poll() == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/_control/log", timeout=30)
