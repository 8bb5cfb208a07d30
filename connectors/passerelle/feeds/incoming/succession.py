"""Whose turn is it? A file's reference, moment and number, judged before anything of the file is applied."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from ...errors import Fault, FileRefused, GuardStop, Position
from ...ledger import Verdict
from ...ledger.sequences import judge
from ...sync import FileReport, Job, RunReport
from ..options import RunOptions
from ..wiring import numbering
from .asking import ask_for_missing
from .holding import Held
from .series import Place
from .taking import Taken, Taker

__all__ = ["Succession"]


class Succession:
    """Judges the files of one run; a dry run counts what it planned as applied."""

    def __init__(
        self,
        job: Job[msgspec.Struct],
        options: RunOptions,
        report: RunReport,
        taker: Taker,
        now: Callable[[], datetime],
    ) -> None:
        self._job = job
        self._options = options
        self._report = report
        self._taker = taker
        self._now = now
        self._spec = job.mapping.spec
        self._numbering = numbering(self._spec.files)
        #: The numbers (by series) and the moment up to which a dry run has planned.
        self._planned_to: dict[str, int] = {}
        self._planned_stamp: int | None = None

    def is_due(self, taken: Taken) -> bool:
        """Judge a file: True applies it, False skips it (and notes that, with the evidence).

        Raises Held when it waits for another, GuardStop when a person must ask for that one, FileRefused
        when people must decide between two files.
        """
        if self._is_known_reference(taken) or self._is_late_moment(taken):
            return False
        return taken.place is None or self._is_next(taken, taken.place)

    def planned(self, taken: Taken) -> None:
        """Note that a dry run has planned this file."""
        if taken.place is not None:
            self._planned_to[taken.place.series] = taken.place.number
        self._planned_stamp = taken.facts.stamp

    def applied(self, taken: Taken) -> None:
        """Move the feed's moment on, inside the caller's transaction."""
        if taken.facts.stamp is not None:
            self._job.ledger.sequences.advance(self._moments, taken.facts.stamp, taken.ready.name.mode)

    @property
    def _moments(self) -> str:
        return f"{self._job.feed} in order of content"

    def _is_known_reference(self, taken: Taken) -> bool:
        reference = taken.facts.reference
        if reference is None:
            return False
        before = self._job.ledger.files.with_reference(self._job.feed, reference)
        if before is None or (taken.record is not None and before.id == taken.record.id):
            return False
        content = "the same" if before.sha256 == taken.collected.sha256 else "other"
        self._skip(
            taken,
            f"its control reference {reference} was applied before: in {before.name}, "
            f"{before.changed_at:%Y-%m-%d %H:%M:%S} UTC, with {content} content",
        )
        return True

    def _is_late_moment(self, taken: Taken) -> bool:
        stamp = taken.facts.stamp
        if stamp is None:
            return False
        last = self._planned_stamp or self._job.ledger.sequences.last(self._moments)
        if last is None or stamp > last:
            return False
        self._skip(taken, f"its content of {stamp} came too late: {last} was applied before it")
        return True

    def _is_next(self, taken: Taken, place: Place) -> bool:
        name, verdict = taken.ready.name, self._verdict(taken, place)
        first_delta = verdict.kind == "first" and name.mode == "delta"
        if verdict.kind in {"next", "full_supersedes", "first"} and not first_delta:
            return True
        if first_delta:
            told = f"the delta {name.sequence} came before any full file"
            self._stop(taken, told, "Ask for a full file", rule="no_full", count=str(name.sequence))
            return True
        if verdict.kind == "gap":
            self._wait_or_ask(taken, verdict)
            return True
        if verdict.kind == "repeated_same":
            self._skip(taken, verdict.message + self._other_beside(taken))
            return False
        if verdict.kind == "late" and name.mode == "delta":
            self._skip(taken, verdict.message)
            return False
        raise FileRefused(
            Fault(
                "repeated_sequence",
                Position(name.name, path="sequence in the name"),
                str(name.sequence),
                f"{verdict.expected}, since {verdict.message}",
                "Ask the sender which of the two is right, and to send it under the next number",
            )
        )

    def _other_beside(self, taken: Taken) -> str:
        """Say what came beside a repeated file and was not applied with it.

        A file that comes with this main file alone is part of what the number stands for: another one is
        another content under the same number, for people to decide (FileRefused). A table that serves many
        main files may well be newer than when this one came: the next number reads it.
        """
        other = [one for one in taken.companions if not self._taker.was_applied(one)]
        own = [one.label for one in other if one.own]
        if own:
            name = taken.ready.name
            raise FileRefused(
                Fault(
                    "repeated_sequence",
                    Position(name.name, path="sequence in the name"),
                    f"{name.sequence} with the same content, and with another {', '.join(own)}",
                    "one set of files a number",
                    "Nothing of it was applied: ask the sender which set is right, and to send it under "
                    "the next number",
                )
            )
        if not other:
            return ""
        labels = ", ".join(one.label for one in other)
        return f"; {labels} is another than the one applied with it, and is read with the next number"

    def _verdict(self, taken: Taken, place: Place) -> Verdict:
        mode = taken.ready.name.mode
        if place.is_over:
            text = f"{taken.ready.name.sequence} came too late: the next year has begun"
            return Verdict("late", None, text)
        planned = self._planned_to.get(place.series)
        if planned is not None:
            return judge(
                place.number, last=planned, is_full=mode == "full", is_same=None, numbering=self._numbering
            )
        return self._job.ledger.sequences.judge(
            place.series,
            place.number,
            taken.collected.sha256,
            mode,
            numbering=self._numbering,
            after=place.after,
        )

    def _wait_or_ask(self, taken: Taken, verdict: Verdict) -> None:
        """Wait for a missing number as long as the feed says; then stop, with words for the partner."""
        since = taken.record.recorded_at if taken.record is not None else self._now()
        patience = self._spec.files.sequence.wait
        until = since + timedelta(seconds=patience)
        if patience and self._now() < until and not self._options.override_guard:
            raise Held(f"{verdict.message}; it is waited for until {until:%Y-%m-%d %H:%M:%S} UTC")
        if not self._options.override_guard:
            title = self._spec.title.get("fr") or self._spec.feed
            self._report.notes += ask_for_missing(title, verdict.missing, taken.ready.file.name, since)
        self._stop(
            taken,
            verdict.message,
            "Ask the sender for the missing file",
            rule="gap",
            count=str(taken.ready.name.sequence),
            limit=str(verdict.expected),
            missing=verdict.missing,
        )

    def _stop(self, taken: Taken, message: str, advice: str, **breach: str) -> None:
        if self._options.override_guard:
            self._report.notes.append(
                f"{taken.ready.file.name}: {message}; let pass: {self._options.override_guard}"
            )
            return
        raise GuardStop(
            f"sequence: {message}",
            advice=f"{advice}, or, if this is what you want, run again with --override-guard and the reason",
            breaches=[{"said": f"sequence: {message}", **breach}],
        )

    def _skip(self, taken: Taken, evidence: str) -> None:
        self._report.files.append(FileReport(taken.ready.name.name, "skipped", evidence))
        self._taker.set_state(taken, "skipped", evidence)
