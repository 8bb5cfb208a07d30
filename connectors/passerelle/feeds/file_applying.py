"""One file into the shop: read and planned to its end, guarded, applied, verified, written down."""

from __future__ import annotations

import copy

import msgspec

from ..errors import GuardStop
from ..sync import FileReport, Job, Planner, RunReport, Seen, apply_plan, inspect, verify_sample
from .options import RunOptions
from .reading import FeedReader
from .taking import Taken, Taker

__all__ = ["FileApplier"]


class FileApplier:
    """Applies the files of one run, each as a whole."""

    def __init__(
        self, job: Job[msgspec.Struct], options: RunOptions, report: RunReport, taker: Taker
    ) -> None:
        self._job = job
        self._options = options
        self._report = report
        self._taker = taker

    async def apply(self, taken: Taken) -> bool:
        """Plan the file, and unless this is a dry run apply it; False when it stays for the next run.

        Raises GuardStop and FileRefused: then nothing of it was written to the shop.
        """
        job, report, name = self._job, self._report, taken.ready.file.name
        ledger, before = job.ledger, report.received
        planner = await self._plan(taken)
        report.planned += planner.planned
        self._guard(planner.seen, name)
        received = report.received - before
        report.absent += planner.seen.absent
        if job.dry_run:
            report.files.append(FileReport(name, "planned", "", received))
            return True
        failed = report.failed
        sample = await apply_plan(job, report, file=name, total=planner.spooled)
        await verify_sample(job, report, sample, file=name)
        if report.failed > failed and not self._let_pass(name, report.failed - failed):
            self._taker.leave(taken, report.message, before)
            return False
        with ledger.transaction():
            if planner.seen.full:
                ledger.fingerprints.mark_absent(job.feed, planner.bitmap, job.run_id)
                # A full tells everything: what it does not repeat is mended or gone, with or without a key.
                ledger.quarantine.resolve_unrepeated(job.feed, job.run_id)
            else:
                ledger.fingerprints.clear_returned(job.feed, planner.bitmap)
            self._taker.set_state(taken, "applied", "")
        ledger.plans.drop(job.run_id)
        report.files.append(FileReport(name, "applied", "", received))
        return True

    def _let_pass(self, name: str, failed: int) -> bool:
        """Decide about a file of which some records were not taken for now: the next run sends them again.

        Files behind it wait: they may hold newer words on these very records.
        """
        text = f"{failed} records were not taken for now"
        if self._options.override_guard:
            self._report.notes.append(f"{name}: {text}; let pass: {self._options.override_guard}")
            return True
        self._report.settle(
            "completed_with_rejects",
            f"{name}: {text}, so the file stays where it is",
            "The next run sends them again and nothing else; to give them up, run with --override-guard and "
            "the reason",
        )
        return False

    async def _plan(self, taken: Taken) -> Planner[msgspec.Struct]:
        """Plan the file; once more, carefully, when it holds versions of one record (the last one counts)."""
        snapshot = copy.deepcopy(self._report)
        planner = await self._read(taken, careful=False)
        if planner.repeated:
            for name in snapshot.__struct_fields__:
                setattr(self._report, name, getattr(snapshot, name))
            planner = await self._read(taken, careful=True)
        return planner

    async def _read(self, taken: Taken, *, careful: bool) -> Planner[msgspec.Struct]:
        job, name = self._job, taken.ready.name
        job.ledger.plans.drop(job.run_id)
        planner = Planner(job, self._report, file=name.name, full=name.mode == "full", careful=careful)
        with taken.collected.path.open("rb") as stream:
            reader = FeedReader(job.mapping, stream, name)
            await planner.run(reader, reader.header)
        self._report.repaired += reader.repaired
        return planner

    def _guard(self, seen: Seen, name: str) -> None:
        breaches = inspect(seen, self._job.thresholds)
        if not breaches:
            return
        text = "; ".join(f"{breach.rule}: {breach.seen}, allowed {breach.allowed}" for breach in breaches)
        if self._options.override_guard:
            self._report.notes.append(f"{name}: {text}; let pass: {self._options.override_guard}")
            return
        raise GuardStop(text, advice=breaches[0].advice)
