"""Orders that were closed long ago: one line stays of each, and whatever comes then does nothing to it."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.feeds.settings import Retention
from passerelle.feeds.upkeep import drop_old
from passerelle.ledger import Content, Heard, Ledger, NewOrder
from passerelle.ledger.database import Database
from passerelle.ledger.schema import (
    order_awaited,
    order_event,
    order_message,
    order_request,
    order_step,
    order_unit,
    outbox_file,
    shop_order,
)
from passerelle.records import Address, Money, Order, OrderLine, OrderMessage

DAY = timedelta(days=1)
PLACED = datetime(2026, 1, 3, 9, 30, tzinfo=UTC)
LATER = datetime(2036, 1, 3, tzinfo=UTC)
PARTS = (order_message, order_unit, order_event, order_request, order_awaited)


def order(number: str, **changes: Any) -> Order:
    """An order of two pieces to somebody who has a name."""
    line = OrderLine(
        id=f"{number}-a",
        sku="SKU-1",
        name="Scarf",
        quantity=2,
        unit_price=Money(1500, "EUR"),
        total=Money(3000, "EUR"),
    )
    made = Order(
        id=f"id-{number}",
        version=1,
        order_number=number,
        created_at=PLACED,
        state="Open",
        payment_state="Paid",
        total=Money(3000, "EUR"),
        lines=(line,),
        shipping_address=Address(last_name="Ferrand", street="rue des Lilas", city="Lyon", country="FR"),
    )
    return msgspec.structs.replace(made, **changes)


def said(number: str, kind: Any, ref: str, **more: Any) -> Heard:
    """Something is said of an order."""
    return Heard(OrderMessage(order_number=number, kind=kind, ref=ref, at=PLACED + DAY, **more), "messages")


def met(ledger: Ledger, *orders: Order) -> None:
    """The shop names orders."""
    ledger.orders.add_pending([NewOrder.of(one, "erp") for one in orders])


def cancelled(ledger: Ledger, *numbers: str) -> None:
    """Orders leave, and everything of them is given up."""
    met(ledger, *map(order, numbers))
    file = ledger.outbox.prepare("erp", numbers, lambda number: Content(f"C{number}.xml", b"Ferrand"))
    ledger.outbox.set_state(file.id, "delivered")
    for number in numbers:
        ledger.order_book.note(
            [
                said(number, "accepted", "E", erp_number=f"E-{number}"),
                said(number, "cancelled", "X"),
                said(number, "refunded", "R", amount=Money(3000, "EUR")),
            ]
        )
        _settled(ledger, number)


def _settled(ledger: Ledger, number: str) -> None:
    """What is owed is done, and the shop shows it."""
    for one in ledger.order_book.dirty():
        ledger.order_book.clean(one.number, one.generation)
    database = ledger._database  # noqa: SLF001 - answers of others, in short
    with database.write() as connection:
        ids = sa.select(shop_order.c.id).where(shop_order.c.number == number)
        connection.execute(
            order_request.update().where(order_request.c.order_id.in_(ids)).values(state="done")
        )
        connection.execute(order_awaited.delete().where(order_awaited.c.order_id.in_(ids)))


def kept(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the ledger has of orders."""
    with closing(Database(url)) as database, database.read() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))
            ]
            for table in (shop_order, order_step, outbox_file, *PARTS)
        }


def test_one_line_is_kept_of_an_order(ledger: Ledger, ledger_url: str) -> None:
    """Number, dates, amounts, states, under which name it left, a digest; nobody's name, no message."""
    cancelled(ledger, "W1")
    assert ledger.order_book.forgetting.forget(LATER, 10) == 1
    rows = kept(ledger_url)
    assert {name: len(found) for name, found in rows.items() if found} == {
        "shop_order": 1,
        "order_step": 1,
        "outbox_file": 1,
    }
    with closing(Database(ledger_url)) as database, database.read() as connection:
        row = connection.execute(sa.select(shop_order)).one()
        step = connection.execute(sa.select(order_step)).one()
    assert (row.number, row.total, row.currency, row.order_state) == ("W1", 3000, "EUR", "Cancelled")
    assert (row.created_at, row.erp_number, row.record) == (PLACED, "E-W1", None)
    assert (len(row.digest), step.state, step.external_id) == (16, "done", "C1.xml")
    assert b"Ferrand" not in b"".join(
        value for found in rows.values() for one in found for value in one if isinstance(value, bytes)
    )
    assert ledger.order_book.forgetting.forget(LATER, 10) == 0


