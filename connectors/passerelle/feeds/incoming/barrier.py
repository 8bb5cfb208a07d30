"""Products before prices before stock: a file waits until other feeds have had theirs of the same day."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from ...files import FileName
from ...ledger import Ledger
from ...mapping import Mapping
from ..wiring import name_pattern
from ..workspace import Workspace
from .holding import Held

__all__ = ["DayBarrier"]

#: So many files of the other feed are looked at, newest first: more than any day brings.
_LOOK_BACK = 200


class DayBarrier:
    """Holds files back until each feed of `after` has applied a file of their business day, or a later one.

    The business day stands in the name; a file without one is of the day on which it came.
    """

    def __init__(self, workspace: Workspace, mapping: Mapping, ledger: Ledger) -> None:
        self._workspace = workspace
        self._after = mapping.spec.files.after
        self._zone = ZoneInfo(mapping.spec.files.visits.zone)
        self._ledger = ledger
        self._reached: dict[str, dt.date | None] = {}

    def check(self, name: FileName, came_at: float) -> None:
        """Raise Held when the file must wait; ConfigError when a feed of `after` is not known."""
        day = name.date or dt.datetime.fromtimestamp(came_at, self._zone).date()
        for feed in self._after:
            if feed not in self._reached:
                self._reached[feed] = self._last_day(feed)
            reached = self._reached[feed]
            if reached is None or reached < day:
                raise Held(
                    f"waits for {feed} of {day:%Y-%m-%d}, which "
                    + ("has applied nothing yet" if reached is None else f"stands at {reached:%Y-%m-%d}"),
                    advice=f"Nothing to do while {feed} is expected; else ask its sender, or run with "
                    "--override-guard and the reason",
                )

    def _last_day(self, feed: str) -> dt.date | None:
        pattern = name_pattern(self._workspace.incoming(feed).spec.files)
        days = []
        for record in self._ledger.files.last(feed, _LOOK_BACK):
            if record.state != "applied":
                continue
            name = pattern.match(record.name)
            dated = name.date if name is not None else None
            days.append(dated or record.recorded_at.astimezone(self._zone).date())
        return max(days, default=None)
