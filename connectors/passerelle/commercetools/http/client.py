"""The client: JSON in and out, a bounded number of requests in flight, errors sorted, tries bounded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode

import httpx
import orjson

from ... import __version__
from ...errors import ConfigError, Conflict, PasserelleError, Retriable
from .addresses import below
from .auth import TokenKeeper
from .config import CommercetoolsConfig
from .correlation import correlation_id
from .errors import Act, commercetools_errors, translated
from .predicates import both, chunks, encoded_length, one_of
from .retry import RetryPolicy
from .transport import PooledTransport

__all__ = ["MAX_ACTIONS", "Client", "Json", "RequestHook"]

Json = dict[str, Any]
Params = Sequence[tuple[str, str]]
T = TypeVar("T")

#: Called with method, path below the project (without query) and body of every request that leaves.
RequestHook = Callable[[str, str, bytes | None], None]

#: Update actions in one request (Limits).
MAX_ACTIONS = 500


class Client:
    """One commercetools project over HTTP; use it as an asynchronous context manager.

    Every method raises only errors of `passerelle.errors`: Conflict (stale version, or a write whose
    outcome is in doubt), Retriable (all tries used up), Refused or ReferenceMissing (this record), Fatal
    (token, scope, project, query). `transport` replaces the network, `clock` counts seconds for the
    token's life and for pauses that the target asks of everybody.
    """

    def __init__(
        self,
        config: CommercetoolsConfig,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        retry: RetryPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        on_request: RequestHook | None = None,
    ) -> None:
        self.config = config
        self._retry = retry or RetryPolicy()
        self._clock = clock
        self._on_request = on_request
        self._slots = asyncio.Semaphore(config.concurrency)
        self._silent_until = 0.0
        self._root = httpx.URL(f"{config.api_url}/{config.project_key}")
        self._headers = {
            "User-Agent": f"passerelle/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        timeout = httpx.Timeout(
            config.total_timeout, connect=config.connect_timeout, pool=config.total_timeout
        )
        self._timeout = timeout.as_dict()
        # The transport is called directly: cookies, redirects and auth flows of httpx.AsyncClient cost a
        # third of a request's time, and this API knows none of them.
        self._transport = transport or PooledTransport(connections=config.concurrency)
        self._tokens = TokenKeeper(config, self._exchange, retry=self._retry, clock=clock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        """The sleeper of the retry policy, for callers that plan again after a Conflict."""
        return self._retry.sleep

    async def get(self, path: str, params: Params = ()) -> Json | None:
        """Read one resource, None when there is none; `path` is below the project, already encoded."""
        return await self._call("GET", path, "read", params=params, absent_is_none=True)

    async def create(self, path: str, draft: Mapping[str, Any]) -> Json:
        """Create one resource and return it as the target holds it."""
        return await self._written("create", path, draft)

    async def update(
        self, path: str, target_id: str, version: int, actions: Sequence[Mapping[str, Any]]
    ) -> Json:
        """Send the actions in order, at most 500 a request, each request against the version before it.

        More than 500 actions are several transactions: a Conflict on the way leaves the first ones done,
        and planning again finds what is left.
        """
        if not actions:
            raise ValueError("an update without actions changes nothing: do not send it")
        resource: Json = {"version": version}
        for start in range(0, len(actions), MAX_ACTIONS):
            body = {"version": resource["version"], "actions": list(actions[start : start + MAX_ACTIONS])}
            resource = await self._written("update", f"{path}/{quote(target_id, safe='')}", body)
        return resource

    async def page(self, path: str, params: Params = ()) -> list[Json]:
        """Read one page of a query as it comes."""
        answer = await self._call("GET", path, "read", params=params)
        results: list[Json] = (answer or {}).get("results", [])
        return results

    async def query(self, path: str, where: str | None = None, params: Params = ()) -> AsyncIterator[Json]:
        """Walk all resources that match, page by page behind the last id seen, without a total.

        Offsets end at 10,000 and skip what moves meanwhile; any other sorting gives gaps (facts 2.5).
        """
        size = self.config.page_size
        last: str | None = None
        while True:
            after = None if last is None else f'id > "{last}"'
            predicate = both(where, after)
            page = await self.page(
                path,
                [
                    *params,
                    *([("where", predicate)] if predicate else []),
                    ("sort", "id asc"),
                    ("limit", str(size)),
                    ("withTotal", "false"),
                ],
            )
            if len(page) == size:
                _check_ascending(path, last, page)
            for resource in page:
                yield resource
            if len(page) < size:
                return
            last = page[-1]["id"]

    async def query_all(self, path: str, wheres: Iterable[str | None], params: Params = ()) -> list[Json]:
        """All resources of several queries, run side by side within the bound on requests in flight."""

        async def walk(where: str | None) -> list[Json]:
            return [resource async for resource in self.query(path, where, params)]

        found = await self.each(list(wheres), walk)
        return [resource for part in found for resource in part]

    async def query_in(
        self,
        path: str,
        field: str,
        values: Iterable[str],
        *,
        where: str | None = None,
        params: Params = (),
        most: int | None = None,
    ) -> list[Json]:
        """All resources whose `field` is one of `values`, in as many queries as address lengths ask for."""
        config = self.config
        room = config.predicate_length - encoded_length(f"{field} in ()") - encoded_length(f"({where}) and ")
        lists = chunks(values, room=room, most=min(most or config.predicate_values, config.predicate_values))
        return await self.query_all(path, [both(where, one_of(field, part)) for part in lists], params)

    async def each(self, items: Sequence[Any], work: Callable[[Any], Awaitable[T]]) -> list[T]:
        """Do the work for every item with as many workers as connections; results in the items' order.

        The first error ends the others and is raised as it is.
        """
        results: list[T | None] = [None] * len(items)
        places = iter(range(len(items)))

        async def worker() -> None:
            for place in places:
                results[place] = await work(items[place])

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(len(items), self.config.concurrency)):
                    group.create_task(worker())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        return results  # type: ignore[return-value]  # every place was filled, or we raised

    async def _written(self, act: Act, path: str, body: Mapping[str, Any]) -> Json:
        answer = await self._call("POST", path, act, content=orjson.dumps(body))
        if answer is None or "id" not in answer or "version" not in answer:
            raise Conflict(f"{path} answered without id and version: outcome in doubt", path=path)
        return answer

    async def _call(
        self,
        method: str,
        path: str,
        act: Act,
        *,
        params: Params = (),
        content: bytes | None = None,
        absent_is_none: bool = False,
    ) -> Json | None:
        # quote: a space as %20 is understood everywhere, a plus sign is not.
        query = urlencode(params, quote_via=quote) if params else None
        headers = {**self._headers, "X-Correlation-ID": correlation_id()}
        if content is not None:
            headers["Content-Type"] = "application/json"
        request = httpx.Request(
            method,
            below(self._root, path, query),
            headers=headers,
            content=content,
            extensions={"timeout": self._timeout},
        )

        async def once() -> Json | None:
            response = await self._answered(request, path, act)
            if response.status_code == httpx.codes.NOT_FOUND and absent_is_none:
                return None
            if not response.is_success:
                error = translated(response, act, path, now=datetime.now(UTC))
                self._silence(error, response.status_code)
                raise error
            try:
                answer = orjson.loads(response.content)
            except orjson.JSONDecodeError as error:
                message = f"{path} answered something that is no JSON"
                raise (Retriable if act == "read" else Conflict)(message, path=path) from error
            return answer if isinstance(answer, dict) else {}

        return await self._retry(once)

    def _silence(self, error: PasserelleError, status: int) -> None:
        """A limit on requests holds for the project: everybody pauses, not only who ran into it."""
        if status in {429, 503} and isinstance(error, Retriable) and error.retry_after:
            pause = min(error.retry_after, self._retry.patience)
            self._silent_until = max(self._silent_until, self._clock() + pause)

    async def _answered(self, request: httpx.Request, path: str, act: Act) -> httpx.Response:
        async with self._slots:
            wait = self._silent_until - self._clock()
            if wait > 0:
                await self._retry.sleep(wait)
            token = await self._tokens.token()
            response = await self._sent(request, token, path, act)
            if response.status_code == httpx.codes.UNAUTHORIZED:
                # Refused before anything was done: the same call may go out again, once.
                response = await self._sent(request, await self._tokens.renew(token), path, act)
            return response

    async def _sent(self, request: httpx.Request, token: str, path: str, act: Act) -> httpx.Response:
        request.headers["Authorization"] = f"Bearer {token}"
        if self._on_request is not None:
            self._on_request(request.method, f"/{path}", request.content or None)
        return await self._exchange(request, act, path)

    async def _exchange(self, request: httpx.Request, act: Act, path: str) -> httpx.Response:
        with commercetools_errors(act, path):
            async with asyncio.timeout(self.config.total_timeout):
                response = await self._transport.handle_async_request(request)
                await response.aread()
        return response


def _check_ascending(path: str, last: str | None, page: Sequence[Json]) -> None:
    """Refuse a full page out of order: something would be missing behind it, or it comes again for ever."""
    ids = ([] if last is None else [last]) + [resource["id"] for resource in page]
    for before, after in pairwise(ids):
        if before >= after:
            raise ConfigError(
                f"{path} answers {after} behind {before}: it does not sort by id, so pages would have gaps",
                advice="Ask for fewer values at a time (predicate_values), so that each answer fits one page",
            )
