"""Deletions: at the end of a run, records that their source no longer has are taken away from the shop.

Which ones is in the ledger (absent from enough full files, or told as deleted), so a run that dies before
this, or that the guard stops here, leaves them to the next run. The files are applied all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import msgspec

from ..errors import Fatal, GuardStop, Retriable
from ..sync import Job, RunReport
from ..sync.removing import Leaving, remove_all

__all__ = ["Deletions"]


class Deletions:
    """The removals of one run; what its files say is noted first."""

    def __init__(self, job: Job[msgspec.Struct], report: RunReport) -> None:
        self._job = job
        self._report = report
        self._spec = job.mapping.spec.deletes
        #: Of a dry run, whose files leave no trace in the ledger: each full or not, with what it met.
        self._files: list[tuple[bool, bytearray]] = []
        self._told: dict[str, None] = {}

    def foresee(self, *, full: bool, met: bytearray, gone: Iterable[str]) -> None:
        """Take note of a file that was planned only."""
        self._files.append((full, met))
        self._told.update(dict.fromkeys(gone))

    def note(self, gone: list[str]) -> None:
        """Mark what a file told as deleted; called in the transaction in which the file becomes applied."""
        if not gone:
            return
        ledger, job = self._job.ledger, self._job
        ledger.presence.flag(job.feed, gone)
        ledger.parked.resolve(job.feed, gone, job.run_id)
        ledger.quarantine.resolve_keys(job.feed, gone, job.run_id)

    def due(self) -> list[Leaving]:
        """Say what is to be taken away, by why: what was told as deleted, what full files no longer have."""
        told: Callable[[], Iterable[str]] = self._flagged
        return [
            Leaving(name, keys(), policy)
            for name, keys, policy in (
                ("records told as deleted", told, self._spec.flagged),
                ("records absent from full files", self._absent, self._spec.absent),
            )
            if policy is not None and policy != "keep" and next(iter(keys()), None) is not None
        ]

    async def carry_out(self) -> None:
        """Take away what is due, unless a file is stopped: it may hold newer words on these very records."""
        due = self.due()
        if not due:
            return
        names = " and ".join(one.name for one in due)
        if any(file.state in {"held", "refused"} for file in self._report.files):
            self._report.notes.append(f"{names} are taken away when no file is stopped any more")
            return
        try:
            await remove_all(self._job, self._report, due)
        except GuardStop as stop:
            self._report.settle("stopped_by_guard", stop.message, stop.advice)
            self._report.breaches += stop.data.get("breaches", ())
        except Retriable as error:
            self._report.settle("failed", error.message, error.advice or "The next run takes them away")
        except Fatal as error:
            self._report.settle("failed", f"{names}: {error.message}", error.advice)

    def _flagged(self) -> Iterator[str]:
        ledger, feed = self._job.ledger, self._job.feed
        if not self._job.dry_run:
            return ledger.presence.flagged(feed)
        known = ledger.fingerprints.lookup(feed, list(self._told))
        before = (key for key in ledger.presence.flagged(feed) if key not in known)
        return chain((key for key in self._told if key in known), before)

    def _absent(self) -> Iterator[str]:
        presence, feed, after = self._job.ledger.presence, self._job.feed, self._spec.after
        if not self._files:
            return presence.long_absent(feed, after)
        return (key for key in presence.foreseen_absent(feed, after, self._files) if key not in self._told)
