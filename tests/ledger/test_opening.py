from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from passerelle.errors import ConfigError
from passerelle.ledger import Ledger, LedgerBusy, LedgerUnavailable, upgrading
from passerelle.ledger.database import Database
from passerelle.ledger.schema import metadata
from tests.ledger.workers import Work, go, line, ready


class TestOpening:
    def test_the_file_is_made_with_its_folder_and_is_nobody_elses(self, tmp_path: Path) -> None:
        """A new ledger needs no preparation, and orders are personal data: only its owner reads it."""
        path = tmp_path / "a" / "b" / "ledger.db"
        Ledger.open(f"sqlite:///{path}").close()
        assert path.stat().st_mode & 0o777 == 0o600

    def test_a_relative_file_stays_the_same_file_when_the_folder_changes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The path is settled when the ledger opens."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "elsewhere").mkdir()
        with Ledger.open("sqlite:///ledger.db") as ledger:
            monkeypatch.chdir(tmp_path / "elsewhere")
            ledger.runs.start("stock", mode="full")
        assert not list((tmp_path / "elsewhere").iterdir())

    def test_sqlite_runs_in_wal_with_foreign_keys_and_a_small_cache(self, sqlite_url: str) -> None:
        """The settings that the design counts on are in force on every connection."""
        Ledger.open(sqlite_url).close()
        database = Database(sqlite_url)
        with database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert connection.exec_driver_sql("PRAGMA cache_size").scalar() == -2048
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
        database.close()

    def test_only_what_must_survive_a_power_cut_waits_for_the_disk(self, sqlite_url: str) -> None:
        """`synchronous` is NORMAL (1) for fingerprints, FULL (2) for orders and outgoing files."""
        Ledger.open(sqlite_url).close()
        database = Database(sqlite_url)
        for durable, level in ((True, 2), (False, 1), (True, 2)):
            with database.write(durable=durable) as connection:
                assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == level
        database.close()

    def test_a_current_ledger_opens_quickly(self, sqlite_url: str) -> None:
        """A command line must not wait for the ledger: less than 50 ms once it is up to date."""
        Ledger.open(sqlite_url).close()
        took = []
        for _ in range(5):
            # Its own work: what the machine does beside it, and how slow its disk is, is no part of it.
            start = time.thread_time()
            Ledger.open(sqlite_url).close()
            took.append(time.thread_time() - start)
        assert min(took) < 0.05

    def test_a_current_ledger_opens_without_alembic(self, work: Work, ledger_url: str) -> None:
        """Importing Alembic costs more than everything else in a short command."""
        Ledger.open(ledger_url).close()
        worker = work("modules", ledger_url)
        ready(worker)
        go(worker)
        assert line(worker) == "False"

    @pytest.mark.parametrize(
        "url",
        [
            "sqlite://",
            "sqlite:///:memory:",
            "mysql://root@shop/ledger",
            "no address",
            "sqlite:////proc/no/l.db",
        ],
    )
    def test_a_wrong_address_is_said_before_anything_starts(self, url: str) -> None:
        """A ledger outlives its run and lives in a database that it knows."""
        with pytest.raises(ConfigError):
            Ledger.open(url)

    def test_a_file_that_is_no_ledger_is_refused(self, tmp_path: Path) -> None:
        """What is not a database is not written over."""
        path = tmp_path / "ledger.db"
        path.write_bytes(b"<?xml version='1.0'?>" * 500)
        with pytest.raises(LedgerUnavailable):
            Ledger.open(f"sqlite:///{path}")
        assert path.read_bytes().startswith(b"<?xml")

    def test_a_server_that_does_not_answer_is_named_without_its_password(self, tmp_path: Path) -> None:
        """The message says which ledger, and never the password."""
        pytest.importorskip("psycopg", reason="needs psycopg: pip install passerelle[postgresql]")
        with pytest.raises(LedgerUnavailable) as caught:
            Ledger.open(f"postgresql://etl:hunter2@/ledger?host={tmp_path}")
        assert "etl" in str(caught.value)
        assert "hunter2" not in str(caught.value)


