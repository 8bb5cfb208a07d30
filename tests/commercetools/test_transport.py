"""The network for real: what broke before sending is told apart from what broke after."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from passerelle.commercetools import PooledTransport

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


async def post(url: str, **seconds: float) -> httpx.Response:
    """Send one write over a transport of its own."""
    transport = PooledTransport(connections=2)
    try:
        request = httpx.Request("POST", url, content=b"{}", extensions={"timeout": seconds})
        return await transport.handle_async_request(request)
    finally:
        await transport.aclose()


async def test_nobody_listens() -> None:
    """A refused connection is a connect error: nothing was sent."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(httpx.ConnectError):
        await post(f"http://127.0.0.1:{port}/")


async def test_a_connection_cut_after_sending_is_a_lost_answer() -> None:
    """The server read the request and went away: never a connect error, or a write would be repeated."""

    async def cut(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")

    async with server(cut) as url:
        with pytest.raises(httpx.ReadError):
            await post(url)


async def test_an_answer_cut_short_is_a_lost_answer() -> None:
    """Fewer bytes than announced are no answer."""

    async def short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()

    async with server(short) as url:
        with pytest.raises(httpx.ReadError):
            await post(url)


async def test_something_that_is_no_http_is_a_protocol_error() -> None:
    """Not a connect error either: the request was sent."""

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"220 mail.example ESMTP\r\n\r\n")
        await writer.drain()

    async with server(babble) as url:
        with pytest.raises(httpx.TransportError) as caught:
            await post(url)
    assert not isinstance(caught.value, httpx.ConnectError | httpx.ConnectTimeout)


async def test_silence_after_sending_is_a_read_timeout() -> None:
    """The time to wait for an answer is the request's own."""

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(silent) as url:
        with pytest.raises(httpx.ReadTimeout):
            await post(url, read=0.05)


async def test_an_address_arrives_as_it_was_encoded() -> None:
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
