"""The one border where commercetools' answers become errors sorted by what happens next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
import orjson

from ...errors import ConfigError, Conflict, Fatal, PasserelleError, ReferenceMissing, Refused, Retriable
from .transport import NOT_SENT

__all__ = ["DUPLICATES", "Act", "commercetools_errors", "translated"]

#: What the call does, which decides what an unclear outcome means: a `read` may be repeated, a write not.
Act = Literal["read", "create", "update"]

#: Codes that say "there is one already" (RAML types/error).
DUPLICATES = frozenset(
    {"DuplicateField", "DuplicateFieldWithConflictingResource", "DuplicateStandalonePriceScope"}
)

# Two writers in one price scope, or one e-mail: "retry the same request after 300 ms" (RAML types/error).
_LOCKS = frozenset({"ExactLockConflict", "ValidityLockConflict", "LockedField"})
_LOCK_PAUSE = 0.3

_MISSING = frozenset({"ReferencedResourceNotFound", "ResourceNotFound"})

# First segment of a path, and the scope that lets one write there (facts: OAuth scopes).
_SCOPES = {
    "categories": "manage_categories",
    "channels": "manage_channels",
    "inventory": "manage_products",
    "orders": "manage_orders",
    "product-projections": "view_products",
    "product-types": "manage_product_types",
    "products": "manage_products",
    "standalone-prices": "manage_standalone_prices",
    "tax-categories": "manage_tax_categories",
}

_ADVICE = {
    "DuplicateField": "Another resource has this value: change one of them",
    "MissingRoleOnChannel": "Give the channel the role, or run the project setup",
    "InvalidOperation": "Compare the product type and the resource's state with the record",
    "MaxResourceLimitExceeded": "The project's limit is reached: ask commercetools support to raise it",
    "OverlappingStandalonePriceValidity": "Two prices of one scope hold at the same time: correct the dates",
}


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _seconds(hint: str | None, now: datetime) -> float | None:
    """Read Retry-After: seconds, or a date (RFC 9110 10.2.3)."""
    if hint is None:
        return None
    try:
        return max(0.0, float(hint))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(hint)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


def _doubt(act: Act, message: str, data: dict[str, Any]) -> Retriable:
    """A read is simply repeated; a write may have been carried out, so the target must be read first."""
    if act == "read":
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


def translated(  # noqa: PLR0911 - one return a class of answer, read from top to bottom
    response: httpx.Response, act: Act, path: str, *, now: datetime | None = None
) -> PasserelleError:
    """The error that a failed answer means.

    The data of the error holds `status`, `code`, `errors` and `correlation_id`; a Conflict by a stale
    version also `current_version`. `now` is the time at which the answer came, for a hint that is a date.
    """
    body = _body(response)
    errors: list[dict[str, Any]] = [e for e in body.get("errors", ()) if isinstance(e, dict)]
    code = errors[0].get("code") if errors else body.get("error")
    status = response.status_code
    correlation = response.headers.get("X-Correlation-ID", "")
    message = "; ".join(str(e["message"]) for e in errors if "message" in e)
    message = message or str(body.get("message") or response.reason_phrase or f"HTTP {status}")
    data: dict[str, Any] = {
        "status": status, "code": code, "errors": errors, "path": path, "correlation_id": correlation
    }  # fmt: skip
    where = f"{path}, HTTP {status}" + (f", correlation id {correlation}" if correlation else "")
    said = f"{message} ({where})"

    if status == httpx.codes.CONFLICT:
        if code in _LOCKS:
            return Retriable(said, retry_after=_LOCK_PAUSE, **data)
        if code in DUPLICATES:
            return _refused(act, status, said, data)
        current = errors[0].get("currentVersion") if errors else None
        return Conflict(said, current_version=current, **data)
    if status in {429, 502, 503, 504}:
        hint = _seconds(response.headers.get("Retry-After"), now or datetime.now(UTC))
        return Retriable(said, retry_after=hint, **data)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return _doubt(act, said, data)
    if status == httpx.codes.UNAUTHORIZED:
        return Fatal(f"commercetools does not accept the access token: {said}", **data)
    if status == httpx.codes.FORBIDDEN:
        scope = _SCOPES.get(path.strip("/").split("/")[0], "the scope of this resource")
        return Fatal(f"the API client may not do this: {said}", advice=f"Give the API client {scope}", **data)
    if status == httpx.codes.NOT_FOUND and act == "update":
        return Conflict(f"the resource is gone: {said}", **data)
    if status == httpx.codes.NOT_FOUND and act == "read":
        return ConfigError(f"no such path, is the project key right? {said}", **data)
    return _refused(act, status, said, data)


@contextmanager
def commercetools_errors(act: Act, path: str) -> Iterator[None]:
    """Turn what the network does to one call into Retriable (nothing was sent, or a read) or Conflict."""
    try:
        yield
    except NOT_SENT as error:
        reason = str(error) or type(error).__name__
        raise Retriable(f"commercetools cannot be reached: {reason}", path=path) from error
    except TimeoutError as error:
        raise _doubt(act, f"no answer in time ({path})", {"path": path}) from error
    except httpx.TimeoutException as error:
        raise _doubt(act, f"no answer in time ({path})", {"path": path}) from error
    except (httpx.TransportError, httpx.DecodingError) as error:
        reason = str(error) or type(error).__name__
        raise _doubt(act, f"the answer was lost, {reason} ({path})", {"path": path}) from error
