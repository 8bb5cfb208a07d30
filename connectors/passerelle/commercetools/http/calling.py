"""One line to a project: every call waits its turn, has a token, is counted, is tried again in measure."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import orjson

from ... import __version__, tracks
from ...errors import Conflict, PasserelleError, Retriable
from .addresses import below
from .auth import TokenKeeper
from .budget import Allowance
from .config import CommercetoolsConfig
from .congestion import Congestion
from .correlation import correlation_id
from .errors import IN_DOUBT, NETWORK, PENDING, Act, translated, unheard
from .retry import RetryPolicy
from .slots import Slots
from .transport import PooledTransport
from .wire import Answer, HttpxWire, Sending, Wire, is_success

__all__ = ["Json", "Line", "Reader", "RequestHook", "Usage"]

Json = dict[str, Any]

#: Called with method, path below the project (without query) and body of every request that leaves.
RequestHook = Callable[[str, str, bytes | None], None]
#: Makes a body of an answer's content; raises orjson.JSONDecodeError or msgspec.DecodeError.
Reader = Callable[[bytes], Any]

_TOO_MUCH = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})


@dataclass
class Usage:
    """Calls that left, those for tokens aside; `again` are those of them that repeated one before."""

    reads: int = 0
    writes: int = 0
    again: int = 0
    #: Answers that said it was too much (429, 503).
    refused: int = 0

    @property
    def calls(self) -> int:
        """All of them."""
        return self.reads + self.writes


class Line:
    """The way to a project's hosts: they share token, connections, places in flight and the call budget."""

    def __init__(
        self,
        config: CommercetoolsConfig,
        *,
        transport: httpx.AsyncBaseTransport | None,
        retry: RetryPolicy,
        clock: Callable[[], float],
        on_request: RequestHook | None,
        allowance: Allowance | None,
    ) -> None:
        self.config = config
        self.retry = retry
        self.usage = Usage()
        self.congestion = Congestion(config.concurrency)
        self._clock = clock
        self._on_request = on_request
        self._allowance = allowance
        self._slots = Slots(self._limit)
        self._silent_until = 0.0
        self._headers = {
            "User-Agent": f"passerelle/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        # The transport is called directly: cookies, redirects and auth flows of httpx.AsyncClient cost a
        # third of a request's time, and this API knows none of them.
        self.transport = transport or PooledTransport(
            connections=config.concurrency, connect=config.connect_timeout, total=config.total_timeout
        )
        self._wire: Wire = (
            self.transport
            if isinstance(self.transport, PooledTransport)
            else HttpxWire(self.transport, connect=config.connect_timeout, total=config.total_timeout)
        )
        self.tokens = TokenKeeper(config, self._exchange, retry=retry, clock=clock)

    async def aclose(self) -> None:
        """Close the connections and give the rest of the call budget back."""
        if self._allowance is not None:
            await self._allowance.give_back()
        await self.transport.aclose()

    def _limit(self) -> int:
        return self.congestion.limit if self.config.adaptive else self.config.concurrency

    async def call(
        self,
        root: str,
        method: str,
        path: str,
        act: Act,
        *,
        query: str | None = None,
        content: bytes | None = None,
        absent_is_none: bool = False,
        see: Callable[[Answer], None] | None = None,
        read: Reader = orjson.loads,
    ) -> Json | None:
        """Send one request and read its answer; None for a 404 where `absent_is_none`.

        `see` is shown the answer that counts, `read` makes a body of its content. Raises errors of
        `passerelle.errors`.
        """
        headers = {**self._headers, "X-Correlation-ID": correlation_id()}
        if content is not None:
            headers["Content-Type"] = "application/json"
        sending = Sending(method, below(root, path, query), headers, content)
        tries = 0

        async def once() -> Json | None:
            nonlocal tries
            tries += 1
            if tries > 1:
                self.usage.again += 1
            response = await self._answered(sending, path, act)
            if response.status_code == httpx.codes.NOT_FOUND and absent_is_none:
                return None
            if not is_success(response):
                error = translated(response, act, path, hints=self.config.retry_headers)
                self._silence(error, response.status_code)
                raise error
            if see is not None:
                see(response)
            return {} if method == "HEAD" else _body(response, path, act, read)

        return await self.retry(once)

    def _silence(self, error: PasserelleError, status: int) -> None:
        """A limit on requests holds for the project: everybody pauses, not only who ran into it."""
        if status in _TOO_MUCH and isinstance(error, Retriable) and error.retry_after:
            pause = min(error.retry_after, self.retry.patience)
            self._silent_until = max(self._silent_until, self._clock() + pause)

    async def _answered(self, sending: Sending, path: str, act: Act) -> Answer:
        async with self._slots:
            if self._allowance is None:
                return await self._sent(sending, path, act)
            await self._allowance.enter()
            try:
                return await self._sent(sending, path, act)
            finally:
                self._allowance.leave()

    async def _sent(self, sending: Sending, path: str, act: Act) -> Answer:
        wait = self._silent_until - self._clock()
        if wait > 0:
            await self.retry.sleep(wait)
        token = await self.tokens.token()
        response = await self._watched(sending, token, path, act)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            # Refused before anything was done: the same call may go out again, once.
            response = await self._watched(sending, await self.tokens.renew(token), path, act)
        return response

    async def _watched(self, sending: Sending, token: str, path: str, act: Act) -> Answer:
        """Send it, count it, and tell congestion how it went."""
        sending.headers["Authorization"] = f"Bearer {token}"
        if self._on_request is not None:
            self._on_request(sending.method, f"/{path}", sending.content)
        if act == "read":
            self.usage.reads += 1
        else:
            self.usage.writes += 1
        sent = self.congestion.sent(act, self._clock())
        began = time.perf_counter()
        try:
            response = await self._exchange(sending, act, path)
        except Retriable as error:
            if tracks.heard:
                _tell(sending, path, 0, began)
            if isinstance(error.__cause__, (TimeoutError, httpx.ReadTimeout)):
                self.congestion.refused(sent)
            raise
        if tracks.heard:
            _tell(sending, path, response.status_code, began)
        if response.status_code in _TOO_MUCH and PENDING.encode() not in response.content:
            self.usage.refused += 1
            self.congestion.refused(sent)
        else:
            self.congestion.answered(sent, self._clock())
        return response

    async def _exchange(self, sending: Sending, act: Act, path: str) -> Answer:
        try:
            return await self._wire.exchange(sending)
        except NETWORK as error:
            raise unheard(error, act, path) from error


def _tell(sending: Sending, path: str, status: int, began: float) -> None:
    seconds = time.perf_counter() - began
    tracks.call_made(sending.method, path, status, seconds, sending.headers["X-Correlation-ID"])


def _body(response: Answer, path: str, act: Act, read: Reader) -> Json:
    try:
        answer = read(response.content)
    except (orjson.JSONDecodeError, msgspec.DecodeError) as error:
        message = f"{path} answered something that is no JSON"
        if isinstance(error, msgspec.ValidationError):
            message = f"{path} answered something else than asked for: {error}"
        raise (Conflict if act in IN_DOUBT else Retriable)(message, path=path) from error
    return answer if isinstance(answer, dict) else {}
