"""The ledger in an SQLite file: made for its owner alone, opened in WAL, its locks taken when we say so."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

__all__ = ["BUSY_SECONDS", "make_private", "sqlite_engine"]

#: How long a writer waits for another one before `LedgerBusy`; transactions are a batch, so milliseconds.
BUSY_SECONDS = 30
#: Page cache of one connection: twice the inner pages of a million keys, flat in memory.
_CACHE_KIB = 2048


def make_private(path: Path) -> None:
    """Make the file where there is none: orders are personal data, only the owner reads it (and its WAL).

    One that is there is not opened: closing a file takes away every lock that this process has on it, those
    of connections that are open included (sqlite.org/howtocorrupt.html, 2.2).
    Raises OSError when it cannot be made, or is nothing that this user may read and write.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    if path.is_dir() or not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError("no file that this user may read and write")


def sqlite_engine(url: sa.URL) -> sa.Engine:
    """An engine on a file; a transaction begins as its connection's option `ledger_begin` says."""
    engine = sa.create_engine(
        url,
        # The driver must not begin transactions behind our back: `_begin` does.
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    # Only a new file needs the switch; asking each time would want the write lock each time.
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        _switch_to_wal(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _switch_to_wal(cursor: sqlite3.Cursor) -> None:
    """Switch a new file; of several processes that do so at once SQLite sends some away without waiting."""
    # A run on a ledger that is there needs none of it.
    from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random  # noqa: PLC0415 - as said

    waiting = Retrying(
        retry=retry_if_exception(_is_busy),
        stop=stop_after_delay(BUSY_SECONDS),
        wait=wait_random(0.01, 0.1),
        reraise=True,
    )
    waiting(cursor.execute, "PRAGMA journal_mode=WAL")


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY


def _begin(connection: sa.Connection) -> None:
    kind = connection.get_execution_options().get("ledger_begin", "read")
    # The driver itself: what is said before every transaction is worth no statement of SQLAlchemy's.
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # its type is the engine's
    if kind == "read":
        driver.execute("BEGIN")
        return
    # `synchronous` cannot change inside a transaction, so it is set before one that wants it otherwise.
    wanted = "FULL" if kind == "durable" else "NORMAL"
    if connection.info.get("synchronous") != wanted:
        driver.execute(f"PRAGMA synchronous={wanted}")
        connection.info["synchronous"] = wanted
    driver.execute("BEGIN IMMEDIATE")
