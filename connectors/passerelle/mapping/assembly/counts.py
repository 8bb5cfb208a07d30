"""Counts of one assembly: of every row that was read, what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["AssemblyCounts", "InputCounts"]

#: How many rows that nothing asked for are named.
_SHOWN = 3


@dataclass(slots=True)
class InputCounts:
    """What became of one input's rows.

    `read` = `filtered` + `faulty` + `without_key` + `stored`, where the input neither groups nor multiplies
    its rows. `orphans` are stored rows that no record asked for; `shown` names the first of them.
    """

    read: int = 0
    filtered: int = 0
    faulty: int = 0
    without_key: int = 0
    stored: int = 0
    orphans: int = 0
    shown: list[str] = field(default_factory=list)

    def show(self, text: str) -> None:
        """Name one of the rows that nothing asked for."""
        if len(self.shown) < _SHOWN:
            self.shown.append(text)


@dataclass(slots=True)
class AssemblyCounts:
    """What became of the main rows, and by name of the rows of each input.

    `read` = `filtered` (by `where`) + `bad` (unreadable) + the rows that went into records. `assembled` =
    `dropped` (by `keep`) + the records of which `each` made `made`. `made` = `parted` (by `then_keep`) +
    `given` + `faulty`. Without `group` and `each`, `read` = `filtered` + `bad` + `dropped` + `made`.
    """

    read: int = 0
    filtered: int = 0
    bad: int = 0
    assembled: int = 0
    dropped: int = 0
    made: int = 0
    parted: int = 0
    given: int = 0
    faulty: int = 0
    inputs: dict[str, InputCounts] = field(default_factory=dict)

    def notes(self) -> list[str]:
        """Say in sentences what a person should know: rows left out, rows that nothing asked for."""
        texts: list[str] = []
        if self.filtered:
            texts.append(f"{self.filtered} of {self.read} rows do not meet where")
        if self.dropped:
            texts.append(f"{self.dropped} of {self.assembled} assembled records do not meet keep")
        if self.parted:
            texts.append(f"{self.parted} of {self.made} records do not meet then_keep")
        for name, counts in self.inputs.items():
            if counts.filtered:
                texts.append(f"{name}: {counts.filtered} of {counts.read} rows do not meet where")
            if counts.without_key:
                texts.append(f"{name}: {counts.without_key} rows have an empty key, nothing can ask for them")
            if counts.orphans:
                first = "; ".join(counts.shown)
                texts.append(f"{name}: {counts.orphans} of {counts.stored} rows belong to no record: {first}")
        return texts
