"""Remarks about orders that leave: what was cut, replaced or does not add up, each cause told once a run."""

from __future__ import annotations

from ...sync import RunReport

__all__ = ["OrderRemarks"]


class OrderRemarks:
    """Counts causes with one example each, however many orders there are, and tells them in the report."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._examples: dict[str, str] = {}

    def add(self, cause: str, example: str) -> None:
        """Count one."""
        self._counts[cause] = self._counts.get(cause, 0) + 1
        self._examples.setdefault(cause, example)

    def tell(self, report: RunReport) -> None:
        """Write the notes, the most frequent cause first, and begin anew."""
        for cause, count in sorted(self._counts.items(), key=lambda pair: (-pair[1], pair[0])):
            report.notes.append(f"{cause}: {count}, such as {self._examples[cause]}")
        self._counts.clear()
        self._examples.clear()
