"""Lines of orders: with products and without, where their pieces are, what they carry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.official import OfficialContract
from tests.sandbox.shopfront import Shopfront, product, reference, variant
from tests.sandbox.telling import told

ORDER = "orders/order-number=W-1"
EURO = {"centAmount": 100, "currencyCode": "EUR"}


@pytest.fixture
def shop(front: Shopfront) -> Shopfront:
    """A project with a SKU and a workflow of pieces: picked, then packed; what is held as described."""
    front.catalogue()
    front.create("products", product("style-1", variant("A"), publish=True))
    packed = {"key": "packed", "type": "LineItemState", "initial": False, "transitions": []}
    front.create("states", packed)
    following = {"transitions": [reference("state", "packed")]}
    front.create("states", {"key": "picked", "type": "LineItemState", "initial": False, **following})
    front.create("states", {"key": "checked", "type": "OrderState", "initial": True, "transitions": []})
    front.create("states", {"key": "late", "type": "OrderState", "initial": False})
    front.sandbox.keep_messages(project=front.project)
    return front


def states(front: Shopfront, line: dict[str, Any]) -> dict[str, int]:
    """The pieces of a line, by the keys of their states."""
    keys = {state["id"]: state["key"] for state in front.results("states", limit=100)}
    return {keys[pieces["state"]["id"]]: pieces["quantity"] for pieces in line["state"]}


def move(line: str, quantity: int, source: str, target: str) -> dict[str, Any]:
    """A transition of pieces."""
    return {
        "action": "transitionLineItemState",
        "lineItemId": line,
        "quantity": quantity,
        "fromState": reference("state", source),
        "toState": reference("state", target),
    }


def test_pieces_begin_in_the_built_in_state(shop: Shopfront) -> None:
    """Every piece of every line is in the state `Initial`, which is built in and stays."""
    order = shop.order("W-1", "A")
    assert states(shop, order["lineItems"][0]) == {"Initial": 2}
    initial = shop.get("states/key=Initial")
    assert (initial["builtIn"], initial["type"], initial["initial"]) == (True, "LineItemState", True)
    shop.refused("DELETE", "states/key=Initial", version=1, code="InvalidOperation")


def test_pieces_move_along_their_transitions(shop: Shopfront, description: OfficialContract | None) -> None:
    """Pieces leave a state in which so many are, for one that may follow; a message tells of each move."""
    line = shop.order("W-1", "A")["lineItems"][0]["id"]
    moved = shop.update(ORDER, 1, {**move(line, 1, "Initial", "picked")})
    assert states(shop, moved["lineItems"][0]) == {"Initial": 1, "picked": 1}
    shop.refused_update(ORDER, 2, move(line, 2, "Initial", "picked"), code="InvalidOperation")
    shop.refused_update(ORDER, 2, move(line, 1, "picked", "Initial"), code="InvalidOperation")
    shop.refused_update(ORDER, 2, move(line, 1, "Initial", "checked"), code="InvalidInput")
    shop.refused_update(ORDER, 2, move(line, 0, "Initial", "picked"), code="InvalidJsonInput")
    when = {"actualTransitionDate": "2026-11-01T10:00:00.000Z"}
    shop.update(ORDER, 2, {**move(line, 1, "picked", "packed"), **when})
    shop.refused_update(ORDER, 3, move(line, 1, "packed", "picked"), code="InvalidOperation")
    [first, second] = sorted(
        told(shop, 'type = "LineItemStateTransition"', description), key=lambda one: one["sequenceNumber"]
    )
    assert (first["lineItemId"], first["quantity"]) == (line, 1)
    assert second["transitionDate"] == when["actualTransitionDate"]
    assert second["toState"]["id"] == shop.get("states/key=packed")["id"]


def test_imported_states_are_those_of_all_pieces(shop: Shopfront) -> None:
    """States are imported whatever transitions there are, but for as many pieces as the line has."""
    line = shop.order("W-1", "A")["lineItems"][0]["id"]
    packed = {"typeId": "state", "id": shop.get("states/key=packed")["id"]}
    picked = {"typeId": "state", "id": shop.get("states/key=picked")["id"]}
    both = [{"quantity": 1, "state": packed}, {"quantity": 1, "state": picked}]
    imported = {"action": "importLineItemState", "lineItemId": line, "state": both}
    assert states(shop, shop.update(ORDER, 1, imported)["lineItems"][0]) == {"packed": 1, "picked": 1}
    one = {**imported, "state": both[:1]}
    shop.refused_update(ORDER, 2, one, code="InvalidInput")
    nothing = {**imported, "state": [{"quantity": 2, "state": {"typeId": "state", "id": "none"}}]}
    shop.refused_update(ORDER, 2, nothing, code="ReferencedResourceNotFound")
    shop.refused("DELETE", "states/key=packed", version=1, code="ReferenceExists")


def test_lines_without_product(shop: Shopfront, description: OfficialContract | None) -> None:
    """A donation is a line of its own with slug, rate and key; its pieces move as others do."""
    rate = {"name": "0 %", "amount": 0.0, "includedInPrice": True, "country": "FR"}
    gift = {"name": {"en": "Donation"}, "slug": "donation", "key": "gift", "quantity": 1, "money": EURO}
    order = shop.order("W-1", "A", customLineItems=[{**gift, "taxRate": rate, "priceMode": "External"}])
    line = order["customLineItems"][0]
    assert (line["slug"], line["quantity"], line["taxRate"], line["priceMode"]) == (
        "donation",
        1,
        rate,
        "External",
    )
    assert states(shop, line) == {"Initial": 1}
    go = {
        "action": "transitionCustomLineItemState",
        "customLineItemKey": "gift",
        "quantity": 1,
        "fromState": reference("state", "Initial"),
        "toState": reference("state", "packed"),
    }
    assert states(shop, shop.update(ORDER, 1, go)["customLineItems"][0]) == {"packed": 1}
    [message] = told(shop, 'type = "CustomLineItemStateTransition"', description)
    assert (message["customLineItemId"], message["customLineItemKey"]) == (line["id"], "gift")
    where = 'customLineItems(slug = "donation")'
    assert [one["orderNumber"] for one in shop.results("orders", where=where)] == ["W-1"]


def test_orders_have_a_workflow_of_their_own(shop: Shopfront, description: OfficialContract | None) -> None:
    """An order's first state is initial, what follows is a transition; force lets both pass."""
    shop.order("W-1", "A")
    late = {"action": "transitionState", "state": reference("state", "late")}
    checked = {"action": "transitionState", "state": reference("state", "checked")}
    shop.refused_update(ORDER, 1, late, code="InvalidOperation")
    shop.update(ORDER, 1, checked)
    shop.refused_update(ORDER, 2, late, code="InvalidOperation")
    shop.update(ORDER, 2, {**late, "force": True})
    forced = sorted(
        told(shop, 'type = "OrderStateTransition"', description), key=lambda one: one["sequenceNumber"]
    )
    assert [one["force"] for one in forced] == [False, True]
    state = shop.get("states/key=late")["id"]
    assert [one["orderNumber"] for one in shop.results("orders", where=f'state(id = "{state}")')] == ["W-1"]


