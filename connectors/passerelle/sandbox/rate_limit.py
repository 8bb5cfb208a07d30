"""How many requests a second are answered: a bucket of tokens, and the headers of those that are not."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .problems import Problem

__all__ = ["Bucket", "RateLimit"]


class RateLimit(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """`perSecond` requests in the long run, `burst` at once (as many as in one second when not said).

    The names of the headers are not documented by the API: a header that is None is not sent.
    `retryAfterAs`: whole `seconds`, a `fraction` of them, an HTTP `date`, or `unix` time.
    """

    per_second: Annotated[float, Meta(gt=0)]
    burst: Annotated[int, Meta(ge=1)] | None = None
    retry_after_header: str | None = "Retry-After"
    retry_after_as: Literal["seconds", "fraction", "date", "unix"] = "seconds"
    limit_header: str | None = "X-RateLimit-Limit"
    remaining_header: str | None = "X-RateLimit-Remaining"


class Bucket:
    """The limit in force, if any, and how much of it is left."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit: RateLimit | None = None
        self._clock = clock
        self._tokens = 0.0
        self._filled_at = 0.0

    def set(self, limit: RateLimit | None) -> None:
        """Begin with a full bucket, or without any limit."""
        self.limit = limit
        self._filled_at = self._clock()
        self._tokens = 0.0 if limit is None else float(_most(limit))

    def take(self) -> None:
        """Let one request pass.

        Raises:
            Problem: 429 TooManyRequests.
        """
        limit = self.limit
        if limit is None:
            return
        moment = self._clock()
        self._tokens = min(float(_most(limit)), self._tokens + (moment - self._filled_at) * limit.per_second)
        self._filled_at = moment
        if self._tokens < 1:
            raise _too_many(limit, (1 - self._tokens) / limit.per_second)
        self._tokens -= 1


def _most(limit: RateLimit) -> int:
    return max(1, math.ceil(limit.per_second)) if limit.burst is None else limit.burst


def _too_many(limit: RateLimit, wait: float) -> Problem:
    headers: dict[str, str] = {}
    if limit.retry_after_header is not None:
        headers[limit.retry_after_header] = _written(limit, wait)
    if limit.limit_header is not None:
        headers[limit.limit_header] = f"{limit.per_second:g}"
    if limit.remaining_header is not None:
        headers[limit.remaining_header] = "0"
    return Problem(429, "TooManyRequests", "Too many requests. Wait before the next one.", headers=headers)


def _written(limit: RateLimit, wait: float) -> str:
    match limit.retry_after_as:
        case "fraction":
            # Up, as the other forms are: who waits so long must find room, and "0.000" is no wait.
            return f"{math.ceil(wait * 1_000) / 1_000:.3f}"
        case "date":
            return formatdate(time.time() + math.ceil(wait), usegmt=True)
        case "unix":
            return str(math.ceil(time.time() + wait))
        case _:
            return str(math.ceil(wait))
