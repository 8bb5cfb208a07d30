"""An upgrade with data in it: a ledger of an older release goes forward, back, and forward again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from passerelle.errors import ConfigError
from passerelle.ledger import Heard, LeaseHeld, Ledger, upgrading
from passerelle.ledger.database import Database
from passerelle.records import Address, Money, Order, OrderLine, OrderMessage

#: The last release before orders had lives.
RELEASE = "0005"
AT = dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC)
ORDERS = 7


class OldRelease:
    """A ledger as that release left it, read and written by the tables that it had."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.go_to(RELEASE)
        self.tables = sa.MetaData()
        database = Database(url)
        with database.write() as connection:
            self.tables.reflect(connection)
            self.tables.remove(self.tables.tables["alembic_version"])
            self._fill(connection, AT.replace(tzinfo=None) if database.is_sqlite else AT)
        database.close()

    def go_to(self, revision: str) -> None:
        """Bring it forward or back."""
        with closing(Database(self.url)) as database, database.write() as connection:
            upgrading.migrate_to(database, connection, revision)

    def rows(self) -> dict[str, list[str]]:
        """Every row of its tables, in the columns that it knew."""
        database = Database(self.url)
        with database.read() as connection:
            found = {
                table.name: sorted(map(repr, connection.execute(sa.select(table)).tuples()))
                for table in self.tables.sorted_tables
            }
        database.close()
        return found

    def names(self) -> set[str]:
        """The tables that are there."""
        database = Database(self.url)
        with database.read() as connection:
            names = set(sa.inspect(connection).get_table_names())
        database.close()
        return names - {"alembic_version"}

    def _fill(self, connection: sa.Connection, at: dt.datetime) -> None:
        put: dict[str, Callable[[dict[str, Any]], object]] = {
            name: lambda row, table=table: connection.execute(table.insert(), row)  # type: ignore[misc]  # the loop's own table
            for name, table in self.tables.tables.items()
        }
        put["feed"]({"id": 1, "name": "stock", "last_id": 2})
        put["run"](
            {
                "id": "r-1",
                "feed": "stock",
                "mode": "full",
                "parameters": {"mode": "auto"},
                "host": "old",
                "pid": 7,
                "process_started": 1.5,
                "started_at": at,
                "finished_at": at,
                "outcome": "succeeded",
                "totals": {"received": 2},
            }
        )
        for number, key in enumerate(("A", "é\t"), 1):
            put["fingerprint"](
                {"feed_id": 1, "key": key, "id": number, "raw": b"\0\xff", "strong": None, "run_no": 1}
            )
        put["binding_kind"]({"id": 1, "system": "shop", "entity": "stock"})
        put["binding"]({"kind_id": 1, "key": "A", "target_id": "t", "version": 3, "since": at})
        put["file"](
            {
                "feed": "stock",
                "series": "stock",
                "name": "S_00001.xml",
                "sha256": "0" * 64,
                "size": 12,
                "sequence": 1,
                "state": "applied",
                "recorded_at": at,
                "changed_at": at,
            }
        )
        for number in range(1, ORDERS + 1):
            put["shop_order"](
                {
                    "id": number,
                    "number": f"W-{number}",
                    "shop_id": f"s-{number}",
                    "destination": "erp",
                    "created_at": at,
                    "first_seen": at,
                    # One that an even older release met without taking it down.
                    "record": None if number == ORDERS else msgspec.json.encode(_order(number)),
                }
            )
        put["order_step"](
            {"order_id": 1, "step": "export", "attempt": 1, "state": "sent", "detail": {}, "at": at}
        )


def _order(number: int) -> Order:
    line = OrderLine(
        id=f"{number}-a",
        sku="SKU-1",
        name="Scarf",
        quantity=2,
        unit_price=Money(1500, "EUR"),
        total=Money(3000, "EUR"),
    )
    return Order(
        id=f"s-{number}",
        version=1,
        order_number=f"W-{number}",
        created_at=AT,
        state="Open",
        payment_state="Paid",
        total=Money(3000 + number, "EUR"),
        lines=(line,),
        shipping_address=Address(last_name="Ferrand", city="Lyon", country="FR"),
    )


