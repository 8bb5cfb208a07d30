"""The gate: is this the hour to visit the partner? If not, nothing is touched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from ...mapping import FilesSpec
from ...sync import RunReport
from ..options import RunOptions
from ..wiring import visiting_rules
from ..workspace import Workspace
from .memory import last_visit, note_visit

__all__ = ["Gate"]


class Gate:
    """Keeps the partner's visiting rules for one feed; a person with a reason may pass."""

    def __init__(
        self,
        workspace: Workspace,
        feed: str,
        files: FilesSpec,
        options: RunOptions,
        report: RunReport,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._home = workspace.home
        self._feed = feed
        self._rules = visiting_rules(files)
        self._every = files.visits.every
        self._options = options
        self._report = report
        self._now = now

    def is_open(self) -> bool:
        """Say whether to go; if so the visit is written down, if not the report says when next."""
        now = self._now()
        last = last_visit(self._home, self._feed) if self._every else None
        not_now = self._rules.check(now, last, who=self._feed)
        if not_now is not None:
            text = f"not now: {not_now.reason}; next at {not_now.next_at:%Y-%m-%d %H:%M:%S} UTC"
            if not self._options.override_guard:
                self._report.notes.append(text)
                self._report.settle("succeeded", text)
                return False
            self._report.notes.append(f"{text}; let pass: {self._options.override_guard}")
        if self._every and not self._options.dry_run:
            note_visit(self._home, self._feed, now)
        return True
