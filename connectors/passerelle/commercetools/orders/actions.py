"""What an order needs so that it says what the ERP said: pure, empty when it says so already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...errors import Refused
from ...records import OrderAck, Parcel, Shipment
from ..planning.wire import instant, target_key
from .reading import exported_as

__all__ = ["acknowledged", "exported", "shipped"]

Json = dict[str, Any]


def exported(body: Json, channel_id: str, external_id: str, synced_at: datetime) -> list[Json]:
    """Mark the order as exported; an order that our channel knows already stays as it is."""
    if exported_as(body, channel_id) is not None:
        return []
    return [_sync_info(channel_id, external_id, synced_at)]


def acknowledged(body: Json, channel_id: str, ack: OrderAck, synced_at: datetime) -> list[Json]:
    """Write the ERP's number into our sync info and confirm an open order.

    A refused order is left open and unmarked: that it was refused is for people, and stays in the ledger.
    """
    if not ack.accepted:
        return []
    actions: list[Json] = []
    number = ack.erp_number or ack.order_number
    if exported_as(body, channel_id) != number:
        actions.append(_sync_info(channel_id, number, synced_at))
    # Never back from Complete or Cancelled: an acknowledgement may arrive late, or twice.
    if body["orderState"] == "Open":
        actions.append({"action": "changeOrderState", "orderState": "Confirmed"})
    return actions


def _sync_info(channel_id: str, external_id: str, synced_at: datetime) -> Json:
    return {
        "action": "updateSyncInfo",
        "channel": {"typeId": "channel", "id": channel_id},
        "externalId": external_id,
        "syncedAt": instant(synced_at),
    }


def shipped(body: Json, shipment: Shipment) -> list[Json]:
    """Add the delivery, or complete its parcels when it is there; then the shipment state of the order.

    commercetools does not check that no more is delivered than was ordered, so this does.

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
    key = target_key(shipment.key)
    known = {delivery.get("key"): delivery for delivery in deliveries(body)}
    actions: list[Json] = []
    if key in known:
        _check_same_goods(body, known[key], shipment)
        actions += _complete_parcels(known[key], key, shipment)
        delivered = _delivered(body)
    else:
        items = _allocated(body, shipment)
        actions.append(_add_delivery(body, key, items, shipment))
        delivered = _delivered(body) + Counter({item["id"]: item["quantity"] for item in items})
    return [*actions, *_shipment_state(body, delivered)]


def deliveries(body: Json) -> list[Json]:
    """All deliveries of an order, whatever its shipping mode."""
    infos = [body.get("shippingInfo") or {}]
    infos += [shipping.get("shippingInfo") or {} for shipping in body.get("shipping", ())]
    found = {d["id"]: d for info in infos for d in info.get("deliveries", ())}
    return list(found.values())


def _delivered(body: Json) -> Counter[str]:
    counter: Counter[str] = Counter()
    for delivery in deliveries(body):
        for item in delivery.get("items", ()):
            counter[item["id"]] += item["quantity"]
    return counter


def _wanted(shipment: Shipment) -> Counter[str]:
    counter: Counter[str] = Counter()
    for line in shipment.lines:
        counter[line.sku] += line.quantity
    return counter


def _allocated(body: Json, shipment: Shipment) -> list[Json]:
    """Spread the pieces of each SKU over its order lines, never above what is still to be delivered."""
    delivered = _delivered(body)
    items: list[Json] = []
    faults: list[str] = []
    for sku, quantity in _wanted(shipment).items():
        lines = [line for line in body.get("lineItems", ()) if line["variant"].get("sku") == sku]
        left = quantity
        for line in lines:
            part = min(left, line["quantity"] - delivered[line["id"]])
            if part > 0:
                items.append({"id": line["id"], "quantity": part})
                left -= part
        if left:
            ordered = sum(line["quantity"] for line in lines)
            before = sum(delivered[line["id"]] for line in lines)
            faults.append(f"{sku}: {ordered} ordered, {before} delivered before, {quantity} now")
    if faults or not items:
        raise Refused(
            f"delivery {shipment.key} of order {shipment.order_number} brings "
            f"{'more than was ordered: ' + '; '.join(faults) if faults else 'nothing'}",
            code="over_delivery" if faults else "empty_delivery",
            advice="Compare the ERP's delivery with the order",
        )
    return items


def _add_delivery(body: Json, key: str, items: list[Json], shipment: Shipment) -> Json:
    action: Json = {"action": "addDelivery", "deliveryKey": key, "items": items}
    if not body.get("shippingInfo"):
        keys = [s["shippingKey"] for s in body.get("shipping", ()) if "shippingKey" in s]
        if len(keys) != 1:
            raise Refused(
                f"order {shipment.order_number} has no shipping information to hang delivery "
                f"{shipment.key} on" + (f", or several: {', '.join(keys)}" if keys else ""),
                code="no_shipping_info",
                advice="Set a shipping method at checkout",
            )
        action["shippingKey"] = keys[0]
    parcels = [_parcel(key, parcel) for parcel in shipment.parcels]
    if parcels:
        action["parcels"] = parcels
    return action


def _parcel(delivery_key: str, parcel: Parcel) -> Json:
    # The ERP counts parcels from 1 in each delivery; a parcel's key must be unique in the order.
    draft: Json = {"key": target_key(delivery_key, parcel.key)}
    tracking = _tracking(parcel)
    return {**draft, "trackingData": tracking} if tracking else draft


def _tracking(parcel: Parcel) -> Json:
    tracking = {"trackingId": parcel.tracking_id, "carrier": parcel.carrier}
    return {name: value for name, value in tracking.items() if value is not None}


def _complete_parcels(delivery: Json, key: str, shipment: Shipment) -> Iterator[Json]:
    known = {parcel.get("key"): parcel for parcel in delivery.get("parcels", ())}
    for parcel in shipment.parcels:
        draft = _parcel(key, parcel)
        tracking = draft.get("trackingData")
        live = known.get(draft["key"])
        if live is None:
            action = {
                "action": "addParcelToDelivery",
                "deliveryId": delivery["id"],
                "parcelKey": draft["key"],
            }
            yield {**action, "trackingData": tracking} if tracking else action
        elif tracking and tracking != {n: live.get("trackingData", {}).get(n) for n in tracking}:
            merged = {**live.get("trackingData", {}), **tracking}
            yield {"action": "setParcelTrackingData", "parcelId": live["id"], "trackingData": merged}


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


def _shipment_state(body: Json, delivered: Counter[str]) -> Iterator[Json]:
    whole = all(delivered[line["id"]] >= line["quantity"] for line in body.get("lineItems", ()))
    state = "Shipped" if whole else "Partial"
    # The carrier's word comes after ours: Delivered is never taken back.
    if body.get("shipmentState") not in {state, "Delivered"}:
        yield {"action": "changeShipmentState", "shipmentState": state}
