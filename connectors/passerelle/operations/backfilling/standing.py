"""Where a backfill stands: its row in the ledger, who is told of it, and who may stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ...feeds import Workspace
from ...feeds.peak import frozen_now
from ...ledger import Backfill, Ledger
from .asking import check_feed, request_of

__all__ = ["Course", "Standing", "Stopped", "Tell", "untold"]

#: A run of Prefect that is cancelled and a service that is stopped look the same.
_GIVEN_UP = "paused: the run that carried it was cancelled, or its service stopped"


class Standing(NamedTuple):
    """Where a backfill stands: `done` of `total` changes, and how long the rest takes (None: not known)."""

    backfill: Backfill
    doing: str
    seconds_left: float | None = None


#: Told where it stands, after each batch and while files are read; it must be quick.
Tell = Callable[[Standing], None]


def untold(standing: Standing) -> None:
    """Nobody looks."""


class Stopped(Exception):
    """A person wants no further batch: `wish` is pause or cancel."""

    def __init__(self, wish: str, why: str = "paused between two batches") -> None:
        super().__init__(wish)
        self.wish = wish
        self.why = why


class Course:
    """One backfill in the hand of this process: what is written down of it, and what people want of it."""

    def __init__(
        self,
        workspace: Workspace,
        ledger: Ledger,
        backfill: Backfill,
        *,
        tell: Tell,
        should_stop: Callable[[], bool],
        beat: Callable[[], None],
        in_peak: bool,
    ) -> None:
        self.workspace = workspace
        self.ledger = ledger
        self.number = backfill.id
        self.row = backfill
        self.request = request_of(backfill)
        self.mapping = check_feed(workspace, backfill.feed)
        self.beat = beat
        self._tell = tell
        self._should_stop = should_stop
        self._in_peak = in_peak

    def stand(self, state: Any, *, message: str = "", **values: Any) -> Backfill:
        """Write down where it stands."""
        self.row = self.ledger.backfills.stand(self.number, state, message=message, **values)
        return self.row

    def tell(self, doing: str, seconds_left: float | None = None) -> None:
        """Tell who looks what is being done."""
        self._tell(Standing(self.row, doing, seconds_left))

    def look_up(self) -> None:
        """Follow what people want; raises `Stopped`."""
        self.beat()
        if wish := self.ledger.backfills.named(self.number).wish:
            raise Stopped(wish)
        if self._should_stop():
            raise Stopped("pause", _GIVEN_UP)
        frozen = frozen_now(self.ledger, "backfill") if self._in_peak and self.row.plan_id else None
        if frozen is not None:
            raise Stopped("pause", str(frozen))

    def look_whether_to_plan(self) -> None:
        """Follow who gives it up while files are read; a mere pause is kept until there is a plan."""
        self.beat()
        if self.ledger.backfills.named(self.number).wish == "cancel":
            raise Stopped("cancel")
        if self._should_stop():
            raise Stopped("pause", _GIVEN_UP)
