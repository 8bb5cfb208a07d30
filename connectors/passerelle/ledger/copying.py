"""Copying: the whole ledger into files, as it was at one moment, and from there into an empty database."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias, cast

import msgspec
import sqlalchemy as sa
from isal import igzip
from isal.igzip_lib import IsalError

from ..errors import ConfigError, Fatal
from .database import Database
from .upgrading import HEAD, current_revision, known_revisions, migrate_to

__all__ = [
    "CopiedFile",
    "LedgerCopy",
    "Watch",
    "check_copy",
    "copy_in",
    "copy_out",
    "require_empty",
    "unpacked",
]

#: Told what is copied, how much of it is done, and how much there is (pages of SQLite, rows; 0: not known).
Watch: TypeAlias = Callable[[str, int, int], None]

#: isal ships no types.
unpacked = cast("Callable[..., BinaryIO]", igzip.open)
_packer = cast("Callable[..., BinaryIO]", igzip.IGzipFile)

_CHUNK = 1 << 20
# isal's stub calls its exception class an exception.
_ISAL_ERROR = cast("type[Exception]", IsalError)
#: Pages in one step of SQLite's backup: some milliseconds, between which others get the processor.
_PAGES = 2_000
_FILE = "ledger.db.gz"


class CopiedFile(msgspec.Struct, frozen=True):
    """One file of a copy: its name, and size and hash of what it unpacks to."""

    name: str
    size: int
    sha256: str


class LedgerCopy(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy holds: of SQLite one file, of PostgreSQL a file for each table; rows by table.

    `columns` and `sequences` are PostgreSQL's: in which order its files have them, the last numbers given.
    """

    kind: Literal["sqlite", "postgresql"]
    revision: str
    files: list[CopiedFile]
    rows: dict[str, int]
    columns: dict[str, list[str]] = {}
    sequences: dict[str, int] = {}


def copy_out(url: str, folder: Path, watch: Watch) -> LedgerCopy:
    """Copy a ledger, of whatever revision, into files below a folder while others go on writing.

    What is copied is one state: that of the moment when copying began. Nothing is migrated.
    Raises ConfigError when there is no ledger at that address.
    """
    path = _sqlite_file(url)
    if path is not None:
        return _copy_sqlite(path, folder, watch)
    with closing(Database(url)) as database:
        return _copy_postgresql(database, folder, watch)


def check_copy(folder: Path, copy: LedgerCopy, watch: Watch) -> None:
    """Read every file of a copy to its end; raises Fatal naming each that is missing or not as it was."""
    faults: list[str] = []
    for number, file in enumerate(copy.files):
        watch(file.name, number, len(copy.files))
        found = hashlib.sha256()
        size = 0
        try:
            with unpacked(folder / file.name) as packed:
                while chunk := packed.read(_CHUNK):
                    found.update(chunk)
                    size += len(chunk)
        except (OSError, EOFError, ValueError, _ISAL_ERROR) as error:
            faults.append(f"{file.name} cannot be read: {error}")
            continue
        if (size, found.hexdigest()) != (file.size, file.sha256):
            faults.append(f"{file.name} holds {size} bytes with another hash, expected {file.size} bytes")
    if faults:
        raise Fatal(f"The backup {folder} is damaged: {'; '.join(faults)}", advice="Take an older one")


def require_empty(url: str) -> None:
    """Raise ConfigError unless there is nothing at an address: no table, no file with anything in it."""
    path = _sqlite_file(url)
    if path is not None:
        files = (path, *(path.with_name(path.name + end) for end in ("-wal", "-journal")))
        full = [str(file) for file in files if file.exists() and file.stat().st_size]
    else:
        with closing(Database(url)) as database, database.read() as connection:
            full = sa.inspect(connection).get_table_names()
    if full:
        raise ConfigError(
            f"The ledger is not empty, there is already: {', '.join(full)}",
            advice="A backup is restored where nothing is: move the old one away, or name another place",
        )


def copy_in(url: str, folder: Path, copy: LedgerCopy, watch: Watch) -> None:
    """Put a copy into an empty database, whole or not at all, and count and hash it there.

    The revision stays that of the copy. Raises ConfigError when something is there already, or when the copy
    is of the other kind of database or newer than this version; Fatal when it is damaged.
    """
    _require_known(copy)
    require_empty(url)
    path = _sqlite_file(url)
    if (path is not None) != (copy.kind == "sqlite"):
        raise ConfigError(
            f"The backup is of a ledger on {copy.kind}, the address is of another kind of database",
            advice="Restore it into the same kind, see PASSERELLE_LEDGER",
        )
    if path is not None:
        _restore_sqlite(path, folder, copy, watch)
        return
    with closing(Database(url)) as database:
        _restore_postgresql(database, folder, copy, watch)


