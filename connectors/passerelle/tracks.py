"""Tracks: runs tell what they do while they do it; who wants to know (logs, traces) listens, mostly nobody.

A span is a run, a file of it, a phase of that file, or a batch: never a record. Nothing here keeps anything
or writes anywhere, and without a listener telling costs one look at an empty list.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

__all__ = [
    "Listener",
    "Span",
    "SpanKind",
    "call_made",
    "current",
    "heard",
    "listen",
    "measured",
    "span",
    "unlisten",
    "upgrades",
]

SpanKind: TypeAlias = Literal["run", "file", "phase", "batch"]


@dataclass(eq=False)
class Span:
    """Something with a beginning and an end, in nanoseconds since 1970; `facts` may grow until it ends.

    `correlation` is what calls made in it bear as X-Correlation-ID, or what those ids begin with.
    """

    kind: SpanKind
    name: str
    correlation: str
    began: int
    parent: Span | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    ended: int | None = None
    #: The error's own words, when it ended by one.
    error: str = ""
    #: What listeners keep of it, each under its own name.
    kept: dict[str, Any] = field(default_factory=dict)
    #: What is open inside of it.
    inside: list[Span] = field(default_factory=list)

    def begin(
        self, kind: SpanKind, name: str, *, correlation: str = "", began: int | None = None, **facts: Any
    ) -> Span:
        """Begin something inside of this; what is not ended when this ends, ends with it."""
        inner = Span(kind, name, correlation or self.correlation, began or time.time_ns(), self, facts)
        self.inside.append(inner)
        for one in heard:
            one.began(inner)
        return inner

    def end(self, *, ended: int | None = None, error: str = "", **facts: Any) -> None:
        """End it, and what is open inside; a second end is none."""
        if self.ended is not None:
            return
        now = ended or time.time_ns()
        for inner in tuple(self.inside):
            inner.end(ended=now, error=error)
        self.ended, self.error = now, error
        self.facts.update(facts)
        if self.parent is not None:
            self.parent.inside.remove(self)
        for one in heard:
            one.ended(self)

    @property
    def seconds(self) -> float:
        """How long it took, or takes until now."""
        return ((self.ended or time.time_ns()) - self.began) / 1e9


class Listener(Protocol):
    """Who wants to know; called where the work is done, so it must be quick and never raise."""

    def began(self, span: Span) -> None:
        """Something begins."""
        ...

    def ended(self, span: Span) -> None:
        """Something ended."""
        ...

    def call_made(self, method: str, path: str, status: int, seconds: float, correlation: str) -> None:
        """A call to the shop was answered; `path` is below the project, status 0 when no answer came."""
        ...

    def measured(self, name: str, value: float, facts: dict[str, str]) -> None:
        """Something was counted or measured."""
        ...


#: Who listens; empty is off.
heard: list[Listener] = []
#: Told how many orders of an older version of the ledger are worked out, of how many, when it is opened first
#: after an upgrade: who has a terminal shows it.
upgrades: list[Callable[[int, int], None]] = []
_current: ContextVar[Span | None] = ContextVar("passerelle_span", default=None)


def listen(listener: Listener) -> None:
    """Tell somebody from now on."""
    heard.append(listener)


def unlisten(listener: Listener) -> None:
    """Tell them no more; nothing happens when they did not listen."""
    if listener in heard:
        heard.remove(listener)


def current() -> Span | None:
    """Give the innermost span that this task is in; None where nobody listens."""
    return _current.get()


@contextmanager
def span(kind: SpanKind, name: str, *, correlation: str = "", **facts: Any) -> Iterator[Span | None]:
    """Tell of something while the block lasts; gives None where nobody listens."""
    if not heard:
        yield None
        return
    outer = _current.get()
    if outer is None:
        told = Span(kind, name, correlation, time.time_ns(), None, facts)
        for one in heard:
            one.began(told)
    else:
        told = outer.begin(kind, name, correlation=correlation, **facts)
    token = _current.set(told)
    error = ""
    try:
        yield told
    except BaseException as raised:
        error = f"{type(raised).__name__}: {raised}"
        raise
    finally:
        _current.reset(token)
        told.end(error=error)


def call_made(method: str, path: str, status: int, seconds: float, correlation: str) -> None:
    """Tell of a call to the shop."""
    for one in heard:
        one.call_made(method, path, status, seconds, correlation)


def measured(name: str, value: float, **facts: str) -> None:
    """Tell what was counted or measured."""
    for one in heard:
        one.measured(name, value, facts)
