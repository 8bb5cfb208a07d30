"""Locks: a file that the partner puts in a folder while working there keeps everybody out."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from .folders import Folder
from .names import FileNamePattern
from .readiness import Looks, Readiness, ReadyRule, remember

__all__ = ["LockRespecting"]


class _Held(NamedTuple):
    """A lock that is there; `left_behind` when it is older than any work takes."""

    text: str
    left_behind: bool


class LockRespecting:
    """Sees nothing ready while the lock is there; one older than `at_most` seconds was left behind.

    Its age counts from when we first saw it, by our clock.
    """

    def __init__(
        self, rule: ReadyRule, lock: str, at_most: float, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.rule = rule
        self.lock = lock
        self.at_most = at_most
        self.clock = clock

    def look(
        self, folder: Folder, pattern: FileNamePattern, looks: Looks, *, limit: int | None = None
    ) -> Readiness:
        """Look for the lock first; it must be free before and after the look at the files."""
        held = self._held(folder, looks)
        if held is not None and not held.left_behind:
            return Readiness((), waiting=(self.lock,))
        found = self.rule.look(folder, pattern, looks, limit=limit)
        if held is not None:
            return found._replace(alerts=[*found.alerts, held.text])
        if self._held(folder, looks) is not None:
            return Readiness((), waiting=(self.lock,))  # put while we were looking
        return found

    def _held(self, folder: Folder, looks: Looks) -> _Held | None:
        lock, now = folder.stat(self.lock), self.clock()
        seen = remember(looks, [] if lock is None else [lock], now, aside="lock")
        if lock is None:
            return None
        age = now - seen[self.lock].since
        return _Held(
            f"{folder.label}: the lock {self.lock} is there for {timedelta(seconds=int(age))} (h:mm:ss) and "
            "was passed over. Ask the partner whether its job died, and to remove the lock",
            left_behind=age >= self.at_most,
        )
