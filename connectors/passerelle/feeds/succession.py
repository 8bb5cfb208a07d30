"""Whose turn is it? A file's number in its series, judged before anything of the file is applied."""

from __future__ import annotations

import msgspec

from ..errors import Fault, FileRefused, GuardStop, Position
from ..ledger import Verdict
from ..ledger.sequences import judge
from ..sync import FileReport, Job, RunReport
from .options import RunOptions
from .taking import Taken, Taker

__all__ = ["Succession"]


class Succession:
    """Judges the files of one run by their numbers; a dry run counts what it planned as applied."""

    def __init__(
        self, job: Job[msgspec.Struct], options: RunOptions, report: RunReport, taker: Taker
    ) -> None:
        self._job = job
        self._options = options
        self._report = report
        self._taker = taker
        #: The number up to which a dry run has planned.
        self._planned_to: int | None = None

    def is_due(self, taken: Taken) -> bool:
        """Judge the file's number: True applies it, False skips it (and notes that).

        Raises GuardStop when it must wait, FileRefused when people must decide between two files.
        """
        name, sequence = taken.ready.name, taken.ready.name.sequence
        if sequence is None:
            return True
        verdict = self._verdict(sequence, taken)
        first_delta = verdict.kind == "first" and name.mode == "delta"
        if verdict.kind in {"next", "full_supersedes", "first"} and not first_delta:
            return True
        if first_delta:
            told = verdict._replace(message=f"the delta {sequence} came before any full file")
            self._hold(taken, told, "Ask for a full file")
            return True
        if verdict.kind == "gap":
            self._hold(taken, verdict, "Ask the sender for the missing file")
            return True
        if verdict.kind == "repeated_same" or (verdict.kind == "late" and name.mode == "delta"):
            self._report.files.append(FileReport(name.name, "skipped", verdict.message))
            self._taker.set_state(taken, "skipped", verdict.message)
            return False
        raise FileRefused(
            Fault(
                "repeated_sequence",
                Position(name.name, path="sequence in the name"),
                str(sequence),
                f"{verdict.expected}, since {verdict.message}",
                "Ask the sender which of the two is right, and to send it under the next number",
            )
        )

    def planned(self, taken: Taken) -> None:
        """Note that a dry run has planned this file."""
        self._planned_to = taken.ready.name.sequence

    def _verdict(self, sequence: int, taken: Taken) -> Verdict:
        mode = taken.ready.name.mode
        if self._planned_to is not None:
            return judge(sequence, last=self._planned_to, is_full=mode == "full", is_same=None)
        return self._job.ledger.sequences.judge(self._job.feed, sequence, taken.collected.sha256, mode)

    def _hold(self, taken: Taken, verdict: Verdict, advice: str) -> None:
        if self._options.override_guard:
            self._report.notes.append(
                f"{taken.ready.file.name}: {verdict.message}; let pass: {self._options.override_guard}"
            )
            return
        raise GuardStop(
            f"sequence: {verdict.message}",
            advice=f"{advice}, or, if this is what you want, run again with --override-guard and the reason",
        )
