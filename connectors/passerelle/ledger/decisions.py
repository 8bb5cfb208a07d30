"""Decisions: plans that a person decides about, what they are made of, and what became of them.

A plan of a run is dropped when the run is over. One that is stored here is kept with its items until it is
carried out or given up; its row stays for good, so that a number once shown never means another plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec
import sqlalchemy as sa

from ..errors import ConfigError, Fatal
from . import bulk
from .audit import Audit
from .database import Database, utc_now
from .schema import plan, plan_item

__all__ = ["Decisions", "Origin", "PlanState", "StoredPlan"]

#: What made a plan: the files of a feed, an undo of a run, a repair of what drifted.
Origin: TypeAlias = Literal["run", "replay", "undo", "drift"]
#: `approved` is decided and not carried out to its end: a run of it was interrupted, or is at work.
PlanState: TypeAlias = Literal["stored", "approved", "applied", "refused"]

_FORGET = (
    "DELETE FROM plan_item WHERE (plan_id, seq) IN"
    " (SELECT plan_id, seq FROM plan_item WHERE plan_id = ? ORDER BY seq LIMIT ?)"
)

#: A digest is named by at least so many of its digits: fewer may be the number of a plan.
_SHORTEST = 6
_LONGEST_NUMBER = 18
_HEXADECIMAL = frozenset("0123456789abcdef")


class StoredPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that waits for a decision, or had one.

    `run_id` is the run that planned it, under which its items are kept; `digest` hashes what it would do;
    `facts` say of what it is about: files, mapping version, counts, what the guard said.
    """

    id: int
    run_id: str
    feed: str
    origin: Origin
    state: PlanState
    digest: str
    facts: dict[str, Any]
    created_at: datetime
    expires_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None
    decided_at: datetime | None = None

    @property
    def short(self) -> str:
        """The first digits of the digest, by which people name it."""
        return self.digest[:10]

    def is_expired(self, now: datetime) -> bool:
        """Say whether nobody decided in time."""
        return self.state == "stored" and self.expires_at is not None and self.expires_at <= now