def test_a_file_is_emptied_with_its_last_order(ledger: Ledger, ledger_url: str) -> None:
    """As long as one of its orders is kept whole, what was sent is kept."""
    met(ledger, order("W2"))
    cancelled(ledger, "W1")
    file = ledger.outbox.prepare("erp", ["W2"], lambda number: Content(f"C{number}.xml", b"Lilas"))
    ledger.outbox.set_state(file.id, "delivered")
    ledger.order_book.forgetting.forget(LATER, 10)
    with closing(Database(ledger_url)) as database, database.read() as connection:
        contents = connection.execute(sa.select(outbox_file.c.content).order_by(outbox_file.c.id)).scalars()
        assert [bytes(one) for one in contents] == [b"", b"Lilas"]


@pytest.mark.parametrize("why", ["open", "young", "owed", "awaited", "dirty"])
def test_what_is_not_over_is_kept_whole(ledger: Ledger, ledger_url: str, why: str) -> None:
    """Open, closed not long ago, with something owed or awaited, or that the shop was not told of."""
    cancelled(ledger, "W1")
    changes: dict[str, dict[sa.Column[Any], Any]] = {
        "open": {shop_order.c.closed_at: None},
        "dirty": {shop_order.c.dirty: 1},
    }
    database = ledger._database  # noqa: SLF001 - states that are reached by other ways, too
    with database.write() as connection:
        (order_id,) = connection.execute(sa.select(shop_order.c.id)).scalars()
        if why in changes:
            connection.execute(shop_order.update().values(changes[why]))
        if why == "owed":
            connection.execute(order_request.update().values(state="pending"))
        if why == "awaited":
            row = {"order_id": order_id, "step": 25, "subject": "R", "name": "refund", "pieces": 0}
            connection.execute(order_awaited.insert().values(**row, since=PLACED, due=PLACED))
    before = kept(ledger_url)
    assert ledger.order_book.forgetting.forget(PLACED if why == "young" else LATER, 10) == 0
    assert kept(ledger_url) == before


def test_the_upkeep_of_a_run_forgets_only_when_it_is_asked_to(ledger: Ledger) -> None:
    """Without a number of days orders are kept whole for good."""
    cancelled(ledger, *(f"W{number}" for number in range(3)))
    assert drop_old(ledger, Retention(), LATER).get("orders") is None
    assert drop_old(ledger, Retention(orders=730), LATER)["orders"] == 3
    assert drop_old(ledger, Retention(orders=730), LATER) == {}
    assert ledger.oldest().orders is None


_LATE = st.one_of(
    st.sampled_from(["E", "X", "R"]).map(
        lambda ref: {
            "E": said("W1", "accepted", "E", erp_number="E-W1"),
            "X": said("W1", "cancelled", "X"),
            "R": said("W1", "refunded", "R", amount=Money(3000, "EUR")),
        }[ref]
    ),
    st.builds(
        lambda kind, ref: said("W1", kind, ref),
        st.sampled_from(["accepted", "refused", "allocated", "shipped", "delivered", "returned"]),
        st.sampled_from(["1", "2"]),
    ),
    st.builds(
        lambda version, state: order("W1", version=version, state=state),
        st.integers(1, 9),
        st.sampled_from(["Open", "Cancelled"]),
    ),
)


@settings(suppress_health_check=list(HealthCheck), max_examples=30, deadline=None)
@given(late=st.lists(_LATE, min_size=1, max_size=6))
def test_whatever_comes_late_does_nothing_and_messages_are_told(
    ledger: Ledger, ledger_url: str, late: list[Heard | Order]
) -> None:
    """A message again or a new one, the order met again: not a row changes, nothing waits to leave."""
    if ledger.orders.get("W1") is None:
        cancelled(ledger, "W1")
        ledger.order_book.forgetting.forget(LATER, 10)
    before = kept(ledger_url)
    for one in late:
        if isinstance(one, Order):
            met(ledger, one)
            continue
        noted = ledger.order_book.note([one])
        assert (noted.new, noted.known, noted.unknown, noted.changed, noted.requests) == (0, 1, (), (), 0)
        assert [(told.number, told.contradiction.code, told.heard) for told in noted.contradictions] == [
            ("W1", "forgotten_order", one)
        ]
    assert kept(ledger_url) == before
    assert ledger.export_queue.page("erp", after=0, limit=10) == []
    assert ledger.order_book.dirty() == []
    assert ledger.order_book.catch_up() == ledger.order_book.recompute_open() == 0
    assert ledger.order_book.recompute(["W1"]) == 0


def test_passerelle_order_says_that_one_line_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that its record is damaged; what is kept is shown."""
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path))
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        cancelled(ledger, "W1")
        ledger.order_book.forgetting.forget(LATER, 10)
        life = ledger.order_book.life("W1")
    assert life is not None
    assert life.forgotten_at is not None
    shown = CliRunner().invoke(app, ["order", "W1"])
    assert shown.exit_code == 0, shown.output
    assert f"one line is kept of it since {life.forgotten_at:%Y-%m-%d}" in " ".join(shown.output.split())
    assert "30.00 EUR" in " ".join(shown.output.split())
