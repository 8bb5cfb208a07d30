"""Failures on demand: the next requests that match are answered as a bad day would."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

__all__ = ["Fault", "FaultKind", "Faults", "Host"]

FaultKind: TypeAlias = Literal[
    "status", "latency", "reset", "lost_answer", "truncated", "slow", "foreign_edit"
]
Host: TypeAlias = Literal["api", "import"]
_WRITES = ("POST", "PUT", "DELETE")


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """One rule.

    `kind`: `status` answers `status` without applying, or with `applied` after it; `latency` waits
    `latencyMs`, then goes on as usual; `reset` cuts the connection before applying; `lost_answer` applies,
    then cuts the connection; `truncated` applies, then sends only half of the answer; `slow` sends the answer
    in `pieces` with `latencyMs` before each; `foreign_edit` lets somebody else change the resource that the
    path names before the request is answered (`actions` as in the control plane's `edit`).
    A `status` is told with `code`, `message` and further fields of the error in `details`, or, with `html`,
    as the page of a gateway that knows nothing of the API. `method`: `write` is POST, PUT and DELETE.
    `count` is how often it strikes (None: for ever), `skip` how many matching requests pass before;
    `rate` is the share of matching requests, drawn from `seed`. `path` is the beginning of the paths that
    are meant (`/demo/inventory`, `/oauth/token`); empty it is every path of the API. `host` is the API or
    the Import API; None is both.
    """

    kind: FaultKind
    host: Host | None = None
    method: Literal["any", "read", "write", "GET", "HEAD", "POST", "PUT", "DELETE"] = "any"
    path: str = ""
    status: Literal[400, 401, 403, 404, 409, 413, 414, 429, 500, 502, 503, 504] = 503
    code: str | None = None
    message: str | None = None
    details: dict[str, Any] = {}
    applied: bool = False
    html: bool = False
    retry_after: Annotated[float, Meta(ge=0)] | None = None
    latency_ms: Annotated[float, Meta(ge=0)] = 0
    pieces: Annotated[int, Meta(ge=1, le=1_000)] = 10
    actions: list[dict[str, Any]] = []
    count: Annotated[int, Meta(ge=1)] | None = 1
    skip: Annotated[int, Meta(ge=0)] = 0
    rate: Annotated[float, Meta(gt=0, le=1)] = 1
    seed: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        if self.kind in ("latency", "slow") and self.latency_ms == 0:
            raise ValueError(f"a fault of kind {self.kind} needs latencyMs")
        if self.kind != "status" and (self.code or self.message or self.details or self.applied or self.html):
            raise ValueError(f"code, message, details, applied and html are of a status, not of {self.kind}")
        if self.html and (self.code or self.message or self.details):
            raise ValueError("a page (html) has no code, message or details")

    def matches(self, method: str, path: str, host: Host) -> bool:
        """Whether a request is one that the rule is about."""
        if not path.startswith(self.path) or self.host not in (None, host):
            return False
        match self.method:
            case "any":
                return True
            case "read":
                return method in ("GET", "HEAD")
            case "write":
                return method in _WRITES
            case exact:
                return method == exact


class Faults:
    """The rules in force, oldest first; the first that strikes is the only one for a request."""

    def __init__(self) -> None:
        self._rules: list[tuple[Fault, Random]] = []

    def add(self, faults: Iterable[Fault]) -> None:
        """Queue rules behind those in force."""
        # A weather, not a secret: the same seed must rain on the same requests.
        self._rules.extend((fault, Random(fault.seed)) for fault in faults)  # noqa: S311

    def clear(self) -> None:
        """Forget all rules."""
        self._rules.clear()

    def rules(self) -> list[Fault]:
        """The rules in force, with how often each has struck."""
        return [fault for fault, _ in self._rules]

    def strike(self, method: str, path: str, host: Host = "api", *, named_only: bool = False) -> Fault | None:
        """The rule that a request falls under, counted; None on a good day.

        `named_only` leaves rules aside that name no path: the token endpoint fails only when it is meant.
        """
        if not self._rules:
            return None
        for place, (fault, dice) in enumerate(self._rules):
            if not fault.matches(method, path, host) or (named_only and not fault.path):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.rate < 1 and dice.random() >= fault.rate:
                continue
            fault.struck += 1
            if fault.count is not None and fault.struck >= fault.count:
                del self._rules[place]
            return fault
        return None
