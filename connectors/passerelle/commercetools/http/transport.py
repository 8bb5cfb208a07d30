"""The network below the client: httpx's interface over aiohttp's connection pool.

httpx's own pool scans every connection at each request and collapses beyond some twenty of them
(encode/httpx#3215); aiohttp's does not. The ready-made httpx-aiohttp transport reports a connection that
broke while we waited for the answer as ConnectTimeout, which would let a write be sent twice.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeAlias

import aiohttp
import httpx
from yarl import URL

from .wire import Reply, Sending

__all__ = ["NOT_SENT", "PooledTransport"]

#: zlib's number for the gzip format.
_GZIP = 31

#: Names and values as they came.
Headers: TypeAlias = Sequence[tuple[bytes, bytes]]

#: Errors after which the target has certainly not seen the request.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def _as_httpx(error: Exception) -> Exception:
    """Tell "never connected" from "lost after sending", which decides whether a write may be repeated."""
    said = str(error)
    match error:
        case aiohttp.ConnectionTimeoutError():
            return httpx.ConnectTimeout(said)
        case aiohttp.ClientConnectorError():
            return httpx.ConnectError(said)
        case TimeoutError():
            # It may have been sent: where in the call its time ran out is not told.
            return httpx.ReadTimeout(said or "the call took too long")
        case aiohttp.NonHttpUrlClientError() | aiohttp.InvalidUrlClientError():
            return httpx.UnsupportedProtocol(said)
        case aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError() | OSError():
            return httpx.ReadError(said or type(error).__name__)
        case _:
            return httpx.RemoteProtocolError(said or type(error).__name__)


def _unpacked(headers: Headers, content: bytes) -> bytes:
    """Undo the packing that the answer names; raises httpx.DecodingError for one that we did not accept."""
    packing = next((value for name, value in headers if name.lower() == b"content-encoding"), b"identity")
    if packing == b"identity":
        return content
    if packing != b"gzip":
        raise httpx.DecodingError(f"the answer is packed by {packing!r}, we accept gzip alone")
    try:
        return zlib.decompress(content, wbits=_GZIP)
    except zlib.error as error:
        raise httpx.DecodingError(f"the packed answer cannot be unpacked: {error}") from error


class PooledTransport(httpx.AsyncBaseTransport):
    """At most `connections` connections, kept alive between requests; answers are read whole.

    Seconds: `connect` for a connection, `total` for a call with its wait for a connection.
    """

    def __init__(self, *, connections: int, connect: float | None = None, total: float | None = None) -> None:
        self._connections = connections
        self._timeout = aiohttp.ClientTimeout(total=total, sock_connect=connect)
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=30.0),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=self._timeout,
            # The client says what it accepts and which agent it is: aiohttp adds nothing of its own.
            skip_auto_headers=("User-Agent", "Accept-Encoding", "Accept", "Content-Type"),
        )

    async def exchange(self, sending: Sending) -> Reply:
        """Send a request; raises httpx errors, of which only `NOT_SENT` promise that nothing was sent."""
        status, headers, content = await self._exchanged(sending, self._timeout)
        return Reply(status, headers, _unpacked(headers, content))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request of httpx, with its own timeouts; raises what `exchange` raises."""
        seconds = request.extensions.get("timeout", {})
        sent = {
            name.decode("ascii"): value.decode("latin-1")
            for name, value in request.headers.raw
            if name.lower() != b"host"
        }
        status, headers, content = await self._exchanged(
            Sending(request.method, str(request.url), sent, await request.aread() or None),
            aiohttp.ClientTimeout(
                connect=seconds.get("pool"),
                sock_connect=seconds.get("connect"),
                sock_read=seconds.get("read"),
            ),
        )
        return httpx.Response(status, headers=list(headers), content=content, request=request)

    async def _exchanged(
        self, sending: Sending, patience: aiohttp.ClientTimeout
    ) -> tuple[int, Headers, bytes]:
        if self._session is None:
            self._session = self._open()
        body = None if sending.content is None else aiohttp.BytesPayload(sending.content)
        try:
            async with self._session.request(
                sending.method,
                URL(sending.url, encoded=True),
                headers=sending.headers,
                data=body,
                allow_redirects=False,
                timeout=patience,
            ) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _as_httpx(error) from error
        return answer.status, answer.raw_headers, content

    async def aclose(self) -> None:
        """Close the connections; the transport opens new ones when it is used again."""
        if self._session is not None:
            await self._session.close()
            self._session = None
