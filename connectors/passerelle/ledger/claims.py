"""Claims: what was handed to a target's bulk door, which takes now and carries later.

A record is claimed before it is sent, so that a run that dies in between leaves a trace: the next one looks
for what was sent instead of sending it again. A claim ends when it is known what became of the record there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from . import bulk
from .database import Database, utc_now
from .names import feed_number

__all__ = ["Claim", "Claims"]

_PUT_SQLITE = (
    "INSERT INTO bulk_claim (feed_id, key, place, name, digest, number, since) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (feed_id, key) DO UPDATE SET place = excluded.place, name = excluded.name,"
    " digest = excluded.digest, number = excluded.number, since = excluded.since"
)
_PUT_POSTGRESQL = (
    "INSERT INTO bulk_claim (feed_id, key, place, name, digest, number, since)"
    " SELECT * FROM unnest(%b::int[], %b::text[], %b::text[], %b::text[], %b::bytea[], %b::text[],"
    " %b::timestamptz[])"
    " ON CONFLICT (feed_id, key) DO UPDATE SET place = excluded.place, name = excluded.name,"
    " digest = excluded.digest, number = excluded.number, since = excluded.since"
)
_GET = (
    "SELECT key, place, name, digest, number, since FROM bulk_claim"
    " WHERE feed_id = (SELECT id FROM feed WHERE name = ?) AND key {keys}"
)
_PAGE = (
    "SELECT key, place, name, digest, number, since FROM bulk_claim"
    " WHERE feed_id = (SELECT id FROM feed WHERE name = ?) AND key > ? ORDER BY key LIMIT ?"
)
_PLACES = (
    "SELECT DISTINCT place FROM bulk_claim WHERE feed_id = (SELECT id FROM feed WHERE name = ?)"
    " ORDER BY place"
)
_END = "DELETE FROM bulk_claim WHERE feed_id = (SELECT id FROM feed WHERE name = ?) AND key {keys}"

_PAGE_ROWS = 1_000


class Claim(NamedTuple):
    """A record that was handed over: where, under which name, and what of it (`digest`).

    `number` is the target's own for it, None while its answer is not known. `since` is in UTC.
    """

    key: str
    place: str
    name: str
    digest: bytes
    number: str | None
    since: datetime


class Claims:
    """The open claims of every feed, one a record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, feed: str, rows: Iterable[tuple[str, str, str, bytes, str | None]]) -> None:
        """Keep `(key, place, name, digest, number)`; a record that is claimed already is claimed anew."""
        latest = {row[0]: row for row in rows}
        if not latest:
            return
        since = self._database.stamp(utc_now())
        with self._database.write() as connection:
            feed_id = feed_number(connection, feed)
            bulk.write_rows(
                connection,
                sqlite=_PUT_SQLITE,
                postgresql=_PUT_POSTGRESQL,
                rows=[(feed_id, *latest[key], since) for key in sorted(latest)],
            )

    def get(self, feed: str, keys: Sequence[str]) -> dict[str, Claim]:
        """Read the claims on these records; those never handed over are left out."""
        found: dict[str, Claim] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(keys):
                for row in bulk.select_in(connection, _GET, (feed,), batch):
                    found[row[0]] = _claim(row)
        return found

    def pages(self, feed: str) -> Iterator[list[Claim]]:
        """Stream the claims of a feed in key order, a page at a time; each page is a read of its own."""
        after = ""
        while True:
            with self._database.read() as connection:
                page = [_claim(row) for row in bulk.rows(connection, _PAGE, (feed, after, _PAGE_ROWS))]
            if not page:
                return
            yield page
            after = page[-1].key

    def places(self, feed: str) -> list[str]:
        """Name where the feed's claims are."""
        with self._database.read() as connection:
            return [row[0] for row in bulk.rows(connection, _PLACES, (feed,))]

    def end(self, feed: str, keys: Sequence[str]) -> int:
        """End claims; count them."""
        with self._database.write() as connection:
            return bulk.change_in(connection, _END, (feed,), keys)


def _claim(row: Sequence[object]) -> Claim:
    key, place, name, digest, number, since = row
    when = datetime.fromisoformat(since).replace(tzinfo=UTC) if isinstance(since, str) else since
    if not isinstance(when, datetime) or not isinstance(digest, bytes | memoryview):
        raise TypeError(f"a claim came as {row!r}")
    return Claim(
        str(key),
        str(place),
        str(name),
        bytes(digest),
        None if number is None else str(number),
        when.astimezone(UTC),
    )
