"""Foreseeing: what a backfill would read, ask and take, by what the ledger saw of past runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from statistics import median

import msgspec

from ...feeds import Workspace
from ...feeds.incoming.replay import Original, archived_originals
from ...ledger import Ledger, Run
from ...mapping import Mapping
from .asking import BackfillRequest, check_feed
from .schedules import Collision, ScheduledRun, due_between

__all__ = ["Forecast", "ForeseenFile", "forecast"]

#: So many runs of the past are looked at.
_LAST_RUNS = 60
#: What is taken where the ledger saw no run of the feed yet: a modest machine, a shop that answers in 50 ms.
_READ_PER_SECOND = 8_000.0
_CALLS_PER_SECOND = 40.0
_CALLS_PER_RECORD = 1.1
#: Before planning: connections, mappings, one look at the folder.
_START_SECONDS = 2.0
#: A share of the shortest time that makes a speed: what ends within it tells nothing.
_TOO_SHORT = 0.2


class ForeseenFile(msgspec.Struct, frozen=True, kw_only=True):
    """One original that would be read; `records` are counted where a run told them, else reckoned by size."""

    name: str
    mode: str | None
    size: int
    records: int
    counted: bool


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What a backfill would do.

    `read` records are read from `files`, at most `compared` of them are compared with the shop, with at most
    `calls` calls, in about `seconds`. `runs` says of how many past runs the speeds are; 0 means that they
    are assumed. `collisions` are the runs that would begin meanwhile.
    """

    feed: str
    files: list[ForeseenFile]
    read: int
    compared: int
    calls: int
    seconds: float
    runs: int
    collisions: list[Collision]
    notes: list[str] = []

    @property
    def minutes(self) -> float:
        """How long it takes, in minutes."""
        return self.seconds / 60


class _Speeds(msgspec.Struct, frozen=True):
    read_per_second: float
    calls_per_second: float
    calls_per_record: float
    runs: int


def forecast(
    workspace: Workspace,
    ledger: Ledger,
    request: BackfillRequest,
    schedules: Iterable[ScheduledRun] = (),
    *,
    now: dt.datetime | None = None,
) -> Forecast:
    """Say what a backfill would read, ask and take, and what would begin meanwhile; nothing is read for it.

    Files that wait at the partner are not counted: the archive and the ledger are asked, nobody else.

    Raises:
        ConfigError: there is no such feed, or it cannot be carried again.
    """
    mapping = check_feed(workspace, request.feed)
    now = now or dt.datetime.now(dt.UTC)
    past = [run for run in ledger.runs.last(request.feed, _LAST_RUNS) if run.finished_at is not None]
    originals = archived_originals(workspace.archive, ledger, mapping, request.options)
    files = _files(originals, past)
    read = sum(one.records for one in files)
    compared = _compared(ledger, mapping, request, read)
    speeds = _speeds(past)
    calls = round(compared * speeds.calls_per_record) if files else 0
    seconds = _START_SECONDS + read / speeds.read_per_second + calls / speeds.calls_per_second
    return Forecast(
        feed=request.feed,
        files=files,
        read=read,
        compared=compared,
        calls=calls,
        seconds=seconds,
        runs=speeds.runs,
        collisions=_collisions(
            workspace, ledger, request.feed, schedules, now, now + dt.timedelta(seconds=seconds)
        ),
        notes=_notes(request, files, speeds),
    )


def _files(originals: Sequence[Original], past: Sequence[Run]) -> list[ForeseenFile]:
    told: dict[str, int] = {}
    for run in reversed(past):
        for file in run.totals.get("files", ()):
            if file.get("records"):
                told[file["name"]] = int(file["records"])
    sized = [
        (told[one.record.name], one.record.size)
        for one in originals
        if one.record and one.record.name in told
    ]
    sizes, counts = sum(size for _, size in sized), sum(count for count, _ in sized)
    each = sizes / counts if counts else 200.0
    return [
        ForeseenFile(
            name=one.record.name,
            mode=one.name.mode,
            size=one.record.size,
            records=told.get(one.record.name, round(one.record.size / each)),
            counted=one.record.name in told,
        )
        for one in originals
        if one.record is not None
    ]


