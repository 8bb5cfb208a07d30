"""Order intake: orders of the shop are written down once; one that changed keeps what it was before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from ...records import Order
from .. import bulk, table_rows
from ..database import Database, utc_now
from .deriving import Deriver, order_of
from .schema import order_event, order_revision, order_step, shop_order

__all__ = ["Added", "NewOrder", "OrderIntake", "change_of"]


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it is met: `record` is its canonical JSON, kept so that its file can be written later.

    Give `order`, or the JSON of one; with neither the ledger knows nothing but that it is there.
    """

    number: str
    shop_id: str
    destination: str
    created_at: datetime
    record: bytes | None = None
    order: Order | None = None

    @classmethod
    def of(cls, order: Order, destination: str) -> NewOrder:
        """Say which order was met and where it goes."""
        return cls(
            number=order.order_number,
            shop_id=order.id,
            destination=destination,
            created_at=order.created_at,
            order=order,
        )


class Added(NamedTuple):
    """What became of a batch of orders, by number; `clashes` share a number or an id with another order.

    Of the `known` ones, `revised` changed in a way that the ERP must learn of after they left for it;
    `updated` changed otherwise, or before they left.
    """

    new: tuple[str, ...]
    known: tuple[str, ...]
    clashes: tuple[NewOrder, ...]
    revised: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()


class _Sorted(NamedTuple):
    fresh: dict[str, NewOrder]
    known: list[tuple[int, NewOrder]]
    again: list[NewOrder]
    clashes: list[NewOrder]


