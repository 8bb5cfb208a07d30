"""Following: what a run tells while it works, as spans: its phases and batches come from its progress."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from .. import tracks
from ..commercetools.http.correlation import safe_id
from ..sync import Progress, RunReport, Watch

__all__ = ["file_told", "followed", "run_told"]

#: What is counted of a run, as far as it has any.
_RESULTS = ("created", "updated", "unchanged", "quarantined", "failed", "parked", "removed", "mismatched")


@contextmanager
def run_told(report: RunReport, mode: str) -> Iterator[None]:
    """Tell of a run: its calls bear its correlation id, or one that begins with it."""
    if not tracks.heard:
        yield
        return
    correlation = safe_id(f"{report.run_id}/{report.feed}")
    facts = {"feed": report.feed, "entity": report.entity, "run": report.run_id, "mode": mode}
    with tracks.span("run", report.feed, correlation=correlation, **facts) as told:
        try:
            yield
        finally:
            if told is not None:
                told.facts.update(
                    outcome=report.outcome,
                    received=report.received,
                    calls=report.calls,
                    message=report.message,
                )
    for result in _RESULTS:
        if count := getattr(report, result):
            tracks.measured("records", count, feed=report.feed, result=result)
    if told is not None:
        tracks.measured("run", told.seconds, feed=report.feed, outcome=report.outcome, mode=mode)


@contextmanager
def file_told(report: RunReport, name: str, modified: float) -> Iterator[None]:
    """Tell of a file of a run, and how old it was (seconds) when it had been judged."""
    if not tracks.heard:
        yield
        return
    correlation = safe_id(f"{report.run_id}/{report.feed}/{name}")
    before = report.received
    with tracks.span("file", name, correlation=correlation, file=name, feed=report.feed) as told:
        try:
            yield
        finally:
            state = next((one.state for one in reversed(report.files) if one.name == name), "")
            age = max(0.0, time.time() - modified)
            if told is not None:
                told.facts.update(state=state, received=report.received - before, age_seconds=round(age, 3))
    if state == "applied":
        tracks.measured("age", age, feed=report.feed)


def followed(watch: Watch) -> Watch:
    """Tell phases and batches beside what `watch` is told; the same function where nobody listens."""
    return _Follower(watch) if tracks.heard else watch


class _Follower:
    """Turns progress into spans: a phase begins where the last one ended, a batch is what was done since."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._around: tracks.Span | None = None
        self._phase: tracks.Span | None = None
        self._last = time.time_ns()
        self._done = 0

    def __call__(self, progress: Progress) -> None:
        """Take note, then let the other one look."""
        around, now = tracks.current(), time.time_ns()
        if around is not None:
            self._note(around, progress, now)
        self._watch(progress)

    def _note(self, around: tracks.Span, progress: Progress, now: int) -> None:
        if around is not self._around:
            self._around, self._phase, self._last = around, None, max(self._last, around.began)
        if self._phase is None or self._phase.name != progress.phase or self._phase.ended is not None:
            if self._phase is not None:
                self._phase.end(ended=self._last)
            facts = {"feed": progress.feed, "file": progress.file}
            self._phase = around.begin("phase", progress.phase, began=self._last, **facts)
            self._done = 0
        if progress.done > self._done:
            records = progress.done - self._done
            batch = self._phase.begin("batch", progress.phase, began=self._last, feed=progress.feed)
            batch.end(ended=now, records=records, done=progress.done)
        self._done, self._last = progress.done, now
