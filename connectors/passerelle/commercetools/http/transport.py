"""The network below the client: httpx's interface over aiohttp's connection pool.

httpx's own pool scans every connection at each request and collapses beyond some twenty of them
(encode/httpx#3215); aiohttp's does not. The ready-made httpx-aiohttp transport reports a connection that
broke while we waited for the answer as ConnectTimeout, which would let a write be sent twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import httpx
from multidict import CIMultiDict
from yarl import URL

__all__ = ["NOT_SENT", "PooledTransport"]

#: Errors after which the target has certainly not seen the request.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@contextmanager
def _httpx_errors() -> Iterator[None]:
    """Tell "never connected" from "lost after sending", which decides whether a write may be repeated."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(str(error)) from error
    except aiohttp.ServerTimeoutError as error:
        raise httpx.ReadTimeout(str(error)) from error
    except (aiohttp.NonHttpUrlClientError, aiohttp.InvalidUrlClientError) as error:
        raise httpx.UnsupportedProtocol(str(error)) from error
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, OSError) as error:
        raise httpx.ReadError(str(error) or type(error).__name__) from error
    except aiohttp.ClientError as error:
        raise httpx.RemoteProtocolError(str(error) or type(error).__name__) from error


class PooledTransport(httpx.AsyncBaseTransport):
    """At most `connections` connections, kept alive between requests; answers are read whole."""

    def __init__(self, *, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=30.0),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            # The client says what it accepts and which agent it is: aiohttp adds nothing of its own.
            skip_auto_headers=("User-Agent", "Accept-Encoding", "Accept", "Content-Type"),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises httpx errors, of which only `NOT_SENT` promise that nothing was sent."""
        if self._session is None:
            self._session = self._open()
        seconds = request.extensions.get("timeout", {})
        with _httpx_errors():
            async with self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=CIMultiDict(
                    (name.decode("ascii"), value.decode("latin-1"))
                    for name, value in request.headers.raw
                    if name.lower() != b"host"
                ),
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    connect=seconds.get("pool"),
                    sock_connect=seconds.get("connect"),
                    sock_read=seconds.get("read"),
                ),
            ) as answer:
                content = await answer.read()
        return httpx.Response(answer.status, headers=answer.raw_headers, content=content, request=request)

    async def aclose(self) -> None:
        """Close the connections; the transport opens new ones when it is used again."""
        if self._session is not None:
            await self._session.close()
            self._session = None
