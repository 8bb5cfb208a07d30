"""Bulk or one by one: which way the new records of a plan take, by a cost that the report states."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import msgspec

from ...errors import ConfigError
from ..job import Job
from ..report import RunReport
from .door import BulkDoor, Cost

__all__ = ["Way", "choose", "foresee"]

R = TypeVar("R", bound=msgspec.Struct)

#: Calls that a second of waiting is worth: at fewer, nobody would load one by one what is there in a minute.
CALLS_A_SECOND = 20
#: From so many seconds on a time is told in minutes.
_SECONDS_TOLD = 120
#: Below so many new records nobody asks which way they go.
TOLD_FROM = 100


class Way(NamedTuple):
    """The way chosen, and why, as a sentence for the report; empty where there was nothing to choose."""

    door: BulkDoor | None
    why: str = ""


async def choose(job: Job[R], creates: int) -> Way:
    """Choose the way for so many new records; what changes or goes is always sent one by one.

    Only creates go through a bulk door: it takes a record for all that there is, so that what is left out
    would be removed from a record that others filled. A new record has nothing to lose.

    Raises:
        ConfigError: `import` is asked for, and cannot be had.
    """
    door, via = job.bulk, job.via
    if via == "import" and door is None:
        raise ConfigError(
            f"{job.sink.entity} records have no bulk way into {job.system}",
            advice="Leave `via` out, or say `via: http`",
        )
    if door is None or not creates or via == "http":
        return Way(None)
    single, bulk = door.costs(creates)
    costs = (
        f"{door.name}: {_told(bulk)}; one by one: {_told(single)} (a second counts as {CALLS_A_SECOND} calls)"
    )
    if via == "auto" and _weight(bulk) >= _weight(single):
        return Way(
            None, f"{creates} new records are sent one by one: {costs}" if creates >= TOLD_FROM else ""
        )
    closed = await door.closed()
    if not closed:
        asked = ", as was asked" if via == "import" else ""
        return Way(door, f"{creates} new records go by the {door.name}{asked}. {costs}")
    if via == "import":
        raise ConfigError(
            f"the {door.name} was asked for and cannot be used: {closed}",
            advice="Mend that, or leave `via` out",
        )
    return Way(None, f"{creates} new records are sent one by one, for the {door.name} is shut: {closed}")


async def foresee(job: Job[R], report: RunReport) -> None:
    """Say in the report of a dry run which way its new records would take."""
    creates = job.ledger.plans.totals(job.run_id).by_kind.get("create", 0)
    way = await choose(job, creates)
    if way.why:
        report.notes.append(way.why)


def _weight(cost: Cost) -> float:
    return cost.calls + CALLS_A_SECOND * cost.seconds


def _told(cost: Cost) -> str:
    seconds = cost.seconds
    time = f"{seconds:.0f} s" if seconds < _SECONDS_TOLD else f"{seconds / 60:.0f} min"
    return f"{cost.calls} calls and about {time}"
