"""Failures on demand, and the rest of the control plane."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from passerelle.errors import Fatal
from passerelle.sandbox import Sandbox, SandboxConfig, create_app
from tests.sandbox.shopfront import DEPOT, NO_TLS, Shopfront, product, reference, refusal, variant


@pytest.fixture
def stormy() -> Iterator[Shopfront]:
    """A sandbox for one test alone: its weather is nobody else's."""
    with Sandbox(in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        yield front
        front.close()


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, "TooManyRequests"), (500, "General"), (502, "BadGateway"), (503, "OverCapacity")],
)
def test_refusing_before_applying(stormy: Shopfront, status: int, code: str) -> None:
    """The next writes are answered badly, with a hint when one was given, and nothing is applied."""
    stormy.sandbox.fail(
        {"kind": "status", "status": status, "method": "write", "retryAfter": 1.5, "count": 2}
    )
    assert stormy.get("channels")["total"] == 0
    for _ in range(2):
        answer = stormy.ask("POST", "channels", DEPOT)
        refusal(answer, status, code)
        assert answer.headers["retry-after"] == "1.5"
    stormy.create("channels", DEPOT)


def test_reset_before_applying(stormy: Shopfront) -> None:
    """The connection is cut and nothing was applied."""
    stormy.sandbox.fail({"kind": "reset", "method": "POST"})
    with pytest.raises(httpx.TransportError):
        stormy.ask("POST", "channels", DEPOT)
    assert stormy.get("channels")["total"] == 0


def test_lost_answer(stormy: Shopfront) -> None:
    """The connection is cut and the change was applied: the client must read before it repeats."""
    stormy.sandbox.fail({"kind": "lost_answer", "method": "POST"})
    with pytest.raises(httpx.TransportError):
        stormy.ask("POST", "channels", DEPOT)
    assert stormy.get("channels")["total"] == 1
    assert stormy.sandbox.stats()["faults"] == {"lost_answer": 1}


def test_truncated_answer(stormy: Shopfront) -> None:
    """The answer ends in the middle of its body."""
    stormy.create("channels", DEPOT)
    stormy.sandbox.fail({"kind": "truncated", "method": "read"})
    with pytest.raises(httpx.RemoteProtocolError):
        stormy.ask("GET", "channels")


def test_latency(stormy: Shopfront) -> None:
    """One request, or all of them, take their time."""
    stormy.sandbox.fail({"kind": "latency", "latencyMs": 150})
    began = time.monotonic()
    stormy.get("channels")
    assert time.monotonic() - began >= 0.15
    stormy.sandbox.control("POST", "/latency", {"ms": 120})
    began = time.monotonic()
    stormy.get("channels")
    assert time.monotonic() - began >= 0.12


def test_faults_choose_their_requests(stormy: Shopfront) -> None:
    """A fault strikes where its path begins, after those it skips; the token endpoint only when named."""
    stormy.sandbox.fail(
        {"kind": "status", "path": "/demo/inventory", "skip": 1},
        {"kind": "status", "path": "/oauth", "status": 500},
    )
    stormy.get("channels")
    stormy.get("inventory")
    assert stormy.ask("GET", "inventory").status_code == 503
    stormy.get("inventory")
    token = httpx.post(f"{stormy.sandbox.url}/oauth/token", verify=NO_TLS, timeout=60)
    assert token.status_code == 500
    stormy.sandbox.fail({"kind": "status", "count": None})
    assert httpx.post(f"{stormy.sandbox.url}/oauth/token", verify=NO_TLS, timeout=60).status_code == 401
    assert [fault["struck"] for fault in stormy.sandbox.control("GET", "/faults")] == [0]
    stormy.sandbox.control("DELETE", "/faults")
    stormy.get("channels")


def test_rate_is_drawn_from_a_seed(stormy: Shopfront) -> None:
    """A share of the requests fails, the same ones for the same seed."""
    weathers = []
    for _ in range(2):
        stormy.sandbox.fail({"kind": "status", "rate": 0.3, "seed": 7, "count": None})
        weathers.append([stormy.ask("GET", "channels").status_code for _ in range(40)])
        stormy.sandbox.control("DELETE", "/faults")
    assert weathers[0] == weathers[1]
    assert set(weathers[0]) == {200, 503}


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"kind": "storm"},
        {"kind": "status", "status": 418},
        {"kind": "latency"},
        {"kind": "reset", "n": 1},
    ],
)
def test_bad_faults_are_refused(stormy: Shopfront, fault: dict[str, object]) -> None:
    """The control plane is as strict as the API."""
    with pytest.raises(Fatal, match="InvalidJsonInput"):
        stormy.sandbox.fail(fault)


def test_stats_count_what_was_asked(stormy: Shopfront) -> None:
    """Counts by method, resource and status; reads, writes and tokens apart; reset to zero."""
    stormy.sandbox.reset_stats()
    stormy.create("channels", DEPOT)
    stormy.refused("POST", "channels", DEPOT, code="DuplicateField")
    stormy.get("channels")
    stats = stormy.sandbox.stats()
    assert (stats["reads"], stats["writes"], stats["tokens"], stats["requests"]) == (1, 2, 0, 3)
    assert {"method": "POST", "resource": "channels", "status": 400, "count": 1} in stats["counts"]
    stormy.sandbox.reset_stats()
    assert stormy.sandbox.stats()["requests"] == 0


