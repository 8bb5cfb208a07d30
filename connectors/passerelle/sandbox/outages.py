"""What a client reads on a bad day: refusals that no resource is to blame for, and the pages of gateways."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from .faults import Fault
from .problems import Problem
from .store import Doc

__all__ = ["Page", "page", "retry_headers", "too_long", "unwell"]

_WORDS: dict[int, tuple[str, str]] = {
    400: ("InvalidInput", "The request was refused."),
    401: ("invalid_token", "invalid_token"),
    403: ("insufficient_scope", "Insufficient scope."),
    404: ("ResourceNotFound", "The resource was not found."),
    409: ("ConcurrentModification", "The resource was changed at the same time."),
    413: ("ContentTooLarge", "The content is too large."),
    414: ("InvalidInput", "The address is too long."),
    429: ("TooManyRequests", "Too many requests. Wait before the next one."),
    500: ("General", "An error occurred on the server. The operation may have succeeded."),
    502: ("BadGateway", "The server is being scaled. Repeat the request."),
    503: ("OverCapacity", "The service is having trouble handling the load. Repeat the request later."),
    504: ("General", "The gateway timed out."),
}


class Page(NamedTuple):
    """An answer of a gateway before the API: HTML, with a status."""

    status: int
    html: str


def page(status: int) -> Page:
    """The page of a gateway that knows nothing of JSON."""
    title = f"{status} {HTTPStatus(status).phrase}"
    return Page(
        status,
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>gateway</center>\r\n</body>\r\n</html>\r\n",
    )


def too_long(length: int, most: int, status: int) -> Page | None:
    """The page for an address (path and query) that is longer than a gateway takes; None when it is not."""
    return page(status) if length > most else None


def retry_headers(fault: Fault) -> dict[str, str]:
    """When to come back, if the fault says so."""
    return {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}


def unwell(fault: Fault) -> Problem:
    """A fault's status in the API's own words."""
    code, message = _WORDS[fault.status]
    code, message = fault.code or code, fault.message or message
    top: Doc = {"error": code} if fault.status in (401, 403) else {}
    return Problem(fault.status, code, message, headers=retry_headers(fault), top=top, **fault.details)
