"""A shop for all yards of a file, and yards with a ledger of their own in either database."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from passerelle.sandbox import Sandbox, SandboxConfig
from tests.postgresql import own_server

from .yard import Yard

_numbers = itertools.count(1)

MakeYard = Callable[..., Yard]


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    """One shop, a process of its own, with a project for every yard."""
    with Sandbox(SandboxConfig(any_project=True)) as running:
        yield running


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """A PostgreSQL server of our own, that a test may kill."""
    with own_server() as running:
        yield running


@pytest.fixture
def postgresql(server: Any) -> Callable[[], str]:
    """Give addresses of empty schemas."""
    import psycopg  # noqa: PLC0415 - the server fixture skips when PostgreSQL is missing

    def made() -> str:
        schema = f"y{next(_numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}".encode())
        # As docs/deploy/postgresql.md has it: a process that stopped while it held a row lets go.
        told = f"-csearch_path={schema} -cidle_in_transaction_session_timeout=60000"
        return f"{server.get_uri()}&options={quote(told)}"

    return made


@pytest.fixture
def yards(tmp_path: Path, shop: Sandbox) -> Iterator[MakeYard]:
    """Make yards; their processes are ended with the test."""
    made: list[Yard] = []

    def make(ledger_url: str = "", **more: Any) -> Yard:
        number = next(_numbers)
        home = tmp_path / f"yard-{number}"
        home.mkdir()
        yard = Yard(home, shop, f"yard-{number}", ledger_url or f"sqlite:///{home}/ledger.db", **more)
        made.append(yard)
        return yard

    yield make
    for yard in made:
        yard.close()
