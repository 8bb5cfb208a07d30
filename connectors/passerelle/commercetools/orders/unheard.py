"""Unheard orders: what was sold since the last order that we collected, counted before stock is written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

from ...fulfilment.availability import OpenPieces
from ..http.client import Client, Json
from ..http.predicates import quoted
from ..planning.wire import instant, moment
from .source import OrderCursor

__all__ = ["Unheard", "unheard_orders"]

_PLACE = "lineItems[*].supplyChannel"


class Unheard(NamedTuple):
    """One order by its id, and the pieces that it takes; none when it was cancelled."""

    id: str
    pieces: tuple[OpenPieces, ...]


async def unheard_orders(client: Client, cursor: OrderCursor) -> list[Unheard]:
    """Give the orders created after the cursor: one call when there are less than a page of them.

    Unlike the collector it waits for nothing: an order of this second counts.
    """
    found: list[Unheard] = []
    async for body in _after(client, cursor):
        lines = () if body.get("orderState") == "Cancelled" else body.get("lineItems", ())
        pieces = tuple(_piece(body, line) for line in lines if "sku" in line["variant"])
        found.append(Unheard(body["id"], pieces))
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


async def _after(client: Client, cursor: OrderCursor) -> AsyncIterator[Json]:
    size = client.config.page_size
    while True:
        at = quoted(instant(cursor.created_at))
        page = await client.page(
            "orders",
            [
                ("where", f"createdAt > {at} or (createdAt = {at} and id > {quoted(cursor.id)})"),
                ("sort", "createdAt asc"),
                ("sort", "id asc"),
                ("limit", str(size)),
                ("withTotal", "false"),
                ("expand", _PLACE),
            ],
        )
        for body in page:
            yield body
        if len(page) < size:
            return
        cursor = OrderCursor(moment(page[-1]["createdAt"]), page[-1]["id"])
