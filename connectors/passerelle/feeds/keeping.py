"""Keeping: what a run planned of a file stays, to be decided about, instead of going with the run.

A plan is of one file, or of files that are applied together: those behind it are planned when it is carried
out and put away. What they say would else be compared with a shop that is about to change.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..sync import Job, Planner, inspect
from .incoming.taking import Taken

__all__ = ["PlanKeeper"]


class PlanKeeper:
    """Gathers the plan of one run; `files` are those it is made of, `guard` what speaks against it."""

    def __init__(self, job: Job[msgspec.Struct]) -> None:
        self._job = job
        self._kept = f"kept for {job.feed}"
        self._base = 0
        self.files: list[dict[str, Any]] = []
        self.guard: list[str] = []
        #: The same in numbers, for who reads it in another language.
        self.breaches: list[dict[str, str]] = []
        #: Names of the files that wait for this plan.
        self.behind: list[str] = []
        # What a run that died was gathering.
        job.ledger.plans.drop(self._kept)

    def keep(self, taken: Taken, planner: Planner[msgspec.Struct]) -> None:
        """Take what was planned of a file; what the guard says of it is for the person who decides."""
        name, collected = taken.ready.name, taken.collected
        self.files.append(
            {
                "name": taken.ready.file.name,
                "sha256": collected.sha256,
                "size": collected.size,
                "mode": name.mode,
                "sequence": name.sequence,
            }
        )
        breaches = inspect(planner.seen, self._job.thresholds)
        self.guard += [breach.said for breach in breaches]
        self.breaches += [breach.facts for breach in breaches]
        self._job.ledger.plans.move(self._job.run_id, self._kept, base=self._base)
        self._base += planner.seen.received

    def finish(self) -> None:
        """Put all of it under the run's id, the removals that were planned last included."""
        plans, run_id = self._job.ledger.plans, self._job.run_id
        with self._job.ledger.transaction():
            plans.move(run_id, self._kept)
            if len(self.files) > 1:
                # Files that are applied together: of a record that several hold the last word counts.
                plans.supersede(self._kept)
            plans.move(self._kept, run_id)
            plans.drop(self._kept)
