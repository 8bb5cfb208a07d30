"""A database that goes away for a moment: what waits, what is done again, and what is not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from passerelle.ledger import Ledger, LedgerGone, LedgerUnavailable
from passerelle.ledger.database import Database


@pytest.fixture
def url(postgresql: Callable[[], str]) -> str:
    """A ledger with its tables."""
    made = postgresql()
    Ledger.open(made).close()
    return made


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """It, opened."""
    opened = Database(url, patience=10)
    yield opened
    opened.close()


def _cut(url: str) -> None:
    """End every other connection of this schema's users, as a restart does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            " AND backend_type = 'client backend'"
        )


def test_a_transaction_that_was_cut_is_begun_again(database: Database, url: str) -> None:
    """The work of `again` is done a second time when the server went away in it, on a new connection."""
    tries: list[int] = []

    def work() -> int:
        with database.write() as connection:
            tries.append(1)
            connection.execute(sa.text("INSERT INTO feed (name) VALUES ('stock')"))
            if len(tries) == 1:
                _cut(url)
            found: int = connection.execute(sa.text("SELECT count(*) FROM feed")).scalar_one()
            return found

    assert database.again(work) == 1
    assert len(tries) == 2


def test_without_it_the_caller_hears_that_it_was_cut(database: Database, url: str) -> None:
    """What nobody called repeatable is never done twice."""
    with pytest.raises(LedgerGone), database.write() as connection:  # noqa: PT012 - the block is what is cut
        _cut(url)
        connection.execute(sa.text("INSERT INTO feed (name) VALUES ('stock')"))
    with database.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM feed")).scalar_one() == 0


def test_inside_a_transaction_nothing_is_done_again_by_itself(database: Database, url: str) -> None:
    """Half a transaction cannot be repeated: who began it has to begin it again."""
    tries: list[int] = []

    def inner() -> None:
        tries.append(1)
        with database.write() as connection:
            _cut(url)
            connection.execute(sa.text("SELECT 1"))

    with pytest.raises(LedgerGone), database.write():
        database.again(inner)
    assert tries == [1]


def test_a_repeatable_write_of_the_ledger_outlives_it(url: str) -> None:
    """Rows that are written by their key are there once, whatever was cut."""
    with Ledger.open(url) as ledger:
        run = ledger.runs.start("stock", mode="full")
        _cut(url)
        ledger.fingerprints.store("stock", [("K1", b"raw", b"strong")], run.id)
        _cut(url)
        assert set(ledger.fingerprints.lookup("stock", ["K1"])) == {"K1"}
        _cut(url)
        ledger.runs.finish(run.id, "succeeded")
        _cut(url)
        with ledger.leases.take("feed:stock", ttl=60) as lease:
            _cut(url)
            lease.heartbeat()


def test_a_server_that_is_away_is_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction begins when the server is back; at the first connection it must be there."""
    database = Database(url, patience=60)
    with database.read() as connection:
        connection.execute(sa.text("SELECT 1"))
    database.close()
    is_back = threading.Event()
    connect = database.engine.connect
    tries: list[None] = []

    def away(*_: Any, **__: Any) -> Any:
        tries.append(None)
        if is_back.is_set():
            return connect()
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(database.engine, "connect", away)
    began = time.monotonic()
    threading.Timer(0.4, is_back.set).start()
    with database.read() as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1
    assert time.monotonic() - began >= 0.4
    database.close()
    stranger = Database(url, patience=60)
    monkeypatch.setattr(stranger.engine, "connect", away)
    is_back.clear()
    tries.clear()
    with pytest.raises(LedgerUnavailable), stranger.read():
        pass
    assert len(tries) == 1
    stranger.close()


def test_patience_ends(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not come back ends the run, and is named."""
    database = Database(url, patience=0.3)
    with database.read() as connection:
        connection.execute(sa.text("SELECT 1"))

    def away(*_: Any, **__: Any) -> Any:
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(database.engine, "connect", away)
    with pytest.raises(LedgerGone, match="connection refused"):
        database.again(lambda: database.read().__enter__())
    database.close()