def _require_known(copy: LedgerCopy) -> None:
    if copy.revision not in known_revisions():
        raise ConfigError(
            f"The backup is at revision {copy.revision}, which this version ({HEAD}) does not know",
            advice="A newer version of Passerelle made it: restore it with that one",
        )


def _sqlite_file(url: str) -> Path | None:
    """Give the file of a ledger on SQLite, which nobody made yet perhaps; None for another database."""
    parsed = sa.make_url(url)
    return Path(str(parsed.database)).absolute() if parsed.get_backend_name() == "sqlite" else None


def _absent(name: str) -> ConfigError:
    return ConfigError(f"There is no ledger {name}", advice="Check PASSERELLE_HOME and PASSERELLE_LEDGER")


# SQLite: its own backup of the whole file, under one read transaction.


def _copy_sqlite(source: Path, folder: Path, watch: Watch) -> LedgerCopy:
    if not source.exists():
        raise _absent(str(source))
    plain = folder / "ledger.db"
    os.close(os.open(plain, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, isolation_level=None)) as reading,
        closing(sqlite3.connect(plain, isolation_level=None)) as writing,
    ):
        # One read transaction around all steps: what others write meanwhile is not seen, so nothing is
        # begun anew, however much they write.
        reading.execute("BEGIN")
        if not reading.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            raise _absent(str(source))
        (revision,) = reading.execute("SELECT version_num FROM alembic_version").fetchone()
        reading.backup(
            writing,
            pages=_PAGES,
            progress=lambda _, left, total: watch("ledger", total - left, total),
            sleep=0,
        )
        writing.execute("PRAGMA journal_mode=DELETE")
        rows = _checked_rows(writing, plain)
    packed = _pack(plain, folder / _FILE)
    plain.unlink()
    return LedgerCopy(kind="sqlite", revision=revision, files=[packed], rows=rows)


def _restore_sqlite(target: Path, folder: Path, copy: LedgerCopy, watch: Watch) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.restoring")
    part.unlink(missing_ok=True)
    (file,) = copy.files
    found, done = hashlib.sha256(), 0
    try:
        with unpacked(folder / file.name) as packed, os.fdopen(
            os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb"
        ) as plain:  # fmt: skip
            while chunk := packed.read(_CHUNK):
                found.update(chunk)
                plain.write(chunk)
                done += len(chunk)
                watch("ledger", done, file.size)
            plain.flush()
            os.fsync(plain.fileno())
        _compare(folder, file, done, found.hexdigest())
        with closing(sqlite3.connect(part, isolation_level=None)) as reading:
            rows = _checked_rows(reading, part)
        _compare_rows(folder, copy, rows)
        # Whoever began to write here meanwhile keeps what is theirs: a link never takes a place.
        if target.exists():
            target.unlink()
        os.link(part, target)
    except (OSError, EOFError, ValueError, sqlite3.DatabaseError) as error:
        raise Fatal(f"The backup {folder} cannot be restored: {error}", advice="Take an older one") from error
    finally:
        part.unlink(missing_ok=True)


def _checked_rows(connection: sqlite3.Connection, path: Path) -> dict[str, int]:
    """Have SQLite look at every page, then count the rows of each table."""
    said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        raise Fatal(f"{path} is damaged: {said}", advice="Look at the disk; `sqlite3 FILE .recover` may help")
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    return {name: _count_sqlite(connection, name) for (name,) in names if name != "alembic_version"}


def _count_sqlite(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])  # noqa: S608 - a table of ours


def _pack(plain: Path, target: Path) -> CopiedFile:
    found, size = hashlib.sha256(), 0
    with plain.open("rb") as reading, _packed(target) as writing:
        while chunk := reading.read(_CHUNK):
            found.update(chunk)
            writing.write(chunk)
            size += len(chunk)
    return CopiedFile(target.name, size, found.hexdigest())