def _worked_out(url: str) -> list[tuple[int, int | None]]:
    """Which orders have a picture, and their totals."""
    database = Database(url)
    with database.read() as connection:
        query = "SELECT id, total FROM shop_order WHERE view IS NOT NULL ORDER BY id"
        rows = [(int(row[0]), row[1]) for row in connection.execute(sa.text(query))]
    database.close()
    return rows


def test_data_of_the_old_release_survives_forward_back_and_forward(ledger_url: str) -> None:
    """What it wrote is the same at every stop, the new release works on it, and back nothing new is left."""
    old = OldRelease(ledger_url)
    before, tables = old.rows(), old.names()
    with Ledger.open(ledger_url) as ledger:
        assert old.rows() == before
        assert [(run.id, run.totals) for run in ledger.runs.last()] == [("r-1", {"received": 2})]
        assert ledger.fingerprints.count("stock") == 2
        assert ledger.bindings.get("shop", "stock", ["A"])["A"].version == 3
        assert ledger.files.last("stock", 1)[0].name == "S_00001.xml"
        assert ledger.order_book.orders(["W-3"])["W-3"].total == Money(3003, "EUR")
        assert _worked_out(ledger_url) == [(n, 3000 + n) for n in range(1, ORDERS)]
        heard = Heard(OrderMessage(order_number="W-2", kind="accepted", ref="1"), "messages", "M.xml", 1)
        assert ledger.order_book.note([heard]).new == 1
        assert ledger.runs.start("stock", mode="full").feed == "stock"
    old.go_to(RELEASE)
    assert old.names() == tables
    after = old.rows()
    # The run of the new release is in a table that the old one knows; all else is what it was.
    assert {name: rows for name, rows in after.items() if name != "run"} == {
        name: rows for name, rows in before.items() if name != "run"
    }
    assert before["run"][0] in after["run"]
    with Ledger.open(ledger_url) as ledger:
        assert old.rows() == after
        assert _worked_out(ledger_url) == [(n, 3000 + n) for n in range(1, ORDERS)]
        assert ledger.order_book.note([heard]).new == 1


def test_orders_of_the_old_release_are_worked_out_with_progress_and_go_on_where_they_stopped(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut short in the middle, the next opening tells of what is left, and the one after asks nothing."""
    OldRelease(ledger_url)
    monkeypatch.setattr("passerelle.ledger.orders.book._BATCH", 2)
    told: list[tuple[int, int]] = []

    def cut(done: int, total: int) -> None:
        told.append((done, total))
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Ledger.open(ledger_url, progress=cut)
    assert told == [(0, 6), (2, 6), (4, 6)]
    assert [number for number, _ in _worked_out(ledger_url)] == [1, 2, 3, 4]
    told.clear()
    Ledger.open(ledger_url, progress=lambda *at: told.append(at)).close()
    assert told == [(0, 2), (2, 2)]
    assert [number for number, _ in _worked_out(ledger_url)] == [1, 2, 3, 4, 5, 6]
    told.clear()
    Ledger.open(ledger_url, progress=lambda *at: told.append(at)).close()
    assert told == []


def test_while_one_process_works_orders_out_the_others_begin(ledger_url: str) -> None:
    """Nobody waits for minutes at the door, and what is left is done by who opens next."""
    old = OldRelease(ledger_url)
    with Ledger.open(ledger_url) as ledger:
        assert ledger.runs.last()
    old.go_to(RELEASE)
    database = Database(ledger_url)
    upgrading.upgrade(database)
    told: list[tuple[int, int]] = []
    with Ledger(database) as first:
        with first.leases.take("orders of an older version", ttl=60):
            with pytest.raises(LeaseHeld):
                first.leases.take("orders of an older version", ttl=60)
            Ledger.open(ledger_url, progress=lambda *at: told.append(at)).close()
            assert told == []
        Ledger.open(ledger_url, progress=lambda *at: told.append(at)).close()
        assert told[-1] == (6, 6)


def test_there_is_no_way_to_a_revision_that_nobody_knows(ledger_url: str) -> None:
    """The ledger stays where it is."""
    old = OldRelease(ledger_url)
    with pytest.raises(ConfigError, match="cannot go to 9999"):
        old.go_to("9999")
    assert upgrading.known_revisions()[0] == "0001"
    assert upgrading.known_revisions()[-1] == upgrading.HEAD
