"""Comparing: what ERP, ledger and shop say when everything has come to rest, against what truly happened."""

from __future__ import annotations

from collections import Counter

from passerelle.ledger import OrderLife

from .truth import PRICE, Sold, Truth
from .world import World

__all__ = ["compare"]

#: What the ledger may say of a piece that is truly so.
MEANS: dict[Truth, frozenset[str]] = {
    "open": frozenset(
        {"ordered", "exported", "confirmed", "allocated", "claimed", "preparing", "packed", "ready"}
    ),
    "cancelled": frozenset({"cancelled"}),
    "shipped": frozenset({"shipped", "in_transit"}),
    "delivered": frozenset({"delivered"}),
    "collected": frozenset({"collected"}),
    "announced": frozenset({"return_announced"}),
    "received": frozenset({"returned", "restocked", "unusable"}),
}


async def compare(world: World) -> None:
    """Say the first thing that is not as it should be."""
    exported = {sold.number for sold in world.orders.values() if sold.paid and not sold.withdrawn}
    assert set(world.erp.orders) == exported, "every paid order is with the ERP, and no other"
    assert world.erp.duplicates == [], "the ERP has each order once"
    for sold in world.orders.values():
        life = world.life(sold.number)
        _compare_pieces(sold, life)
        _compare_money(sold, life)
        await _compare_shop(world, sold)
    assert world.open_ledger().order_book.dirty(10) == [], "the shop was told everything"


def _compare_pieces(sold: Sold, life: OrderLife) -> None:
    """Each piece is in one state, the one in which it truly is."""
    assert len(life.pieces) == len(sold.pieces), f"{sold.number}: pieces of the ledger"
    told = Counter((piece.unit.sku, piece.unit.state) for piece in life.pieces)
    for (sku, where), count in Counter(sold.pieces).items():
        there = sum(found for (one, word), found in told.items() if one == sku and word in MEANS[where])
        assert there == count, f"{sold.number}: truly {Counter(sold.pieces)}, the ledger says {told}"


def _compare_money(sold: Sold, life: OrderLife) -> None:
    """What is owed back is asked for or paid back already, each once, and never more than was paid."""
    asked = {
        one.request.key: one.request.amount.cent_amount
        for one in life.requests
        if one.request.kind == "refund" and one.request.amount is not None and one.state != "withdrawn"
    }
    given = sum(asked.values()) + sum(sold.paid_back.values())
    paid = PRICE * len(sold.pieces) if sold.paid else 0
    assert given <= paid, f"{sold.number}: {asked} asked, {sold.paid_back} paid back, {paid} paid"
    if sold.live:
        assert given == sold.owed_back, (
            f"{sold.number}: {asked} asked, {sold.paid_back} paid back, {sold.owed_back} owed"
        )


async def _compare_shop(world: World, sold: Sold) -> None:
    """The shop shows the deliveries, the returns and the state that follow from what happened."""
    body = await world.shown(sold.number)
    sku_of = {line["id"]: line["variant"]["sku"] for line in body["lineItems"]}
    shown = {
        delivery["key"]: Counter({sku_of[item["id"]]: item["quantity"] for item in delivery["items"]})
        for delivery in body["shippingInfo"].get("deliveries", ())
    }
    assert shown == sold.deliveries, f"{sold.number}: deliveries"
    came_back = sum(item["quantity"] for info in body["returnInfo"] for item in info["items"])
    assert came_back == len(sold.places("announced", "received")), f"{sold.number}: returns"
    for line in body["lineItems"]:
        assert sum(one["quantity"] for one in line["state"]) == line["quantity"]
    if sold.withdrawn or (sold.live and len(sold.places("cancelled")) == len(sold.pieces)):
        wanted = {"Cancelled"}
    elif not sold.live:
        wanted = {"Open"}
    elif sold.places("open", "shipped"):
        wanted = {"Confirmed"}
    elif sold.places("announced"):
        # It may have been complete before somebody wanted to give something back.
        wanted = {"Confirmed", "Complete"}
    else:
        wanted = {"Complete"}
    assert body["orderState"] in wanted, f"{sold.number}: {body['orderState']}, truly {sold.pieces}"
