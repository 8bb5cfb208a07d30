"""Order units: where each piece of each order is, as the messages have it, for those who count pieces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..fulfilment.availability import OpenPieces
from ..fulfilment.states import Unit
from . import bulk, order_rows
from .database import Database, utc_now
from .order_schema import LEFT_PIECE, LOST_PIECE, OPEN_PIECE, order_unit, shop_order

__all__ = ["OrderUnits", "Piece", "Touched", "units_of", "write_units"]

#: A piece that no longer belongs to its order; no other state is like it.
GONE = "gone"
#: Clocks of two systems differ by less than this.
_CLOCKS = timedelta(days=1)
_LOST = " AND ".join(f"order_unit.{part}" for part in LOST_PIECE.split(" AND "))


class Piece(NamedTuple):
    """One piece as the ledger keeps it."""

    unit: Unit
    known_at: datetime | None


class Touched(NamedTuple):
    """A SKU of which some piece moved, and when we heard of it last."""

    sku: str
    at: datetime


class OrderUnits:
    """The pieces of all orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_pieces(
        self, skus: Sequence[str] | None = None, *, left_after: datetime | None = None
    ) -> list[OpenPieces]:
        """Read the pieces sold of these SKUs (of all without) that have not left, or left after a moment.

        Pieces that are alike (order time, place, times) come as one. Cancelled ones are nobody's any more;
        those that were not found at picking are gone since then.
        """
        left = sa.func.coalesce(order_unit.c.shipped_at, order_unit.c.since)
        missed = sa.func.coalesce(order_unit.c.since, order_unit.c.changed_at)
        wanted = [_pieces(order_unit.c.shipped_at).where(sa.text(f"order_unit.{OPEN_PIECE}"))]
        if left_after is not None:
            # The index is on when we heard of it; a sender's clock may be ahead of ours.
            heard = order_unit.c.changed_at > left_after - _CLOCKS
            wanted += [
                _pieces(gone).where(heard, gone > left_after, sa.text(which))
                for gone, which in ((left, f"order_unit.{LEFT_PIECE}"), (missed, _LOST))
            ]
        found: list[OpenPieces] = []
        with self._database.read() as connection:
            for one in wanted:
                for batch in [None] if skus is None else bulk.batches(sorted(set(skus))):
                    these = one if batch is None else one.where(order_unit.c.sku.in_(batch))
                    found += [
                        OpenPieces(
                            sku=row[0],
                            ordered_at=row[1],
                            place=row[2],
                            known_at=row[3],
                            shipped_at=row[4],
                            kind="lost" if row[6] else "reservation" if row[5] == "reservation" else "order",
                            pieces=row[7],
                        )
                        for row in connection.execute(these)
                    ]
        return found

    def touched(self, since: datetime, *, limit: int = 10_000) -> list[Touched]:
        """Tell of which SKUs pieces were sold or moved at or after a moment, the longest ago first.

        Ask with a moment a few minutes back: a transaction is seen when it ends, not when it began.
        """
        last = sa.func.max(order_unit.c.changed_at)
        query = (
            sa.select(order_unit.c.sku, last)
            .where(order_unit.c.changed_at >= since)
            .group_by(order_unit.c.sku)
            .order_by(last, order_unit.c.sku)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [Touched(*row) for row in connection.execute(query)]

    def counts(self, numbers: Sequence[str]) -> dict[str, dict[str, int]]:
        """Count the pieces of these orders by state."""
        query = (
            sa.select(shop_order.c.number, order_unit.c.state, sa.func.count())
            .join(shop_order, shop_order.c.id == order_unit.c.order_id)
            .where(order_unit.c.state != GONE)
            .group_by(shop_order.c.number, order_unit.c.state)
        )
        found: dict[str, dict[str, int]] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(sorted(set(numbers))):
                for number, state, count in connection.execute(query.where(shop_order.c.number.in_(batch))):
                    found.setdefault(number, {})[state] = count
        return found


def _pieces(left: sa.ColumnElement[datetime]) -> sa.Select[Any]:
    """Ask for pieces that are alike, and how many they are; `left` tells when they left."""
    columns = (
        order_unit.c.sku,
        shop_order.c.created_at,
        order_unit.c.place,
        order_unit.c.known_at,
        left.label("left"),
        shop_order.c.kind,
        order_unit.c.lost,
    )
    return (
        sa.select(*columns, sa.func.count())
        .join(shop_order, shop_order.c.id == order_unit.c.order_id)
        .group_by(*columns)
        .order_by(order_unit.c.sku, shop_order.c.created_at)
    )


def units_of(connection: sa.Connection, order_ids: Sequence[int]) -> dict[int, dict[tuple[str, int], Piece]]:
    """Read the pieces of at most a batch of orders, by order and by line and place in it; gone ones too."""
    query = (
        sa.select(order_unit)
        .where(order_unit.c.order_id.in_(order_ids))
        .order_by(order_unit.c.order_id, order_unit.c.line, order_unit.c.idx)
    )
    found: dict[int, dict[tuple[str, int], Piece]] = {}
    for row in connection.execute(query):
        unit = Unit(
            line=row.line,
            index=row.idx,
            sku=row.sku,
            state=row.state,
            since=row.since,
            place=row.place,
            delivery=row.delivery,
            parcel=row.parcel,
            return_number=row.return_number,
            shipped_at=row.shipped_at,
            why=row.why,
            refunded=row.refunded,
            lost=row.lost,
        )
        found.setdefault(row.order_id, {})[row.line, row.idx] = Piece(unit, row.known_at)
    return found


def write_units(
    database: Database,
    connection: sa.Connection,
    wanted: Mapping[int, Iterable[Piece]],
    there: Mapping[int, Mapping[tuple[str, int], Piece]],
) -> None:
    """Make the pieces of these orders what they are now; only what is different is written."""
    now = utc_now()
    rows: list[tuple[object, ...]] = []
    gone: list[tuple[object, ...]] = []
    for order_id, pieces in wanted.items():
        before = there.get(order_id, {})
        met = set()
        for piece in pieces:
            unit = piece.unit
            key = (unit.line, unit.index)
            met.add(key)
            if before.get(key) != piece:
                rows.append(
                    (
                        order_id, unit.line, unit.index, unit.sku, unit.place, unit.state, unit.since,
                        unit.shipped_at, piece.known_at, unit.delivery, unit.parcel, unit.return_number,
                        unit.why, unit.refunded, unit.lost, now,
                    )
                )  # fmt: skip
        gone += [
            (order_id, *key, GONE, now)
            for key, piece in before.items()
            if key not in met and piece.unit.state != GONE
        ]
    order_rows.put(database, connection, order_unit, _COLUMNS, rows, replace=True)
    order_rows.change(
        database, connection, order_unit, ("order_id", "line", "idx", "state", "changed_at"), gone
    )


_COLUMNS = (
    "order_id", "line", "idx", "sku", "place", "state", "since", "shipped_at", "known_at", "delivery",
    "parcel", "return_number", "why", "refunded", "lost", "changed_at",
)  # fmt: skip
