"""The journal of the ERP: JSON lines on disk, synced before anything follows from them.

What belongs together is one group, and a group counts only when its last line is there: after a crash a
half-written group is cut off, as if it had never begun.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["Journal"]

Event = Mapping[str, Any]


class Journal:
    """An append-only file of events; what was read at opening is in `events`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self.events: list[Event] = []
        self._recover()

    def append(self, *events: Event) -> None:
        """Write a group of events, all or none, and wait until the disk has them."""
        lines = [
            json.dumps({**event, "last": event is events[-1]}, ensure_ascii=False) + "\n" for event in events
        ]
        with self.path.open("ab") as out:
            out.write("".join(lines).encode())
            out.flush()
            os.fsync(out.fileno())
        self.events.extend(events)

    def _recover(self) -> None:
        whole = 0
        group: list[Event] = []
        for line, end in _lines(self.path.read_bytes()):
            event = json.loads(line)
            group.append(event)
            if event.pop("last"):
                self.events.extend(group)
                group = []
                whole = end
        if whole < self.path.stat().st_size:
            os.truncate(self.path, whole)


def _lines(content: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield whole lines and the offset behind each; what follows the last newline is torn."""
    parts: Sequence[bytes] = content.split(b"\n")[:-1]
    end = 0
    for part in parts:
        end += len(part) + 1
        yield part, end