class OrderIntake:
    """Takes orders down, a batch at a time, in the caller's transaction."""

    def __init__(self, database: Database, deriver: Deriver) -> None:
        self._database = database
        self._deriver = deriver

    def take(
        self, connection: sa.Connection, orders: Iterable[NewOrder], *, step: str, run_id: str | None
    ) -> Added:
        """Write down new orders with a first step to do; bring known ones up to what they are now."""
        added = Added((), (), ())
        for batch in bulk.batches(list(orders), _BATCH):
            one = self._take(connection, batch, step, run_id)
            added = Added(
                added.new + one.new,
                added.known + one.known,
                added.clashes + one.clashes,
                added.revised + one.revised,
                added.updated + one.updated,
            )
        return added

    def _take(
        self, connection: sa.Connection, batch: Sequence[NewOrder], step: str, run_id: str | None
    ) -> Added:
        sorted_ = self._sorted(connection, batch)
        ids = self._insert(connection, list(sorted_.fresh.values()))
        # Another process wrote these down between our look and our writing.
        lost = [order for number, order in sorted_.fresh.items() if number not in ids]
        late = self._sorted(connection, lost) if lost else _Sorted({}, [], [], [])
        self._open_steps(connection, list(ids.values()), step, run_id)
        self._refresh(connection, list(ids.values()), run_id)
        met = [*sorted_.known, *late.known, *((ids[one.number], one) for one in sorted_.again)]
        revised, updated = self._renew(connection, met, run_id)
        return Added(
            new=tuple(ids),
            known=tuple(order.number for _, order in met),
            clashes=(*sorted_.clashes, *late.clashes),
            revised=revised,
            updated=updated,
        )

    def _sorted(self, connection: sa.Connection, orders: Sequence[NewOrder]) -> _Sorted:
        query = sa.select(shop_order.c.id, shop_order.c.number, shop_order.c.shop_id).where(
            sa.or_(
                shop_order.c.number.in_([order.number for order in orders]),
                shop_order.c.shop_id.in_([order.shop_id for order in orders]),
            )
        )
        rows = connection.execute(query).all()
        numbers = {row.number: row for row in rows}
        shop_ids = {row.shop_id for row in rows}
        found = _Sorted({}, [], [], [])
        for order in orders:
            there = numbers.get(order.number)
            met = found.fresh.get(order.number)
            if there is not None and there.shop_id == order.shop_id:
                found.known.append((there.id, order))
            elif met is not None and met.shop_id == order.shop_id:
                found.again.append(order)
            elif there is not None or met is not None or order.shop_id in shop_ids:
                found.clashes.append(order)
            else:
                found.fresh[order.number] = order
                shop_ids.add(order.shop_id)
        return found

    def _insert(self, connection: sa.Connection, orders: Sequence[NewOrder]) -> dict[str, int]:
        if not orders:
            return {}
        now = utc_now()
        insert = (
            self._database.insert(shop_order)
            .on_conflict_do_nothing()
            .returning(shop_order.c.id, shop_order.c.number)
        )
        added = {row.number: row.id for row in connection.execute(insert, [_row(one, now) for one in orders])}
        return {order.number: added[order.number] for order in orders if order.number in added}

    def _open_steps(self, connection: sa.Connection, ids: list[int], step: str, run_id: str | None) -> None:
        now = utc_now()
        database = self._database
        table_rows.put(
            database,
            connection,
            order_step,
            ("order_id", "step", "attempt", "state", "detail", "run_id", "at"),
            [(one, step, 1, "pending", {}, run_id, now) for one in ids],
        )
        table_rows.append(
            database,
            connection,
            order_event,
            ("order_id", "step", "attempt", "state", "detail", "run_id", "at"),
            [(one, step, 1, "pending", {}, run_id, now) for one in ids],
        )

    def _renew(
        self, connection: sa.Connection, met: Sequence[tuple[int, NewOrder]], run_id: str | None
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Bring known orders up to date; give those with a new revision, and those that changed otherwise."""
        now: dict[int, Order] = {}
        for order_id, one in met:
            order, other = _order(one), now.get(order_id)
            # Of one order read twice the newer reading counts, of the same version the later one.
            if order is not None and (other is None or order.version >= other.version):
                now[order_id] = order
        query = sa.select(
            shop_order.c.id, shop_order.c.number, shop_order.c.record, shop_order.c.revision
        ).where(shop_order.c.id.in_(list(now)), shop_order.c.forgotten_at.is_(None))
        if not now or not any(_differs(row, now[row.id]) for row in connection.execute(query)):
            return (), ()
        # Only now the rows are locked, and read again: mostly nothing changed.
        rows = [row for row in self._deriver.lock(connection, query) if _differs(row, now[row.id])]
        out = self._left(connection, [row.id for row in rows])
        past: list[tuple[object, ...]] = []
        renewed: list[tuple[object, ...]] = []
        revised: list[str] = []
        for row in rows:
            order, before = now[row.id], order_of(row.record, row.revision)
            revision = row.revision
            if row.id in out and before is not None and change_of(before) != change_of(order):
                past.append((row.id, revision, row.record, run_id, utc_now()))
                revision += 1
                revised.append(row.number)
            renewed.append((row.id, *_words(order, revision)))
        database = self._database
        table_rows.put(database, connection, order_revision, _PAST, past)
        table_rows.change(database, connection, shop_order, ("id", *_WORDS), renewed)
        self._refresh(connection, [row.id for row in rows], run_id)
        return tuple(revised), tuple(row.number for row in rows if row.number not in set(revised))

    @staticmethod
    def _left(connection: sa.Connection, ids: Sequence[int]) -> frozenset[int]:
        """Tell which orders are in a file already, delivered or about to be: the file says what they were."""
        query = sa.select(order_step.c.order_id).where(
            order_step.c.order_id.in_(ids),
            order_step.c.step == "export",
            order_step.c.state.in_(("claimed", "in_doubt", "done")),
        )
        return frozenset(connection.execute(query).scalars())

    def _refresh(self, connection: sa.Connection, ids: Sequence[int], run_id: str | None) -> None:
        if ids:
            self._deriver.refresh(connection, ids, run_id=run_id)


#: Orders that are taken down at once.
_BATCH = 500
_WORDS = ("record", "kind", "store", "total", "currency", "revision")
_PAST = ("order_id", "revision", "record", "run_id", "until")
#: Lines that are goods: how freight and charges are told is a matter of settings, the total has them.
_GOODS = frozenset({"article", "gift_card"})


def change_of(order: Order) -> bytes:
    """Give what the ERP must learn of when it changes: addresses, goods, amounts, how and where it goes.

    Not payments and states; nor the places that pieces are taken from, which are often the ERP's own word.
    """
    goods = [
        (line.id, line.sku, line.quantity, line.unit_price, line.total)
        for line in order.lines
        if line.kind in _GOODS
    ]
    return msgspec.json.encode(
        (
            sorted(goods),
            order.total,
            order.shipping_address,
            order.billing_address,
            order.shipping_method,
            order.kind,
            order.store,
            order.customer_email,
        )
    )


def _order(one: NewOrder) -> Order | None:
    return one.order if one.order is not None else order_of(one.record, 1)


def _row(one: NewOrder, now: datetime) -> dict[str, Any]:
    order = _order(one)
    row: dict[str, Any] = {
        "number": one.number,
        "shop_id": one.shop_id,
        "destination": one.destination,
        "created_at": one.created_at,
        "first_seen": now,
    }
    if order is not None:
        return row | dict(zip(_WORDS, _words(order, 1), strict=True))
    nothing = {"kind": "delivery", "store": None, "total": None, "currency": None, "revision": 1}
    return row | nothing | {"record": one.record}


def _words(order: Order, revision: int) -> tuple[object, ...]:
    record = msgspec.json.encode(msgspec.structs.replace(order, revision=revision))
    total = order.total
    return (record, order.kind, order.store, total.cent_amount, total.currency, revision)


def _differs(row: sa.Row[Any], order: Order) -> bool:
    """Compare with what is kept; a reading that is older than that is no news."""
    before = order_of(row.record, row.revision)
    if before is None:
        return True
    return order.version >= before.version and msgspec.structs.replace(order, revision=row.revision) != before
