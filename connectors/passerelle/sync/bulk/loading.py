"""Bulk loading: the new records of a plan through the target's bulk door; the rest of the plan stays.

Claim, hand over, wait, hear what did not arrive, read all of it back. A record is known to the ledger only
when it was read and compared. What the door cannot take, or lost, or left half done, stays in the plan and
is sent one by one: that way tells more, and finds what is there already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from ...errors import ReferenceMissing, Retriable, Skippable
from ...ledger import Claim, PlanItem
from ..answers import Answer
from ..job import Job
from ..learning import Learner
from ..protocols import Applied, Change, Live
from ..report import Progress, RunReport
from .choice import choose
from .claims import settle
from .door import BulkDoor, Trouble
from .handing import Handover, refusal

__all__ = ["carry_in_bulk"]

R = TypeVar("R", bound=msgspec.Struct)

#: How often a record is handed over that the door gave up for reasons of its own.
TRIES = 3
#: Pauses between two looks, in seconds: short ones first, for a small load is there at once.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
#: Without any progress for so many seconds the rest is left to the next run.
PATIENCE = 900.0
#: Of records that wait for each other some are taken up with every look: we go on while they get fewer.
WAITING_PAUSE = 5.0

#: What items of the plan are called that were answered here.
_ANSWERED = "answered"


class _Load(Generic[R]):
    def __init__(self, job: Job[R], report: RunReport, door: BulkDoor, *, file: str, base: int) -> None:
        self._job = job
        self._report = report
        self._door = door
        self._file = file
        self._learner = Learner(job, report, file=file, base=base)
        self._total = 0
        self._hand = Handover(job, door, file=file, answered=self._answer)
        self._stalled = False
        self._answered = 0

    async def carry(self) -> int:
        """Bring in what can be brought in; count the records that need nothing more."""
        plans, run_id = self._job.ledger.plans, self._job.run_id
        self._total = plans.totals(run_id).by_kind.get("create", 0)
        await self._hand.all()
        troubles = await self._quiet()
        for _ in range(TRIES - 1):
            again = {number for number, one in troubles.items() if one.fate == "again"}
            if not again or not await self._hand.again(again):
                break
            troubles = await self._quiet()
        await self._read_back(troubles)
        plans.discard(run_id, _ANSWERED)
        self._tell(troubles)
        return self._answered

    # Waiting.

    async def _quiet(self) -> dict[str, Trouble]:
        """Wait until nothing is in work, and what waits for something gets no fewer; give the troubles."""
        await self._idle()
        troubles = await self._troubles()
        waiting = _waiting(troubles)
        while waiting and not self._stalled:
            await self._door.pause(WAITING_PAUSE)
            await self._idle()
            troubles = await self._troubles()
            before, waiting = waiting, _waiting(troubles)
            if waiting >= before:
                break
        return troubles

    async def _idle(self) -> None:
        pause, idle, before = FIRST_PAUSE, 0.0, -1
        while not self._stalled:
            left = sum(await asyncio.gather(*(self._door.in_work(place) for place in self._hand.places)))
            if not left:
                return
            idle = idle + pause if left == before else 0.0
            self._stalled = idle >= PATIENCE
            before = left
            self._watch(left)
            await self._door.pause(pause)
            pause = min(LONGEST_PAUSE, pause * 1.5)

    async def _troubles(self) -> dict[str, Trouble]:
        found = await asyncio.gather(*(self._door.troubles(place) for place in self._hand.places))
        return {trouble.number: trouble for part in found for trouble in part}

    # Reading back.

    async def _read_back(self, troubles: dict[str, Trouble]) -> None:
        for group in self._hand.groups():
            claims = self._hand.claims(group)
            mine = [item for item in group if item.key in claims and item.key not in self._hand.elsewhere]
            answers: list[Answer] = []
            ended: list[str] = []
            looked: list[PlanItem] = []
            for item in mine:
                trouble = troubles.get(_number(claims[item.key]) or "")
                if trouble is None or trouble.fate in {"look", "again"}:
                    looked.append(item)
                elif trouble.fate == "waits":
                    answers.append(Answer(item, "waits", waits_for=trouble.waits_for))
                else:
                    answers.append(refusal(item, trouble, self._door))
                    ended.append(item.key)
            compared = await self._compared(looked)
            for item in looked:
                answer = compared.get(item.key)
                if answer is None and self._stalled and _number(claims[item.key]) not in troubles:
                    answers.append(Answer(item, "later", error=self._unfinished()))
                    continue
                if answer is None:
                    why = troubles.get(_number(claims[item.key]) or "")
                    self._hand.left["not there when read back" if why is None else why.code] += 1
                else:
                    answers.append(answer)
                ended.append(item.key)
            self._answer(answers)
            self._job.ledger.claims.end(self._job.feed, ended)

    async def _compared(self, items: Sequence[PlanItem]) -> dict[str, Answer]:
        """Read records and compare them; those with which the target agrees are created."""
        if not items:
            return {}
        sink = self._job.sink
        records = {item.key: self._learner.record(item) for item in items}
        there = await sink.read_live(list(records.values()))
        answers: dict[str, Answer] = {}
        for item in items:
            record = records[item.key]
            live = there.get(sink.key(record))
            waiting = msgspec.json.decode(item.change or b"", type=Change).waiting
            if live is not None and self._agrees(record, live, waiting):
                applied = Applied(live.id, live.version)
                answers[item.key] = Answer(item, "created", applied, waits_for=waiting)
        self._report.verified += len(answers)
        return answers

    def _agrees(self, record: R, live: Live, waiting: tuple[str, ...]) -> bool:
        """Compare; what was left out because it is not there yet is no difference."""
        try:
            return self._job.sink.plan(record, live) is None
        except ReferenceMissing:
            return bool(waiting)
        except Skippable:
            return False

    # Telling.

    def _answer(self, answers: Sequence[Answer]) -> None:
        """Let the ledger learn, and take the items out of the plan."""
        if not answers:
            return
        self._learner.learn(answers)
        done = [PlanItem(one.item.seq, one.item.key, b"", None, _ANSWERED) for one in answers]
        self._job.ledger.plans.spool(self._job.run_id, done)
        self._answered += len(answers)
        self._watch()

    def _unfinished(self) -> Retriable:
        return Retriable(
            f"the {self._door.name} took it and has not carried it for {PATIENCE / 60:.0f} minutes",
            advice="The next run finds it there; with `via: http` it is sent again, one by one",
        )

    def _tell(self, troubles: dict[str, Trouble]) -> None:
        name, notes = self._door.name, self._report.notes
        if self._hand.broken is not None:
            notes.append(
                f"The {name} did not answer any more: {self._hand.broken.message}; the rest went one by one"
            )
        for reason, count in self._hand.unfit.most_common():
            notes.append(f"{count} new records went one by one, for the {name} cannot carry {reason}")
        for reason, count in self._hand.left.most_common():
            notes.append(f"{count} records went one by one after the {name}: {reason}")
        waiting = [one for one in troubles.values() if one.fate == "waits"]
        until = min((one.until for one in waiting if one.until is not None), default=None)
        if waiting and until is not None:
            notes.append(
                f"{len(waiting)} records wait in the {name}, such as {waiting[0].name} for "
                f"{', '.join(waiting[0].waits_for)}. It forgets them at {until:%Y-%m-%d %H:%M} UTC; they "
                f"are parked here, and carried by a run after that for {self._job.waits.days} days"
            )

    def _watch(self, left: int | None = None) -> None:
        done = self._answered if left is None else max(self._answered, self._hand.count - left)
        self._job.watch(Progress(self._job.feed, "apply", self._file, min(done, self._total), self._total))


def _number(claim: Claim | None) -> str | None:
    return None if claim is None else claim.number


def _waiting(troubles: dict[str, Trouble]) -> int:
    return sum(1 for trouble in troubles.values() if trouble.fate == "waits")


async def carry_in_bulk(job: Job[R], report: RunReport, *, file: str, base: int) -> int:
    """Carry the new records of the run's plan through the target's bulk door, where that is the cheaper way.

    Counts the records that are answered; the plan holds the others. The report says which way was taken, why,
    and what went the other way. Call it before the plan is applied one by one.

    Raises:
        Fatal: the target refuses us altogether; what it took is claimed, and found by the next run.
        Retriable: the target could not be read.
    """
    way = await choose(job, job.ledger.plans.totals(job.run_id).by_kind.get("create", 0))
    if way.why:
        report.notes.append(way.why)
    if way.door is None:
        return 0
    await settle(job, report)
    return await _Load(job, report, way.door, file=file, base=base).carry()
