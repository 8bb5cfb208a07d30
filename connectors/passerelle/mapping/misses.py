"""Misses: codes, names and languages that a mapping does not know and goes on without, counted."""

from __future__ import annotations

from collections import Counter

__all__ = ["Misses"]


class Misses:
    """Counts what was not known, by the table or field that did not know it.

    What is noted counts when the record it belongs to is settled; `forget` takes it back when the record is
    read a second time.
    """

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.pending: list[tuple[str, str]] = []

    def note(self, where: str, what: str) -> None:
        """Note a code that a table does not know, or a name that a field does not."""
        self.pending.append((where, what))

    def settle(self) -> None:
        """Count what was noted for the record that is done."""
        self.counts.update(self.pending)
        self.pending.clear()

    def forget(self) -> None:
        """Take back what was noted for a record that is read again."""
        self.pending.clear()
