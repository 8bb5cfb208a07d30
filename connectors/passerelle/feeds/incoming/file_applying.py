"""One file into the shop: read and planned to its end, guarded, applied, verified, written down."""

from __future__ import annotations

import copy
from collections import Counter
from pathlib import Path
from typing import Literal

import msgspec

from ...errors import Fault, FileRefused, GuardStop, Position
from ...files import Archive, ContentIndex
from ...formats.xml.xsd import read_schema
from ...ledger import StoredPlan
from ...mapping.opening import mended
from ...sync import FileReport, Job, Planner, RunReport, Seen, apply_plan, foresee, inspect, verify_sample
from ..deletions import Deletions
from ..keeping import PlanKeeper
from ..options import RunOptions
from ..stock.law import law_of
from ..stock.snapshots import snapshot_of
from .accompanying import Accompaniment
from .answering import Answering
from .reading import FeedReader
from .receipts import Result
from .succession import Succession
from .taking import Taken, Taker
from .unpacked import Content

__all__ = ["FileApplier"]


class FileApplier:
    """Applies the files of one run, each as a whole."""

    def __init__(
        self,
        job: Job[msgspec.Struct],
        options: RunOptions,
        report: RunReport,
        taker: Taker,
        succession: Succession,
        answering: Answering,
        accompaniment: Accompaniment,
        deletions: Deletions,
        keeper: PlanKeeper | None = None,
    ) -> None:
        self._job = job
        self._options = options
        self._report = report
        self._taker = taker
        self._succession = succession
        self._answering = answering
        self._accompaniment = accompaniment
        self._deletions = deletions
        self._keeper = keeper
        self._files = job.mapping.spec.files

    async def apply(self, taken: Taken, archive: Archive) -> bool:
        """Plan the file, and unless this is a dry run apply it; False when it stays for the next run.

        Raises GuardStop and FileRefused: then nothing of it was written to the shop.
        """
        job, report, name = self._job, self._report, taken.ready.file.name
        ledger, before = job.ledger, report.received
        if taken.collected.size == 0 and self._has_no_news(name):
            return self._nothing_to_say(taken)
        self._check_schema(taken)
        planner = await self._plan(taken)
        if report.received == before and self._has_no_news(name):
            return self._nothing_to_say(taken)
        report.planned += planner.planned
        if self._keeper is None:
            self._guard(planner.seen, taken)
        received = report.received - before
        report.absent += planner.seen.absent
        if job.dry_run:
            await foresee(job, report)
            self._deletions.foresee(full=planner.seen.full, met=planner.bitmap, gone=planner.gone)
            if self._keeper is not None:
                self._keeper.keep(taken, planner)
            report.files.append(FileReport(name, "planned", "", received))
            return True
        failed = report.failed
        sample = await apply_plan(job, report, file=name, total=planner.spooled, base=planner.base)
        await verify_sample(job, report, sample, file=name)
        if report.failed > failed and not self._let_pass(name, report.failed - failed):
            self._taker.leave(taken, report.message, before)
            return False
        self._note_content(taken, archive, planner.bitmap)
        self._answering.prepare(taken, Result("applied", received))
        ledger.again(lambda: self._note_applied(taken, planner))
        ledger.plans.drop(job.run_id)
        ledger.before.drop_undone(job.run_id)
        report.files.append(FileReport(name, "applied", "", received))
        return True

    def _note_applied(self, taken: Taken, planner: Planner[msgspec.Struct]) -> None:
        """Make the file applied, whole or not at all; said twice it is the same."""
        job, ledger = self._job, self._job.ledger
        with ledger.transaction():
            if planner.seen.full:
                newly = planner.seen.absent > 0
                ledger.presence.mark_absent(job.feed, planner.bitmap, job.run_id, newly=newly)
                # A full tells everything: what it does not repeat is mended or gone, with or without a key.
                ledger.quarantine.resolve_unrepeated(job.feed, job.run_id)
            else:
                ledger.presence.clear_returned(job.feed, planner.bitmap)
            self._deletions.note(planner.gone)
            self._taker.set_state(taken, "applied", "")
            self._succession.applied(taken)
            if (law := law_of(job)) is not None:
                law.applied()

    def check(self, taken: Taken) -> None:
        """Read a file to its end and compare what it says of itself, applying nothing; raises FileRefused."""
        if taken.collected.size == 0 and self._files.empty is not None:
            return
        self._check_schema(taken)
        count = 0
        with self._taker.contents(taken) as documents:
            for document in documents:
                reader = self._reader(taken, document)
                for _ in reader.batches():
                    continue
                count += reader.count
        self._check_announced(taken, count)

    def _has_no_news(self, name: str) -> bool:
        """Decide about a file without records; raises GuardStop when the feed calls that suspicious."""
        if self._files.empty != "suspicious" or self._options.override_guard:
            return self._files.empty is not None
        said = f"{name} holds no record, which this feed never sends"
        raise GuardStop(
            said,
            advice="Ask the sender; if it is right, run again with --override-guard and the reason",
            breaches=[{"said": said, "rule": "empty"}],
        )

    def _nothing_to_say(self, taken: Taken) -> bool:
        """Apply a file without records: its number counts, and nothing is absent for it."""
        state: Literal["planned", "applied"] = "planned" if self._job.dry_run else "applied"
        self._answering.prepare(taken, Result("applied", note="nothing to say"))
        with self._job.ledger.transaction():
            self._taker.set_state(taken, "applied", "nothing to say")
            if not self._job.dry_run:
                self._succession.applied(taken)
        self._report.files.append(FileReport(taken.ready.file.name, state, "nothing to say"))
        return True

    def _check_schema(self, taken: Taken) -> None:
        """Validate against the partner's schema; what may pass is noted with its count."""
        spec = self._files.xsd
        if spec is None:
            return
        schema = read_schema(Path(self._job.mapping.file).parent / spec.file, let_pass=spec.let_pass)
        passed: Counter[str] = Counter()
        with self._taker.contents(taken) as documents:
            for document in documents:
                stream = mended(self._job.mapping.spec.format, document.stream)
                passed.update(schema.check(stream, file=document.name))
        self._report.notes += [
            f"{taken.ready.file.name}: <{element}> breaks the sender's schema {count} times; let pass"
            for element, count in passed.items()
        ]

    def _check_announced(self, taken: Taken, count: int) -> None:
        """Compare the records read with the number that the sender wrote beside the file."""
        announced = taken.ready.proof.records
        if announced is None or announced == count:
            return
        raise FileRefused(
            Fault(
                "wrong_count",
                Position(taken.ready.file.name),
                f"{count} records",
                f"{announced}, as {taken.ready.batch or 'its marker'} says",
                "Ask the sender for the file again: lines were lost or added on the way",
            )
        )

    def _note_content(self, taken: Taken, archive: Archive, bitmap: bytearray) -> None:
        """Keep which records the file spoke of: those known before, and those that came with it."""
        # The ledger numbers what a run stores past the end of its bitmap.
        new = range(len(bitmap) * 8, self._job.ledger.fingerprints.max_id(self._job.feed) + 1)
        ContentIndex(archive).note(self._job.feed, taken.collected.sha256, bitmap, new)

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
        law = law_of(job)
        if law is not None:
            law.begin()
        planner = Planner(job, self._report, file=name.name, full=name.mode == "full", careful=careful)
        count = 0
        with self._taker.contents(taken) as documents:
            for document in documents:
                reader = self._reader(taken, document)
                if law is not None:
                    ready = taken.ready
                    law.opened(
                        document.name,
                        snapshot_of(job.mapping, law.spec, reader.header, ready.name, ready.file.modified),
                        full=ready.name.mode == "full",
                    )
                await planner.read(reader, file=document.name, header=reader.header)
                count += reader.count
                self._report.repaired += reader.repaired
                self._report.notes += [f"{document.name}: {note}" for note in reader.notes]
        await planner.finish()
        if law is not None:
            law.tell_older(name.name)
        self._check_announced(taken, count)
        return planner

    def _reader(self, taken: Taken, document: Content) -> FeedReader:
        name, path = taken.ready.name._replace(name=document.name), taken.collected.path
        files = self._accompaniment.taken(taken.companions, path.parent)
        sources = self._accompaniment.sources(path, name, files, path.parent)
        return FeedReader(self._job.mapping, document.stream, name, sources)

    def _guard(self, seen: Seen, taken: Taken) -> None:
        breaches = inspect(seen, self._job.thresholds)
        if not breaches:
            return
        name = taken.ready.file.name
        text = "; ".join(breach.said for breach in breaches)
        if (plan := self._approved(taken)) is not None:
            told = f"plan {plan.id} of it was approved by {plan.decided_by}: {plan.reason}"
            self._report.notes.append(f"{name}: {text}; let pass: {told}")
            return
        if self._options.override_guard:
            self._report.notes.append(f"{name}: {text}; let pass: {self._options.override_guard}")
            return
        raise GuardStop(text, advice=breaches[0].advice, breaches=[one.facts for one in breaches])

    def _approved(self, taken: Taken) -> StoredPlan | None:
        """Find the applied plan of this very content that a person approved in spite of the guard.

        What it holds is in the shop. The file is still to be put away, with what was not in the plan. Where
        something of the plan had moved, the rest is judged anew.
        """
        for plan in self._job.ledger.decisions.last(self._job.feed, states=("applied",)):
            hashes = {file.get("sha256") for file in plan.facts.get("files", ())}
            moved = plan.facts.get("outcome", {}).get("moved")
            if plan.facts.get("guard") and taken.collected.sha256 in hashes and not moved:
                return plan
        return None