@contextmanager
def _packed(path: Path) -> Iterator[Any]:
    """Write a packed file that only its owner reads, down to the disk."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as plain:
        with _packer(filename="", mode="wb", fileobj=plain, compresslevel=1, mtime=0) as packed:
            yield packed
        plain.flush()
        os.fsync(plain.fileno())


# PostgreSQL: each table as a stream of COPY, all of them in one transaction that sees one state.


def _copy_postgresql(database: Database, folder: Path, watch: Watch) -> LedgerCopy:
    files: list[CopiedFile] = []
    rows: dict[str, int] = {}
    reading = database.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with reading.connect() as connection, connection.begin():
        # The first statement fixes the state that all the others see.
        revision = current_revision(connection)
        if revision is None:
            raise _absent(database.name)
        tables = _tables(connection)
        columns = {name: _columns(connection, name) for name in tables}
        for number, name in enumerate(tables):
            watch(name, number, len(tables))
            file, count = _copy_table(connection, folder / f"{name}.copy.gz", name, columns[name])
            files.append(file)
            rows[name] = count
        sequences = _sequences(connection, tables)
    return LedgerCopy(
        kind="postgresql",
        revision=revision,
        files=files,
        rows=rows,
        columns=columns,
        sequences=sequences,
    )


def _restore_postgresql(database: Database, folder: Path, copy: LedgerCopy, watch: Watch) -> None:
    by_name = {file.name: file for file in copy.files}
    with database.write() as connection:
        migrate_to(database, connection, copy.revision)
        # Tables are read back in the order in which they were written, for their hash.
        connection.exec_driver_sql("SET LOCAL synchronize_seqscans = off")
        for number, name in enumerate(copy.columns):
            watch(name, number, len(copy.columns))
            _restore_table(connection, folder, by_name[f"{name}.copy.gz"], name, copy.columns[name])
        for sequence, last in copy.sequences.items():
            connection.execute(sa.text("SELECT setval(:name, :last)"), {"name": sequence, "last": last})
        rows: dict[str, int] = {}
        for name, columns in copy.columns.items():
            file, rows[name] = _copy_table(connection, None, name, columns)
            wanted = by_name[f"{name}.copy.gz"]
            _compare(folder, wanted, file.size, file.sha256)
        _compare_rows(folder, copy, rows)


def _copy_table(
    connection: sa.Connection, target: Path | None, name: str, columns: list[str]
) -> tuple[CopiedFile, int]:
    """Stream a table into a packed file (without one only through the hash); count its rows."""
    found, size = hashlib.sha256(), 0
    cursor = _cursor(connection)
    statement = f"COPY {_quoted(name)} ({', '.join(map(_quoted, columns))}) TO STDOUT"
    if target is None:
        with cursor.copy(statement) as stream:
            for chunk in stream:
                found.update(chunk)
                size += len(chunk)
    else:
        with _packed(target) as packed, cursor.copy(statement) as stream:
            for chunk in stream:
                found.update(chunk)
                packed.write(chunk)
                size += len(chunk)
    count = int(cursor.rowcount)
    return CopiedFile("" if target is None else target.name, size, found.hexdigest()), count


def _restore_table(
    connection: sa.Connection, folder: Path, file: CopiedFile, name: str, columns: list[str]
) -> None:
    statement = f"COPY {_quoted(name)} ({', '.join(map(_quoted, columns))}) FROM STDIN"
    try:
        with unpacked(folder / file.name) as packed, _cursor(connection).copy(statement) as stream:
            while chunk := packed.read(_CHUNK):
                stream.write(chunk)
    except (OSError, EOFError, ValueError) as error:
        raise Fatal(f"{folder / file.name} cannot be read: {error}", advice="Take an older backup") from error


def _tables(connection: sa.Connection) -> list[str]:
    """Name the ledger's tables, those that others point to first."""
    ordered = sa.inspect(connection).get_sorted_table_and_fkc_names()
    return [name for name, _ in ordered if name is not None and name != "alembic_version"]


def _columns(connection: sa.Connection, table: str) -> list[str]:
    return [str(column["name"]) for column in sa.inspect(connection).get_columns(table)]


def _sequences(connection: sa.Connection, tables: list[str]) -> dict[str, int]:
    """Give the last numbers that were given out: a number once shown never means something else."""
    owner = sa.text("SELECT pg_get_serial_sequence(:table, :column)")
    names = [
        connection.execute(owner, {"table": _quoted(table), "column": column}).scalar()
        for table in tables
        for column in _columns(connection, table)
    ]
    last: dict[str, int] = {}
    for name in filter(None, names):
        value, called = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {name}").one()  # noqa: S608 - PostgreSQL named and quoted it
        if called:
            # Without its schema: the ledger may be restored into another one.
            last[name.rpartition(".")[2]] = value
    return last


def _cursor(connection: sa.Connection) -> Any:
    driver: Any = connection.connection.driver_connection
    return driver.cursor()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _compare(folder: Path, file: CopiedFile, size: int, sha256: str) -> None:
    if (size, sha256) != (file.size, file.sha256):
        raise Fatal(
            f"{folder / file.name} does not hold what the manifest says: {size} bytes, expected {file.size}",
            advice="Take an older backup; nothing was restored",
        )


def _compare_rows(folder: Path, copy: LedgerCopy, rows: dict[str, int]) -> None:
    other = [f"{name} {rows.get(name, 0)} rows, expected {count}" for name, count in copy.rows.items()
             if rows.get(name) != count]  # fmt: skip
    if other:
        raise Fatal(f"The backup {folder} is not whole: {'; '.join(other)}", advice="Take an older one")
