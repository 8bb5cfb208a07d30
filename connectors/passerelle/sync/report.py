"""What a run did, in a form that people read and machines parse."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

__all__ = [
    "EXIT_CODES",
    "ChangeRow",
    "FileReport",
    "ForeignRow",
    "Outcome",
    "Progress",
    "RejectRow",
    "RunReport",
    "worst",
]

Outcome: TypeAlias = Literal["succeeded", "completed_with_rejects", "stopped_by_guard", "failed"]

#: Exit code of the command line by outcome.
EXIT_CODES: dict[Outcome, int] = {
    "succeeded": 0,
    "failed": 1,
    "completed_with_rejects": 3,
    "stopped_by_guard": 4,
}

_SEVERITY: tuple[Outcome, ...] = ("succeeded", "completed_with_rejects", "stopped_by_guard", "failed")


def worst(first: Outcome, second: Outcome) -> Outcome:
    """Pick the outcome that a person must see first."""
    return max(first, second, key=_SEVERITY.index)


class Progress(msgspec.Struct, frozen=True):
    """Where a run stands: `done` records of `total` (None while unknown) in this phase of this file."""

    feed: str
    phase: Literal["collect", "plan", "apply", "verify"]
    file: str
    done: int
    total: int | None = None


class FileReport(msgspec.Struct, frozen=True):
    """What became of one file; `note` says why when it was not applied."""

    name: str
    state: Literal["applied", "planned", "skipped", "refused", "held"]
    note: str = ""
    records: int = 0


class ChangeRow(msgspec.Struct, frozen=True):
    """One field of one record that changes (or changed)."""

    key: str
    kind: str
    field: str
    old: str | None
    new: str | None


class RejectRow(msgspec.Struct, frozen=True):
    """One cause of rejects, with how often, one example in full, and what to do."""

    code: str
    count: int
    example: str
    advice: str = ""


class ForeignRow(msgspec.Struct, frozen=True):
    """One field that somebody else changed in the target since we wrote it, and what was decided about it."""

    key: str
    field: str
    ours: str | None
    theirs: str | None
    decision: Literal["overwrite", "keep", "report", "fight", "released"]


class RunReport(msgspec.Struct, kw_only=True):
    """One run of one feed, counted.

    Each record received or resumed is in exactly one of `pending`, `created`, `updated`, `unchanged`,
    `parked`, `quarantined`, `failed`, `superseded` and `gone`, at any moment of the run (orders that leave
    count other things). Of a stored plan that is applied each record is in one of these, in `removed` or in
    `moved`.
    """

    feed: str
    entity: str
    run_id: str
    dry_run: bool = False
    outcome: Outcome = "succeeded"
    received: int = 0
    """Records read from the files."""
    resumed: int = 0
    """Records carried now that had waited for something they point to."""
    mapped: int = 0
    """Records that had to be mapped: the others were recognised by their raw values."""
    planned: int = 0
    """Changes that were planned; in a dry run, and when the guard stopped, none of them was made."""
    pending: int = 0
    """Records to be compared or written: all changes of a dry run, and what a stopped run did not write."""
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    left_alone: int = 0
    """Those of them of which a hook of the feed said that they are to be left alone."""
    parked: int = 0
    """Records that wait for something they point to; they are carried by themselves when it is there."""
    quarantined: int = 0
    failed: int = 0
    """Records that the target did not take for now; the next run tries them again."""
    superseded: int = 0
    """Records of which the same file holds a later version, or of which a later count was applied before."""
    gone: int = 0
    """Records of which the source says that it deleted them, and that are taken away from the target."""
    moved: int = 0
    """Records of a stored plan that were left alone: they moved in the target after they were planned."""
    repaired: int = 0
    """Texts repaired by a rule of the feed (double-encoded UTF-8)."""
    absent: int = 0
    """Records that the last full had and this one has not."""
    removed: int = 0
    """Records taken away from the target, by the feed's policy, because their source no longer has them."""
    foreign: int = 0
    """Fields that somebody else changed in the target since we wrote them, and that would be written over."""
    foreign_left: int = 0
    """Those of them that were left as they are."""
    calls: int = 0
    """Calls to the target, those for tokens aside."""
    calls_again: int = 0
    """Those of them that repeated one before: it was busy, or did not answer."""
    verified: int = 0
    mismatched: int = 0
    fields: dict[str, int] = msgspec.field(default_factory=dict)
    """How many records change, by field."""
    files: list[FileReport] = msgspec.field(default_factory=list)
    changes: list[ChangeRow] = msgspec.field(default_factory=list)
    """The first changes, field by field."""
    foreign_edits: list[ForeignRow] = msgspec.field(default_factory=list)
    """The first fields that somebody else changed."""
    rejects: list[RejectRow] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)
    message: str = ""
    advice: str = ""
    breaches: list[dict[str, str]] = msgspec.field(default_factory=list)
    """What the guard said, in numbers: `sync.guard_words` says it in the reader's language."""

    @property
    def exit_code(self) -> int:
        """Exit code for a shell: 0 succeeded, 1 failed, 3 completed with rejects, 4 stopped by the guard."""
        return EXIT_CODES[self.outcome]

    def settle(self, outcome: Outcome, message: str = "", advice: str = "") -> None:
        """Take note of an outcome; the worst one stays, with its message."""
        if self.outcome == worst(self.outcome, outcome) and self.message:
            return
        if worst(self.outcome, outcome) == outcome:
            self.outcome = outcome
            if message:
                self.message, self.advice = message, advice

    def reject(self, code: str, example: str, advice: str = "", count: int = 1) -> None:
        """Count `count` rejects under their cause; the first example of a cause is kept."""
        for index, row in enumerate(self.rejects):
            if row.code == code:
                self.rejects[index] = msgspec.structs.replace(row, count=row.count + count)
                return
        self.rejects.append(RejectRow(code, count, example, advice))

    def to_json(self) -> bytes:
        """The whole report as JSON."""
        return msgspec.json.encode({**msgspec.structs.asdict(self), "exit_code": self.exit_code})