def _compared(ledger: Ledger, mapping: Mapping, request: BackfillRequest, read: int) -> int:
    """Count the records that would be compared: of SKUs those that the ledger knows of them, one at least."""
    if request.skus:
        known = ledger.backfills.records_of(mapping.feed, request.skus)
        return min(read, max(known, len(request.skus))) if read else 0
    # Of a record that several files speak of only the last word is compared.
    present = ledger.presence.count_present(mapping.feed)
    return min(read, present) if present else read


def _speeds(past: Sequence[Run]) -> _Speeds:
    """Learn from past runs: reading from those that had little to say, calling from those that had much."""
    read: list[float] = []
    called: list[float] = []
    calls = written = used = 0
    for run in past:
        if run.finished_at is None or not run.totals.get("received"):
            continue
        seconds = (run.finished_at - run.started_at).total_seconds()
        mapped, asked = int(run.totals.get("mapped") or 0), int(run.totals.get("calls") or 0)
        used += 1
        if seconds > _TOO_SHORT:
            read.append(int(run.totals["received"]) / seconds)
            if asked:
                called.append(asked / seconds)
        if mapped and asked:
            calls, written = calls + asked, written + mapped
    return _Speeds(
        read_per_second=max(read, default=_READ_PER_SECOND),
        calls_per_second=max(called, default=_CALLS_PER_SECOND),
        calls_per_record=calls / written if written else _CALLS_PER_RECORD,
        runs=used,
    )


def _collisions(
    workspace: Workspace,
    ledger: Ledger,
    feed: str,
    schedules: Iterable[ScheduledRun],
    since: dt.datetime,
    until: dt.datetime,
) -> list[Collision]:
    """Name what begins meanwhile: scheduled runs, and files that the feed expects."""
    found = [
        Collision(
            name=run.name,
            feed=run.feed,
            first=first,
            times=times,
            seconds=_usual(ledger.runs.last(run.feed, 20)),
            same_feed=run.feed == feed,
        )
        for run, first, times in due_between(schedules, since, until)
    ]
    found += _arrivals(workspace, feed, since, until)
    # Those of the feed itself first: they wait for a batch, the others only share the shop's calls.
    return sorted(found, key=lambda one: (not one.same_feed, one.first))


def _arrivals(workspace: Workspace, feed: str, since: dt.datetime, until: dt.datetime) -> list[Collision]:
    from ..expectations import Expectation  # noqa: PLC0415 - only where the mapping expects something

    found: list[Collision] = []
    for spec in workspace.incoming(feed).spec.expects:
        times = [one.begins for one in Expectation(spec).occurrences(since, until)]
        if times:
            found.append(
                Collision(
                    name="expects", feed=feed, first=times[0], times=len(times), seconds=None, same_feed=True
                )
            )
    return found


def _usual(runs: Sequence[Run]) -> float | None:
    took = [(run.finished_at - run.started_at).total_seconds() for run in runs if run.finished_at is not None]
    return median(took) if took else None


def _notes(request: BackfillRequest, files: Sequence[ForeseenFile], speeds: _Speeds) -> list[str]:
    notes: list[str] = []
    missing = sorted(set(request.files) - {file.name for file in files})
    if missing:
        notes.append(f"not in the archive, or never applied: {', '.join(missing)}")
    if not files:
        notes.append("the archive holds none of what was asked for: only what waits at the partner is read")
    if not speeds.runs:
        notes.append("no run of this feed is known: speeds are assumed")
    elif any(not file.counted for file in files):
        notes.append("records of files without a known run are reckoned by their size")
    return notes
