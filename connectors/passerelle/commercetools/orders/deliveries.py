"""Deliveries: what left together and in which parcels, each once by its key; pure.

commercetools does not check that no more is delivered than was ordered (facts 4.3), so this does. A delivery
that somebody made by hand is left as it is; what it holds counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ...records import DeliveryView, ParcelView
from ..planning.steps import Step
from ..planning.wire import target_key
from .remarks import Remark

__all__ = ["delivered", "delivery_key", "every_delivery", "parcel_key", "plan_deliveries"]

Json = dict[str, Any]


def every_delivery(body: Json) -> list[Json]:
    """All deliveries of an order, whatever its shipping mode."""
    infos = [body.get("shippingInfo") or {}]
    infos += [shipping.get("shippingInfo") or {} for shipping in body.get("shipping", ())]
    found = {d["id"]: d for info in infos for d in info.get("deliveries", ())}
    return list(found.values())


def delivered(body: Json) -> Counter[str]:
    """Pieces that the shop says have left, by line id."""
    counter: Counter[str] = Counter()
    for delivery in every_delivery(body):
        for item in delivery.get("items", ()):
            counter[item["id"]] += item["quantity"]
    return counter


def delivery_key(number: str) -> str:
    """The key in the shop of the ERP's delivery number."""
    return target_key(number)


def parcel_key(delivery: str, parcel: str) -> str:
    """The key in the shop of a parcel; one that is named within its delivery has that one's key before it."""
    # The ERP counts parcels from 1 in each delivery; a parcel's key must be unique in the order.
    own = parcel.removeprefix(f"{delivery}/")
    return target_key(parcel) if own == parcel else target_key(delivery_key(delivery), own)


def plan_deliveries(wanted: Sequence[DeliveryView], body: Json) -> Iterator[Step | Remark]:
    """Add what is missing, complete what is there; what shrinks comes before what grows.

    A delivery without items is one that was taken back: it goes away.
    """
    live = {delivery.get("key"): delivery for delivery in every_delivery(body)}
    ours = {delivery_key(one.key): one for one in wanted}
    foreign = [one for one in every_delivery(body) if one.get("key") not in ours]
    for delivery in foreign:
        if delivery.get("items"):
            yield Remark(
                "foreign_delivery",
                f"delivery {delivery.get('key') or delivery['id']} ({_goods(delivery['items'], body)}) is not"
                " one that we were told of",
                "It was made in the shop itself and stays: remove it there when it never left",
            )
    for key, one in ours.items():
        if not one.items and key in live:
            action = {"action": "removeDelivery", "deliveryId": live[key]["id"]}
            yield Step.of(action, "delivery", one.key, None)
    room = _room(body, foreign)
    fitting: list[DeliveryView] = []
    for one in wanted:
        if any(count > room[line] for line, count in one.items):
            yield Remark(
                "over_delivery",
                f"delivery {one.key} brings {_pieces(one.items)}, more than is left to deliver beside those"
                " that were made in the shop itself",
                "Remove the delivery made by hand, or correct the ERP's",
            )
        elif one.items:
            room.subtract(dict(one.items))
            fitting.append(one)
    yield from _items([one for one in fitting if delivery_key(one.key) in live], live)
    yield from _moved_parcels(fitting, live)
    for one in fitting:
        held = live.get(delivery_key(one.key))
        yield from _added(one, body) if held is None else _parcels(one, held)


def _room(body: Json, foreign: Sequence[Json]) -> Counter[str]:
    room = Counter({line["id"]: line["quantity"] for line in body.get("lineItems", ())})
    room.update({line["id"]: line["quantity"] for line in body.get("customLineItems", ())})
    for delivery in foreign:
        for item in delivery.get("items", ()):
            room[item["id"]] -= item["quantity"]
    return room


def _items(wanted: Sequence[DeliveryView], live: dict[Any, Json]) -> Iterator[Step]:
    """Correct what deliveries hold, those that get less first: in between nothing is delivered twice."""
    steps: list[tuple[int, Step]] = []
    for one in wanted:
        delivery = live[delivery_key(one.key)]
        held = {item["id"]: item["quantity"] for item in delivery.get("items", ())}
        if held == dict(one.items):
            continue
        action = {"action": "setDeliveryItems", "deliveryId": delivery["id"], "items": _draft(one.items)}
        change = Step.of(
            action, "delivery", f"{one.key}: {_pieces(held.items())}", f"{one.key}: {_pieces(one.items)}"
        )
        steps.append((sum(dict(one.items).values()) - sum(held.values()), change))
    yield from (step for _, step in sorted(steps, key=lambda pair: pair[0]))