class Decisions:
    """The plans to be decided about, of every feed; each decision is in the audit log, too."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def store(
        self,
        run_id: str,
        *,
        feed: str,
        origin: Origin,
        digest: str,
        facts: Mapping[str, Any],
        expires_at: datetime | None = None,
    ) -> StoredPlan:
        """Keep the plan that was spooled under a run; one without items is kept too.

        Raises:
            Fatal: the plan of this run is stored already.
        """
        with self._database.write() as connection:
            connection.execute(
                self._database.insert(plan)
                .values(run_id=run_id, created_at=utc_now())
                .on_conflict_do_nothing()
            )
            row = connection.execute(
                plan.update()
                .where(plan.c.run_id == run_id, plan.c.state == "running")
                .values(
                    created_at=utc_now(),
                    feed=feed,
                    origin=origin,
                    state="stored",
                    digest=digest,
                    facts=dict(facts),
                    expires_at=expires_at,
                )
                .returning(plan)
            ).first()
        if row is None:
            raise Fatal(f"The plan of run {run_id} is stored already")
        return _stored(row)

    def get(self, plan_id: int) -> StoredPlan | None:
        """Read one stored plan."""
        with self._database.read() as connection:
            row = connection.execute(_all().where(plan.c.id == plan_id)).first()
        return None if row is None else _stored(row)

    def named(self, name: str) -> StoredPlan:
        """Find a plan by its number, or by the first digits of its digest (6 at least).

        Of several plans that would do the same, those that wait for a decision come first, then the newest.

        Raises:
            ConfigError: there is none, or the name means several that differ.
        """
        wanted = name.strip().lower().removeprefix("#")
        found: list[StoredPlan] = []
        if wanted.isascii() and wanted.isdecimal() and len(wanted) <= _LONGEST_NUMBER:
            numbered = self.get(int(wanted))
            found += [] if numbered is None else [numbered]
        if len(wanted) >= _SHORTEST and set(wanted) <= _HEXADECIMAL:
            query = _all().where(plan.c.digest.startswith(wanted, autoescape=True)).order_by(plan.c.id.desc())
            with self._database.read() as connection:
                alike = [_stored(row) for row in connection.execute(query)]
            found += sorted(alike, key=lambda one: one.state != "stored")
        if not found:
            raise ConfigError(
                f"There is no stored plan {name!r}",
                advice=f"Give its number or the first {_SHORTEST} digits of its hash: `passerelle plans`",
            )
        if len({one.digest for one in found}) > 1:
            numbers = ", ".join(str(one.id) for one in found[:5])
            raise ConfigError(f"{name!r} means several plans: {numbers}", advice="Give more digits")
        return found[0]

    def last(
        self, feed: str | None = None, *, states: Sequence[PlanState] = (), n: int = 20
    ) -> list[StoredPlan]:
        """Read the last stored plans of a feed (of all feeds without one), the newest first."""
        query = _all().order_by(plan.c.id.desc()).limit(n)
        if feed is not None:
            query = query.where(plan.c.feed == feed)
        if states:
            query = query.where(plan.c.state.in_(states))
        with self._database.read() as connection:
            return [_stored(row) for row in connection.execute(query)]

    def decide(self, plan_id: int, state: PlanState, *, by: str, reason: str = "") -> StoredPlan | None:
        """Approve or refuse a plan that waits, or give up one that was approved; None when it is too late.

        Of two people who decide at the same moment one is first.
        """
        before: Sequence[PlanState] = ("stored", "approved") if state == "refused" else ("stored",)
        with self._database.write(durable=True):
            decided = self._move(
                plan_id, before, state=state, decided_by=by, reason=reason, decided_at=utc_now()
            )
            if decided is not None:
                self._log(f"{'undo' if decided.origin == 'undo' else 'plan'}_{state}", decided)
        return decided

    def close(self, plan_id: int) -> StoredPlan | None:
        """Note that an approved plan was carried out to its end; None when it is not approved."""
        with self._database.write():
            closed = self._move(plan_id, ("approved",), state="applied")
            if closed is not None:
                self._log("undo_carried_out" if closed.origin == "undo" else "plan_carried_out", closed)
        return closed

    def note(self, plan_id: int, facts: Mapping[str, Any]) -> StoredPlan:
        """Add to what is known of a plan; what a name said before is replaced."""
        with self._database.write() as connection:
            known = connection.execute(sa.select(plan.c.facts).where(plan.c.id == plan_id)).scalar_one()
            row = connection.execute(
                plan.update()
                .where(plan.c.id == plan_id)
                .values(facts={**(known or {}), **facts})
                .returning(plan)
            ).one()
        return _stored(row)

    def forget_items(self, before: datetime, limit: int) -> int:
        """Drop at most `limit` items of plans that nobody can carry out any more since a moment; count them.

        Those are plans decided and over, and those that expired; what they were about stays.
        """
        over = sa.or_(
            sa.and_(plan.c.state.in_(("applied", "refused")), plan.c.decided_at < before),
            sa.and_(plan.c.state == "stored", plan.c.expires_at < before),
        )
        there = sa.exists().where(plan_item.c.plan_id == plan.c.id)
        first = sa.select(plan.c.id).where(over, there).order_by(plan.c.id).limit(1)
        with self._database.write() as connection:
            return bulk.execute(connection, _FORGET, (connection.execute(first).scalar(), limit))

    def _log(self, what: str, decided: StoredPlan) -> None:
        about = {"feed": decided.feed, "origin": decided.origin, "digest": decided.digest}
        undoes = {"undoes": decided.facts["undoes"]} if "undoes" in decided.facts else {}
        guard = {"guard": decided.facts["guard"]} if decided.facts.get("guard") else {}
        self._audit.note(
            what,
            f"plan {decided.id}",
            who=decided.decided_by or "",
            after={**about, **undoes, **guard},
            reason=decided.reason or "",
        )

    def _move(self, plan_id: int, before: Sequence[PlanState], **values: Any) -> StoredPlan | None:
        with self._database.write() as connection:
            row = connection.execute(
                plan.update()
                .where(plan.c.id == plan_id, plan.c.state.in_(before))
                .values(**values)
                .returning(plan)
            ).first()
        return None if row is None else _stored(row)


def _all() -> sa.Select[Any]:
    return sa.select(plan).where(plan.c.state != "running")


def _stored(row: sa.Row[Any]) -> StoredPlan:
    return StoredPlan(**row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
