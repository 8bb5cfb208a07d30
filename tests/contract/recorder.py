"""A look over the client's shoulder: every request and answer, to be held against a contract afterwards."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, Protocol

import httpx

__all__ = ["Exchange", "Recorder", "RequestContract"]


class RequestContract(Protocol):
    """What a recorder asks: the official description or the SDK's schemas."""

    def check_request(self, method: str, path: str, body: Any) -> list[str]:
        """Name every fault of one request."""
        ...


class Exchange(NamedTuple):
    """One request and its answer; `path` carries the query, `status` is None when no answer came."""

    method: str
    path: str
    body: Any
    status: int | None
    answer: Any


class Recorder:
    """Collects what passes; wrap the client's transport before the client is made.

    ```
    recorder = Recorder()
    client = httpx.AsyncClient(transport=recorder.wrap(httpx.AsyncHTTPTransport()))
    ...
    assert recorder.exchanges
    assert recorder.request_faults(official) == []
    ```
    """

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def wrap(self, inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """Return a transport that sends through `inner` and writes down what passed."""
        return _RecordingTransport(inner, self)

    def calls(self) -> list[Exchange]:
        """Return the calls of the commerce API: all but those for a token."""
        return [one for one in self.exchanges if not one.path.startswith("/oauth/")]

    def request_faults(self, contract: RequestContract) -> list[str]:
        """Hold every call against a contract; one line a fault, with the call that has it."""
        return [
            f"{call.method} {call.path}: {fault}"
            for call in self.calls()
            for fault in contract.check_request(call.method, call.path, call.body)
        ]


class _RecordingTransport(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport, recorder: Recorder) -> None:
        self._inner = inner
        self._recorder = recorder

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        path = request.url.raw_path.decode("ascii")
        sent = (request.method, path, _body(content, request.headers))
        try:
            response = await self._inner.handle_async_request(request)
            answer = await response.aread()
        except httpx.TransportError:
            self._recorder.exchanges.append(Exchange(*sent, None, None))
            raise
        self._recorder.exchanges.append(
            Exchange(*sent, response.status_code, _body(answer, response.headers))
        )
        # The answer was read and unpacked: pass on what was read, without the words about its packing.
        headers = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name not in {"content-encoding", "content-length", "transfer-encoding"}
        ]
        return httpx.Response(
            response.status_code, headers=headers, content=answer, extensions=response.extensions
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


def _body(content: bytes, headers: httpx.Headers) -> Any:
    if not content:
        return None
    if headers.get("content-type", "").partition(";")[0] == "application/json":
        return json.loads(content)
    return content.decode("utf-8", "replace")
