"""What the shop itself says about an order: it is to be cancelled, goods are announced to come back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...records import MessageLine, OrderMessage
from ..planning.wire import moment
from .rules import OrderRules

__all__ = ["SHOP", "heard"]

Json = dict[str, Any]

#: The sender's number of a cancellation that is said by the order's state alone.
SHOP = "shop"


def heard(body: Json, rules: OrderRules) -> Iterator[OrderMessage]:
    """The messages that an order's own JSON makes; the same order gives the same ones, whenever it is read.

    A cancelled order asks to be cancelled: the ERP's answer decides whether its pieces are. Returned pieces
    are announced while their item is Advised; what comes behind that is said by who received the goods.
    """
    number = str(body["orderNumber"])
    asked = (body.get("custom") or {}).get("fields", {}).get(rules.cancel_field or "")
    if rules.cancel_field is not None and asked not in {None, False, ""}:
        yield OrderMessage(
            order_number=number,
            kind="cancel_asked",
            ref=SHOP if asked is True else str(asked),
            reason=None if asked is True else str(asked),
        )
    elif body["orderState"] == "Cancelled":
        yield OrderMessage(order_number=number, kind="cancel_asked", ref=SHOP)
    skus = {line["id"]: line["variant"].get("sku") for line in body.get("lineItems", ())}
    for info in body.get("returnInfo", ()):
        yield from _announced(number, info, skus)


def _announced(number: str, info: Json, skus: dict[str, str | None]) -> Iterator[OrderMessage]:
    # All of a return, also what came already: what was announced does not change while it comes.
    items = [item for item in info.get("items", ()) if item.get("lineItemId") in skus]
    if not any(item["shipmentState"] == "Advised" for item in items):
        return
    # Without a number of its own a return is called after its first item, which never changes its id.
    ref = str(info.get("returnTrackingId") or items[0].get("key") or f"shop-{items[0]['id']}")
    yield OrderMessage(
        order_number=number,
        kind="return_announced",
        ref=ref,
        return_number=ref,
        at=min(moment(item["createdAt"]) for item in items),
        lines=tuple(
            MessageLine(
                quantity=item["quantity"], line=item["lineItemId"], sku=skus[item["lineItemId"]] or None
            )
            for item in items
        ),
    )
