"""HTTP delivery: stored records leave one a request, under a key that the receiver takes once.

Each record is stored before it is sent, and that it is being sent is stored before the call. A record whose
answer was lost is looked up by its number before it is sent again (ADR 0007, the same law as for files).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

import httpx
import orjson
from pydantic import SecretStr

from ...errors import ConfigError, Fatal
from ...ledger import Ledger, OutboxFile
from ...ledger.orders.messages import Heard
from ...mapping import OutgoingMapping
from ...mapping.spec.http import HttpSpec
from ...records import OrderMessage
from ...sync import FileReport, RunReport
from .names import key_of

__all__ = ["HttpDelivery"]

_TYPES = {"xml": "application/xml", "edifact": "application/edifact", "lines": "text/plain"}
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_UNAUTHORISED = frozenset({401, 403})
_OK = range(200, 300)
_CLIENT_FAULT = range(400, 500)
_LONGEST_PAUSE = 30.0


class _Answer(NamedTuple):
    """What became of one record: it is there, it never will be, or nobody knows yet."""

    state: Literal["done", "refused", "held"]
    reason: str = ""
    their_number: str | None = None


class HttpDelivery:
    """Sends what is stored for one feed; `tokens` are the bearer tokens by name.

    Raises ConfigError for a token that the settings do not have. `transport` replaces the network.
    """

    def __init__(
        self,
        ledger: Ledger,
        mapping: OutgoingMapping,
        spec: HttpSpec,
        report: RunReport,
        *,
        tokens: Mapping[str, SecretStr],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._ledger = ledger
        self._feed = mapping.feed
        self._spec = spec
        self._report = report
        self._transport = transport
        self._headers = {"Content-Type": _content_type(mapping), "Accept": "application/json"}
        if spec.token is not None:
            secret = tokens.get(spec.token.lower())
            if secret is None:
                raise ConfigError(
                    f"feed {mapping.feed}: the settings have no token {spec.token}",
                    advice=f"Set PASSERELLE_TOKENS__{spec.token.upper()}",
                )
            self._headers["Authorization"] = f"Bearer {secret.get_secret_value()}"

    async def deliver_pending(self) -> None:
        """Send every stored record that did not arrive yet; one that is held does not hold the others.

        Raises Fatal when the receiver does not know us: then nothing more is sent.
        """
        waiting = self._ledger.outbox.pending(self._feed)
        if not waiting:
            return
        limits = httpx.Limits(max_connections=self._spec.at_once)
        async with httpx.AsyncClient(
            headers=self._headers, timeout=self._spec.timeout, limits=limits, transport=self._transport
        ) as client:
            places = iter(waiting)

            async def worker() -> None:
                for file in places:
                    await self._deliver(client, file)

            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(self._spec.at_once, len(waiting))):
                        group.create_task(worker())
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from failures

    async def _deliver(self, client: httpx.AsyncClient, file: OutboxFile) -> None:
        numbers = self._ledger.export_queue.carried(file.id)
        number = numbers[0] if numbers else ""
        answer = await self._carried(client, file, number)
        if answer.state == "done":
            self._settle(file, number, answer)
            self._report.created += 1
        elif answer.state == "refused":
            self._refuse(file, number, answer.reason)
            self._report.quarantined += 1
            self._report.reject(
                "refused_by_receiver", answer.reason, "Correct it, then try its step again (passerelle order)"
            )
        else:
            self._report.failed += 1
            self._report.files.append(FileReport(key_of(file), "held", answer.reason, 1))
            self._report.settle("failed", f"{key_of(file)} is not delivered: {answer.reason}")

    async def _carried(self, client: httpx.AsyncClient, file: OutboxFile, number: str) -> _Answer:
        """Send a record until it is there or refused; look first when an earlier answer was lost."""
        in_doubt = file.state != "prepared"
        answer = _Answer("held", "not tried")
        for attempt in range(1, self._spec.tries + 1):
            if attempt > 1:
                await asyncio.sleep(min(_LONGEST_PAUSE, 0.2 * 2**attempt))
            if in_doubt:
                found = await self._look(client, file, number)
                if found is None or found.state == "done":
                    answer = found or _Answer("held", "its answer was lost, and it cannot be looked up")
                    if found is not None:
                        return answer
                    continue
            self._ledger.outbox.set_state(file.id, "uploading")
            in_doubt = True
            answer = await self._send(client, file, number)
            if answer.state != "held":
                return answer
        return answer

    async def _send(self, client: httpx.AsyncClient, file: OutboxFile, number: str) -> _Answer:
        address = self._spec.url.format(number=quote(number, safe=""), key=quote(key_of(file), safe=""))
        try:
            status, body = await self._call(
                client, self._spec.method, address, file.content, {"Idempotency-Key": key_of(file)}
            )
        except httpx.HTTPError as error:
            return _Answer("held", f"no answer: {type(error).__name__}")
        if status in _OK or status in self._spec.known:
            return _Answer("done", "", _number_in(body, self._spec.accepted))
        if status in _UNAUTHORISED:
            raise Fatal(
                f"the receiver of {self._feed} does not let us in ({status})",
                advice=f"Check the token {self._spec.token or '(none is named)'} and its rights",
            )
        if status in _BUSY or status not in _CLIENT_FAULT:
            return _Answer("held", f"the receiver answers {status}")
        return _Answer("refused", f"{key_of(file)}: the receiver answers {status}: {_excerpt(body)}")

    async def _look(self, client: httpx.AsyncClient, file: OutboxFile, number: str) -> _Answer | None:
        """Ask whether a record arrived; `refused` here means that it did not, None that nobody knows."""
        address = self._spec.read.format(number=quote(number, safe=""), key=quote(key_of(file), safe=""))
        try:
            status, body = await self._call(client, "GET", address, None, {})
        except httpx.HTTPError:
            return None
        if status in _OK:
            return _Answer("done", "", _number_in(body, self._spec.accepted))
        if status in _UNAUTHORISED:
            raise Fatal(
                f"the receiver of {self._feed} does not let us look ({status})",
                advice=f"Check the token {self._spec.token or '(none is named)'} and its rights",
            )
        return _Answer("refused") if status in {404, 410} else None

    async def _call(
        self,
        client: httpx.AsyncClient,
        method: str,
        address: str,
        content: bytes | None,
        headers: Mapping[str, str],
    ) -> tuple[int, bytes]:
        """Make one call and read at most `longest` bytes of its answer."""
        async with client.stream(method, address, content=content, headers=dict(headers)) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._spec.longest:
                    break
            return response.status_code, bytes(body[: self._spec.longest])

    def _settle(self, file: OutboxFile, number: str, answer: _Answer) -> None:
        with self._ledger.transaction():
            self._ledger.outbox.set_state(file.id, "delivered")
            if answer.their_number is not None:
                accepted = OrderMessage(
                    order_number=number,
                    kind="accepted",
                    ref=answer.their_number,
                    erp_number=answer.their_number,
                )
                self._ledger.order_book.note(
                    [Heard(accepted, self._feed, key_of(file), None, self._report.run_id)]
                )

    def _refuse(self, file: OutboxFile, number: str, reason: str) -> None:
        """End what the record carries as refused; a person tries it again when the cause is mended."""
        ledger, run_id = self._ledger, self._report.run_id
        with ledger.transaction():
            step = ledger.orders.step(number, "export")
            if step is not None and step.outbox_name == file.name and step.state != "refused":
                ledger.orders.set_step(number, "export", "refused", detail={"reason": reason}, run_id=run_id)
            for request in ledger.requests.of(number):
                if request.outbox_name == file.name and request.state in {"claimed", "in_doubt"}:
                    ledger.requests.settle(request.id, "refused", answer={"reason": reason}, run_id=run_id)
            ledger.outbox.set_state(file.id, "delivered", note=reason)


def _content_type(mapping: OutgoingMapping) -> str:
    name = mapping.spec.format.name
    return f"{_TYPES.get(name, 'application/json')}; charset={mapping.spec.format.charset}"


def _number_in(body: bytes, path: str | None) -> str | None:
    """The receiver's own number in its answer; None when it says none, or nothing that can be read."""
    if path is None:
        return None
    try:
        said: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    for name in path.split("."):
        said = said.get(name) if isinstance(said, dict) else None
    return str(said) if isinstance(said, str | int) and not isinstance(said, bool) and said != "" else None


def _excerpt(body: bytes) -> str:
    return body[:200].decode("utf-8", "replace").replace("\n", " ") or "nothing"
