from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from alembic import command

from passerelle.errors import ConfigError, Fatal
from passerelle.ledger import Ledger, upgrading
from passerelle.ledger.copying import LedgerCopy, check_copy, copy_in, copy_out
from passerelle.ledger.database import Database


def unwatched(what: str, done: int, total: int) -> None:
    """Nobody looks."""


def contents(url: str) -> dict[str, list[Any]]:
    """Every row of every table, in an order that does not depend on where it lies."""
    database = Database(url)
    with database.read() as connection:
        names = sa.inspect(connection).get_table_names()
        tables = {name: sa.table(name) for name in names}
        found = {
            name: sorted(map(repr, connection.execute(sa.select(sa.text("*")).select_from(table)).tuples()))
            for name, table in tables.items()
        }
    database.close()
    return found


def filled(url: str) -> None:
    """A ledger with a little of everything that is hard to copy: bytes, nulls, JSON, tabs, numbers."""
    with Ledger.open(url) as ledger:
        run = ledger.runs.start("stock", mode="full", parameters={"why": 'a\tb\\n"é\n'})
        ledger.fingerprints.store("stock", [(f"key-{n}", bytes(range(n % 256)), None) for n in range(500)])
        ledger.bindings.put("shop", "stock", [("a\tb", "id\\1", 1), ("é", "id-2", 2)])
        ledger.runs.finish(run.id, "succeeded", {"none": None, "text": "\\."})
        ledger.audit.note("peak_on", "x", who="Zoé", after={"a": [1, None]})
        for _ in range(3):
            ledger.quarantine.entries("stock")


@pytest.fixture
def second_url(request: pytest.FixtureRequest, ledger_url: str, tmp_path: Path) -> str:
    """Another, empty place of the same kind."""
    if ledger_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/second/ledger.db"
    import psycopg  # noqa: PLC0415 - the server fixture skips when it is missing

    server = request.getfixturevalue("postgresql_server")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS restored CASCADE")
        connection.execute("CREATE SCHEMA restored")
    return f"{server}&options=-csearch_path%3Drestored"


def test_what_is_restored_is_what_was_there(ledger_url: str, second_url: str, tmp_path: Path) -> None:
    """Every row of every table, byte for byte, through a manifest that was written and read."""
    filled(ledger_url)
    folder = tmp_path / "copy"
    folder.mkdir()
    copy = copy_out(ledger_url, folder, unwatched)
    assert copy.rows["fingerprint"] == 500
    check_copy(folder, copy, unwatched)
    copy_in(second_url, folder, msgspec.json.decode(msgspec.json.encode(copy), type=LedgerCopy), unwatched)
    assert contents(second_url) == contents(ledger_url)
    with Ledger.open(second_url, migrate=False) as ledger:
        # Numbers go on where they were, and the log is sealed as before.
        assert ledger.audit.note("peak_off", "x").id == 2
    database = Database(second_url)
    with pytest.raises(sa.exc.DBAPIError, match="only ever added"), database.write() as connection:
        connection.execute(sa.text("DELETE FROM audit"))
    database.close()


def test_it_is_one_moment_however_much_is_written_meanwhile(ledger_url: str, tmp_path: Path) -> None:
    """Two rows that are written together are both in it or neither, while writers never stop."""
    filled(ledger_url)
    folder = tmp_path / "copy"
    folder.mkdir()
    stop, begun = threading.Event(), threading.Event()

    def write() -> None:
        with Ledger.open(ledger_url) as ledger:
            number = 0
            while not stop.is_set():
                with ledger.transaction(durable=False):
                    ledger.fingerprints.store(
                        "left", [(f"{number}-{n}", b"1" * 500, b"1") for n in range(20)]
                    )
                    ledger.bindings.put(
                        "shop", "right", [(f"{number}-{n}", f"{number}-{n}", 1) for n in range(20)]
                    )
                number += 1
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(120)
        copy = copy_out(ledger_url, folder, unwatched)
    finally:
        stop.set()
        writer.join()
    assert copy.rows["fingerprint"] - 500 == copy.rows["binding"] - 2 > 0


