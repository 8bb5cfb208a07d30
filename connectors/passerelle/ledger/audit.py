"""Audit: who changed what, when and why; rows are added and never changed."""

from __future__ import annotations

import getpass
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from . import bulk, table_rows
from .audit_schema import audit, config_seen
from .database import Database, utc_now

__all__ = ["Audit", "AuditEntry", "person"]

_PAGE = 500
_NOTE = audit.insert().returning(audit)
_KNOWN = sa.select(config_seen).where(config_seen.c.subject == sa.bindparam("of_subject"))
_SEEN = "SELECT digest FROM config_seen WHERE subject = ?"


def person(asked: str = "") -> str:
    """Name the person who acts: as told, else the user of this machine."""
    if asked:
        return asked
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        # A container without a table of users.
        name = f"user {os.getuid()}"
    return f"{name}@{platform.node()}"


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log: `before` and `after` are plain JSON, None where there is nothing to say."""

    id: int
    at: datetime
    who: str
    what: str
    subject: str
    before: Any = None
    after: Any = None
    reason: str = ""


class Audit:
    """The log of configuration and decisions; the database refuses to change or drop its rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(
        self,
        what: str,
        subject: str,
        *,
        who: str = "",
        before: Any = None,
        after: Any = None,
        reason: str = "",
    ) -> AuditEntry:
        """Add a line, in the caller's transaction when there is one; without `who` the machine's user.

        `what` is a stable word (`plan_approved`, `peak_on`), `subject` what it is about (`plan 12`). Secrets
        have no place here.
        """
        with self._database.write(durable=True) as connection:
            said = {
                "at": utc_now(),
                "who": person(who),
                "what": what,
                "subject": subject,
                "before": before,
                "after": after,
                "reason": reason,
            }
            row = connection.execute(_NOTE, said).one()
        return _entry(row)

    def entries(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        what: Sequence[str] = (),
        subject: str | None = None,
        limit: int | None = None,
    ) -> Iterator[AuditEntry]:
        """Walk the lines, the newest first; a page at a time, however long the log is."""
        query = sa.select(audit).order_by(audit.c.id.desc())
        if since is not None:
            query = query.where(audit.c.at >= since)
        if until is not None:
            query = query.where(audit.c.at < until)
        if what:
            query = query.where(audit.c.what.in_(what))
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        left, last = limit, None
        while left is None or left > 0:
            page = query if last is None else query.where(audit.c.id < last)
            with self._database.read() as connection:
                rows = connection.execute(page.limit(min(_PAGE, left or _PAGE))).all()
            yield from map(_entry, rows)
            if len(rows) < _PAGE:
                return
            left, last = None if left is None else left - len(rows), rows[-1].id

    def config_seen(self, subject: str) -> str | None:
        """Give the digest of a part of the configuration as the last run saw it."""
        with self._database.read() as connection:
            row = bulk.one(connection, _SEEN, (subject,))
        return None if row is None else row[0]

    def note_config(
        self, subject: str, digest: str, facts: Mapping[str, Any], *, by: str = ""
    ) -> AuditEntry | None:
        """Keep what a part of the configuration says now, and log what changed; None when nothing did.

        `facts` are flat: a path to each value. The log holds the paths that differ; of a part that was not
        seen before only the digest.
        """
        with self._database.write() as connection:
            known = connection.execute(_KNOWN, {"of_subject": subject}).first()
            if known is not None and known.digest == digest:
                return None
            row = (subject, digest, dict(facts), utc_now())
            columns = ("subject", "digest", "facts", "since")
            table_rows.put(self._database, connection, config_seen, columns, [row], replace=True)
            if known is None:
                return self.note("config_first_seen", subject, who=by, after={"digest": digest})
            before, after = _difference(known.facts, facts)
            return self.note("config_changed", subject, who=by, before=before, after=after)


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keep of both what the other has otherwise or not at all."""
    gone = {path: value for path, value in old.items() if path not in new or new[path] != value}
    come = {path: value for path, value in new.items() if path not in old or old[path] != value}
    return gone, come


def _entry(row: sa.Row[Any]) -> AuditEntry:
    return AuditEntry(**row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
