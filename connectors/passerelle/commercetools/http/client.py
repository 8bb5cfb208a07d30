"""The client: JSON in and out, a bounded number of requests in flight, errors sorted, tries bounded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
import orjson

from ...errors import ConfigError, Conflict
from .addresses import Params, encoded
from .budget import Allowance
from .calling import Json, Line, Reader, RequestHook, Usage
from .config import CommercetoolsConfig
from .congestion import Congestion
from .errors import Act
from .import_host import ImportHost
from .predicates import both, chunks, encoded_length, one_of
from .retry import RetryPolicy
from .scopes import Need
from .wire import Answer

__all__ = ["MAX_ACTIONS", "Client", "Json", "RequestHook"]

T = TypeVar("T")

#: Update actions in one request (Limits).
MAX_ACTIONS = 500


class Client:
    """One commercetools project over HTTP; use it as an asynchronous context manager.

    Every method raises only errors of `passerelle.errors`: Conflict (stale version, or a write whose
    outcome is in doubt), Retriable (all tries used up), Refused or ReferenceMissing (this record), Fatal
    (token, scope, project, query). `transport` replaces the network, `clock` counts seconds for the
    token's life and for pauses that the target asks of everybody; `allowance` is this client's part of a
    call budget that several share.
    """

    def __init__(
        self,
        config: CommercetoolsConfig,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        retry: RetryPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        on_request: RequestHook | None = None,
        allowance: Allowance | None = None,
    ) -> None:
        self.config = config
        self._line = Line(
            config,
            transport=transport,
            retry=retry or RetryPolicy(),
            clock=clock,
            on_request=on_request,
            allowance=allowance,
        )
        self._sure = False
        self._above = config.api_url
        self._root = f"{config.api_url}/{config.project_key}"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._line.aclose()

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        """The sleeper of the retry policy, for callers that plan again after a Conflict."""
        return self._line.retry.sleep

    async def get(self, path: str, params: Params = ()) -> Json | None:
        """Read one resource, None when there is none; `path` is below the project, already encoded."""
        return await self._call("GET", path, "read", params=params, absent_is_none=True)

    async def exists(self, path: str, params: Params = ()) -> bool:
        """Ask whether there is such a resource, or any that matches, without reading it."""
        found = await self._call("HEAD", path, "read", params=params, absent_is_none=True)
        return found is not None

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

    async def bulk(self, path: str, body: Mapping[str, Any]) -> Json:
        """Do one thing with many resources; the answer (207) tells of each how it went.

        A lost answer is a Conflict: who reads again sees what was done.
        """
        await self._be_sure()
        return await self._call("POST", path, "update", content=orjson.dumps(body)) or {}

    async def act(self, path: str, body: Mapping[str, Any]) -> Json:
        """Have something done that is no update of one resource, such as applying an order edit.

        A lost answer is a Conflict: who reads again sees whether it was done.
        """
        return await self.bulk(path, body)

    async def delete(self, path: str, target_id: str, version: int) -> Json | None:
        """Delete one resource at its version and return it as it was; None when it was gone already.

        Raises Conflict when its version moved. A lost answer does no harm: the same call finds it gone.
        """
        await self._be_sure()
        return await self._call(
            "DELETE",
            f"{path}/{quote(target_id, safe='')}",
            "delete",
            params=[("version", str(version))],
            absent_is_none=True,
        )

    @property
    def importing(self) -> ImportHost:
        """The project's Import API: the same token, connections and bounds, another host."""
        return ImportHost(self._line)

    @property
    def usage(self) -> Usage:
        """What was called until now, on both hosts."""
        return self._line.usage

    @property
    def congestion(self) -> Congestion:
        """How many requests may be in flight at the moment."""
        return self._line.congestion

    def require(self, needs: Iterable[Need]) -> None:
        """Say what this client is going to do: the first token that does not allow it raises ConfigError.

        Costs no call: the token's answer names its scopes.
        """
        self._line.tokens.require(needs)

    async def scopes(self) -> frozenset[str]:
        """The scopes of the token, without the project: `manage_products`; empty when it does not say."""
        await self._line.tokens.token()
        return self._line.tokens.scopes

    async def project(self) -> tuple[Json, datetime | None]:
        """The project's settings, and the server's clock at that moment (None when it does not say)."""
        seen: list[Answer] = []
        body = await self._line.call(self._above, "GET", self.config.project_key, "read", see=seen.append)
        return body or {}, _date(seen[-1])

    async def change_project(self, version: int, actions: Sequence[Mapping[str, Any]]) -> Json:
        """Change the project's settings at their version; raises Conflict when they moved."""
        await self._be_sure()
        body = orjson.dumps({"version": version, "actions": list(actions)})
        answer = await self._line.call(self._above, "POST", self.config.project_key, "update", content=body)
        return answer or {}

    async def page(self, path: str, params: Params = (), *, read: Reader = orjson.loads) -> list[Json]:
        """Read one page of a query as it comes; `read` makes a body with `results` of its content."""
        answer = await self._call("GET", path, "read", params=params, read=read)
        results: list[Json] = (answer or {}).get("results", [])
        return results

    async def query(
        self, path: str, where: str | None = None, params: Params = (), *, read: Reader = orjson.loads
    ) -> AsyncIterator[Json]:
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
                read=read,
            )
            if len(page) == size:
                _check_ascending(path, last, page)
            for resource in page:
                yield resource
            if len(page) < size:
                return
            last = page[-1]["id"]

    async def query_all(
        self,
        path: str,
        wheres: Iterable[str | None],
        params: Params = (),
        *,
        read: Reader = orjson.loads,
    ) -> list[Json]:
        """All resources of several queries, run side by side within the bound on requests in flight."""

        async def walk(where: str | None) -> list[Json]:
            return [resource async for resource in self.query(path, where, params, read=read)]

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
        read: Reader = orjson.loads,
    ) -> list[Json]:
        """All resources whose `field` is one of `values`, in as many queries as address lengths ask for."""
        config = self.config
        room = config.predicate_length - encoded_length(f"{field} in ()") - encoded_length(f"({where}) and ")
        lists = chunks(values, room=room, most=min(most or config.predicate_values, config.predicate_values))
        return await self.query_all(
            path, [both(where, one_of(field, part)) for part in lists], params, read=read
        )

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
        await self._be_sure()
        answer = await self._call("POST", path, act, content=orjson.dumps(body))
        if answer is None or "id" not in answer or "version" not in answer:
            raise Conflict(f"{path} answered without id and version: outcome in doubt", path=path)
        return answer

    async def _be_sure(self) -> None:
        """Before the first write: is this the project that the settings mean?"""
        wanted = self.config.project_name
        if not wanted or self._sure:
            return
        project, _ = await self.project()
        if project.get("name") != wanted:
            raise ConfigError(
                f"project {self.config.project_key} is called {project.get('name')!r}, the settings expect "
                f"{wanted!r}: nothing was written",
                advice="Check the project's key, or correct project_name in the settings",
            )
        self._sure = True

    async def _call(
        self,
        method: str,
        path: str,
        act: Act,
        *,
        params: Params = (),
        content: bytes | None = None,
        absent_is_none: bool = False,
        read: Reader = orjson.loads,
    ) -> Json | None:
        return await self._line.call(
            self._root,
            method,
            path,
            act,
            query=encoded(params),
            content=content,
            absent_is_none=absent_is_none,
            read=read,
        )


def _check_ascending(path: str, last: str | None, page: Sequence[Json]) -> None:
    """Refuse a full page out of order: something would be missing behind it, or it comes again for ever."""
    ids = ([] if last is None else [last]) + [resource["id"] for resource in page]
    for before, after in pairwise(ids):
        if before >= after:
            raise ConfigError(
                f"{path} answers {after} behind {before}: it does not sort by id, so pages would have gaps",
                advice="Ask for fewer values at a time (predicate_values), so that each answer fits one page",
            )


def _date(response: Answer) -> datetime | None:
    """Read the Date header."""
    try:
        return parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
