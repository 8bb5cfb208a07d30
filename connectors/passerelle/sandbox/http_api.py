"""HTTP in front of both APIs: correlation ids, latency and failures on demand, compression, counting."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import Iterable, Iterator
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import uuid4

import orjson
from starlette.types import Receive, Scope, Send

from .calls import Answer, Line
from .endpoints import answer
from .faults import Fault, Host
from .importing.endpoints import answer_import
from .outages import Page, page, retry_headers, too_long, unwell
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
_HTML = (b"content-type", b"text/html")


class Request(NamedTuple):
    """What of a request matters here; `raw_path` is still percent-encoded."""

    scope: Scope
    method: str
    raw_path: str
    correlation_id: bytes
    authorization: str | None
    takes_gzip: bool
    external_user_id: str | None

    @classmethod
    def of(cls, scope: Scope) -> Request:
        """Read the request line and the headers; a correlation id is made up when the client sent none."""
        authorization = correlation = external = None
        takes_gzip = False
        for name, value in scope["headers"]:
            if name == b"authorization":
                authorization = value.decode("latin-1")
            elif name == b"x-correlation-id":
                correlation = value
            elif name == b"accept-encoding":
                takes_gzip = b"gzip" in value
            elif name == b"x-external-user-id":
                external = value.decode("latin-1")
        correlation = correlation or f"sandbox/{uuid4()}".encode()
        raw_path = scope["raw_path"].decode("ascii")
        return cls(scope, scope["method"], raw_path, correlation, authorization, takes_gzip, external)


class HttpApi:
    """The ASGI application of one host: the API with the token endpoint, or the Import API."""

    def __init__(self, world: World, host: Host = "api") -> None:
        self._world = world
        self._host: Host = host
        self._endpoints = {"api": answer, "import": answer_import}[host]
        #: The second of the last answer, and how it is written.
        self._second = (-1, b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, well or as a fault demands."""
        request = Request.of(scope)
        body = await read_body(receive)
        self._world.begin(request.external_user_id)
        fault = self._world.faults.strike(
            request.method, request.raw_path, self._host, named_only=self._is_token(request)
        )
        kind = None if fault is None else fault.kind
        waiting = self._world.latency_seconds
        if fault is not None and kind != "slow":
            waiting += fault.latency_ms / 1000
        if waiting:
            await asyncio.sleep(waiting)
        if kind == "reset":
            self._note(request, 0, kind)
            await _cut(scope)
            return
        status, shown, extra = self._told(request, body, fault)
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
        if fault is not None and kind == "slow":
            for piece in _pieces(content, fault.pieces):
                await asyncio.sleep(fault.latency_ms / 1000)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            content = b""
        await send({"type": "http.response.body", "body": content})

    def _is_token(self, request: Request) -> bool:
        return self._host == "api" and request.raw_path == _TOKEN_PATH

    def _told(
        self, request: Request, body: bytes, fault: Fault | None
    ) -> tuple[int, Doc | Page | None, Iterable[tuple[str, str]]]:
        """Status, content and headers of what is told, whether it happened or not."""
        try:
            refused = self._gate(request)
            if refused is not None:
                return refused.status, refused, ()
            if fault is not None and fault.kind == "status":
                if fault.applied:
                    self._apply_unseen(request, body)
                if fault.html:
                    return fault.status, page(fault.status), retry_headers(fault).items()
                raise unwell(fault)
            if fault is not None and fault.kind == "foreign_edit":
                self._world.edit_named(request.raw_path, fault)
            status, shown = self._answer(request, body)
        except Problem as problem:
            shown = None if request.method == "HEAD" else problem.body
            return problem.status, shown, problem.headers.items()
        return status, shown, ()

    def _gate(self, request: Request) -> Page | None:
        """What stands before the API: an address of any length is not taken, nor any number of requests."""
        config = self._world.config
        length = len(request.raw_path) + len(request.scope["query_string"]) + 1
        refused = too_long(length, config.longest_url, config.too_long_status)
        if refused is None and not self._is_token(request):
            self._world.bucket.take()
        return refused

    def _apply_unseen(self, request: Request, body: bytes) -> None:
        try:
            self._answer(request, body)
        except Problem:
            return  # Nobody reads the refusal: the answer is that of the fault.

    def _answer(self, request: Request, body: bytes) -> Answer:
        if not self._is_token(request):
            return self._endpoints(
                self._world,
                Line(request.method, request.raw_path, request.scope["query_string"], request.authorization),
                body,
            )
        if request.method != "POST":
            raise method_not_allowed(request.method, _TOKEN_PATH, ["POST"])
        return Answer(HTTPStatus.OK, self._world.tokens.issue(request.authorization, body))

    def _rendered(
        self, request: Request, shown: Doc | Page | None, extra: Iterable[tuple[str, str]]
    ) -> tuple[list[tuple[bytes, bytes]], bytes]:
        headers = [(b"x-correlation-id", request.correlation_id), (b"date", self._date())]
        headers.extend((name.encode(), value.encode()) for name, value in extra)
        if shown is None:
            return headers, b""
        if isinstance(shown, Page):
            content = shown.html.encode()
            headers += [_HTML, (b"content-length", str(len(content)).encode())]
            return headers, content
        content = orjson.dumps(shown)
        headers.append(_JSON)
        if self._world.config.gzip and request.takes_gzip and len(content) > _WORTH_COMPRESSING:
            content = gzip.compress(content, compresslevel=1, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(content)).encode()))
        return headers, content

    def _date(self) -> bytes:
        """Write the time of this sandbox as servers do (RFC 9110, 6.6.1); it may be ahead of ours."""
        second = int(self._world.clock.now().timestamp())
        if second != self._second[0]:
            self._second = (second, formatdate(second, usegmt=True).encode())
        return self._second[1]

    def _note(self, request: Request, status: int, fault: str | None) -> None:
        parts = request.raw_path.split("/", 4)
        resource = "".join(parts[2:3])
        if self._host == "import" and parts[3:4] == ["import-containers"]:
            # Products that are imported are not counted as products that are written.
            resource = f"import of {resource}"
        self._world.traffic.note(
            Entry(
                method=request.method,
                path=request.raw_path,
                query=request.scope["query_string"].decode("latin-1"),
                status=status,
                correlation_id=request.correlation_id.decode("latin-1"),
                fault=fault,
                host=self._host,
            ),
            resource="oauth" if self._is_token(request) else resource,
        )


def _pieces(content: bytes, number: int) -> Iterator[bytes]:
    size = max(1, -(-len(content) // number))
    for start in range(0, len(content), size):
        yield content[start : start + size]


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
