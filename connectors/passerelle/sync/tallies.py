"""Tallies: what a group of answers adds to a report, so that others can add it to theirs."""

from __future__ import annotations

import msgspec

from .report import ForeignRow, RejectRow, RunReport

__all__ = ["Tally", "add", "taken_off"]

#: Numbers of a report that answers to changes may move.
_COUNTED = (
    *("pending", "created", "updated", "unchanged", "parked", "quarantined", "failed", "moved", "removed"),
    *("foreign", "foreign_left", "calls", "calls_again"),
)


class Tally(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was added to a report: numbers by name, and its new rows."""

    counts: dict[str, int] = {}
    rejects: list[RejectRow] = []
    foreign_edits: list[ForeignRow] = []
    notes: list[str] = []


def taken_off(report: RunReport, start: RunReport) -> Tally:
    """Take off a report what it has more than `start`, which it is equal to afterwards."""
    moved = {name: getattr(report, name) - getattr(start, name) for name in _COUNTED}
    tally = Tally(
        counts={name: count for name, count in moved.items() if count},
        rejects=report.rejects,
        foreign_edits=report.foreign_edits,
        notes=report.notes,
    )
    for name in _COUNTED:
        setattr(report, name, getattr(start, name))
    report.rejects, report.foreign_edits, report.notes = [], [], []
    return tally


def add(report: RunReport, tally: Tally, *, shown: int) -> None:
    """Add a tally to a report; of foreign edits so many rows are shown in all."""
    for name, count in tally.counts.items():
        setattr(report, name, getattr(report, name) + count)
    for row in tally.rejects:
        report.reject(row.code, row.example, row.advice, row.count)
    report.foreign_edits += tally.foreign_edits[: max(0, shown - len(report.foreign_edits))]
    report.notes += [note for note in tally.notes if note not in report.notes]
