"""Products in a workflow: the first state is initial, every other one the end of a transition."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopfront import Shopfront, product, reference, variant

ONE = "products/key=style-1"


@pytest.fixture
def shop(front: Shopfront) -> Shopfront:
    """A project with the states new → ready → final, one without any rule, and one of orders."""
    front.catalogue()
    states: dict[str, dict[str, Any]] = {
        "final": {"initial": False, "transitions": []},
        "ready": {"initial": False, "transitions": [reference("state", "final")]},
        "new": {"initial": True, "transitions": [reference("state", "ready")]},
        "free": {"initial": True},
    }
    for key, rules in states.items():
        front.create("states", {"key": key, "type": "ProductState", **rules})
    front.create("states", {"key": "order", "type": "OrderState", "initial": True})
    return front


def to(key: str, **more: bool) -> dict[str, object]:
    """Move a product to a state."""
    return {"action": "transitionState", "state": reference("state", key), **more}


def test_a_product_begins_in_an_initial_state(shop: Shopfront) -> None:
    """The state of a draft is initial, and one of products."""
    for key, code in (
        ("ready", "InvalidOperation"),
        ("order", "InvalidOperation"),
        ("none", "ReferencedResourceNotFound"),
    ):
        draft = product("style-1", variant("A"), state=reference("state", key))
        shop.refused("POST", "products", draft, code=code)
    created = shop.create("products", product("style-1", variant("A"), state=reference("state", "new")))
    assert created["state"] == {"typeId": "state", "id": shop.get("states/key=new")["id"]}
    [found] = shop.results(
        "product-projections", where=f'state(id="{created["state"]["id"]}")', staged="true"
    )
    assert found["state"] == created["state"]
    shop.refused("DELETE", "states/key=new", version=1, code="ReferenceExists")


def test_transitions_are_followed(shop: Shopfront) -> None:
    """Only a transition leads on, unless it is forced; a final state leads nowhere."""
    shop.create("products", product("style-1", variant("A")))
    shop.refused_update(ONE, 1, to("ready"), code="InvalidOperation")
    shop.refused_update(ONE, 1, {"action": "transitionState"}, code="RequiredField")
    shop.update(ONE, 1, to("new"))
    shop.refused_update(ONE, 2, to("final"), code="InvalidOperation")
    shop.update(ONE, 2, to("ready"), to("final"))
    shop.refused_update(ONE, 3, to("free"), code="InvalidOperation")
    shop.refused_update(ONE, 3, to("order", force=True), code="InvalidOperation")
    forced = shop.update(ONE, 3, to("free", force=True))
    assert forced["state"]["id"] == shop.get("states/key=free")["id"]


def test_a_state_without_transitions_may_be_left(shop: Shopfront) -> None:
    """Where no transitions are set, nothing is looked at."""
    shop.create("products", product("style-1", variant("A"), state=reference("state", "free")))
    shop.update(ONE, 1, to("final"))
