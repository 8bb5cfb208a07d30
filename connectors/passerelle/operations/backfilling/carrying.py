"""Carrying: a backfill is planned as a whole, shown to the guard, and sent batch by batch.

Here is its way from asked to over; how it is planned stands in `planning`, how its batches go in `sending`,
and who may stop it between them in `standing`.
"""

from __future__ import annotations

from collections.abc import Callable

from ...errors import Fatal, PasserelleError
from ...feeds import Workspace
from ...feeds.peak import check_frozen
from ...feeds.turns import BACKFILL, lease_of_backfill
from ...ledger import Backfill, LeaseHeld
from .planning import PlanInHand
from .sending import COUNTED, Sender, Stale
from .standing import Course, Stopped, Tell, untold

__all__ = ["carry_backfill"]

_LEASE_SECONDS = 900.0
#: Planned anew so often; what still moves then is told, and left to the next run of the feed.
_ROUNDS = 3


async def carry_backfill(
    workspace: Workspace,
    number: int,
    *,
    by: str = "",
    reason: str = "",
    really: bool = False,
    despite_peak: str = "",
    tell: Tell = untold,
    should_stop: Callable[[], bool] = lambda: False,
) -> Backfill:
    """Carry a backfill from where it stands: to its end, or until somebody stops it between two batches.

    A dry run ends as `planned`; called again with `really` exactly that plan is carried out. When the guard
    speaks against the plan it ends as `waiting`; called again with `by` and `reason` the plan is approved.
    `should_stop` is asked between batches like a person's wish to pause. While peak mode freezes backfills it
    pauses; `despite_peak` is the reason to carry it all the same.

    Raises:
        LeaseHeld: another process is carrying it.
        ConfigError: there is no such backfill, or its feed is gone.
        Fatal: it is over.
    """
    with workspace.ledger() as ledger:
        found = ledger.backfills.named(number)
        if found.is_over:
            raise Fatal(f"Backfill {number} is {found.state}", advice="Ask for a new one")
        with ledger.leases.take(lease_of_backfill(number), ttl=_LEASE_SECONDS, purpose=BACKFILL) as own:
            ledger.backfills.wish(number, "", by=by)
            if despite_peak:
                subject = f"backfill {number}"
                check_frozen(ledger, "backfill", subject=subject, despite=despite_peak, by=by)
            course = Course(
                workspace,
                ledger,
                found,
                tell=tell,
                should_stop=should_stop,
                beat=own.heartbeat_if_due,
                in_peak=not despite_peak,
            )
            try:
                return await _Carrier(course).carry(by=by, reason=reason, really=really)
            except LeaseHeld:
                raise
            except PasserelleError as error:
                return course.stand("failed", message=str(error))
            except BaseException:
                course.stand("failed", message="interrupted: it can be resumed")
                raise


class _Carrier:
    """Carries one backfill in this process."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._plan = PlanInHand(course)
        self._sender = Sender(course, self._plan)

    async def carry(self, *, by: str, reason: str, really: bool) -> Backfill:
        """Plan where that is due and carry out what is planned, until nothing is left or it is stopped."""
        rounds = 0
        try:
            while True:
                plan = self._plan.find()
                if plan is None:
                    rounds += 1
                    plan = await self._plan.make()
                if plan is None:
                    return self._over() if self._course.row.state != "failed" else self._course.row
                if self._course.request.dry_run and not really and plan.state == "stored":
                    return self._course.stand("planned", message=f"plan {plan.id}: nothing was written")
                if plan.facts.get("guard") and plan.state == "stored" and not reason:
                    said = "; ".join(plan.facts["guard"])
                    return self._course.stand("waiting", outcome="stopped_by_guard", message=said)
                approved = self._plan.approve(plan, by, reason)
                try:
                    moved = await self._sender.send(approved)
                except Stale:
                    self._plan.drop(approved)
                    continue
                self._plan.close(approved)
                if not moved or rounds >= _ROUNDS or approved.facts.get("guard"):
                    return self._over()
        except Stopped as stopped:
            if stopped.wish == "cancel":
                self._plan.give_up("cancelled")
                return self._course.stand("cancelled", message="cancelled; what was written stays")
            return self._course.stand("paused", message=stopped.why)

    def _over(self) -> Backfill:
        """Write down how it ended, from all its batches."""
        course = self._course
        batches = course.ledger.backfills.batches(course.number)
        counts = {name: sum((one.counts or {}).get(name, 0) for one in batches) for name in COUNTED}
        bad = counts["failed"] or counts["quarantined"] or counts["moved"]
        written = counts["created"] + counts["updated"]
        if course.request.dry_run and not batches:
            return course.stand("done", outcome="succeeded", message="nothing would change: the shop agrees")
        message = (
            f"{written} records written in {len(batches)} batches" if batches else "the shop agreed already"
        )
        return course.stand("done", outcome="completed_with_rejects" if bad else "succeeded", message=message)
