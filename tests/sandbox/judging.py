"""Requests that are taken, and every answer, held against the official description as they pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.contract.official import OfficialContract
from tests.sandbox.shopfront import Shopfront

__all__ = ["judged"]


@contextmanager
def judged(front: Shopfront, official: OfficialContract) -> Iterator[list[str]]:
    """Collect what passes and does not fit; a request is only looked at when it is taken."""
    faults: list[str] = []

    def judge(answer: httpx.Response) -> None:
        answer.read()
        request = answer.request
        method, path = request.method, request.url.raw_path.decode()
        found: list[str] = []
        if answer.is_success:
            found += official.check_request(method, path, json.loads(request.content or b"null"))
        if method != "HEAD":
            found += official.check_answer(method, path, answer.status_code, answer.json())
        faults.extend(f"{method} {path} {answer.status_code}: {fault}" for fault in found)

    front.http.event_hooks["response"] = [judge]
    yield faults
    front.http.event_hooks["response"] = []
