"""What every resource refuses: unknown paths, fields, actions and parameters, stale versions, bad JSON."""

from __future__ import annotations

from typing import Any

import pytest

from passerelle.sandbox import Sandbox
from tests.sandbox.shopfront import Shopfront, product, reference, variant

MONEY = {"centAmount": 100, "currencyCode": "EUR"}
RESOURCES: dict[str, dict[str, Any]] = {
    "product-types": {"key": "some-key", "name": "T", "description": ""},
    "tax-categories": {"key": "some-key", "name": "T"},
    "channels": {"key": "some-key"},
    "categories": {"key": "some-key", "name": {"en": "C"}, "slug": {"en": "some-slug"}},
    "products": product("some-key"),
    "standalone-prices": {"key": "some-key", "sku": "S", "value": MONEY},
    "inventory": {"key": "some-key", "sku": "S", "quantityOnStock": 0},
}


@pytest.fixture(params=RESOURCES)
def resource(request: pytest.FixtureRequest, shopfront: Shopfront) -> tuple[Shopfront, str, dict[str, Any]]:
    """A project, one kind of resource, and a draft for it."""
    path: str = request.param
    if path == "products":
        shopfront.create("product-types", {"key": "article", "name": "Article", "description": ""})
    return shopfront, path, RESOURCES[path]


def test_life_of_a_resource(resource: tuple[Shopfront, str, dict[str, Any]]) -> None:
    """Created, found by id and key, listed, changed by both, deleted with its version, gone."""
    front, path, draft = resource
    created = front.create(path, draft)
    assert front.get(f"{path}/{created['id']}") == created
    assert front.get(f"{path}/key=some-key") == created
    found = [doc for doc in front.results(path) if doc["key"] == "some-key"]
    assert found == [created]
    action = {"action": "changeKey" if path == "channels" else "setKey", "key": "other-key"}
    updated = front.update(f"{path}/key=some-key", 1, action)
    assert updated["version"] == 2
    assert front.ask("HEAD", f"{path}/key=other-key").status_code == 200
    assert front.ask("HEAD", f"{path}/key=some-key").status_code == 404
    assert front.ask("HEAD", path, where='key="other-key"').status_code == 200
    assert front.ask("HEAD", path, where='key="some-key"').status_code == 404
    deleted = front.ask("DELETE", f"{path}/key=other-key", version=2)
    assert deleted.status_code == 200
    assert deleted.json() == updated
    front.refused("GET", f"{path}/{created['id']}", status=404, code="ResourceNotFound")
    front.create(path, draft)


def test_stale_versions(resource: tuple[Shopfront, str, dict[str, Any]]) -> None:
    """An update or a delete with another version is a 409 that says the current one, no-ops included."""
    front, path, draft = resource
    front.create(path, draft)
    for actions in ([], [{"action": "changeKey" if path == "channels" else "setKey", "key": "some-key"}]):
        error = front.refused(
            "POST",
            f"{path}/key=some-key",
            {"version": 7, "actions": actions},
            status=409,
            code="ConcurrentModification",
        )
        assert error["currentVersion"] == 1
    front.refused("DELETE", f"{path}/key=some-key", version=2, status=409, code="ConcurrentModification")
    front.refused("DELETE", f"{path}/key=some-key", code="InvalidInput")
    front.refused("POST", f"{path}/key=some-key", {"actions": []}, code="InvalidJsonInput")


def test_no_op_keeps_the_version(resource: tuple[Shopfront, str, dict[str, Any]]) -> None:
    """Actions that change nothing leave version and times as they are."""
    front, path, draft = resource
    created = front.create(path, draft)
    action = {"action": "changeKey" if path == "channels" else "setKey", "key": "some-key"}
    assert front.update(f"{path}/key=some-key", 1, action) == created
    assert front.update(f"{path}/key=some-key", 1) == created


def test_unknown_fields_and_actions(resource: tuple[Shopfront, str, dict[str, Any]]) -> None:
    """A field or an action that the API does not have is an error, never a shrug."""
    front, path, draft = resource
    error = front.refused("POST", path, {**draft, "colour": "red"}, code="InvalidJsonInput")
    assert "colour" in error["detailedErrorMessage"]
    front.create(path, draft)
    one = f"{path}/key=some-key"
    error = front.refused_update(one, 1, {"action": "setColour"}, code="InvalidJsonInput")
    assert "$.actions[0].action" in error["detailedErrorMessage"]
    action = "changeKey" if path == "channels" else "setKey"
    front.refused_update(one, 1, {"action": action, "key": "ok-key", "name": "x"}, code="InvalidJsonInput")
    front.refused("POST", one, {"version": 1, "actions": [], "more": 1}, code="InvalidJsonInput")
    front.refused_update(one, 1, {"action": action, "key": 5}, code="InvalidJsonInput")
    front.refused("POST", one, {"version": "1", "actions": []}, code="InvalidJsonInput")


