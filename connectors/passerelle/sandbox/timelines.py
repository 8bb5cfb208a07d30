"""Documents in the order of a moment of theirs, for those who read on from where they were."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence

__all__ = ["Timeline"]

#: Behind every id that begins a pair of a moment and an id.
_LAST = "\uffff"


class Timeline:
    """Pairs of a moment, as documents write it, and an id; what comes later costs nothing to put in."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._pairs = sorted(pairs)

    def add(self, moment: str, resource_id: str) -> None:
        """Put a document in."""
        pair = (moment, resource_id)
        if not self._pairs or self._pairs[-1] < pair:
            self._pairs.append(pair)
        else:
            insort(self._pairs, pair)

    def remove(self, moment: str, resource_id: str) -> None:
        """Take a document out."""
        del self._pairs[bisect_left(self._pairs, (moment, resource_id))]

    def between(self, low: str | None, high: str | None) -> range:
        """Places of the documents from one moment to another, both of them in."""
        start = 0 if low is None else bisect_left(self._pairs, (low, ""))
        end = len(self._pairs) if high is None else bisect_right(self._pairs, (high, _LAST))
        return range(start, max(start, end))

    def ids(self, places: range) -> Sequence[str]:
        """The documents at some places, in their order."""
        return [pair[1] for pair in self._pairs[places.start : places.stop]]

    def id_at(self, place: int) -> str:
        """The document at one place."""
        return self._pairs[place][1]
