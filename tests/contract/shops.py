"""A shop to ask: the sandbox or the independent mock, each with a project of this test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.contract.cases import SHOP, Case, fill

__all__ = ["Shop", "new_project", "signed_in"]


@contextmanager
def signed_in(url: str, client_id: str, client_secret: str) -> Iterator[httpx.Client]:
    """Hold a token of the server at `url`."""
    with httpx.Client(base_url=url, timeout=30) as client:
        answer = client.post(
            "/oauth/token", auth=(client_id, client_secret), data={"grant_type": "client_credentials"}
        ).raise_for_status()
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


@dataclass(frozen=True)
class Shop:
    """One project of a server. Paths are below it, as in `inventory/key=stock-1`."""

    http: httpx.Client
    url: str
    project: str
    client_id: str
    client_secret: str
    #: Whether an imported order keeps its shipping.
    whole_orders: bool

    def request(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send one request to this project."""
        return self.http.request(method, f"/{self.project}/{path}", json=body)

    def set_up(self) -> None:
        """Put the resources of the cases into the project."""
        for path, body in SHOP:
            self.request("POST", path, body).raise_for_status()

    def ask(self, case: Case) -> httpx.Response:
        """Send one case to a project that is set up; an update goes to the resource's id at its version.

        By id, because the mock finds few of its resources by key.
        """
        collection, _, named = case.path.partition("/")
        _, found, name = named.partition("=")
        if not found:
            return self.request("POST", case.path, fill(case.body))
        resource = self._resource(collection, name)
        lines = resource.get("lineItems") or [{"id": "no-line"}]
        body = fill(case.body, version=resource["version"], line=lines[0]["id"])
        return self.request("POST", f"{collection}/{resource['id']}", body)

    def contents(self) -> dict[str, Any]:
        """Read every collection of the cases as it is."""
        collections = sorted({path.partition("/")[0] for path, _ in SHOP})
        return {name: self._all(name) for name in collections}

    def _all(self, collection: str) -> list[dict[str, Any]]:
        answer = self.request("GET", f"{collection}?limit=500").raise_for_status()
        resources: list[dict[str, Any]] = answer.json()["results"]
        return resources

    def _resource(self, collection: str, name: str) -> dict[str, Any]:
        resources = self._all(collection)
        for resource in resources:
            # A resource whose key the mock dropped is the only one of its kind in the shop of the cases.
            if name in {resource.get("key"), resource.get("orderNumber")} or len(resources) == 1:
                return resource
        raise LookupError(f"{collection} has no {name}")


def new_project() -> str:
    """Name a project that no other test has."""
    return f"test-{uuid4().hex[:12]}"
