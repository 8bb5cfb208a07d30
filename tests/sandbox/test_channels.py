"""Channels: places, their addresses and their custom fields."""

from __future__ import annotations

from tests.sandbox.shopfront import Shopfront, reference
from tests.sandbox.test_custom_fields import custom, custom_type, fields

PATH = "channels/key=depot-1"
POINT = {"type": "Point", "coordinates": [5.04, 47.32]}


def test_a_channel_whole(front: Shopfront) -> None:
    """A channel has roles, texts, an address and a place, and all of them change."""
    front.create("types", custom_type("wanted", fields("text"), "channel", "address"))
    draft = {
        "key": "depot-1",
        "roles": ["InventorySupply", "InventorySupply"],
        "name": {"fr-FR": "Dépôt"},
        "address": {"country": "FR", "city": "Dijon"},
        "geoLocation": POINT,
        "custom": custom("wanted", text="a"),
    }
    shown = front.create("channels", draft)
    assert (shown["roles"], shown["geoLocation"]) == (["InventorySupply"], POINT)
    assert shown["custom"]["fields"] == {"text": "a"}
    shown = front.update(
        PATH,
        1,
        {"action": "addRoles", "roles": ["OrderExport"]},
        {"action": "removeRoles", "roles": ["InventorySupply"]},
        {"action": "changeName", "name": {"fr-FR": "N"}},
        {"action": "changeDescription", "description": {"fr-FR": "D"}},
        {"action": "setAddressCustomType", "type": reference("type", "wanted")},
        {"action": "setAddressCustomField", "name": "text", "value": "b"},
        {"action": "setCustomField", "name": "text", "value": "c"},
        {"action": "setGeoLocation"},
    )
    assert shown["roles"] == ["OrderExport"]
    assert shown["address"]["custom"]["fields"] == {"text": "b"}
    assert shown["custom"]["fields"] == {"text": "c"}
    assert "geoLocation" not in shown
    assert front.keys("channels", 'address(city = "Dijon") and custom(fields(text = "c"))') == {"depot-1"}
    shown = front.update(
        PATH,
        2,
        {"action": "setRoles", "roles": ["Primary"]},
        {"action": "setAddress"},
        {"action": "setCustomType"},
        {"action": "setGeoLocation", "geoLocation": POINT},
        {"action": "changeKey", "key": "depot-2"},
    )
    assert {"address", "custom"}.isdisjoint(shown)
    assert (shown["key"], shown["roles"], shown["geoLocation"]) == ("depot-2", ["Primary"], POINT)
    assert front.ask("DELETE", "types/key=wanted", version=1).status_code == 200


def test_an_address_must_be_there(front: Shopfront) -> None:
    """Custom fields of an address need the address."""
    front.create("types", custom_type("wanted", fields("text"), "address"))
    front.create("channels", {"key": "depot-1"})
    typed = {"action": "setAddressCustomType", "type": reference("type", "wanted")}
    front.refused_update(PATH, 1, typed, code="InvalidOperation")


def test_a_place_is_on_the_globe(front: Shopfront) -> None:
    """A place is a point: longitude, then latitude."""
    for point in ({"type": "Point", "coordinates": [5.04, 91]}, {"type": "Point", "coordinates": [5.04]}):
        front.refused("POST", "channels", {"key": "depot-1", "geoLocation": point}, code="InvalidJsonInput")
