"""A job: one feed, its mapping, its sink and the ledger, as one run puts them together."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

import msgspec

from ..ledger import Ledger
from ..mapping import Mapping
from .bulk.door import BulkDoor, Via
from .guard import Thresholds
from .protocols import Sink
from .report import Progress, RunReport

if TYPE_CHECKING:
    from .sampling import Taken  # which knows the job

__all__ = ["Job", "Sharing", "Watch"]

R = TypeVar("R", bound=msgspec.Struct)

#: Told where the run stands; called often, so it must be quick.
Watch: TypeAlias = Callable[[Progress], None]


class Sharing(Protocol):
    """Divides the work of sending a plan's changes among processes."""

    async def carry(
        self, job: Job[Any], report: RunReport, *, file: str, total: int, base: int
    ) -> Iterable[Taken[Any]] | None:
        """Do what `apply_plan` does, with others; None when the plan is not worth dividing."""
        ...


def _unwatched(progress: Progress) -> None:
    """Nobody looks."""


def _alone() -> Sequence[str]:
    return ()


def _unnamed(file: str, seq: int) -> AbstractContextManager[object]:  # noqa: ARG001 - what a journey is told
    """Nobody follows."""
    return nullcontext()


class Places:
    """Numbers the records of a run over all its files, so that their before-images are told apart."""

    def __init__(self) -> None:
        self.used = 0

    def take(self, count: int) -> int:
        """Use up so many places; gives the last one used before."""
        before = self.used
        self.used += count
        return before


@dataclass(frozen=True, kw_only=True)
class Job(Generic[R]):
    """What the phases of one run share.

    `recheck` compares every record with the shop even when the ledger knows it; `skus` limits the run to
    records that speak of them; `system` names the target in the bindings. A record that waits for something
    it points to is given up after `waits`.
    """

    feed: str
    run_id: str
    system: str
    mapping: Mapping
    sink: Sink[R]
    ledger: Ledger
    thresholds: Thresholds = field(default_factory=Thresholds)
    dry_run: bool = False
    recheck: bool = False
    skus: frozenset[str] = frozenset()
    override_guard: str = ""
    watch: Watch = _unwatched
    #: Told which records the target holds as wanted now, in the transaction in which the ledger notes them;
    #: a record may be told twice.
    on_taken: Callable[[Sequence[R]], None] | None = None
    #: Entered around all calls that one record causes while it is written: its file, its place in the file.
    journey: Callable[[str, int], AbstractContextManager[object]] = _unnamed
    #: Names the other feeds of the same kind of record: what they wrote is no foreign edit.
    siblings: Callable[[], Sequence[str]] = _alone
    #: The target's bulk door for these records, None where there is none, and whether it is used.
    bulk: BulkDoor | None = None
    via: Via = "auto"
    #: Lets other processes help to send the changes; None: this one sends them alone.
    sharing: Sharing | None = None
    batch: int = 1000
    shown: int = 200
    verify_sample: int = 200
    verify_all: bool = False
    #: Waits so many seconds; tests hand in one that does not.
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    waits: dt.timedelta = dt.timedelta(days=14)
    places: Places = field(default_factory=Places, init=False, repr=False)
    _prepared: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)

    async def prepare(self) -> None:
        """Let the sink read what every plan needs, before the first question and not earlier.

        A run that finds nothing new asks the target nothing at all.
        """
        if not self._prepared.is_set():
            await self.sink.prepare()
            self._prepared.set()

    @property
    def partial(self) -> bool:
        """Only some records were asked for: what is not seen says nothing."""
        return bool(self.skus)