def test_custom_fields_at_every_part(shop: Shopfront, description: OfficialContract | None) -> None:
    """An order, its lines, deliveries, parcels and returns carry fields of a type that is for them."""
    kinds = ["order", "line-item", "order-delivery", "order-parcel", "order-return-item", "address"]
    text = {"name": "String"}
    fields = [{"name": "note", "label": {"en": "Note"}, "required": False, "type": text}]
    draft = {"key": "notes", "name": {"en": "Notes"}, "resourceTypeIds": kinds, "fieldDefinitions": fields}
    shop.create("types", draft)
    address = {"country": "FR", "city": "Lyon"}
    line = shop.order("W-1", "A", shippingAddress=address)["lineItems"][0]["id"]
    pieces = [{"id": line, "quantity": 1}]
    back = {"lineItemId": line, "quantity": 1, "shipmentState": "Advised", "key": "R-1"}
    custom = {"type": reference("type", "notes"), "fields": {"note": "first"}}
    add = {"action": "addDelivery", "deliveryKey": "D-1", "items": pieces, "parcels": [{"key": "P-1"}]}
    shop.update(ORDER, 1, add, {"action": "addReturnInfo", "items": [back]})
    typed = [
        {"action": "setCustomType"},
        {"action": "setLineItemCustomType", "lineItemId": line},
        {"action": "setDeliveryCustomType", "deliveryKey": "D-1"},
        {"action": "setParcelCustomType", "parcelKey": "P-1"},
        {"action": "setReturnItemCustomType", "returnItemKey": "R-1"},
        {"action": "setShippingAddressCustomType"},
    ]
    shop.update(ORDER, 2, *({**action, **custom} for action in typed))
    field = {"name": "note", "value": "second"}
    changed = shop.update(
        ORDER,
        3,
        {"action": "setCustomField", **field},
        {"action": "setLineItemCustomField", "lineItemId": line, **field},
        {"action": "setDeliveryCustomField", "deliveryKey": "D-1", **field},
        {"action": "setParcelCustomField", "parcelKey": "P-1", **field},
        {"action": "setReturnItemCustomField", "returnItemKey": "R-1", **field},
        {"action": "setShippingAddressCustomField", **field},
    )
    delivery = changed["shippingInfo"]["deliveries"][0]
    parts = [
        changed,
        changed["lineItems"][0],
        delivery,
        delivery["parcels"][0],
        changed["returnInfo"][0]["items"][0],
        changed["shippingAddress"],
    ]
    assert [part["custom"]["fields"] for part in parts] == [{"note": "second"}] * 6
    [message] = told(shop, 'type = "DeliveryCustomFieldChanged"', description)
    assert (message["previousValue"], message["deliveryId"]) == ("first", delivery["id"])
    assert len(told(shop, 'type = "OrderCustomFieldChanged"', description)) == 1
    wrong = {"action": "setShippingCustomType", **custom}
    shop.refused_update(ORDER, 4, wrong, code="InvalidInput")


