"""The desk of order edits at the sandbox: previewed, applied once, found after a lost answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from passerelle.commercetools import OrderEditDesk
from passerelle.errors import Conflict, ReferenceMissing, Refused
from passerelle.records import Address, EditedLine, Money, OrderEdit
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.feeds.orders.till import Till

FEWER = OrderEdit(
    order_number="W-1",
    key="M/1",
    reason="one is damaged",
    lines=(EditedLine(sku="S-1", quantity=1, unit_price=Money(5000, "EUR")),),
    shipping_address=Address(country="FR", last_name="Quénard", city="Rennes"),
)


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """One sandbox for the file."""
    with Sandbox(SandboxConfig(any_project=True, unknown_order_skus="accept"), in_process=True) as sandbox:
        yield sandbox


@pytest.fixture
async def shop(tmp_path: Path, running: Sandbox) -> Till:
    """A shop with an order of two pieces, 119.80 euros and 4.90 of freight."""
    till = Till(tmp_path, running, f"edits-{uuid4().hex[:12]}")
    await till.set_up()
    till.place(pieces=2, totalPrice={"currencyCode": "EUR", "centAmount": 12470})
    return till


async def test_a_preview_says_what_it_costs_and_keeps_nothing(shop: Till) -> None:
    """The shop works totals out; the difference is told, at the version that was looked at."""
    async with shop.workspace.client() as client:
        seen = await OrderEditDesk(client).preview(FEWER)
        assert (seen.state, seen.version) == ("waits", 1)
        assert (seen.before, seen.after) == (Money(12470, "EUR"), Money(5490, "EUR"))
        assert seen.difference == Money(-6980, "EUR")
        assert await client.query_all("orders/edits", [None]) == []
        assert (await shop.order(client, "W-1"))["version"] == 1


async def test_what_was_seen_is_applied_once(shop: Till) -> None:
    """A second time it is found applied, whoever asks; an order that is so already needs no edit."""
    async with shop.workspace.client() as client:
        desk = OrderEditDesk(client)
        seen = await desk.preview(FEWER)
        done = await desk.apply(FEWER, seen)
        assert (done.state, done.after) == ("applied", seen.after)
        body = await shop.order(client, "W-1")
        assert (body["lineItems"][0]["quantity"], body["shippingAddress"]["city"]) == (1, "Rennes")
        assert body["totalPrice"]["centAmount"] == 5490
        assert await desk.apply(FEWER, seen) == done
        assert await desk.preview(FEWER) == done
        other = OrderEdit(order_number="W-1", key="M-2", lines=(EditedLine(sku="S-1", quantity=1),))
        assert (await desk.preview(other)).state == "same"
        assert (await shop.order(client, "W-1"))["version"] == body["version"]


@pytest.mark.parametrize("skip", [0, 1])
async def test_a_lost_answer_leaves_one_edit_applied_once(shop: Till, skip: int) -> None:
    """Of its creation, or of the application: the edit is read by its key."""
    async with shop.workspace.client() as client:
        desk = OrderEditDesk(client)
        seen = await desk.preview(FEWER)
        path = f"/{shop.project}/orders/edits"
        shop.sandbox.fail({"path": path, "method": "POST", "kind": "lost_answer", "skip": skip})
        done = await desk.apply(FEWER, seen)
        assert done.state == "applied"
        assert len(await client.query_all("orders/edits", [None])) == 1
        assert (await shop.order(client, "W-1"))["version"] == done.version


async def test_an_order_that_moved_since_is_left_alone(shop: Till) -> None:
    """Somebody saw another order than it is now: they look again, and what they then see is applied."""
    async with shop.workspace.client() as client:
        desk = OrderEditDesk(client)
        seen = await desk.preview(FEWER)
        await shop.act("W-1", {"action": "setCustomerEmail", "email": "other@example.com"})
        with pytest.raises(Conflict):
            await desk.apply(FEWER, seen)
        assert (await shop.order(client, "W-1"))["lineItems"][0]["quantity"] == 2
        again = await desk.preview(FEWER)
        assert again.version == seen.version + 1
        assert (await desk.apply(FEWER, again)).state == "applied"


async def test_what_the_shop_would_not_take_is_told_before(shop: Till) -> None:
    """With its reason; nothing is kept. An order that is not there is missing."""
    async with shop.workspace.client() as client:
        desk = OrderEditDesk(client)
        priceless = OrderEdit(order_number="W-1", key="M-3", lines=(EditedLine(sku="S-9", quantity=1),))
        with pytest.raises(Refused, match="S-9") as refusal:
            await desk.preview(priceless)
        assert refusal.value.code == "edit_refused"
        assert await client.query_all("orders/edits", [None]) == []
        with pytest.raises(ReferenceMissing):
            await desk.preview(OrderEdit(order_number="W-404", key="M-1"))
