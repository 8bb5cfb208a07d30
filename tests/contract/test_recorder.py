"""The recorder writes down what passes and changes nothing of it."""

from __future__ import annotations

import gzip

import httpx
import pytest

from tests.contract.recorder import Recorder
from tests.contract.sdk import SdkContract


def shop(request: httpx.Request) -> httpx.Response:
    """Answer a token, a packed stock level, or nothing."""
    if request.url.path == "/oauth/token":
        return httpx.Response(200, json={"access_token": "t"})
    if request.url.path == "/demo/inventory/gone":
        raise httpx.ReadError("the line is dead")
    return httpx.Response(
        200,
        content=gzip.compress(b'{"sku": "A"}'),
        headers={"content-type": "application/json; charset=utf-8", "content-encoding": "gzip"},
    )


async def test_requests_and_answers_are_written_down(recorder: Recorder) -> None:
    """Method, path with query, body, status and answer are kept; the client gets the same answer."""
    transport = recorder.wrap(httpx.MockTransport(shop))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        answer = await client.post("/demo/inventory?expand=supplyChannel", json={"sku": "A"})

    assert answer.json() == {"sku": "A"}
    assert recorder.exchanges == [
        ("POST", "/demo/inventory?expand=supplyChannel", {"sku": "A"}, 200, {"sku": "A"})
    ]


async def test_a_lost_answer_is_written_down(recorder: Recorder) -> None:
    """A request whose answer never came was sent all the same."""
    transport = recorder.wrap(httpx.MockTransport(shop))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        with pytest.raises(httpx.ReadError):
            await client.get("/demo/inventory/gone")

    assert recorder.exchanges == [("GET", "/demo/inventory/gone", None, None, None)]


async def test_faults_of_all_requests_are_listed(recorder: Recorder, sdk: SdkContract) -> None:
    """Every call is held against the contract, a request for a token is none."""
    transport = recorder.wrap(httpx.MockTransport(shop))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        await client.post("/oauth/token", data={"grant_type": "client_credentials"})
        await client.post("/demo/inventory", json={"sku": "A"})
        await client.post("/demo/inventory", json={"sku": "A", "quantityOnStock": 0})

    assert recorder.request_faults(sdk) == [
        "POST /demo/inventory: $: quantityOnStock is missing (InventoryEntryDraft)"
    ]
