"""The network for real: what broke before sending is told apart from what broke after."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from passerelle.commercetools import PooledTransport
from passerelle.commercetools.http.wire import Answer, Sending

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[str]:
    """A server of raw sockets on a free port of this machine."""

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    listening = await asyncio.start_server(guarded, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()


Post = Callable[..., Awaitable[Answer]]


@pytest.fixture(params=["as the client's wire", "as a transport of httpx"])
def post(request: pytest.FixtureRequest) -> Post:
    """Send one write over a transport of its own, by each of its two doors; `read` is in seconds."""

    async def by_wire(url: str, read: float | None = None) -> Answer:
        transport = PooledTransport(connections=2, total=read)
        try:
            return await transport.exchange(Sending("POST", url, {}, b"{}"))
        finally:
            await transport.aclose()

    async def by_httpx(url: str, read: float | None = None) -> Answer:
        transport = PooledTransport(connections=2)
        try:
            request = httpx.Request("POST", url, content=b"{}", extensions={"timeout": {"read": read}})
            return await transport.handle_async_request(request)
        finally:
            await transport.aclose()

    return by_wire if request.param == "as the client's wire" else by_httpx


def answering(answer: bytes) -> Serve:
    """A server that gives one answer, byte for byte."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(answer)
        await writer.drain()

    return serve


def packed(body: bytes, packing: bytes = b"gzip") -> bytes:
    """An answer that says that its body is packed."""
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n"
    return head % (packing, len(body)) + body


async def test_a_packed_answer_is_unpacked(post: Post) -> None:
    """What the server packs by gzip is read as it was before."""
    async with server(answering(packed(gzip.compress(b'{"id": "e1"}')))) as url:
        assert (await post(url)).content == b'{"id": "e1"}'


async def test_a_packed_answer_that_cannot_be_unpacked_is_told(post: Post) -> None:
    """Bytes that are no gzip are a decoding error, never an empty answer."""
    async with server(answering(packed(b"not packed at all"))) as url:
        with pytest.raises(httpx.DecodingError):
            await post(url)


async def test_a_packing_that_we_did_not_accept_is_told() -> None:
    """The client's wire knows gzip alone; what it cannot read is an error, not garbage."""
    transport = PooledTransport(connections=1)
    async with server(answering(packed(b"{}", b"br"))) as url:
        with pytest.raises(httpx.DecodingError, match="gzip alone"):
            await transport.exchange(Sending("POST", url, {}, b"{}"))
    await transport.aclose()


async def test_nobody_listens(post: Post) -> None:
    """A refused connection is a connect error: nothing was sent."""
    # Bound and not listening: it refuses, and keeps its port from everybody else.
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        with pytest.raises(httpx.ConnectError):
            await post(f"http://127.0.0.1:{deaf.getsockname()[1]}/")


async def test_a_connection_cut_after_sending_is_a_lost_answer(post: Post) -> None:
    """The server read the request and went away: never a connect error, or a write would be repeated."""

    async def cut(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")

    async with server(cut) as url:
        with pytest.raises(httpx.ReadError):
            await post(url)


async def test_an_answer_cut_short_is_a_lost_answer(post: Post) -> None:
    """Fewer bytes than announced are no answer."""
    async with server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")) as url:
        with pytest.raises(httpx.ReadError):
            await post(url)


async def test_something_that_is_no_http_is_a_protocol_error(post: Post) -> None:
    """Not a connect error either: the request was sent."""
    async with server(answering(b"220 mail.example ESMTP\r\n\r\n")) as url:
        with pytest.raises(httpx.TransportError) as caught:
            await post(url)
    assert not isinstance(caught.value, httpx.ConnectError | httpx.ConnectTimeout)


async def test_silence_after_sending_is_a_read_timeout(post: Post) -> None:
    """The time to wait for an answer is the request's own."""

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(silent) as url:
        with pytest.raises(httpx.ReadTimeout):
            await post(url, read=0.05)


async def test_an_address_arrives_as_it_was_encoded(post: Post) -> None:
    """Quotes and spaces of a predicate are encoded once."""
    seen: list[bytes] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"{}"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()

    async with server(echo) as url:
        response = await post(f"{url}/p?where=sku%20in%20%28%22a%2Bb%22%29")

    assert response.content == b"{}"
    assert seen[0].startswith(b"POST /p?where=sku%20in%20%28%22a%2Bb%22%29 HTTP/1.1\r\n")
    assert seen[0].lower().count(b"\r\nhost:") == 1