class TestMigrations:
    def test_they_give_the_tables_that_the_code_uses(self, ledger_url: str) -> None:
        """Schema and migrations agree: Alembic finds nothing left to do, types and defaults included."""
        Ledger.open(ledger_url).close()
        database = Database(ledger_url)
        with database.read() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True}
            )
            assert compare_metadata(context, metadata) == []
        database.close()

    def test_they_go_down_and_up_again(self, ledger_url: str) -> None:
        """Every migration can be taken back, and leaves nothing behind."""
        database = Database(ledger_url)
        upgrading.upgrade(database)
        with database.write() as connection:
            command.downgrade(upgrading.alembic_config(connection), "base")
        with database.read() as connection:
            assert sa.inspect(connection).get_table_names() == ["alembic_version"]
        upgrading.upgrade(database)
        with database.read() as connection:
            assert set(metadata.tables) < set(sa.inspect(connection).get_table_names())
        database.close()

    def test_the_revision_known_by_heart_is_the_last_one(self, sqlite_url: str) -> None:
        """A ledger is only taken for current when it is."""
        database = Database(sqlite_url)
        with database.read() as connection:
            script = ScriptDirectory.from_config(upgrading.alembic_config(connection))
        database.close()
        assert script.get_heads() == [upgrading.HEAD]

    def test_a_ledger_of_a_newer_version_is_left_alone(self, ledger_url: str) -> None:
        """An old program never works on tables that it does not know."""
        Ledger.open(ledger_url).close()
        database = Database(ledger_url)
        with database.write() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = 'from the future'"))
        with pytest.raises(ConfigError, match="from the future"):
            Ledger.open(ledger_url)
        with database.read() as connection:
            assert upgrading.current_revision(connection) == "from the future"
        database.close()

    def test_without_permission_an_old_ledger_is_not_migrated(self, ledger_url: str) -> None:
        """`migrate=False` only looks."""
        with pytest.raises(ConfigError, match=upgrading.HEAD):
            Ledger.open(ledger_url, migrate=False)
        Ledger.open(ledger_url).close()
        Ledger.open(ledger_url, migrate=False).close()

    def test_two_processes_may_open_a_new_ledger_at_once(self, work: Work, ledger_url: str) -> None:
        """One makes the tables, the others wait and find them."""
        workers = [work("open", ledger_url) for _ in range(3)]
        ready(*workers)
        go(*workers)
        assert [line(worker) for worker in workers] == ["0"] * 3
        assert [worker.wait() for worker in workers] == [0] * 3


class TestTransactions:
    def test_everything_inside_is_kept_or_dropped_together(self, ledger: Ledger) -> None:
        """What several rooms write in one transaction is one thing."""
        with pytest.raises(RuntimeError, match="half way"), ledger.transaction():  # noqa: PT012 - a block is the point
            ledger.fingerprints.store("stock", [("a", b"1", b"1")])
            ledger.bindings.put("shop", "stock", [("a", "id-1", 1)])
            assert ledger.fingerprints.count("stock") == 1
            raise RuntimeError("half way")
        assert ledger.fingerprints.count("stock") == 0
        assert ledger.bindings.get("shop", "stock", ["a"]) == {}

    def test_readers_do_not_wait_for_the_writer(self, ledger: Ledger) -> None:
        """While a long transaction is open, others read what was there before it."""
        ledger.fingerprints.store("stock", [("a", b"1", b"1")])
        counted: list[int] = []
        with ledger.transaction():
            ledger.fingerprints.store("stock", [("b", b"1", b"1")])
            reader = threading.Thread(target=lambda: counted.append(ledger.fingerprints.count("stock")))
            reader.start()
            reader.join(timeout=60)
            assert not reader.is_alive()
        assert counted == [1]
        assert ledger.fingerprints.count("stock") == 2

    def test_two_processes_write_at_once_and_neither_sees_a_lock(self, work: Work, ledger_url: str) -> None:
        """Writers wait for each other; nothing is lost and nothing is reported as locked."""
        workers = [work("store", ledger_url, "stock", prefix, "60") for prefix in "ab"]
        ready(*workers)
        go(*workers)
        with Ledger.open(ledger_url) as ledger:
            for worker in workers:
                while (said := line(worker)) != "done":
                    assert said.isdigit()
                    assert ledger.fingerprints.count("stock") >= 100
            assert ledger.fingerprints.count("stock") == 12_000
            known = ledger.fingerprints.lookup(
                "stock", [f"{p}0059-{n:03d}" for p in "ab" for n in range(100)]
            )
            assert len({one.id for one in known.values()}) == 200
        assert [worker.wait() for worker in workers] == [0, 0]

    def test_what_was_committed_outlives_kill_9(self, work: Work, ledger_url: str) -> None:
        """A batch that a process saw stored is there after it was killed, and the ledger is whole."""
        worker = work("store", ledger_url, "stock", "a", "100000")
        ready(worker)
        go(worker)
        last = [line(worker) for _ in range(20)][-1]
        worker.kill()
        worker.wait()
        with Ledger.open(ledger_url) as ledger:
            stored = [f"a{batch:04d}-{number:03d}" for batch in range(int(last) + 1) for number in range(100)]
            assert len(ledger.fingerprints.lookup("stock", stored)) == len(stored)
            assert ledger.fingerprints.count("stock") % 100 == 0

    def test_a_lock_that_does_not_go_away_is_busy_not_broken(
        self, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever waits too long is told to come again, with the reason."""
        monkeypatch.setattr("passerelle.ledger.sqlite_engine.BUSY_SECONDS", 0.05)
        with Ledger.open(sqlite_url) as ledger:
            other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(LedgerBusy, match="locked"):
                ledger.fingerprints.store("stock", [("a", b"1", b"1")])
            other.execute("COMMIT")
            other.close()
            ledger.fingerprints.store("stock", [("a", b"1", b"1")])
