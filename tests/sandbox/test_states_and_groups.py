"""States and customer groups."""

from __future__ import annotations

from typing import Any

from tests.sandbox.shopfront import Shopfront, reference
from tests.sandbox.test_custom_fields import custom, custom_type, fields

PATH = "states/key=open-1"


def state(key: str, *following: str, **more: Any) -> dict[str, Any]:
    """The draft of an order state that leads to others."""
    transitions = [reference("state", name) for name in following]
    return {"key": key, "type": "OrderState", "transitions": transitions, **more}


def test_a_workflow(front: Shopfront) -> None:
    """States lead to states of their type; no transitions is any, an empty list is none."""
    front.create("states", state("shipped-1", initial=False))
    shown = front.create("states", state("open-1", "shipped-1", "shipped-1"))
    assert (shown["initial"], shown["builtIn"], len(shown["transitions"])) == (True, False, 1)
    assert front.get("states/key=shipped-1")["transitions"] == []
    front.create("states", {"key": "ready-1", "type": "LineItemState"})
    assert "transitions" not in front.get("states/key=ready-1")
    wrong = {"action": "setTransitions", "transitions": [reference("state", "ready-1")]}
    front.refused_update(PATH, 1, wrong, code="InvalidOperation")
    front.refused_update(PATH, 1, {"action": "changeType", "type": "LineItemState"}, code="InvalidOperation")
    error = front.refused("DELETE", "states/key=shipped-1", version=1, code="ReferenceExists")
    assert error["referencedBy"] == "state"
    shown = front.update(
        PATH,
        1,
        {"action": "setTransitions"},
        {"action": "setName", "name": {"en": "N"}},
        {"action": "setDescription", "description": {"en": "D"}},
        {"action": "changeInitial", "initial": False},
        {"action": "changeType", "type": "LineItemState"},
        {"action": "addRoles", "roles": ["Return"]},
        {"action": "changeKey", "key": "open-2"},
    )
    assert (shown["key"], shown["initial"], shown["type"]) == ("open-2", False, "LineItemState")
    assert shown["roles"] == ["Return"]
    assert "transitions" not in shown
    assert front.keys("states", 'type = "LineItemState" and roles contains any ("Return")') == {"open-2"}
    assert front.ask("DELETE", "states/key=shipped-1", version=1).status_code == 200


def test_roles_are_for_their_type(front: Shopfront) -> None:
    """Returns are states of line items, ratings those of reviews."""
    front.refused("POST", "states", state("open-1", roles=["Return"]), code="InvalidOperation")
    front.create("states", {"key": "open-1", "type": "ReviewState"})
    shown = front.update(
        PATH,
        1,
        {"action": "setRoles", "roles": ["ReviewIncludedInStatistics"]},
    )
    assert shown["roles"] == ["ReviewIncludedInStatistics"]
    shown = front.update(PATH, 2, {"action": "removeRoles", "roles": ["ReviewIncludedInStatistics"]})
    assert shown["roles"] == []


def test_keys_of_states(front: Shopfront) -> None:
    """A state has a key of its own, and leads to states that are there."""
    front.create("states", state("open-1"))
    error = front.refused("POST", "states", state("open-1"), code="DuplicateField")
    assert (error["field"], error["duplicateValue"]) == ("key", "open-1")
    error = front.refused("POST", "states", state("open-2", "x1"), code="ReferencedResourceNotFound")
    assert (error["typeId"], error["key"]) == ("state", "x1")


def test_customer_groups(front: Shopfront) -> None:
    """A group is named once in the project, by its name and by its key."""
    front.create("types", custom_type("wanted", fields("text"), "customer-group"))
    draft = {"key": "pro-1", "groupName": "Pros", "custom": custom("wanted", text="a")}
    assert front.create("customer-groups", draft)["name"] == "Pros"
    error = front.refused("POST", "customer-groups", {"groupName": "Pros"}, code="DuplicateField")
    assert (error["field"], error["duplicateValue"]) == ("name", "Pros")
    path = "customer-groups/key=pro-1"
    shown = front.update(
        path,
        1,
        {"action": "changeName", "name": "Trade"},
        {"action": "setCustomField", "name": "text", "value": "b"},
    )
    assert (shown["name"], shown["custom"]["fields"]) == ("Trade", {"text": "b"})
    assert front.keys("customer-groups", 'name = "Trade" and custom(fields(text = "b"))') == {"pro-1"}
    shown = front.update(path, 2, {"action": "setCustomType"}, {"action": "setKey"})
    assert {"key", "custom"}.isdisjoint(shown)
    assert front.ask("HEAD", path).status_code == 404


def test_scopes(shopfront: Shopfront) -> None:
    """Each resource has scopes of its own: those of products open neither stores nor types."""
    project = shopfront.project
    clerk = Shopfront(shopfront.sandbox, project, f"manage_products:{project}")
    for path in ("stores", "types", "states", "customer-groups", "product-selections", "standalone-prices"):
        assert clerk.ask("GET", path).status_code == 403, path
    for path in ("channels", "tax-categories", "product-types", "categories", "inventory"):
        assert clerk.ask("GET", path).status_code == 200, path
    clerk.close()
