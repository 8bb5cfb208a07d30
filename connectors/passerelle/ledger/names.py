"""Short numbers for long names: feeds and kinds of binding, so that a million rows do not repeat them."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from . import bulk

__all__ = ["feed_number", "kind_number", "run_number"]


def feed_number(connection: sa.Connection, name: str) -> int:
    """Give the number of a feed, new when the name is."""
    found = bulk.one(connection, "SELECT id FROM feed WHERE name = ?", (name,))
    if found is None:
        bulk.execute(connection, "INSERT INTO feed (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (name,))
        found = bulk.one(connection, "SELECT id FROM feed WHERE name = ?", (name,))
    return cast("int", found[0])


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
