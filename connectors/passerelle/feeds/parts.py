"""Parts of a run: its plan is divided by keys, and whoever is alive carries out a part, this process too.

The run that planned goes on to hold all in its hand: it divides, works, waits for the others, and puts
together what they counted and drew. Guard, before-images and verification are what they are without parts.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import msgspec
import xxhash

from .. import __version__
from ..errors import Fatal, PasserelleError
from ..ledger import Division, LeaseLost, Ledger, LedgerUnavailable, PartsState
from ..mapping import Mapping
from ..sync import Job, Progress, RunReport
from ..sync.applying import waves
from ..sync.parts_applying import PartNote, Stopped, carry_part
from ..sync.parts_sample import DrawnRow, gathered
from ..sync.sampling import Taken
from ..sync.tallies import add
from .parts_beating import PartHeart

__all__ = ["SMALLEST", "PartedApplying", "divided", "part_of", "recipe_of"]

#: A part has so many records at least: one group of answers. Fewer are sent sooner than they are divided.
SMALLEST = 250


class PartedApplying:
    """Divides the plans of one run (`sync.Sharing`).

    `parts` is how many a plan is divided into at most; a part is lost `lease_seconds` after its last beat.
    """

    def __init__(
        self,
        ledger: Ledger,
        mapping: Mapping,
        options: dict[str, Any],
        *,
        parts: int,
        lease_seconds: float,
        smallest: int = SMALLEST,
    ) -> None:
        self._ledger = ledger
        self._recipe = recipe_of(mapping)
        self._options = options
        self._parts = parts
        self._lease_seconds = lease_seconds
        self._smallest = smallest

    async def carry(
        self, job: Job[Any], report: RunReport, *, file: str, total: int, base: int
    ) -> Iterable[Taken[Any]] | None:
        """Have the plan of the run carried out; None when it is too small to be divided.

        Raises:
            Fatal: one of those who work on it found that the target refuses us or does not answer.
            LeaseLost: another process has the run.
        """
        changes = sum(
            count for kind, count in self._ledger.plans.totals(job.run_id).by_kind.items() if kind != "same"
        )
        if min(self._parts, changes // self._smallest) < 2:  # noqa: PLR2004 - one part is no division
            return None
        division = Division(
            run_id=job.run_id,
            feed=job.feed,
            file=file,
            base=base,
            recipe=self._recipe,
            options=self._options,
            foreign=report.foreign,
            lease_seconds=self._lease_seconds,
        )
        self._ledger.parts.divide(division, list(self._divided(job)))
        try:
            try:
                await self._work(job, report, division, total)
            except LedgerUnavailable:
                raise
            except PasserelleError:
                # The run fails, and says what was taken until then.
                self._put_together(job, report)
                raise
            rows, other = self._put_together(job, report)
        finally:
            self._ledger.parts.drop(job.run_id)
        return gathered(job, rows, other)

    def _divided(self, job: Job[Any]) -> Iterator[list[list[int]]]:
        if job.sink.hierarchical:
            for wave in waves(job, list(self._ledger.plans.stream(job.run_id))):
                yield divided([(item.seq, item.key, item.record or b"") for item in wave], self._parts)
        else:
            yield divided(self._places(job.run_id), self._parts)

    def _places(self, run_id: str) -> Iterator[tuple[int, str, bytes]]:
        after = 0
        while page := self._ledger.parts.places(run_id, after):
            yield from page
            after = page[-1][0]

    async def _work(self, job: Job[Any], report: RunReport, division: Division, total: int) -> None:
        """Carry out parts until none is left; those that others hold are waited for."""
        pause = min(0.5, self._lease_seconds / 10)
        mine = RunReport(
            feed=report.feed, entity=report.entity, run_id=report.run_id, foreign=division.foreign
        )
        while True:
            state = self._state(division)
            job.watch(Progress(job.feed, "apply", division.file, state.noted, total))
            if state.fault is not None and not state.held:
                raise Fatal(state.fault[0], advice=state.fault[1])
            if not state.free and not state.held:
                return
            held = None if state.fault is not None else self._ledger.parts.claim(division)
            if held is None:
                await asyncio.sleep(pause)
                continue
            try:
                with PartHeart(held) as heart:
                    await carry_part(_watched(job, state.noted, total), mine, held, heart=heart)
            except (LeaseLost, Stopped):
                continue
            except LedgerUnavailable:
                raise
            except PasserelleError as error:
                # Said to all, and to the run when the others have put down what is under way.
                self._ledger.parts.stop(job.run_id, error.message, error.advice)

    def _state(self, division: Division) -> PartsState:
        state = self._ledger.parts.state(division.run_id)
        if state is None:
            raise LeaseLost(
                f"The parts of {division.feed} were dropped by another process",
                advice="It took this run for dead, and carries the file itself",
            )
        return state

    def _put_together(
        self, job: Job[Any], report: RunReport
    ) -> tuple[list[DrawnRow], dict[str, msgspec.Raw | None]]:
        rows: list[DrawnRow] = []
        other: dict[str, msgspec.Raw | None] = {}
        for body in self._ledger.parts.notes(job.run_id):
            note = msgspec.json.decode(body, type=PartNote)
            add(report, note.tally, shown=job.shown)
            rows += note.drawn
            other |= note.other
        return rows, other


def divided(places: Iterable[tuple[int, str, bytes]], parts: int) -> list[list[int]]:
    """Divide `(seq, key, record as JSON)` by a hash of the key, so that all of a SKU is in one part.

    What speaks of one SKU may have to be sent in an order (prices that move, movements of stock).
    """
    shares: defaultdict[int, list[int]] = defaultdict(list)
    for seq, key, record in places:
        shares[part_of(key, record, parts)].append(seq)
    return [shares[part] for part in sorted(shares)]


def part_of(key: str, record: bytes, parts: int) -> int:
    """Say in which of so many parts a record is, from its key, or its SKU where it is about one."""
    sku = msgspec.json.decode(record, type=_About).sku if record else None
    return xxhash.xxh3_64_intdigest((key if sku is None else sku).encode()) % parts


def recipe_of(mapping: Mapping) -> str:
    """Tell what a plan was made with: another version of program or mapping may mean something else by it."""
    return f"{__version__}/{mapping.version_bytes.hex()}"


class _About(msgspec.Struct, frozen=True):
    """The one part of a record that divides it."""

    sku: str | None = None


def _watched(job: Job[Any], noted: int, total: int) -> Job[Any]:
    """Give the job with a watch that counts on from what was noted of all parts."""

    def watch(progress: Progress) -> None:
        job.watch(msgspec.structs.replace(progress, done=noted + progress.done, total=total))

    return replace(job, watch=watch)
