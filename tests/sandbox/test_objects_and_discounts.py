"""Custom objects by container and key; product discounts that prices are reduced by from outside."""

from __future__ import annotations

from tests.sandbox.shopfront import Shopfront


def test_custom_objects_are_written_whole(front: Shopfront) -> None:
    """An object is created or replaced; a version, when it is given, must be the stored one."""
    draft = {"container": "erp", "key": "cursor", "value": {"day": "2026-11-22", "empty": None}}
    created = front.create("custom-objects", draft)
    assert created["value"] == {"day": "2026-11-22"}
    answer = front.ask("POST", "custom-objects", {**draft, "value": 7})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    stale = {**draft, "version": 1}
    front.refused("POST", "custom-objects", stale, status=409, code="ConcurrentModification")
    assert front.get("custom-objects/erp/cursor")["value"] == 7
    front.refused("GET", "custom-objects/erp/other", status=404, code="ResourceNotFound")
    wrong = {**draft, "container": "e/rp"}
    front.refused("POST", "custom-objects", wrong, code="InvalidJsonInput")


def test_containers(front: Shopfront) -> None:
    """A container is a collection of its own; an object goes with or without its version."""
    for container, key in (("erp", "one"), ("erp", "two"), ("pim", "one")):
        front.create("custom-objects", {"container": container, "key": key, "value": [container, key]})
    found = front.results("custom-objects/erp", where='key = "two"')
    assert [one["value"] for one in found] == [["erp", "two"]]
    assert front.get("custom-objects/erp")["count"] == 2
    assert front.get("custom-objects")["total"] == 3
    assert front.ask("HEAD", "custom-objects", where='container = "pos"').status_code == 404
    path = "custom-objects/erp/one"
    front.refused("DELETE", path, version=9, status=409, code="ConcurrentModification")
    assert front.ask("DELETE", path).status_code == 200
    assert front.get("custom-objects/erp")["count"] == 1


def test_discounts_from_outside(front: Shopfront) -> None:
    """A price is reduced by an active external discount, and by no other."""
    money = {"centAmount": 1_000, "currencyCode": "EUR"}
    draft = {
        "key": "sales",
        "name": {"en": "Sales"},
        "value": {"type": "external"},
        "predicate": "1 = 1",
        "sortOrder": "0.5",
        "isActive": False,
    }
    discount = front.create("product-discounts", draft)
    front.create("standalone-prices", {"key": "price-1", "sku": "A", "value": money})
    reduced = {"value": {**money, "centAmount": 800}}
    cut = {
        "action": "setDiscountedPrice",
        "discounted": {**reduced, "discount": {"typeId": "product-discount", "id": discount["id"]}},
    }
    price = "standalone-prices/key=price-1"
    front.refused_update(price, 1, cut, code="NoMatchingProductDiscountFound")
    front.update("product-discounts/key=sales", 1, {"action": "changeIsActive", "isActive": True})
    assert front.update(price, 1, cut)["discounted"]["value"]["centAmount"] == 800
    twice = {**draft, "key": "more"}
    assert front.refused("POST", "product-discounts", twice, code="DuplicateField")["field"] == "sortOrder"
    ten = {"action": "changeValue", "value": {"type": "relative", "permyriad": 1_000}}
    assert front.update("product-discounts/key=sales", 2, ten)["value"]["permyriad"] == 1_000
    front.refused_update(price, 2, cut, code="NoMatchingProductDiscountFound")
    bad = {"action": "changeSortOrder", "sortOrder": "0.50"}
    front.refused_update("product-discounts/key=sales", 3, bad, code="InvalidJsonInput")
