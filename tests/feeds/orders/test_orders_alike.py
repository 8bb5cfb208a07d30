"""Whatever the order of arrival, and whenever the shop is told in between, it ends alike."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from passerelle.commercetools import Client, CommercetoolsConfig
from passerelle.commercetools.orders.projecting import Showing
from passerelle.feeds.orders.projecting import OrderProjector
from passerelle.feeds.orders.showing import Showings
from passerelle.ledger import Heard, Ledger, NewOrder
from passerelle.records import MessageLine, Money, Order, OrderLine, OrderMessage
from passerelle.sandbox import Sandbox, SandboxConfig
from passerelle.sync import RunReport
from tests.sync.desk import open_ledger

from .till import euro

Json = dict[str, Any]
_NUMBERS = count(1)
#: What was ordered, by SKU.
GOODS = {"S-1": 3, "S-2": 2}


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """One sandbox for the file; orders name any SKU."""
    with Sandbox(SandboxConfig(unknown_order_skus="accept"), in_process=True) as running:
        yield running


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    """One ledger for the file: orders do not know each other."""
    with TemporaryDirectory() as folder, open_ledger(Path(folder) / "ledger.db") as opened:
        yield opened


class _Plain(Showings):
    """Orders are shown without anything that a project must have."""

    def __init__(self) -> None:
        """Nothing is read."""

    async def of(self, destination: str) -> Showing:  # noqa: ARG002 - the same for all
        """No channel, no States, no custom fields."""
        return Showing()


def at(hour: int) -> datetime:
    """An hour of the day on which everything happens."""
    return datetime(2026, 11, 2, hour, tzinfo=UTC)


def pieces(**goods: int) -> tuple[MessageLine, ...]:
    """Lines of a message: S1=2 is two of S-1."""
    return tuple(MessageLine(sku=f"{sku[0]}-{sku[1]}", quantity=quantity) for sku, quantity in goods.items())


#: Everything that is said, in the order in which it happened: also a delivery too many, a parcel that its
#: carrier names before anybody else, a shortage, a correction of what was in a delivery.
SAID: tuple[Json, ...] = (
    {"kind": "accepted", "ref": "C-1", "at": at(1)},
    {"kind": "preparing", "ref": "T-1", "at": at(2), "lines": pieces(S1=3)},
    {"kind": "short", "ref": "RU-1", "at": at(3), "lines": pieces(S2=1)},
    {"kind": "shipped", "ref": "BL-1", "at": at(4), "lines": pieces(S1=2)},
    {"kind": "shipped", "ref": "BL-1", "at": at(5), "lines": pieces(S1=1, S2=1)},
    {"kind": "shipped", "ref": "BL-2", "at": at(6), "lines": pieces(S1=1)},
    {"kind": "shipped", "ref": "BL-3", "at": at(7), "lines": pieces(S1=2)},
    {"kind": "tracked", "ref": "P-1", "at": at(8), "delivery": "BL-1", "parcel": "P-1", "carrier": "GLS",
     "tracking_id": "T-1"},
    {"kind": "tracked", "ref": "P-1", "at": at(9), "delivery": "BL-2", "parcel": "P-1", "carrier": "GLS",
     "tracking_id": "T-2"},
    {"kind": "delivered", "ref": "T-2", "at": at(10), "parcel": "P-1", "carrier": "GLS", "event": "DONE"},
    {"kind": "return_announced", "ref": "R-1", "at": at(11), "return_number": "R-1", "lines": pieces(S1=1)},
    {"kind": "returned", "ref": "RR-1", "at": at(12), "return_number": "R-1", "grade": "sellable",
     "lines": pieces(S1=1)},
)  # fmt: skip


async def place(client: Client, ledger: Ledger) -> tuple[str, str]:
    """A customer orders, and the ledger knows the order; gives its number and its id."""
    number = f"W-{next(_NUMBERS)}"
    body = await client.create(
        "orders/import",
        {
            "orderNumber": number,
            "totalPrice": euro(5000),
            "paymentState": "Paid",
            "lineItems": [
                {
                    "name": {"fr-FR": sku},
                    "variant": {"sku": sku},
                    "quantity": quantity,
                    "price": {"value": euro(1000)},
                }
                for sku, quantity in GOODS.items()
            ],
            "shippingInfo": {
                "shippingMethodName": "Domicile",
                "price": euro(0),
                "shippingRate": {"price": euro(0)},
            },
        },
    )
    order = Order(
        id=body["id"],
        version=body["version"],
        order_number=number,
        created_at=at(0),
        state="Open",
        payment_state="Paid",
        total=Money(5000, "EUR"),
        lines=tuple(
            OrderLine(
                id=line["id"],
                sku=line["variant"]["sku"],
                name="",
                quantity=line["quantity"],
                unit_price=Money(1000, "EUR"),
                total=Money(1000 * line["quantity"], "EUR"),
            )
            for line in body["lineItems"]
        ),
    )
    ledger.orders.add_pending(
        [
            NewOrder(
                number=number,
                shop_id=body["id"],
                destination="orders-out",
                created_at=at(0),
                record=msgspec.json.encode(order),
            )
        ]
    )
    return number, body["id"]


async def told(shop: Sandbox, ledger: Ledger, said: list[int], showing: list[bool]) -> Json:
    """Say it all in this order, tell the shop whenever it is asked for and at the end; give what it shows."""
    config = CommercetoolsConfig(
        project_key="demo",
        client_id=shop.client_id,
        client_secret=shop.client_secret,
        auth_url=shop.url,
        api_url=shop.url,
    )
    async with Client(config) as client:
        number, order_id = await place(client, ledger)
        report = RunReport(feed="test", entity="order", run_id=ledger.runs.start("test", mode="auto").id)
        projector = OrderProjector(ledger, client, _Plain(), report)
        for place_said, shows in zip(said, [*showing, True], strict=True):
            message = OrderMessage(order_number=number, **SAID[place_said])
            ledger.order_book.note([Heard(message, "test")])
            if shows:
                await projector.carry()
                body = await client.get(f"orders/{order_id}")
                assert body is not None
                check_sums(body)
        assert not any(row.code == "accepted_not_applied" for row in report.rejects)
        body = await client.get(f"orders/{order_id}")
    assert body is not None
    return shown(body)


def check_sums(body: Json) -> None:
    """Never more is delivered than was ordered."""
    left: Counter[str] = Counter()
    for delivery in body["shippingInfo"]["deliveries"]:
        left.update({item["id"]: item["quantity"] for item in delivery["items"]})
    for line in body["lineItems"]:
        assert left[line["id"]] <= line["quantity"]


def shown(body: Json) -> Json:
    """What the shop says of an order, without ids, and in one order."""
    sku_of = {line["id"]: line["variant"]["sku"] for line in body["lineItems"]}
    return {
        "states": [body["orderState"], body.get("shipmentState"), body.get("paymentState")],
        "deliveries": {
            delivery["key"]: (
                sorted((sku_of[item["id"]], item["quantity"]) for item in delivery["items"]),
                sorted(parcel["trackingData"]["trackingId"] for parcel in delivery["parcels"]),
            )
            for delivery in body["shippingInfo"]["deliveries"]
        },
        "returns": sorted(
            (info["returnTrackingId"], sku_of[item["lineItemId"]], item["shipmentState"])
            for info in body["returnInfo"]
            for item in info["items"]
        ),
    }


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # A failure names the order of arrival: that is enough, and shrinking it takes minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    said=st.permutations(range(len(SAID))),
    showing=st.lists(st.booleans(), min_size=len(SAID) - 1, max_size=len(SAID) - 1),
)
def test_the_shop_ends_alike(shop: Sandbox, ledger: Ledger, said: list[int], showing: list[bool]) -> None:
    """Deliveries, parcels, returns and states are those of the messages, not of their way here."""
    assert asyncio.run(told(shop, ledger, said, showing)) == {
        "states": ["Confirmed", "Shipped", "CreditOwed"],
        "deliveries": {
            "BL-1": ([("S-1", 1), ("S-2", 1)], []),
            "BL-2": ([("S-1", 1)], ["T-2"]),
            "BL-3": ([("S-1", 1)], []),
        },
        "returns": [("R-1", "S-1", "BackInStock")],
    }
