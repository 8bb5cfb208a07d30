"""What makes an order what an edit says, as staged actions: pure, empty when it is that already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import Refused
from ...records import EditedLine, OrderEdit
from ..channels.draft import address_draft
from ..orders.deliveries import delivered
from ..planning.wire import money, same_money

__all__ = ["edit_actions"]

Json = dict[str, Any]


def edit_actions(edit: OrderEdit, body: Json) -> list[Json]:
    """Compare an edit with the order: lines that go, lines that change, lines that come, then the address.

    Raises:
        Refused: a SKU stands in several lines or is told twice, a line would have fewer pieces than left
            already, a price is in another currency, the address has no country.
    """
    if len({line.sku for line in edit.lines}) < len(edit.lines):
        raise _refused(edit, "a SKU is told twice", "edit_unclear")
    if any(line.quantity < 0 for line in edit.lines):
        raise _refused(edit, "a line would have less than no pieces", "edit_unclear")
    steps = [step for line in edit.lines for step in _line(edit, line, body)]
    order = ("removeLineItem", "changeLineItemQuantity", "setLineItemPrice", "addLineItem")
    actions = sorted(steps, key=lambda step: order.index(step["action"]))
    if edit.shipping_address is not None:
        wanted = address_draft(edit.shipping_address, of=f"the edit of order {edit.order_number}")
        held = body.get("shippingAddress") or {}
        if any(held.get(name) != text for name, text in wanted.items()):
            # What the edit does not name of the address (a key, a mobile number) stays.
            address = {**{name: text for name, text in held.items() if name != "id"}, **wanted}
            actions.append({"action": "setShippingAddress", "address": address})
    return actions


def _line(edit: OrderEdit, line: EditedLine, body: Json) -> Iterator[Json]:
    price = line.unit_price
    if price is not None and price.currency != body["totalPrice"]["currencyCode"]:
        raise _refused(edit, f"the price of {line.sku} is in {price.currency}", "other_currency")
    found = [one for one in body.get("lineItems", ()) if one["variant"].get("sku") == line.sku]
    if len(found) > 1:
        raise _refused(edit, f"{line.sku} stands in {len(found)} lines: which one?", "edit_unclear")
    if not found:
        if line.quantity:
            yield {
                "action": "addLineItem",
                "sku": line.sku,
                "quantity": line.quantity,
                **({} if price is None else {"externalPrice": money(price)}),
            }
        return
    yield from _held_line(edit, line, found[0], body)


def _held_line(edit: OrderEdit, line: EditedLine, held: Json, body: Json) -> Iterator[Json]:
    price = line.unit_price
    gone = delivered(body)[held["id"]]
    if line.quantity < gone:
        raise _refused(edit, f"{gone} pieces of {line.sku} left already", "already_shipped")
    if line.quantity == 0:
        yield {"action": "removeLineItem", "lineItemId": held["id"]}
        return
    external = held.get("priceMode") == "ExternalPrice"
    moves = price is not None and not same_money(held["price"]["value"], price)
    if line.quantity != held["quantity"]:
        step = {
            "action": "changeLineItemQuantity",
            "lineItemId": held["id"],
            "quantity": line.quantity,
        }
        if external:
            # Left out, the price from outside would be the shop's again.
            value = held["price"]["value"]
            step["externalPrice"] = {name: value[name] for name in ("currencyCode", "centAmount")}
        yield step
    if moves and price is not None:
        yield {"action": "setLineItemPrice", "lineItemId": held["id"], "externalPrice": money(price)}


def _refused(edit: OrderEdit, why: str, code: str) -> Refused:
    return Refused(
        f"edit {edit.key} of order {edit.order_number}: {why}",
        code=code,
        advice="Nothing was written: have the sender say it otherwise, or change the order in the shop",
    )
