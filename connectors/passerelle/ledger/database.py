"""The database under the ledger: one engine, two kinds of transaction, errors translated at this border."""

from __future__ import annotations

import functools
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ..errors import ConfigError, Fatal, Retriable
from .sqlite_engine import BUSY_SECONDS, make_private, sqlite_engine

__all__ = ["Database", "LedgerBusy", "LedgerGone", "LedgerUnavailable", "repeatable", "utc_now"]

P = ParamSpec("P")
T = TypeVar("T")

#: So long a server that was there may be away (a restart, a failover) before the run gives up.
PATIENCE_SECONDS = 60.0
#: Pauses between two looks whether it is back.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0
#: How often a transaction is tried that got into a ring of waiting processes: the server ends one of them.
_DEADLOCKS = 5
#: What PostgreSQL says while it goes down or comes up (class 08 and these); "too many clients" passes, too.
_GOING = frozenset({"57P01", "57P02", "57P03", "53300"})

#: A machine that went away without a word is noticed within a minute, not after hours.
_PATIENT_LINE = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


class LedgerBusy(Retriable):
    """Another process kept the ledger locked for longer than a transaction should last."""


class LedgerUnavailable(Fatal):
    """The ledger's database cannot be read or written."""


class LedgerGone(LedgerUnavailable):
    """The server of the ledger went away in the middle of a transaction, or did not come back in time."""


def utc_now() -> datetime:
    """Tell the time as every row of the ledger keeps it: aware, in UTC."""
    return datetime.now(tz=UTC)


