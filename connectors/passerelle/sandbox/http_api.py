"""HTTP in front of the API: correlation ids, latency and failures on demand, compression, counting."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import uuid4

import orjson
from starlette.types import Receive, Scope, Send

from .endpoints import Answer, Line, answer
from .faults import Fault
from .problems import Problem, method_not_allowed
from .store import Doc
from .traffic import Entry
from .world import World

__all__ = ["TRANSPORT", "HttpApi", "read_body"]

#: Where the server leaves a request's transport in its scope, so that a connection can be cut.
TRANSPORT = "passerelle.transport"
_TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path, not a token
_WORTH_COMPRESSING = 1_000
_JSON = (b"content-type", b"application/json; charset=utf-8")


class Request(NamedTuple):
    """What of a request matters here; `raw_path` is still percent-encoded."""

    scope: Scope
    method: str
    raw_path: str
    correlation_id: bytes
    authorization: str | None
    takes_gzip: bool

    @classmethod
    def of(cls, scope: Scope) -> Request:
        """Read the request line and the headers; a correlation id is made up when the client sent none."""
        authorization = correlation = None
        takes_gzip = False
        for name, value in scope["headers"]:
            if name == b"authorization":
                authorization = value.decode("latin-1")
            elif name == b"x-correlation-id":
                correlation = value
            elif name == b"accept-encoding":
                takes_gzip = b"gzip" in value
        correlation = correlation or f"sandbox/{uuid4()}".encode()
        raw_path = scope["raw_path"].decode("ascii")
        return cls(scope, scope["method"], raw_path, correlation, authorization, takes_gzip)

    @property
    def is_token(self) -> bool:
        """Whether it asks for a token."""
        return self.raw_path == _TOKEN_PATH


class HttpApi:
    """The ASGI application of the API and the token endpoint."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, well or as a fault demands."""
        request = Request.of(scope)
        body = await read_body(receive)
        fault = self._world.faults.strike(request.method, request.raw_path, named_only=request.is_token)
        waiting = self._world.latency_seconds + (0 if fault is None else fault.latency_ms / 1000)
        if waiting:
            await asyncio.sleep(waiting)
        kind = None if fault is None else fault.kind
        if kind == "reset":
            self._note(request, 0, kind)
            await _cut(scope)
            return
        extra: Iterable[tuple[str, str]] = ()
        try:
            if fault is not None and kind == "status":
                raise _unwell(fault)
            status, shown = self._answer(request, body)
        except Problem as problem:
            status, shown = problem.status, None if request.method == "HEAD" else problem.body
            extra = problem.headers.items()
        if kind == "lost_answer":
            self._note(request, 0, kind)
            await _cut(scope)
            return
        self._note(request, status, kind)
        headers, content = self._rendered(request, shown, extra)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if kind == "truncated":
            half = content[: len(content) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            await _cut(scope, politely=True)
            return
        await send({"type": "http.response.body", "body": content})

    def _answer(self, request: Request, body: bytes) -> Answer:
        if not request.is_token:
            return answer(
                self._world,
                Line(request.method, request.raw_path, request.scope["query_string"], request.authorization),
                body,
            )
        if request.method != "POST":
            raise method_not_allowed(request.method, _TOKEN_PATH, ["POST"])
        return Answer(HTTPStatus.OK, self._world.tokens.issue(request.authorization, body))

    def _rendered(
        self, request: Request, shown: Doc | None, extra: Iterable[tuple[str, str]]
    ) -> tuple[list[tuple[bytes, bytes]], bytes]:
        headers = [(b"x-correlation-id", request.correlation_id)]
        headers.extend((name.encode(), value.encode()) for name, value in extra)
        if shown is None:
            return headers, b""
        content = orjson.dumps(shown)
        headers.append(_JSON)
        if self._world.config.gzip and request.takes_gzip and len(content) > _WORTH_COMPRESSING:
            content = gzip.compress(content, compresslevel=1, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(content)).encode()))
        return headers, content

    def _note(self, request: Request, status: int, fault: str | None) -> None:
        parts = request.raw_path.split("/", 3)
        self._world.traffic.note(
            Entry(
                method=request.method,
                path=request.raw_path,
                query=request.scope["query_string"].decode("latin-1"),
                status=status,
                correlation_id=request.correlation_id.decode("latin-1"),
                fault=fault,
            ),
            resource="oauth" if request.is_token else "".join(parts[2:3]),
        )


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    parts = [body]
    while message.get("more_body", False):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)


_WORDS: dict[int, tuple[str, str]] = {
    401: ("invalid_token", "invalid_token"),
    429: ("TooManyRequests", "Too many requests. Wait before the next one."),
    500: ("General", "An error occurred on the server. The operation may have succeeded."),
    502: ("BadGateway", "The server is being scaled. Repeat the request."),
    503: ("OverCapacity", "The service is having trouble handling the load. Repeat the request later."),
    504: ("General", "The gateway timed out."),
}


def _unwell(fault: Fault) -> Problem:
    code, message = _WORDS[fault.status]
    headers: dict[str, str] = {}
    if fault.retry_after is not None:
        headers["retry-after"] = f"{fault.retry_after:g}"
    top: Doc = {"error": code} if code == "invalid_token" else {}
    return Problem(fault.status, code, message, headers=headers, top=top)


async def _cut(scope: Scope, *, politely: bool = False) -> None:
    """End the connection without an answer; politely what was written still arrives."""
    transport: Any = scope.get(TRANSPORT)
    if transport is None:
        raise ConnectionResetError("a fault of the sandbox cut this connection")
    if politely:
        transport.close()
    else:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            # No lingering: the peer sees a reset, as when a machine goes down.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    # The server learns of it in a later turn of the loop; until then it would complain of a missing answer.
    for _ in range(3):
        await asyncio.sleep(0)