def _added(one: DeliveryView, body: Json) -> Iterator[Step | Remark]:
    action: Json = {"action": "addDelivery", "deliveryKey": delivery_key(one.key), "items": _draft(one.items)}
    if not body.get("shippingInfo"):
        keys = _shipping_keys(body, [line for line, _ in one.items])
        if len(keys) != 1:
            yield Remark(
                "no_shipping_info",
                f"delivery {one.key} has no shipping information to hang on"
                + (f", or several: {', '.join(keys)}" if keys else ""),
                "Set a shipping method at checkout",
            )
            return
        action["shippingKey"] = keys[0]
    if one.parcels:
        action["parcels"] = [_parcel(one.key, parcel) for parcel in one.parcels]
    yield Step.of(action, "delivery", None, f"{one.key}: {sum(dict(one.items).values())} pieces")


def _shipping_keys(body: Json, lines: Sequence[str]) -> list[str]:
    """Name the shippings that these lines go by, all of the order's when the lines do not say."""
    every = [one["shippingKey"] for one in body.get("shipping", ()) if "shippingKey" in one]
    said = {
        target.get("shippingMethodKey")
        for line in (*body.get("lineItems", ()), *body.get("customLineItems", ()))
        if line["id"] in lines
        for target in (line.get("shippingDetails") or {}).get("targets", ())
    }
    return [key for key in every if key in said] or every


def _draft(items: Sequence[tuple[str, int]]) -> list[Json]:
    return [{"id": line, "quantity": quantity} for line, quantity in items]


def _parcel(delivery: str, parcel: ParcelView) -> Json:
    draft: Json = {"key": parcel_key(delivery, parcel.key)}
    if tracking := _tracking(parcel):
        draft["trackingData"] = tracking
    if parcel.items:
        draft["items"] = _draft(parcel.items)
    return draft


def _tracking(parcel: ParcelView) -> Json:
    tracking = {"trackingId": parcel.tracking_id, "carrier": parcel.carrier}
    return {name: value for name, value in tracking.items() if value is not None}


def _moved_parcels(wanted: Sequence[DeliveryView], live: dict[Any, Json]) -> Iterator[Step]:
    """Take parcels of ours out of a delivery that they turned out not to belong to."""
    at = {parcel_key(one.key, parcel.key): delivery_key(one.key) for one in wanted for parcel in one.parcels}
    staying = {delivery_key(one.key) for one in wanted}
    for key, delivery in live.items():
        if key not in staying:
            continue
        for parcel in delivery.get("parcels", ()):
            if at.get(parcel.get("key"), key) != key:
                action = {"action": "removeParcelFromDelivery", "parcelId": parcel["id"]}
                yield Step.of(action, "parcel", parcel["key"], None)


def _parcels(one: DeliveryView, delivery: Json) -> Iterator[Step]:
    known = {parcel.get("key"): parcel for parcel in delivery.get("parcels", ())}
    for parcel in one.parcels:
        draft = _parcel(one.key, parcel)
        held = known.get(draft["key"])
        if held is None:
            named = {"action": "addParcelToDelivery", "deliveryId": delivery["id"], "parcelKey": draft["key"]}
            rest = {name: value for name, value in draft.items() if name != "key"}
            yield Step.of({**named, **rest}, "parcel", None, _told(parcel))
            continue
        tracking, there = draft.get("trackingData", {}), held.get("trackingData") or {}
        if any(there.get(name) != value for name, value in tracking.items()):
            yield Step.of(
                {
                    "action": "setParcelTrackingData",
                    "parcelId": held["id"],
                    "trackingData": {**there, **tracking},
                },
                "tracking",
                there.get("trackingId"),
                tracking.get("trackingId"),
            )
        items = {item["id"]: item["quantity"] for item in held.get("items", ())}
        if parcel.items and items != dict(parcel.items):
            action = {"action": "setParcelItems", "parcelId": held["id"], "items": _draft(parcel.items)}
            yield Step.of(action, "parcel", _pieces(items.items()), _pieces(parcel.items))


def _told(parcel: ParcelView) -> str:
    return " ".join(part for part in (parcel.key, parcel.carrier, parcel.tracking_id) if part)


def _pieces(items: Any) -> str:
    return ", ".join(f"{quantity} of line {line}" for line, quantity in sorted(items)) or "nothing"


def _goods(items: Sequence[Json], body: Json) -> str:
    sku_of = {line["id"]: line["variant"].get("sku") for line in body.get("lineItems", ())}
    return ", ".join(f"{item['quantity']} x {sku_of.get(item['id']) or item['id']}" for item in items)