class Database:
    """An SQLite file or a PostgreSQL database, opened once; safe to use from several threads.

    SQLite runs in WAL: readers never wait for the writer. `synchronous=NORMAL` loses nothing that was
    committed when the process is killed, and may lose the last transactions when the *machine* loses
    power. For fingerprints, bindings and plans that costs a repetition of absolute values; for an order
    number or an outgoing file it would mean sending the same thing twice, so `write(durable=True)` waits
    for the disk. PostgreSQL always waits for its own log.

    A server that was there and is away is waited for, `patience` seconds at the most: no transaction begins
    before it is back, and one that was cut short raises LedgerGone, unless it is one of those that `again`
    does once more.
    """

    def __init__(self, url: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self.url = _normalised(url)
        self._patience = patience
        self._was_there = False
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        try:
            self.engine = self._sqlite_engine() if self.is_sqlite else self._postgresql_engine()
        except ImportError as exc:
            raise ConfigError(
                "The ledger's URL asks for PostgreSQL, and its driver is not installed",
                advice="Install it with: pip install 'passerelle[postgresql]'",
            ) from exc
        driver = self.engine.dialect.loaded_dbapi
        self._operational: type[Exception] = driver.OperationalError
        # The hot statements go to the driver itself, so its errors come bare as well as wrapped.
        self._failures: tuple[type[Exception], ...] = (
            sa.exc.DBAPIError,
            driver.DatabaseError,
            # What a driver raises when it is to go on with a connection that is closed.
            driver.InterfaceError,
        )
        self._writer = self.engine.execution_options(ledger_begin="write")
        self._durable_writer = self.engine.execution_options(ledger_begin="durable")

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state of the ledger until the block ends."""
        joined = self._joined()
        if joined is not None:
            yield joined
            return
        with self._translated(), self._connected(self.engine) as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[sa.Connection]:
        """Give a connection whose work is kept whole when the block ends well, and dropped when it raises.

        A write inside a write joins it. On SQLite the lock is taken at once (`BEGIN IMMEDIATE`): a
        transaction that reads first and locks later fails with "database is locked" without waiting.
        """
        joined = self._joined()
        if joined is not None:
            yield joined
            return
        engine = self._durable_writer if durable else self._writer
        with self._translated(), self._connected(engine) as connection, connection.begin():
            token = _open_write.set((self, connection))
            try:
                yield connection
            finally:
                _open_write.reset(token)

    def again(self, work: Callable[[], T]) -> T:
        """Do work that makes its own transactions; once more when the server went away in the middle of it.

        Only for work that may be done twice, because nobody knows whether the last transaction was kept.
        Inside a transaction it is done once: whoever began that has to begin it again.
        """
        ends, deadlocks = time.monotonic() + self._patience, 0
        while True:
            try:
                return work()
            except LedgerGone:
                if self._joined() is not None or time.monotonic() >= ends:
                    raise
                time.sleep(_FIRST_PAUSE)
            except LedgerBusy:
                deadlocks += 1
                if self.is_sqlite or self._joined() is not None or deadlocks == _DEADLOCKS:
                    raise

    def now(self, connection: sa.Connection) -> datetime:
        """Tell the time by the one clock that all who share this database have."""
        if self.is_sqlite:
            return utc_now()  # all of them are on this machine
        now: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)

    def insert(self, table: sa.Table) -> Any:
        """Start an INSERT that knows ON CONFLICT, in the words of this database."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def stamp(self, moment: datetime) -> str | datetime:
        """Give a time as the driver wants it in a statement that does not pass through SQLAlchemy."""
        if self.is_sqlite:
            return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return moment

    @staticmethod
    def moment(stored: str | datetime) -> datetime:
        """Read a time back, in UTC, that `stamp` wrote."""
        if isinstance(stored, str):
            return datetime.fromisoformat(stored).replace(tzinfo=UTC)
        return stored.astimezone(UTC)

    def _joined(self) -> sa.Connection | None:
        current = _open_write.get()
        if current is None or current[0] is not self:
            return None
        return current[1]

    @contextmanager
    def _connected(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        """Give a connection; nothing was done yet, so a server that is away may be waited for."""
        ends, pause = time.monotonic() + self._patience, _FIRST_PAUSE
        while True:
            try:
                connection = engine.connect()
                break
            except self._failures as exc:
                if not (self._was_there and _is_away(exc)) or time.monotonic() >= ends:
                    raise
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)
        self._was_there = True
        with connection:
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._failures as exc:
            cause = getattr(exc, "orig", exc)
            if self._was_there and _is_away(exc):
                raise LedgerGone(
                    f"The ledger {self.name} went away: {str(cause).strip()}",
                    advice="What was noted is kept; run again when its server is back",
                ) from exc
            # The plain DatabaseError is SQLite's for a file that is damaged or no database at all; its other
            # kinds (a constraint, a wrong statement) are not the database's fault.
            if not isinstance(cause, self._operational) and type(cause) is not sqlite3.DatabaseError:
                raise
            text = str(cause).strip()
            if any(word in text for word in ("locked", "busy", "deadlock", "lock timeout")):
                raise LedgerBusy(
                    f"The ledger {self.name} is locked by another process: {text}",
                    advice=f"Each write waits up to {BUSY_SECONDS} s; look for a process that hangs",
                ) from exc
            raise LedgerUnavailable(
                f"The ledger {self.name} cannot be used: {text}",
                advice="Check that the database is up, that the disk is not full and who may write there",
            ) from exc

    @property
    def name(self) -> str:
        """The URL without its password."""
        return self.url.render_as_string(hide_password=True)

    def _sqlite_engine(self) -> sa.Engine:
        if self.url.database in {None, "", ":memory:"}:
            raise ConfigError(
                f"The ledger {self.name} has no file",
                advice="A ledger outlives the run: give sqlite:///folder/ledger.db",
            )
        path = Path(str(self.url.database)).absolute()
        self.url = self.url.set(database=str(path))
        try:
            make_private(path)
        except OSError as exc:
            raise ConfigError(
                f"The ledger {self.name} cannot be opened: {exc}",
                advice="Name a folder that this user may write to",
            ) from exc
        return sqlite_engine(self.url)

    def _postgresql_engine(self) -> sa.Engine:
        told = {name: value for name, value in _PATIENT_LINE.items() if name not in self.url.query}
        return sa.create_engine(self.url, pool_pre_ping=True, connect_args=told)


class _Stores(Protocol):
    _database: Database


S = TypeVar("S", bound=_Stores)


def repeatable(
    method: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], T]:
    """Say of a method that it may be done twice: then it outlives a server that goes away (`again`)."""

    @functools.wraps(method)
    def done(self: S, /, *arguments: P.args, **named: P.kwargs) -> T:
        return self._database.again(lambda: method(self, *arguments, **named))

    return done


def _is_away(exc: Exception) -> bool:
    """Say whether an error tells that the server is not there, rather than what it thinks of a statement."""
    cause = getattr(exc, "orig", exc)
    if isinstance(cause, sqlite3.Error) or not type(cause).__module__.startswith("psycopg"):
        return False
    state = getattr(cause, "sqlstate", None)
    if state is None:
        # Not the server's words but the driver's own: it could not connect, or the connection broke.
        return any(kind.__name__ in {"OperationalError", "InterfaceError"} for kind in type(cause).__mro__)
    return bool(state[:2] == "08" or state in _GOING)


#: The write transaction that this thread or task is in, so that rooms can work in one transaction.
_open_write: ContextVar[tuple[Database, sa.Connection] | None] = ContextVar("_open_write", default=None)


def _normalised(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as exc:
        raise ConfigError(
            "The ledger's address is not a database URL",
            advice="Give sqlite:///folder/ledger.db or postgresql://user@host/database",
        ) from exc
    if parsed.drivername in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise ConfigError(
            f"The ledger cannot live in {parsed.drivername!r}",
            advice="It knows SQLite (sqlite:///folder/ledger.db) and PostgreSQL (postgresql://user@host/database)",
        )
    return parsed
