"""Applying a part: sends the changes of a plan that fell to this process, while it holds the part.

What becomes of them is noted under the part's lease, for the report of the run that divided the plan. Who
loses the part stops at once; what it sent without noting it is found by the next holder, as after a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice, takewhile
from typing import Protocol, TypeVar

import msgspec
from typing_extensions import override

from ..errors import Fatal
from ..ledger import HeldPart, PlanItem
from .answers import Answer
from .applying import Applier
from .job import Job
from .parts_sample import DrawnRow, PartSample
from .protocols import Change, Expecting
from .report import RunReport
from .tallies import Tally, taken_off

__all__ = ["Heart", "PartNote", "Stopped", "carry_part"]

R = TypeVar("R", bound=msgspec.Struct)


class Stopped(Fatal):
    """This process was asked to stop before the part was done."""


class Heart(Protocol):
    """What beats while a part is held."""

    @property
    def stopping(self) -> bool:
        """Whether nothing more is to be begun."""
        ...

    def check(self) -> None:
        """Raise LeaseLost when the part is no longer ours."""
        ...


class PartNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one group of answers says to the report and to the sample of its run."""

    tally: Tally
    drawn: list[DrawnRow] = []
    other: dict[str, msgspec.Raw | None] = {}


class _PartApplier(Applier[R]):
    def __init__(
        self,
        job: Job[R],
        report: RunReport,
        held: HeldPart,
        *,
        heart: Heart,
        count_calls: Callable[[RunReport], None],
    ) -> None:
        division = held.division
        super().__init__(job, report, file=division.file, total=held.left, base=division.base)
        self._held = held
        self._report = report
        self._start = msgspec.structs.replace(report, rejects=[], notes=[], foreign_edits=[])
        self._heart = heart
        self._count_calls = count_calls
        self._drawing: PartSample[R] = PartSample(job)
        self.sample = self._drawing

    @override
    def _may_go_on(self) -> None:
        self._heart.check()

    @override
    async def _carry(self, item: PlanItem) -> Answer:
        self._drawing.seqs[item.key] = item.seq
        try:
            return await super()._carry(item)
        finally:
            del self._drawing.seqs[item.key]

    @override
    def _learn(self, answers: Sequence[Answer]) -> None:
        report = self._report
        self._learner.count(answers)
        self._count_calls(report)
        drawn, other = self._drawing.told()
        tally = taken_off(report, self._start)
        # That there were foreign edits stays known: the ledger is asked about them with each group.
        report.foreign = self._start.foreign = self._start.foreign + tally.counts.get("foreign", 0)
        note = PartNote(tally, drawn, other if self._job.verify_all else {})
        seqs = [answer.item.seq for answer in answers]
        self._held.note(seqs, msgspec.json.encode(note), lambda: self._learner.note(answers))


def _uncounted(report: RunReport) -> None:
    """The run itself counts its calls."""


async def carry_part(
    job: Job[R],
    report: RunReport,
    held: HeldPart,
    *,
    heart: Heart,
    count_calls: Callable[[RunReport], None] = _uncounted,
) -> None:
    """Send what is left of a part; what is noted is taken off the report. It is finished, or given back.

    `count_calls` puts the calls since the last time into the report.

    Raises:
        LeaseLost: another process has the part.
        Stopped: the heart asked to stop; what is under way was waited for and noted.
        Fatal: the target refuses us altogether or does not answer; what it took until then is noted.
    """
    applier = _PartApplier(job, report, held, heart=heart, count_calls=count_calls)
    finished = False
    try:
        if isinstance(job.sink, Expecting):
            await _expect(job, job.sink, held.stream())
        await applier.carry_all(takewhile(lambda _: not heart.stopping, held.stream()))
        if heart.stopping:
            raise Stopped(f"Part {held.part} of {held.division.feed} was given back")
        held.finish()
        finished = True
    finally:
        if not finished:
            held.give_back()


async def _expect(job: Job[R], sink: Expecting, items: Iterator[PlanItem]) -> None:
    """Let a sink know what is going to be sent together; what it is to be compared with is read again."""
    while page := list(islice(items, job.batch)):
        changes = [msgspec.json.decode(item.change, type=Change) for item in page if item.change is not None]
        there = {change.key for change in changes if change.kind != "create"}
        records = [
            msgspec.json.decode(item.record, type=job.sink.record_type)
            for item in page
            if item.record and item.key in there
        ]
        if records:
            await job.sink.read_live(records)
        for change in changes:
            sink.expect(change)
