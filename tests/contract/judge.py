"""The judge of the whole suite: every request that our client sends in a test is held against the contracts.

It sits where the client hands a request to its network, whichever test made the client, and knows the
official descriptions of both APIs, made strict: unknown fields and unknown actions are faults. Requests to a
`MockTransport` are left alone: there a function answers, and what is tested is the client, not the API.
Programs that a test starts send by the same code, but in processes of their own, where nobody listens.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import orjson
import pytest

from passerelle.commercetools.http.calling import Line
from passerelle.commercetools.http.wire import Answer, Sending
from tests.contract.official import OfficialContract, find_description

__all__ = ["Judge", "Sentence"]

HTTP_API: Final = "openapi.yaml"
IMPORT_API: Final = "import-openapi.yaml"
#: Paths of the Import API, which has a description of its own.
IMPORT_PATHS: Final = "/import-"
MOST_SHOWN: Final = 2_000


class Sentence(NamedTuple):
    """One request with its faults, and the test that sent it."""

    test: str
    method: str
    path: str
    body: str
    faults: tuple[str, ...]

    def __str__(self) -> str:
        faults = "\n".join(f"    {fault}" for fault in self.faults)
        return f"{self.test} sent {self.method} {self.path}\n{faults}\n    body: {self.body[:MOST_SHOWN]}"


class Judge:
    """Hears requests; `test` is the one that runs now, `take` hands out what was found since the last time.

    `heard` counts requests, `bodies` those that had one, `seconds` is the CPU that it took.
    """

    def __init__(self, cache_folder: Path) -> None:
        self.test = ""
        self.heard = self.bodies = 0
        self.seconds = 0.0
        self._found: list[Sentence] = []
        self._cache_folder = cache_folder
        self._described: dict[str, OfficialContract] = {}

    @staticmethod
    def is_able() -> bool:
        """Whether both descriptions are at hand."""
        return None not in (find_description(HTTP_API), find_description(IMPORT_API))

    def listen(self, patch: pytest.MonkeyPatch) -> None:
        """Take a seat in every client until the patch is undone."""
        # The one place that all requests of a client pass; the hook of a client sees no address.
        exchange: Callable[..., Awaitable[Answer]] = vars(Line)["_exchange"]

        async def heard(line: Line, sending: Sending, act: Any, path: str) -> Answer:
            if not isinstance(line.transport, httpx.MockTransport):
                place = httpx.URL(sending.url).raw_path.decode("ascii")
                self.hear(sending.method, place, sending.content or b"")
            return await exchange(line, sending, act, path)

        patch.setattr(Line, "_exchange", heard)

    def hear(self, method: str, path: str, content: bytes) -> None:
        """Judge one request; those for a token are no business of the descriptions."""
        if path.startswith("/oauth/"):
            return
        start = time.thread_time()
        contract = self.contract(IMPORT_API if IMPORT_PATHS in path else HTTP_API)
        body = orjson.loads(content) if content else None
        faults = contract.check_request(method, path, body)
        if faults:
            self._found.append(Sentence(self.test, method, path, content.decode(), tuple(faults)))
        self.heard += 1
        self.bodies += body is not None
        self.seconds += time.thread_time() - start

    def take(self, within: str = "") -> list[Sentence]:
        """What was found since the last time; a test that sends nonsense on purpose takes it away itself.

        With `within` only what was sent to paths that hold it: threads of other tests may send as well.
        """
        found = [sentence for sentence in self._found if within in sentence.path]
        for sentence in found:
            self._found.remove(sentence)
        return found

    def prepare(self) -> None:
        """Read both descriptions now: parsed anew, the first request would stand still for seconds."""
        for name in (HTTP_API, IMPORT_API):
            self.contract(name)

    def contract(self, name: str = HTTP_API) -> OfficialContract:
        """One of the descriptions, made strict.

        Raises:
            LookupError: it is not here.
        """
        if name not in self._described:
            description = find_description(name)
            if description is None:
                raise LookupError(f"{name} is not here: ask is_able before you listen")
            self._described[name] = OfficialContract(description, self._cache_folder)
        return self._described[name]