def test_nothing_is_restored_where_something_is(ledger_url: str, tmp_path: Path) -> None:
    """Not over the ledger itself, not over another one."""
    filled(ledger_url)
    folder = tmp_path / "copy"
    folder.mkdir()
    copy = copy_out(ledger_url, folder, unwatched)
    before = contents(ledger_url)
    with pytest.raises(ConfigError, match="not empty"):
        copy_in(ledger_url, folder, copy, unwatched)
    assert contents(ledger_url) == before


@pytest.mark.parametrize("harm", ["cut", "changed", "gone", "rows"])
def test_a_damaged_copy_is_not_restored(ledger_url: str, second_url: str, tmp_path: Path, harm: str) -> None:
    """Cut short, changed, missing or with other counts: it is named, and the place stays empty."""
    filled(ledger_url)
    folder = tmp_path / "copy"
    folder.mkdir()
    copy = copy_out(ledger_url, folder, unwatched)
    victim = folder / max(copy.files, key=lambda file: file.size).name
    packed = victim.read_bytes()
    if harm == "gone":
        victim.unlink()
    elif harm == "cut":
        victim.write_bytes(packed[: len(packed) // 2])
    elif harm == "changed":
        half = len(packed) // 2
        victim.write_bytes(
            packed[:half] + bytes(byte ^ 0xFF for byte in packed[half : half + 20]) + packed[half + 20 :]
        )
    else:
        copy = msgspec.structs.replace(copy, rows={**copy.rows, "fingerprint": 499})
    if harm != "rows":
        with pytest.raises(Fatal, match=victim.name):
            check_copy(folder, copy, unwatched)
    with pytest.raises(Fatal):
        copy_in(second_url, folder, copy, unwatched)
    if second_url.startswith("sqlite"):
        assert list(Path(second_url.removeprefix("sqlite:///")).parent.iterdir()) == []
    else:
        assert contents(second_url) == {}


def test_an_older_ledger_is_copied_as_it_is_and_upgraded_after(
    ledger_url: str, second_url: str, tmp_path: Path
) -> None:
    """A backup before an upgrade migrates nothing; restored, it opens with the new tables."""
    database = Database(ledger_url)
    with database.write() as connection:
        command.upgrade(upgrading.alembic_config(connection), "0005")
        connection.execute(
            sa.text(
                "INSERT INTO run (id, feed, mode, parameters, host, pid, process_started, started_at, totals)"
                " VALUES ('r1', 'stock', 'full', '{}', 'h', 1, 0, '2026-01-01 00:00:00', '{}')"
            )
        )
    database.close()
    folder = tmp_path / "copy"
    folder.mkdir()
    copy = copy_out(ledger_url, folder, unwatched)
    assert copy.revision == "0005"
    copy_in(second_url, folder, copy, unwatched)
    with Ledger.open(second_url) as ledger:
        assert [run.id for run in ledger.runs.last()] == ["r1"]
        assert ledger.runs.start("stock", mode="full").feed == "stock"
    newer = msgspec.structs.replace(copy, revision="9999")
    with pytest.raises(ConfigError, match="does not know"):
        copy_in(second_url, folder, newer, unwatched)


def test_leftovers_of_another_ledger_are_no_empty_place(sqlite_url: str, tmp_path: Path) -> None:
    """A journal beside a missing file belongs to another ledger: SQLite must not replay it into ours."""
    filled(sqlite_url)
    folder = tmp_path / "copy"
    folder.mkdir()
    copy = copy_out(sqlite_url, folder, unwatched)
    target = tmp_path / "second" / "ledger.db"
    target.parent.mkdir()
    (target.parent / "ledger.db-wal").write_bytes(b"left")
    with pytest.raises(ConfigError, match=r"ledger\.db-wal"):
        copy_in(f"sqlite:///{target}", folder, copy, unwatched)
    shutil.rmtree(target.parent)
    with pytest.raises(ConfigError, match="There is no ledger"):
        copy_out(f"sqlite:///{target}", folder, unwatched)
    target.parent.mkdir()
    sqlite3.connect(target).close()
    with pytest.raises(ConfigError, match="There is no ledger"):
        copy_out(f"sqlite:///{target}", folder, unwatched)