def test_keys_are_unique_and_well_formed(resource: tuple[Shopfront, str, dict[str, Any]]) -> None:
    """A key stands once in its kind, has 2 to 256 characters, and no blanks or accents."""
    front, path, draft = resource
    front.create(path, draft)
    twin = {**draft, **({"slug": {"en": "twin"}} if "slug" in draft else {})}
    if path in ("standalone-prices", "inventory"):
        twin["sku"] = "T"
    error = front.refused("POST", path, twin, code="DuplicateField")
    assert (error["field"], error["duplicateValue"]) == ("key", "some-key")
    for bad in ("x", "with blank", "é-key", "k" * 257, ""):
        front.refused("POST", path, {**twin, "key": bad}, code="InvalidJsonInput")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"key": "abc",}', b'{"key": "\xff\xfe"}'])
def test_malformed_json_is_400(shopfront: Shopfront, body: bytes) -> None:
    """A body that is no JSON object is the client's mistake, not the server's."""
    answer = shopfront.http.post("channels", content=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "InvalidJsonInput"


@pytest.mark.parametrize(
    "path",
    [
        "widgets",
        "products/search/more",
        "products/sku=x",
        "orders/key=x",
        "product-projections/sku=x",
        "products/",
    ],
)
def test_unknown_paths_are_404(shopfront: Shopfront, path: str) -> None:
    """A path that names no endpoint is not found."""
    assert shopfront.ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "products"), ("DELETE", "products"), ("POST", "product-projections"), ("GET", "orders/import"),
     ("POST", "orders"), ("PATCH", "inventory/x")],
)  # fmt: skip
def test_wrong_methods_are_405(shopfront: Shopfront, method: str, path: str) -> None:
    """An endpoint answers its own methods only and says which."""
    answer = shopfront.ask(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"]


def test_unknown_project_is_404(sandbox: Sandbox) -> None:
    """A project key that cannot be one names no project."""
    front = Shopfront(sandbox, "Not_A_Key")
    front.refused("GET", "products", status=404, code="ResourceNotFound")
    front.close()


@pytest.mark.parametrize(
    "parameters",
    [
        {"page": 1}, {"limit": 501}, {"limit": -1}, {"limit": "x"}, {"offset": 10_001}, {"withTotal": "yes"},
        {"sort": "name up"}, {"sort": "nothing asc"}, {"sort": ""}, {"staged": "true"}, {"var": "x"},
        {"limit": ["1", "2"]},
    ],
)  # fmt: skip
def test_bad_query_parameters_are_400(shopfront: Shopfront, parameters: dict[str, Any]) -> None:
    """Parameters are known and within their limits, or the request is refused."""
    shopfront.refused("GET", "channels", code="InvalidInput", **parameters)


def test_query_parameters_on_writes_are_checked(shopfront: Shopfront) -> None:
    """Writes take `expand`, and nothing that belongs to a query."""
    answer = shopfront.http.post("channels", params={"limit": 1}, json={"key": "some-key"})
    assert answer.status_code == 400
    assert shopfront.http.post("channels", params={"expand": "x"}, json={"key": "a-key"}).status_code == 201


def test_at_most_500_actions(shopfront: Shopfront) -> None:
    """500 update actions pass, 501 do not."""
    shopfront.create("channels", {"key": "some-key"})
    action = {"action": "changeName", "name": {"en": "N"}}
    shopfront.refused_update("channels/key=some-key", 1, *[action] * 501, code="InvalidInput")
    assert shopfront.update("channels/key=some-key", 1, *[action] * 500)["version"] == 2


def test_actions_of_one_request_are_atomic(catalogue: Shopfront) -> None:
    """When one action is refused, none was applied: not to the document, not to what is unique."""
    catalogue.create("products", product("style-1", variant("SKU-1")))
    before = catalogue.get("products/key=style-1")
    catalogue.refused_update(
        "products/key=style-1",
        1,
        {"action": "changeSlug", "slug": {"fr-FR": "neuf"}, "staged": False},
        {"action": "addVariant", "sku": "SKU-2"},
        {"action": "removeFromCategory", "category": reference("category", "cat-1")},
        code="InvalidOperation",
    )
    assert catalogue.get("products/key=style-1") == before
    catalogue.create("products", product("style-2", variant("SKU-2"), slug={"fr-FR": "neuf"}))


def test_refused_claim_leaves_the_document(catalogue: Shopfront) -> None:
    """A value that turns out to be taken undoes the other actions of its request."""
    catalogue.create("products", product("style-1", variant("SKU-1")))
    catalogue.create("products", product("style-2", variant("SKU-2")))
    before = catalogue.get("products/key=style-2")
    catalogue.refused_update(
        "products/key=style-2",
        1,
        {"action": "changeName", "name": {"fr-FR": "Autre"}},
        {"action": "setSku", "variantId": 1, "sku": "SKU-1"},
        code="DuplicateField",
    )
    assert catalogue.get("products/key=style-2") == before


def test_correlation_ids(shopfront: Shopfront) -> None:
    """A correlation id comes back as it was sent, or a new one is given."""
    mine = shopfront.http.get("channels", headers={"x-correlation-id": "file-17/record-4"})
    assert mine.headers["x-correlation-id"] == "file-17/record-4"
    given = {shopfront.http.get("channels").headers["x-correlation-id"] for _ in range(2)}
    assert len(given) == 2


def test_project_answers(shopfront: Shopfront) -> None:
    """The project itself can be asked for: a client's first question."""
    answer = shopfront.http.get(str(shopfront.http.base_url).rstrip("/"))
    assert answer.json()["key"] == shopfront.project
