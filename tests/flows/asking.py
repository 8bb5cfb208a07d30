"""Asks a Prefect server as every client of it does: "the database is locked" is answered by asking again."""

from __future__ import annotations

import time
from typing import Any

import httpx

#: How long a server may go on saying so.
PATIENCE_SECONDS = 60.0


def started(api: str, deployment: str, body: dict[str, Any]) -> str:
    """Start a run of a deployment as the form does; give its id."""
    answer = _answered("POST", f"{api}/deployments/{deployment}/create_flow_run", body)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return str(answer.json()["id"])


def resumed(api: str, run: str, answer: dict[str, Any]) -> str:
    """Fill in the form of a run that waits, as the UI does; give what the server says to it."""
    sent = _answered("POST", f"{api}/flow_runs/{run}/resume", {"run_input": answer})
    assert sent.status_code == httpx.codes.CREATED, sent.text
    return str(sent.json()["status"])


def posted(address: str, body: dict[str, Any]) -> Any:
    """Post to an address under `/api` and give what is answered; another refusal is raised."""
    return _answered("POST", address, body).json()


def got(address: str) -> Any:
    """Get an address under `/api` and give what is answered; another refusal is raised."""
    return _answered("GET", address, None).json()


def _answered(method: str, address: str, body: dict[str, Any] | None) -> httpx.Response:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = httpx.request(method, address, json=body, timeout=60)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
            return answer.raise_for_status()
        time.sleep(0.2)
