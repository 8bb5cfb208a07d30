"""Bindings: which id of a target belongs to which key of ours, at which version, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from . import bulk
from .database import Database, repeatable, utc_now
from .names import kind_number

__all__ = ["Binding", "Bindings"]

_PUT_SQLITE = (
    "INSERT INTO binding (kind_id, key, target_id, version, since) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (kind_id, key) DO UPDATE SET version = excluded.version, since = CASE"
    " WHEN binding.target_id = excluded.target_id THEN binding.since ELSE excluded.since END,"
    " target_id = excluded.target_id"
    # What is bound so already is left alone: a row written again costs a page of the disk.
    " WHERE binding.version <> excluded.version OR binding.target_id <> excluded.target_id"
)
_PUT_POSTGRESQL = (
    "INSERT INTO binding (kind_id, key, target_id, version, since)"
    " SELECT * FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::bigint[], %b::timestamptz[])"
    " ON CONFLICT (kind_id, key) DO UPDATE SET version = excluded.version, since = CASE"
    " WHEN binding.target_id = excluded.target_id THEN binding.since ELSE excluded.since END,"
    " target_id = excluded.target_id"
    # What is bound so already is left alone: a row written again costs a page of the disk.
    " WHERE binding.version <> excluded.version OR binding.target_id <> excluded.target_id"
)
_GET = (
    "SELECT key, target_id, version, since FROM binding"
    " WHERE kind_id = (SELECT id FROM binding_kind WHERE system = ? AND entity = ?) AND key {keys}"
)
_KEYS_OF = (
    "SELECT target_id, key FROM binding"
    " WHERE kind_id = (SELECT id FROM binding_kind WHERE system = ? AND entity = ?) AND target_id {keys}"
)
_PAGE = (
    "SELECT key, target_id, version, since FROM binding"
    " WHERE kind_id = (SELECT id FROM binding_kind WHERE system = ? AND entity = ?) AND key > ?"
    " ORDER BY key LIMIT ?"
)
_FORGET = (
    "DELETE FROM binding"
    " WHERE kind_id = (SELECT id FROM binding_kind WHERE system = ? AND entity = ?) AND key {keys}"
)

_PAGE_ROWS = 2_000


class Binding(NamedTuple):
    """Where a record lives in the target: `since` is when this id was first bound to the key."""

    target_id: str
    version: int
    since: datetime


class Bindings:
    """The bindings of every system and entity."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @repeatable
    def put(self, system: str, entity: str, rows: Iterable[tuple[str, str, int]]) -> None:
        """Bind `(key, target_id, version)`; a key that is bound already moves to the new id and version."""
        latest = {key: (target_id, version) for key, target_id, version in rows}
        if not latest:
            return
        since = self._database.stamp(utc_now())
        with self._database.write() as connection:
            kind_id = kind_number(connection, system, entity)
            # In key order: two processes that bind the same keys never wait for each other in a ring.
            values = [(kind_id, key, *latest[key], since) for key in sorted(latest)]
            bulk.write_rows(connection, sqlite=_PUT_SQLITE, postgresql=_PUT_POSTGRESQL, rows=values)

    @repeatable
    def get(self, system: str, entity: str, keys: Sequence[str]) -> dict[str, Binding]:
        """Read the bindings of these keys; unbound ones are left out."""
        found: dict[str, Binding] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(keys):
                for key, target_id, version, since in bulk.select_in(
                    connection, _GET, (system, entity), batch
                ):
                    found[key] = Binding(target_id, version, Database.moment(since))
        return found

    def pages(self, system: str, entity: str, size: int = _PAGE_ROWS) -> Iterator[dict[str, Binding]]:
        """Stream all of an entity in key order, a page at a time; each page is a read of its own."""
        after = ""
        while True:
            with self._database.read() as connection:
                page = list(bulk.rows(connection, _PAGE, (system, entity, after, size)))
            if not page:
                return
            yield {
                key: Binding(target, version, Database.moment(since)) for key, target, version, since in page
            }
            after = page[-1][0]

    @repeatable
    def keys_of(self, system: str, entity: str, target_ids: Sequence[str]) -> dict[str, list[str]]:
        """Read the keys bound to these ids of the target, sorted; more than one key an id is worth a look."""
        found: dict[str, list[str]] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(target_ids):
                for target_id, key in bulk.select_in(connection, _KEYS_OF, (system, entity), batch):
                    found.setdefault(target_id, []).append(key)
        return {target_id: sorted(set(keys)) for target_id, keys in found.items()}

    def forget(self, system: str, entity: str, keys: Sequence[str]) -> int:
        """Unbind keys; count those that were bound."""
        with self._database.write() as connection:
            return bulk.change_in(connection, _FORGET, (system, entity), keys)
