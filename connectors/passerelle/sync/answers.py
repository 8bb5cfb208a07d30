"""Answers: what became of the items of a plan, whoever carries them out, so many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from ..errors import ReferenceMissing, Retriable, Skippable
from ..ledger import PlanItem
from .protocols import Applied
from .report import RunReport

__all__ = ["Answer", "Fate", "answer_to", "count", "tell", "work_off"]

T = TypeVar("T")

#: What became of one item: written, found as it should be, left alone, or not taken.
Fate: TypeAlias = Literal["created", "updated", "removed", "same", "moved", "waits", "refused", "later"]

_COUNTED: dict[Fate, str] = {
    "created": "created",
    "updated": "updated",
    "removed": "removed",
    "same": "unchanged",
    "moved": "moved",
    "waits": "parked",
    "refused": "quarantined",
    "later": "failed",
}


class Answer(NamedTuple):
    """What became of one item; `applied` is what the target holds of it now."""

    item: PlanItem
    kind: Fate
    applied: Applied | None = None
    error: Skippable | Retriable | None = None
    waits_for: tuple[str, ...] = ()
    """What the record points to that is not there yet; it may have been carried without it."""


async def answer_to(item: PlanItem, sending: Awaitable[Answer]) -> Answer:
    """Wait for what is sent; what the target does not take is an answer, too."""
    try:
        return await sending
    except Retriable as error:
        return Answer(item, "later", error=error)
    except ReferenceMissing as error:
        return Answer(item, "waits", error=error, waits_for=(error.reference,))
    except Skippable as error:
        return Answer(item, "refused", error=error)


def count(report: RunReport, answer: Answer) -> None:
    """Count an item in the report: it is pending no more."""
    report.pending -= 1
    name = _COUNTED[answer.kind]
    setattr(report, name, getattr(report, name) + 1)


def tell(report: RunReport, answer: Answer, *, file: str) -> None:
    """Tell of an item why it was not taken."""
    if answer.error is not None:
        code = answer.error.code if isinstance(answer.error, Skippable) else "not_taken"
        text = f"{file}, {answer.item.key}: {answer.error.message}"
        report.reject(code, text, answer.error.advice)


async def work_off(
    work: Callable[[Iterator[T]], Coroutine[Any, Any, None]], items: Iterable[T], *, at_once: int
) -> None:
    """Let so many workers take from the same items until they are used up; one that fails ends all."""
    pending = iter(items)
    workers = [asyncio.create_task(work(pending)) for _ in range(at_once)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
