"""Telling: what a sink saw and left as it is, for the report of the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from .job import Job
from .report import RunReport

__all__ = ["Telling", "tell_remarks"]


@runtime_checkable
class Telling(Protocol):
    """A sink that has something to say when the run is over."""

    def remarks(self) -> Sequence[str]:
        """Name what was seen and left alone, one sentence each."""
        ...


def tell_remarks(job: Job[Any], report: RunReport) -> None:
    """Put the sink's remarks into the report."""
    if isinstance(job.sink, Telling):
        report.notes += job.sink.remarks()
