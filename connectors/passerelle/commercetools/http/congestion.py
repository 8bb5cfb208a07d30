"""How many requests may be in flight: fewer while the API is pressed, more again while it is well.

A pure state machine without clock or waiting: it is told what each answer was and asked for its `limit`
(docs/adr/0012). It starts at the maximum, halves at most once a round trip, and grows back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

__all__ = ["Congestion", "Sent"]

#: A round of fewer answers says nothing about latency.
_ROUND = 8
#: Latency has risen when the median of a round is so many times the best one, and so many seconds above it:
#: a loop that is busy with parsing, or one slow answer, is no congestion.
_TIMES, _SECONDS = 3.0, 0.5
#: When half the requests do not make answers at least this much quicker, the latency is not of our making.
_HELPED = 0.75
#: The best median is forgotten after so many seconds, at the latest after twice as many.
_RECENT = 30.0
#: From half the maximum back to all of it in so many round trips.
_ROUNDS_BACK = 8


@dataclass(frozen=True)
class Sent:
    """A request under way: what kind it is, when it left, and after how many halvings."""

    kind: str
    at: float
    era: int


@dataclass
class _Trend:
    """Latencies of one kind of request: the round under way, and the best median of late."""

    round: list[float] = field(default_factory=list)
    best: float | None = None
    best_before: float | None = None
    since: float = 0.0
    #: The median that led to a halving, until the round after it tells whether that helped.
    suspect: float | None = None

    def recent_best(self, now: float) -> float | None:
        """The best median of the last one or two periods."""
        if now - self.since >= _RECENT:
            self.best_before = self.best if now - self.since < 2 * _RECENT else None
            self.best, self.since = None, now
        known = [one for one in (self.best, self.best_before) if one is not None]
        return min(known, default=None)

    def begin_again(self, normal: float, now: float) -> None:
        """Take a latency as the normal one from now on."""
        self.best, self.best_before, self.since = normal, None, now


class Congestion:
    """The limit on requests in flight, between 1 and `maximum`.

    Times are seconds of one monotonic clock, handed in by the caller.
    """

    def __init__(self, maximum: int) -> None:
        if maximum < 1:
            raise ValueError(f"received a maximum of {maximum} requests in flight, expected 1 or more")
        self.maximum = maximum
        self.halvings = 0
        self._room = float(maximum)
        self._trends: dict[str, _Trend] = {}

    @property
    def limit(self) -> int:
        """Requests that may be in flight now."""
        return int(self._room)

    def sent(self, kind: str, now: float) -> Sent:
        """Note that a request leaves; `kind` tells apart what takes differently long (reads, creates…)."""
        return Sent(kind, now, self.halvings)

    def refused(self, sent: Sent) -> None:
        """The API said that it is too much (429, 503)."""
        self._halve(sent)

    def answered(self, sent: Sent, now: float) -> None:
        """The API answered, whatever it said."""
        self._time(sent, now)
        # After the judgement: an answer that halves is no good one, and what it added would outlast that.
        if sent.era == self.halvings:
            self._room = min(float(self.maximum), self._room + self._step())

    def _step(self) -> float:
        """What one good answer adds: the way back takes the same number of round trips for any maximum."""
        return max(1.0, self.maximum / 2 / _ROUNDS_BACK) / max(1.0, self._room)

    def _time(self, sent: Sent, now: float) -> None:
        """Count how long it took, and judge the round when it is complete."""
        trend = self._trends.setdefault(sent.kind, _Trend(since=now))
        if trend.suspect is not None and sent.era != self.halvings:
            return  # it left before the halving: whether that helped it cannot tell
        trend.round.append(max(0.0, now - sent.at))
        if len(trend.round) >= max(_ROUND, self.limit):
            latency, trend.round = median(trend.round), []
            self._judge(trend, latency, sent, now)

    def _judge(self, trend: _Trend, latency: float, sent: Sent, now: float) -> None:
        best = trend.recent_best(now)
        if trend.suspect is not None:
            suspect, trend.suspect = trend.suspect, None
            if latency > suspect * _HELPED:
                trend.begin_again(latency, now)
                return
        if best is not None and latency > best * _TIMES and latency - best > _SECONDS:
            trend.suspect = latency
            self._halve(sent)
            return
        trend.best = latency if trend.best is None else min(trend.best, latency)

    def _halve(self, sent: Sent) -> None:
        """Halve, unless this request left before the last halving: it saw the old crowd."""
        if sent.era == self.halvings:
            self._room = max(1.0, self._room / 2)
            self.halvings += 1
