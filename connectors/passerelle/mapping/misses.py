"""Misses: codes, names and languages that a mapping does not know and goes on without, counted."""

from __future__ import annotations

from collections import Counter

__all__ = ["Misses"]

_SHOWN = 5


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

    def notes(self, before: Counter[tuple[str, str]]) -> list[str]:
        """Say in sentences what was not known since `before`, the most frequent first; some of them named."""
        found: dict[str, list[tuple[str, int]]] = {}
        for (where, what), count in (self.counts - before).most_common():
            found.setdefault(where, []).append((what, count))
        return [
            f"{where} does not know {', '.join(f'{what!r} ({count})' for what, count in met[:_SHOWN])}"
            + (f" and {len(met) - _SHOWN} more" if len(met) > _SHOWN else "")
            for where, met in sorted(found.items())
        ]

    def forget(self) -> None:
        """Take back what was noted for a record that is read again."""
        self.pending.clear()
