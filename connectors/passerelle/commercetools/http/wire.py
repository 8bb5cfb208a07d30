"""The wire: one request and its answer, without a model of HTTP around them.

httpx's own Request and Response cost a quarter of a call's CPU: headers turned into bytes and back, addresses
taken apart, bodies wrapped in streams. Whoever hands in a transport of httpx gets them nevertheless.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple, Protocol

import httpx

__all__ = ["Answer", "HttpxWire", "Reply", "Sending", "Wire", "is_success"]


class Sending(NamedTuple):
    """A request; its address is encoded already."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None = None


class Answer(Protocol):
    """What is asked of an answer; an `httpx.Response` that was read is one, too."""

    @property
    def status_code(self) -> int:
        """The status."""
        ...

    @property
    def reason_phrase(self) -> str:
        """The status in words."""
        ...

    @property
    def headers(self) -> httpx.Headers:
        """The headers, by their names in any case."""
        ...

    @property
    def content(self) -> bytes:
        """The body, unpacked."""
        ...


def is_success(answer: Answer) -> bool:
    """True for 2xx."""
    return HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES


class Reply:
    """An answer whose headers are looked at only when somebody asks."""

    __slots__ = ("_raw", "content", "status_code")

    def __init__(self, status_code: int, raw: Sequence[tuple[bytes, bytes]], content: bytes) -> None:
        self.status_code = status_code
        self.content = content
        self._raw = raw

    @property
    def headers(self) -> httpx.Headers:
        """The headers, by their names in any case."""
        return httpx.Headers(list(self._raw))

    @property
    def reason_phrase(self) -> str:
        """The status in words; empty for a number without a name."""
        try:
            return HTTPStatus(self.status_code).phrase
        except ValueError:
            return ""


class Wire(Protocol):
    """Carries one request at a time, as many side by side as there are connections.

    Raises httpx's transport errors, of which only `NOT_SENT` promise that nothing was sent, and TimeoutError.
    """

    async def exchange(self, sending: Sending) -> Answer:
        """Send a request and read its answer whole."""
        ...


class HttpxWire:
    """Any transport of httpx as a wire; `connect` and `total` are seconds."""

    def __init__(self, transport: httpx.AsyncBaseTransport, *, connect: float, total: float) -> None:
        self.transport = transport
        self._total = total
        self._extensions = {"timeout": httpx.Timeout(total, connect=connect).as_dict()}

    async def exchange(self, sending: Sending) -> Answer:
        """Send a request and read its answer whole."""
        request = httpx.Request(
            sending.method,
            sending.url,
            headers=sending.headers,
            content=sending.content,
            extensions=self._extensions,
        )
        async with asyncio.timeout(self._total):
            response = await self.transport.handle_async_request(request)
            await response.aread()
        return response
