"""Short numbers for long names: feeds and kinds of binding, so that a million rows do not repeat them."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from . import bulk

__all__ = ["feed_number", "kind_number", "last_number", "run_number"]


def feed_number(connection: sa.Connection, name: str) -> int:
    """Give the number of a feed, new when the name is."""
    found = bulk.one(connection, "SELECT id FROM feed WHERE name = ?", (name,))
    if found is None:
        bulk.execute(connection, "INSERT INTO feed (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (name,))
        found = bulk.one(connection, "SELECT id FROM feed WHERE name = ?", (name,))
    return cast("int", found[0])


def last_number(connection: sa.Connection, feed: str) -> tuple[int, int]:
    """Give the number of a feed and the last one given to a record of it.

    On PostgreSQL other writers of this feed wait from here on; in SQLite there is one writer.
    """
    feed_id = feed_number(connection, feed)
    statement = "SELECT last_id FROM feed WHERE id = ?"
    if connection.dialect.name != "sqlite":
        statement += " FOR UPDATE"
    return feed_id, int(bulk.one(connection, statement, (feed_id,))[0])


def kind_number(connection: sa.Connection, system: str, entity: str) -> int:
    """Give the number of a kind of binding, new when system and entity are."""
    wanted = "SELECT id FROM binding_kind WHERE system = ? AND entity = ?"
    found = bulk.one(connection, wanted, (system, entity))
    if found is None:
        bulk.execute(
            connection,
            "INSERT INTO binding_kind (system, entity) VALUES (?, ?) ON CONFLICT (system, entity) DO NOTHING",
            (system, entity),
        )
        found = bulk.one(connection, wanted, (system, entity))
    return cast("int", found[0])


def run_number(connection: sa.Connection, run_id: str | None) -> int | None:
    """Give the number of a run, None when there is no run or the ledger does not know it."""
    if run_id is None:
        return None
    found = bulk.one(connection, "SELECT no FROM run WHERE id = ?", (run_id,))
    return None if found is None else cast("int", found[0])
