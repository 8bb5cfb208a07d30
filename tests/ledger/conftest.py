"""Ledgers for the tests: every test that asks for `ledger` runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from passerelle.ledger import Ledger
from tests.ledger.workers import Work
from tests.postgresql import own_server

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Give the address of a PostgreSQL server of our own."""
    with own_server() as server:
        _write_lazily(server.get_uri())
        yield server.get_uri()


def _write_lazily(server: str) -> None:
    """Let a server that lives for one run of the tests not wait for its disk.

    Every test makes some 270 files, and a server that stops waits until the disk has each of them: minutes,
    where the disk is slow. What a server of its own survives, a power cut say, is not what is tested here.
    """
    import psycopg  # noqa: PLC0415 - the server fixture skips when it is missing

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """Give the address of an empty schema."""
    import psycopg  # noqa: PLC0415 - the server fixture skips when it is missing

    schema = f"t{next(_numbers)}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    return f"{postgresql_server}&options={quote(f'-csearch_path={schema}')}"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the address of a file in a folder that is not there yet."""
    return f"sqlite:///{tmp_path}/deep/ledger.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """Give the address of a new ledger, once in each database."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """Give an open, empty ledger."""
    with Ledger.open(ledger_url) as opened:
        yield opened


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """Give names that no other example used, so that the examples of a property share one ledger."""
    return lambda stem: f"{stem}-{next(_numbers)}"


@pytest.fixture
def work() -> Iterator[Work]:
    """Start a real process that works on a ledger (see `worker.py`); the rest are killed at the end."""
    script = Path(__file__).with_name("worker.py")
    with ExitStack() as stack:

        def start(*arguments: str) -> subprocess.Popen[str]:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, str(script), *arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env={**os.environ, "PYTHONWARNINGS": "error"},
                )
            )
            stack.callback(process.kill)
            return process

        yield start
