"""Unheard orders: what was sold since the last order that we collected, counted before stock is written."""

from __future__ import annotations

from typing import NamedTuple

from ...fulfilment.availability import OpenPieces
from ..http.client import Client, Json
from ..planning.wire import moment
from .creations import OrderCursor, created

__all__ = ["Unheard", "unheard_orders"]

_PLACE = "lineItems[*].supplyChannel"


class Unheard(NamedTuple):
    """One order by id and number, its total, and the pieces that it takes; none when it was cancelled."""

    id: str
    pieces: tuple[OpenPieces, ...]
    number: str = ""
    cents: int = 0
    currency: str = ""


async def unheard_orders(client: Client, cursor: OrderCursor) -> list[Unheard]:
    """Give the orders created after the cursor: one call when there are less than a page of them.

    Unlike the collector it waits for nothing: an order of this second counts.
    """
    found: list[Unheard] = []
    async for page in created(client, "orders", cursor, params=[("expand", _PLACE)]):
        for body in page.bodies:
            lines = () if body.get("orderState") == "Cancelled" else body.get("lineItems", ())
            pieces = tuple(_piece(body, line) for line in lines if "sku" in line["variant"])
            total = body["totalPrice"]
            number, cents = body.get("orderNumber") or "", total["centAmount"]
            found.append(Unheard(body["id"], pieces, number, cents, total["currencyCode"]))
    return found


def _piece(body: Json, line: Json) -> OpenPieces:
    place = ((line.get("supplyChannel") or {}).get("obj") or {}).get("key")
    return OpenPieces(
        sku=line["variant"]["sku"],
        pieces=line["quantity"],
        place=place,
        ordered_at=moment(body["createdAt"]),
        kind="unheard",
    )
