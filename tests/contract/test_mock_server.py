"""The independent mock: whom it lets in, what it writes down, and that it ends with its tests."""

from __future__ import annotations

import httpx
import pytest

from tests.contract.cases import SHOP
from tests.contract.mock_server import MockServer, running_mock
from tests.contract.shops import Shop


def test_it_asks_for_a_token(labd: MockServer) -> None:
    """Without a token nothing is answered."""
    assert httpx.get(f"{labd.url}/nobody/inventory").status_code == httpx.codes.UNAUTHORIZED


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

    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/_control/log")
