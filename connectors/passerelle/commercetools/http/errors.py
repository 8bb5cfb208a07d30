"""The one border where commercetools' answers become errors sorted by what happens next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
import orjson

from ...errors import ConfigError, Conflict, Fatal, PasserelleError, ReferenceMissing, Refused, Retriable
from .correlation import journey
from .scopes import RESOURCES, Need, scope_for
from .transport import NOT_SENT
from .wire import Answer

__all__ = ["DUPLICATES", "IN_DOUBT", "NETWORK", "PENDING", "Act", "translated", "unheard"]

#: What the call does, which decides what an unclear outcome means. A `read`, a `delete` (its version is used
#: up, or the resource gone) and an `upsert` (the same body by the same key, Import API) may be repeated as
#: they are; after a `create` or an `update` the target is read first.
Act = Literal["read", "create", "update", "delete", "upsert"]

#: Acts whose lost answer leaves the outcome in doubt.
IN_DOUBT = frozenset({"create", "update"})

#: What the network may do to a call, so that it has no answer.
NETWORK = (TimeoutError, httpx.TransportError, httpx.DecodingError)

#: Codes that say "there is one already" (RAML types/error).
DUPLICATES = frozenset(
    {"DuplicateField", "DuplicateFieldWithConflictingResource", "DuplicateStandalonePriceScope"}
)

# Two writers in one price scope, or one e-mail: "retry the same request after 300 ms" (RAML types/error).
_LOCKS = frozenset({"ExactLockConflict", "ValidityLockConflict", "LockedField"})
_LOCK_PAUSE = 0.3
#: "A previous conflicting operation is still pending": nothing was done, the same request later (RAML).
PENDING = "PendingOperation"

# A number of this size is no pause (31 years) but a moment.
_UNIX_TIMES = 1_000_000_000

_MISSING = frozenset({"ReferencedResourceNotFound", "ResourceNotFound"})

_ADVICE = {
    "DuplicateField": "Another resource has this value: change one of them",
    "MissingRoleOnChannel": "Give the channel the role, or run the project setup",
    "InvalidOperation": "Compare the product type and the resource's state with the record",
    "MaxResourceLimitExceeded": "The project's limit is reached: ask commercetools support to raise it",
    "OverlappingStandalonePriceValidity": "Two prices of one scope hold at the same time: correct the dates",
}


def _body(response: Answer) -> dict[str, Any]:
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _hint(headers: httpx.Headers, names: Sequence[str], now: datetime) -> float | None:
    """Seconds to wait by the first of these headers that says so."""
    for name in names:
        seconds = _seconds(headers.get(name), now)
        if seconds is not None:
            return seconds
    return None


def _seconds(hint: str | None, now: datetime) -> float | None:
    """Read seconds, or a date (RFC 9110 10.2.3), or a Unix time as other services send it."""
    if hint is None:
        return None
    try:
        number = float(hint)
    except ValueError:
        pass
    else:
        if not math.isfinite(number):
            return None
        return max(0.0, number - now.timestamp() if number >= _UNIX_TIMES else number)
    try:
        until = parsedate_to_datetime(hint)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


def _doubt(act: Act, message: str, data: dict[str, Any]) -> Retriable:
    """A read is simply repeated; a create or update may have been done, so the target must be read first."""
    if act not in IN_DOUBT:
        return Retriable(message, **data)
    return Conflict(f"{message}: outcome in doubt", advice="Read the resource and plan again", **data)


def _refused(act: Act, status: int, message: str, data: dict[str, Any]) -> PasserelleError:
    code = data["code"] or f"http_{status}"
    if act == "read":
        return Fatal(f"commercetools did not understand our query, {code}: {message}", **data)
    first = data["errors"][0] if data["errors"] else {}
    if code in _MISSING:
        name = first.get("key") or first.get("id") or message
        reference = f"{first.get('typeId', 'resource')} {name}"
        return ReferenceMissing(f"{reference} does not exist in the project: {message}", reference=reference)
    field = first.get("field") or first.get("attribute", {}).get("name")
    return Refused(
        f"commercetools refused, {code}{f' in {field}' if field else ''}: {message}",
        advice=_ADVICE.get(code, ""),
        **{**data, "code": code, "field": field},
    )


def _conflict(act: Act, said: str, data: dict[str, Any]) -> PasserelleError:
    """Sort what is "in conflict": a lock passes, a duplicate stays, a stale version wants a new plan."""
    code = data["code"]
    if code in _LOCKS:
        return Retriable(said, retry_after=_LOCK_PAUSE, **data)
    if code == PENDING:
        return Retriable(said, **data)
    if code in DUPLICATES:
        return _refused(act, data["status"], said, data)
    current = data["errors"][0].get("currentVersion") if data["errors"] else None
    return Conflict(said, current_version=current, **data)


def translated(  # noqa: PLR0911 - one return a class of answer, read from top to bottom
    response: Answer,
    act: Act,
    path: str,
    *,
    now: datetime | None = None,
    hints: Sequence[str] = ("Retry-After",),
) -> PasserelleError:
    """The error that a failed answer means.

    The data of the error holds `status`, `code`, `errors` and `correlation_id`; a Conflict by a stale
    version also `current_version`. `now` is the time at which the answer came, for a hint that is a date;
    `hints` are the headers that may hold one.
    """
    body = _body(response)
    errors: list[dict[str, Any]] = [e for e in body.get("errors", ()) if isinstance(e, dict)]
    code = errors[0].get("code") if errors else body.get("error")
    status = response.status_code
    correlation = response.headers.get("X-Correlation-ID", "") or journey() or ""
    message = "; ".join(str(e["message"]) for e in errors if "message" in e)
    message = message or str(body.get("message") or response.reason_phrase or f"HTTP {status}")
    data: dict[str, Any] = {
        "status": status, "code": code, "errors": errors, "path": path, "correlation_id": correlation
    }  # fmt: skip
    where = f"{path}, HTTP {status}" + (f", correlation id {correlation}" if correlation else "")
    said = f"{message} ({where})"

    if status == httpx.codes.CONFLICT:
        return _conflict(act, said, data)
    if status in {429, 502, 503} or (status == httpx.codes.GATEWAY_TIMEOUT and act not in IN_DOUBT):
        hint = _hint(response.headers, hints, now or datetime.now(UTC))
        return Retriable(said, retry_after=hint, **data)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return _doubt(act, said, data)
    if status == httpx.codes.UNAUTHORIZED:
        return Fatal(f"commercetools does not accept the access token: {said}", **data)
    if status == httpx.codes.FORBIDDEN:
        need = Need(path.strip("/").split("/")[0], write=act != "read")
        scope = scope_for(need) if need.path in RESOURCES else "the scope of this resource"
        return Fatal(f"the API client may not do this: {said}", advice=f"Give the API client {scope}", **data)
    if status == httpx.codes.NOT_FOUND and act == "update":
        return Conflict(f"the resource is gone: {said}", **data)
    if status == httpx.codes.NOT_FOUND and act == "read":
        return ConfigError(f"no such path, is the project key right? {said}", **data)
    return _refused(act, status, said, data)


def unheard(error: Exception, act: Act, path: str) -> PasserelleError:
    """What became of a call that got no answer: Retriable (nothing was sent, or a read) or Conflict.

    `error` is one of `NETWORK`.
    """
    sent = journey()
    said = path if sent is None else f"{path}, correlation id {sent}"
    data: dict[str, Any] = {"path": path, "correlation_id": sent or ""}
    reason = str(error) or type(error).__name__
    if isinstance(error, NOT_SENT):
        return Retriable(f"commercetools cannot be reached: {reason}", **data)
    if isinstance(error, (TimeoutError, httpx.TimeoutException)):
        return _doubt(act, f"no answer in time ({said})", data)
    return _doubt(act, f"the answer was lost, {reason} ({said})", data)
