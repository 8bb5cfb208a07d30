"""A client of the sandbox's Import API for its own tests."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.contract.official import OfficialContract
from tests.sandbox.shopfront import NO_TLS, Shopfront, token_of

__all__ = ["CONTAINER", "ImportHall", "cents", "key", "typed"]

CONTAINER = "nightly"


def key(type_id: str, value: str) -> dict[str, str]:
    """Point to a resource by key: the only way there is."""
    return {"typeId": type_id, "key": value}


def cents(amount: int, currency: str = "EUR") -> dict[str, Any]:
    """An amount as imports write it."""
    return {"type": "centPrecision", "currencyCode": currency, "centAmount": amount}


def typed(name: str, kind: str, value: Any) -> dict[str, Any]:
    """An attribute as imports write it."""
    return {"name": name, "type": kind, "value": value}


class ImportHall:
    """The Import API of a shopfront's project, with one container."""

    def __init__(self, front: Shopfront, description: OfficialContract | None = None) -> None:
        self.front = front
        self.faults: list[str] = []
        self._description = description
        self.sandbox = front.sandbox
        self.http = httpx.Client(
            base_url=f"{front.sandbox.import_url}/{front.project}/",
            headers={"authorization": f"Bearer {token_of(front.sandbox)}"},
            timeout=60,
            verify=NO_TLS,
        )

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def ask(self, method: str, path: str, body: Any = None, **parameters: Any) -> httpx.Response:
        """Any request."""
        answer = self.http.request(method, path, json=body, params=parameters or None)
        if self._description is not None:
            request = f"{method} {answer.request.url.raw_path.decode()}"
            self.faults += [f"{request} {answer.status_code}: {fault}" for fault in self._judged(answer)]
        return answer

    def _judged(self, answer: httpx.Response) -> list[str]:
        assert self._description is not None
        request = answer.request
        if answer.is_error:
            # The description names few of the errors that any request may meet.
            return self._description.check_schema("ErrorResponse", answer.json())
        method, path = request.method, request.url.raw_path.decode()
        asked: list[str] = []
        if not _refused_in_part(answer):
            content = json.loads(request.content or b"null")
            asked = self._description.check_request(method, path, content)
        # The description makes texts of the attributes of a patch; its own examples are objects.
        asked = [fault for fault in asked if "].attributes." not in fault or "patches" not in fault]
        return [*asked, *self._description.check_answer(method, path, answer.status_code, answer.json())]

    def open(self, name: str = CONTAINER, **more: Any) -> dict[str, Any]:
        """A new container."""
        answer = self.ask("POST", "import-containers", {"key": name, **more})
        assert answer.status_code == 201, answer.text
        opened: dict[str, Any] = answer.json()
        return opened

    def post(self, path: str, kind: str, *resources: Any, listed: str = "resources") -> httpx.Response:
        """An import request, whatever becomes of it."""
        body = {"type": kind, listed: list(resources)}
        return self.ask("POST", f"{path}/import-containers/{CONTAINER}", body)

    def submit(self, path: str, kind: str, *resources: Any, listed: str = "resources") -> list[str]:
        """An import request that is taken; the ids of its operations."""
        answer = self.post(path, kind, *resources, listed=listed)
        assert answer.status_code == 201, answer.text
        statuses = answer.json()["operationStatus"]
        assert {one["state"] for one in statuses} == {"processing"}, statuses
        return [one["operationId"] for one in statuses]

    def operation(self, number: str) -> dict[str, Any]:
        """One operation, as it is now."""
        answer = self.ask("GET", f"import-operations/{number}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def bring(self, path: str, kind: str, resource: Any, listed: str = "resources") -> dict[str, Any]:
        """Import one resource; its operation afterwards."""
        [number] = self.submit(path, kind, resource, listed=listed)
        return self.operation(number)

    def imported(self, path: str, kind: str, resource: Any, listed: str = "resources") -> dict[str, Any]:
        """Import one resource, which must succeed; its operation."""
        operation = self.bring(path, kind, resource, listed)
        assert operation["state"] == "imported", operation
        return operation

    def states(self) -> dict[str, int]:
        """The summary, without the states that nothing is in."""
        answer = self.ask("GET", f"import-containers/{CONTAINER}/import-summaries")
        assert answer.status_code == 200, answer.text
        return {state: count for state, count in answer.json()["states"].items() if count}

    def pass_time(self, **how: float) -> None:
        """Let hours or seconds pass at once, for everybody in this sandbox."""
        self.sandbox.control("POST", "/clock", how)


def _refused_in_part(answer: httpx.Response) -> bool:
    statuses = answer.json().get("operationStatus", ())
    return any(status["state"] == "validationFailed" for status in statuses)
