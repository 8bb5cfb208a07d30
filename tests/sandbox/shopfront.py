"""A client for the sandbox's own tests: every answer is looked at, refusals in particular."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from passerelle.sandbox import Sandbox

# Reading the machine's certificates for each client takes longer than most of these tests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
__all__ = ["DEPOT", "NO_TLS", "PRODUCT_TYPE", "Shopfront", "product", "reference", "token_of", "variant"]

PRODUCT_TYPE: dict[str, Any] = {
    "key": "article",
    "name": "Article",
    "description": "A garment in its colours and sizes",
    "attributes": [
        {"name": "ean", "label": {"en": "EAN"}, "isRequired": False, "type": {"name": "text"},
         "attributeConstraint": "Unique"},
        {"name": "colour", "label": {"en": "Colour"}, "isRequired": False, "type": {
            "name": "enum", "values": [{"key": "012", "label": "red"}, {"key": "013", "label": "blue"}]}},
        {"name": "season", "label": {"en": "Season"}, "isRequired": False, "type": {
            "name": "lenum", "values": [{"key": "AH", "label": {"fr-FR": "hiver"}}]}},
        {"name": "weight", "label": {"en": "Weight"}, "isRequired": False, "type": {"name": "number"}},
        {"name": "washable", "label": {"en": "Washable"}, "isRequired": False, "type": {"name": "boolean"}},
        {"name": "sizes", "label": {"en": "Sizes"}, "isRequired": False, "type": {
            "name": "set", "elementType": {"name": "text"}}},
        {"name": "material", "label": {"en": "Material"}, "isRequired": False, "type": {"name": "text"},
         "attributeConstraint": "SameForAll"},
    ],
}  # fmt: skip
DEPOT: dict[str, Any] = {"key": "depot-001", "roles": ["InventorySupply"]}


def reference(type_id: str, key: str) -> dict[str, str]:
    """Point to a resource by key."""
    return {"typeId": type_id, "key": key}


def variant(sku: str, **attributes: Any) -> dict[str, Any]:
    """The draft of a variant."""
    return {"sku": sku, "attributes": [{"name": name, "value": value} for name, value in attributes.items()]}


def product(key: str, *variants: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The draft of a product of the type `article`; the first variant is the master."""
    draft: dict[str, Any] = {
        "key": key,
        "productType": reference("product-type", "article"),
        "name": {"fr-FR": f"Modèle {key}"},
        "slug": {"fr-FR": key},
        "priceMode": "Standalone",
    }
    if variants:
        draft["masterVariant"], draft["variants"] = variants[0], list(variants[1:])
    return {**draft, **more}


def token_of(sandbox: Sandbox, scope: str | None = None) -> str:
    """A token, with all scopes of the client or with those asked for."""
    form = {"grant_type": "client_credentials"}
    if scope is not None:
        form["scope"] = scope
    answer = httpx.post(
        f"{sandbox.url}/oauth/token",
        auth=(sandbox.client_id, sandbox.client_secret.get_secret_value()),
        data=form,
        verify=NO_TLS,
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


class Shopfront:
    """One project of a sandbox, as a client sees it."""

    def __init__(self, sandbox: Sandbox, project: str, scope: str | None = None) -> None:
        self.sandbox = sandbox
        self.project = project
        self.http = httpx.Client(
            base_url=f"{sandbox.url}/{project}/",
            headers={"authorization": f"Bearer {token_of(sandbox, scope)}"},
            timeout=60,
            verify=NO_TLS,
        )

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def ask(self, method: str, path: str, body: Any = None, **parameters: Any) -> httpx.Response:
        """Any request."""
        return self.http.request(method, path, json=body, params=parameters or None)

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """A successful GET."""
        answer = self.ask("GET", path, **parameters)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def results(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """The results of a query."""
        found: list[dict[str, Any]] = self.get(path, **parameters)["results"]
        return found

    def keys(self, path: str, where: str, **parameters: Any) -> set[str]:
        """The keys of what a predicate finds."""
        return {doc["key"] for doc in self.results(path, where=where, limit=500, **parameters)}

    def create(self, path: str, draft: Any) -> dict[str, Any]:
        """A draft that is taken."""
        answer = self.ask("POST", path, draft)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        assert created["version"] == 1
        return created

    def update(self, path: str, version: int, *actions: dict[str, Any]) -> dict[str, Any]:
        """Update actions that are taken."""
        answer = self.ask("POST", path, {"version": version, "actions": list(actions)})
        assert answer.status_code == 200, answer.text
        updated: dict[str, Any] = answer.json()
        return updated

    def refused(
        self, method: str, path: str, body: Any = None, *, code: str, status: int = 400, **parameters: Any
    ) -> dict[str, Any]:
        """A request that is refused, in the API's shape; its first error."""
        return refusal(self.ask(method, path, body, **parameters), status, code)

    def refused_update(
        self, path: str, version: int, *actions: dict[str, Any], code: str, status: int = 400
    ) -> dict[str, Any]:
        """Update actions that are refused; its first error."""
        return self.refused(
            "POST", path, {"version": version, "actions": list(actions)}, code=code, status=status
        )

    def catalogue(self) -> None:
        """What products need: the type `article`, a warehouse, a tax category, a category."""
        self.create("product-types", PRODUCT_TYPE)
        self.create("channels", DEPOT)
        self.create("tax-categories", {"key": "normal", "name": "Normal", "rates": []})
        self.create("categories", {"key": "cat-1", "name": {"fr-FR": "Robes"}, "slug": {"fr-FR": "robes"}})

    def order(self, number: str, *skus: str, **more: Any) -> dict[str, Any]:
        """An imported order that is shipped, two pieces a line."""
        lines = [
            {
                "name": {"fr-FR": f"Article {sku}"},
                "variant": {"sku": sku},
                "price": {"value": {"centAmount": 5990, "currencyCode": "EUR"}},
                "quantity": 2,
            }
            for sku in skus
        ]
        money = {"centAmount": 5990 * 2 * len(lines), "currencyCode": "EUR"}
        shipping = {"centAmount": 0, "currencyCode": "EUR"}
        draft = {
            "orderNumber": number,
            "totalPrice": money,
            "lineItems": lines,
            "shippingInfo": {
                "shippingMethodName": "Livraison",
                "price": shipping,
                "shippingRate": {"price": shipping},
            },
            "paymentState": "Paid",
        }
        return self.create("orders/import", {**draft, **more})


def refusal(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Look at a refusal's shape and return its first error."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    body = answer.json()
    assert body["statusCode"] == status
    first: dict[str, Any] = body["errors"][0]
    assert first["code"] == code, body
    assert body["message"] == first["message"] or code == "InvalidJsonInput"
    return first
