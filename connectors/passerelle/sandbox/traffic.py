"""What was asked of the sandbox: counts and the last requests."""

from __future__ import annotations

from collections import Counter, deque
from typing import NamedTuple

from .store import Doc

__all__ = ["Entry", "Traffic"]

_KEPT = 2_000


class Entry(NamedTuple):
    """One request and what became of it; `status` 0 is a connection that was cut."""

    method: str
    path: str
    query: str
    status: int
    correlation_id: str
    fault: str | None
    host: str = "api"


class Traffic:
    """Counts by method, resource and status since the last reset."""

    def __init__(self) -> None:
        self.log: deque[Entry] = deque(maxlen=_KEPT)
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._faults: Counter[str] = Counter()

    def note(self, entry: Entry, resource: str) -> None:
        """Count one request of the API."""
        self._counts[entry.method, resource, entry.status] += 1
        if entry.fault is not None:
            self._faults[entry.fault] += 1
        self.log.append(entry)

    def reset(self) -> None:
        """Begin anew."""
        self.log.clear()
        self._counts.clear()
        self._faults.clear()

    def stats(self) -> Doc:
        """The counts as JSON; token requests are counted apart, as the resource `oauth`."""
        rows = [
            {"method": method, "resource": resource, "status": status, "count": count}
            for (method, resource, status), count in sorted(self._counts.items())
        ]
        calls = Counter[str]()
        for (method, resource, _), count in self._counts.items():
            if resource == "oauth":
                calls["token"] += count
            else:
                calls["write" if method in ("POST", "PUT", "DELETE") else "read"] += count
        return {
            "requests": self._counts.total(),
            "reads": calls["read"],
            "writes": calls["write"],
            "tokens": calls["token"],
            "faults": dict(self._faults),
            "counts": rows,
        }