def test_log_keeps_the_last_requests(stormy: Shopfront) -> None:
    """The log names method, path, status and correlation id, the newest last."""
    stormy.http.get("channels", headers={"x-correlation-id": "record-4"})
    stormy.ask("GET", "nothing")
    before, last = stormy.sandbox.log(limit=2)
    assert (before["path"], before["correlation_id"], before["status"]) == ("/demo/channels", "record-4", 200)
    assert last["status"] == 404


def test_reset_empties_the_shop(stormy: Shopfront) -> None:
    """Reset forgets documents and faults; tokens stay good."""
    stormy.create("channels", DEPOT)
    stormy.sandbox.fail({"kind": "status", "count": None})
    stormy.sandbox.reset()
    assert stormy.get("channels")["total"] == 0


def stocked(front: Shopfront) -> None:
    """A small shop: two SKUs in stock, one sold out, prices in France and Poland."""
    front.catalogue()
    front.create("products", product("style-1", variant("A"), variant("B"), publish=True))
    front.create("products", product("style-2", variant("C"), publish=True))
    for sku, pieces in (("A", 5), ("B", 1), ("C", 0)):
        channel = reference("channel", "depot-001")
        front.create("inventory", {"sku": sku, "quantityOnStock": pieces, "supplyChannel": channel})
        for country, currency in (("FR", "EUR"), ("PL", "PLN")):
            money = {"centAmount": 5990, "currencyCode": currency}
            front.create("standalone-prices", {"sku": sku, "country": country, "value": money})


def test_shoppers_buy_what_is_in_stock(stormy: Shopfront) -> None:
    """Orders are paid, priced in the currency of their country, and of SKUs that are there."""
    stocked(stormy)
    numbers = stormy.sandbox.shop(12, seed=3, countries=["FR", "PL"])
    assert numbers == [f"WEB-{n:06}" for n in range(1, 13)]
    for order in stormy.results("orders", limit=500):
        assert order["paymentState"] == "Paid"
        assert order["totalPrice"]["currencyCode"] == {"FR": "EUR", "PL": "PLN"}[order["country"]]
        assert order["shippingAddress"]["country"] == order["country"]
        total = order["shippingInfo"]["price"]["centAmount"]
        for line in order["lineItems"]:
            assert line["variant"]["sku"] in ("A", "B")
            assert line["quantity"] <= {"A": 5, "B": 1}[line["variant"]["sku"]]
            total += line["totalPrice"]["centAmount"]
        assert order["totalPrice"]["centAmount"] == total
    assert stormy.sandbox.shop(1) == ["WEB-000013"]


def test_shopping_in_an_empty_shop(stormy: Shopfront) -> None:
    """Where nothing can be bought, nobody buys."""
    with pytest.raises(Fatal, match="Nothing can be bought"):
        stormy.sandbox.shop(1)


def test_same_shop_and_seed_give_the_same_dump() -> None:
    """Two shops with the same content and the same shoppers dump alike; another seed does not."""
    dumps = []
    for seed in (1, 1, 2):
        with Sandbox(in_process=True) as sandbox:
            front = Shopfront(sandbox, "demo")
            stocked(front)
            sandbox.shop(5, seed=seed)
            number = front.results("orders", sort="orderNumber")[0]["orderNumber"]
            channel = front.create("channels", {"key": "erp", "roles": ["OrderExport"]})
            mark = {"action": "updateSyncInfo", "channel": {"typeId": "channel", "id": channel["id"]}}
            front.update(f"orders/order-number={number}", 1, mark)
            dumps.append(sandbox.dump())
            front.close()
    assert dumps[0] == dumps[1]
    assert dumps[0] != dumps[2]
    assert dumps[0]["products"] == dumps[2]["products"]
    assert dumps[0]["inventory"][0]["supplyChannel"] == "channel:depot-001"


def test_orders_can_be_placed_beside_the_api(stormy: Shopfront) -> None:
    """The control plane takes an order's body as it is, without a token."""
    stocked(stormy)
    money = {"centAmount": 100, "currencyCode": "EUR"}
    line = {"name": {}, "variant": {"sku": "A"}, "price": {"value": money}, "quantity": 1}
    draft = {"orderNumber": "X-1", "totalPrice": money, "lineItems": [line]}
    stormy.sandbox.control("POST", "/demo/orders", draft)
    assert stormy.get("orders/order-number=X-1")["lineItems"][0]["quantity"] == 1


def test_gzip_when_configured() -> None:
    """Long answers are compressed for clients that take it, when the sandbox was told to."""
    with Sandbox(SandboxConfig(gzip=True), in_process=True) as sandbox:
        front = Shopfront(sandbox, "demo")
        for n in range(20):
            front.create("channels", {"key": f"depot-{n}"})
        long = front.http.get("channels")
        assert long.headers["content-encoding"] == "gzip"
        assert long.json()["count"] == 20
        assert "content-encoding" not in front.http.get("channels", params={"limit": 1}).headers
        plain = front.http.get("channels", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        front.close()


async def test_application_without_a_server() -> None:
    """The ASGI application answers in one process, without a socket; a cut connection is an exception."""
    transport = httpx.ASGITransport(create_app(SandboxConfig()))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://sandbox", verify=NO_TLS, timeout=60
    ) as http:
        token = await http.post(
            "/oauth/token",
            auth=("sandbox-client", "sandbox-secret"),
            data={"grant_type": "client_credentials"},
        )
        http.headers["authorization"] = f"Bearer {token.json()['access_token']}"
        assert (await http.post("/demo/channels", json=DEPOT)).status_code == 201
        await http.post("/_sandbox/faults", json={"kind": "reset"})
        with pytest.raises(ConnectionResetError):
            await http.get("/demo/channels")
