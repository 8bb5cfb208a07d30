"""What one message needs of an order when there is no ledger that knows the others: pure, empty when done.

The same functions as in `projecting`, asked of a picture with one thing in it.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from ...errors import Refused
from ...records import DeliveryView, OrderAck, OrderView, ParcelView, Shipment
from ..planning.wire import instant
from .deliveries import delivered, delivery_key, every_delivery, plan_deliveries
from .projecting import Showing, plan_order, plan_shipment_state
from .reading import exported_as
from .remarks import Remark
from .settings import ProjectionSettings

__all__ = ["acknowledged", "exported", "shipped"]

Json = dict[str, Any]


def exported(body: Json, channel_id: str, external_id: str, synced_at: datetime) -> list[Json]:
    """Mark the order as exported; an order that our channel knows already stays as it is."""
    if exported_as(body, channel_id) is not None:
        return []
    return [
        {
            "action": "updateSyncInfo",
            "channel": {"typeId": "channel", "id": channel_id},
            "externalId": external_id,
            "syncedAt": instant(synced_at),
        }
    ]


def acknowledged(body: Json, channel_id: str, ack: OrderAck, synced_at: datetime) -> list[Json]:
    """Write the ERP's number into our sync info and confirm an open order.

    A refused order is left open and unmarked: that it was refused is for people, and stays in the ledger.
    """
    if not ack.accepted:
        return []
    view = OrderView(
        number=ack.order_number, order_state="Confirmed", exported_as=ack.erp_number or ack.order_number
    )
    return plan_order(view, body, Showing(ProjectionSettings(), channel_id, synced_at=synced_at))


def shipped(body: Json, shipment: Shipment) -> list[Json]:
    """Add the delivery, or complete its parcels when it is there; then the shipment state of the order.

    Raises:
        Refused: more than ordered, a SKU that was not ordered, a cancelled order, an order without
            shipping, or a delivery of the same number that holds other goods.
    """
    number = shipment.order_number
    if body["orderState"] == "Cancelled":
        raise Refused(
            f"order {number} is cancelled, delivery {shipment.key} says that it left",
            code="order_cancelled",
            advice="Ask the warehouse: stop the parcel or reopen the order",
        )
    known = {one.get("key"): one for one in every_delivery(body)}.get(delivery_key(shipment.key))
    if known is not None:
        _check_same_goods(body, known, shipment)
        items = tuple((item["id"], item["quantity"]) for item in known.get("items", ()))
    else:
        items = _allocated(body, shipment)
    parcels = tuple(
        ParcelView(key=f"{shipment.key}/{parcel.key}", tracking_id=parcel.tracking_id, carrier=parcel.carrier)
        for parcel in shipment.parcels
    )
    actions: list[Json] = []
    for step in plan_deliveries([DeliveryView(key=shipment.key, items=items, parcels=parcels)], body):
        if not isinstance(step, Remark):
            actions += [step.action] if step.action is not None else []
        elif step.code == "no_shipping_info":
            raise Refused(f"order {number}: {step.text}", code=step.code, advice=step.advice)
    left = delivered(body) + (Counter() if known is not None else Counter(dict(items)))
    whole = all(left[line["id"]] >= line["quantity"] for line in body.get("lineItems", ()))
    state = plan_shipment_state("Shipped" if whole else "Partial", body)
    return actions + [step.action for step in state if step.action is not None]


def _wanted(shipment: Shipment) -> Counter[str]:
    counter: Counter[str] = Counter()
    for line in shipment.lines:
        counter[line.sku] += line.quantity
    return counter


def _allocated(body: Json, shipment: Shipment) -> tuple[tuple[str, int], ...]:
    """Spread the pieces of each SKU over its order lines, never above what is still to be delivered."""
    before = delivered(body)
    items: list[tuple[str, int]] = []
    faults: list[str] = []
    for sku, quantity in _wanted(shipment).items():
        lines = [line for line in body.get("lineItems", ()) if line["variant"].get("sku") == sku]
        left = quantity
        for line in lines:
            part = min(left, line["quantity"] - before[line["id"]])
            if part > 0:
                items.append((line["id"], part))
                left -= part
        if left:
            ordered = sum(line["quantity"] for line in lines)
            gone = sum(before[line["id"]] for line in lines)
            faults.append(f"{sku}: {ordered} ordered, {gone} delivered before, {quantity} now")
    if faults or not items:
        raise Refused(
            f"delivery {shipment.key} of order {shipment.order_number} brings "
            f"{'more than was ordered: ' + '; '.join(faults) if faults else 'nothing'}",
            code="over_delivery" if faults else "empty_delivery",
            advice="Compare the ERP's delivery with the order",
        )
    return tuple(items)


def _check_same_goods(body: Json, delivery: Json, shipment: Shipment) -> None:
    sku_of = {line["id"]: line["variant"].get("sku") for line in body.get("lineItems", ())}
    held: Counter[str] = Counter()
    for item in delivery.get("items", ()):
        held[str(sku_of.get(item["id"], item["id"]))] += item["quantity"]
    wanted = _wanted(shipment)
    if held != wanted:
        raise Refused(
            f"delivery {shipment.key} of order {shipment.order_number} is in the shop with {_goods(held)}, "
            f"the ERP now says {_goods(wanted)}",
            code="delivery_differs",
            advice="Correct it in the Merchant Center, or have the ERP number the second delivery anew",
        )


def _goods(goods: Counter[str]) -> str:
    return ", ".join(f"{quantity} x {sku}" for sku, quantity in sorted(goods.items()))