def test_an_order_of_a_store(shop: Shopfront) -> None:
    """An order of a store has its country and channels from the store's, or is refused."""
    shop.create("stores", {"key": "lyon", "countries": [{"code": "FR"}]})
    store = {"store": reference("store", "lyon"), "country": "FR"}
    assert shop.order("W-1", "A", **store)["store"] == {"typeId": "store", "key": "lyon"}
    assert [one["orderNumber"] for one in shop.results("orders", where='store(key = "lyon")')] == ["W-1"]
    line = {
        "name": {"fr-FR": "A"},
        "variant": {"sku": "A"},
        "price": {"value": EURO},
        "quantity": 1,
        "supplyChannel": reference("channel", "depot-001"),
    }
    draft = {"totalPrice": EURO, **store}
    shop.refused("POST", "orders/import", {**draft, "lineItems": [line]}, code="InvalidInput")
    del line["supplyChannel"]
    abroad = {**draft, "lineItems": [line], "country": "BE"}
    shop.refused("POST", "orders/import", abroad, code="InvalidInput")


def test_pieces_go_to_several_addresses(shop: Shopfront) -> None:
    """Lines name item shipping addresses by key; the details are valid when they are those of all pieces."""
    homes = [{"key": "home", "country": "FR"}, {"key": "work", "country": "FR"}]
    order = shop.order("W-1", "A", itemShippingAddresses=homes)
    line = order["lineItems"][0]["id"]
    to = {"addressKey": "home", "quantity": 1}
    say = {"action": "setLineItemShippingDetails", "lineItemId": line}
    told_of_one = shop.update(ORDER, 1, {**say, "shippingDetails": {"targets": [to]}})
    assert told_of_one["lineItems"][0]["shippingDetails"]["valid"] is False
    both = {"targets": [to, {**to, "addressKey": "work"}]}
    told_of_both = shop.update(ORDER, 2, {**say, "shippingDetails": both})
    assert told_of_both["lineItems"][0]["shippingDetails"]["valid"] is True
    again = {"action": "addItemShippingAddress", "address": homes[0]}
    shop.refused_update(ORDER, 3, again, code="DuplicateField")
    gone = shop.update(ORDER, 3, {"action": "removeItemShippingAddress", "addressKey": "work"})
    assert [address["key"] for address in gone["itemShippingAddresses"]] == ["home"]
