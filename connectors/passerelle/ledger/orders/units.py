"""Order units: where each piece of each order is, as the messages have it, for those who count pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from ...fulfilment.availability import OpenPieces
from ...fulfilment.states import Unit
from ...fulfilment.steps import step
from .. import bulk, table_rows
from ..database import Database, utc_now
from .schema import (
    LEFT_PIECE,
    LOST_PIECE,
    OPEN_PIECE,
    order_awaited,
    order_step,
    order_unit,
    shop_order,
)

__all__ = ["OrderUnits", "Piece", "Touched", "units_of", "write_units"]

#: A piece that no longer belongs to its order; no other state is like it.
GONE = "gone"
#: The step whose timer says how long pieces that may never leave are kept from being sold.
_HOLD = step("stock_hold").number
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
        those that were not found at picking are gone since then. Given up are those of an order that a gate
        refused, or that has not left, or stands refused by the ERP, for longer than its timer `stock`.
        """
        left = sa.func.coalesce(order_unit.c.shipped_at, order_unit.c.since)
        missed = sa.func.coalesce(order_unit.c.since, order_unit.c.changed_at)
        wanted = [
            _pieces(order_unit.c.shipped_at, _given_up(utc_now())).where(sa.text(f"order_unit.{OPEN_PIECE}"))
        ]
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
                    these = _alike(one if batch is None else one.where(order_unit.c.sku.in_(batch)))
                    found += [
                        OpenPieces(
                            sku=row[0],
                            ordered_at=row[1],
                            place=row[2],
                            known_at=row[3],
                            shipped_at=row[4],
                            kind=_kind(row),
                            pieces=row[-1],
                        )
                        for row in connection.execute(these)
                    ]
        return found

    def touched(self, since: datetime, *, limit: int = 10_000) -> list[Touched]:
        """Tell of which SKUs pieces were sold, moved or given up since a moment, the longest ago first.

        Ask with a moment a few minutes back: a transaction is seen when it ends, not when it began.
        """
        found: dict[str, datetime] = {}
        with self._database.read() as connection:
            for moment, query in _touching(since, utc_now()):
                last = sa.func.max(moment)
                rows = query.group_by(order_unit.c.sku).order_by(last, order_unit.c.sku).limit(limit)
                for sku, at in connection.execute(rows.add_columns(last)):
                    found[sku] = max(at, found.get(sku, at))
        return sorted((Touched(*one) for one in found.items()), key=lambda one: (one.at, one.sku))[:limit]

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


def _pieces(
    left: sa.ColumnElement[datetime], given_up: sa.ColumnElement[bool] | None = None
) -> sa.Select[Any]:
    """Ask for pieces; `left` tells when they left, `given_up` whether they may be sold again."""
    return sa.select(
        order_unit.c.sku,
        shop_order.c.created_at,
        order_unit.c.place,
        order_unit.c.known_at,
        left.label("left_at"),
        shop_order.c.kind,
        order_unit.c.lost,
        (sa.false() if given_up is None else given_up).label("given_up"),
    ).join(shop_order, shop_order.c.id == order_unit.c.order_id)


def _alike(pieces: sa.Select[Any]) -> sa.Select[Any]:
    """Count pieces that are alike."""
    one = pieces.subquery("piece")
    return sa.select(*one.c, sa.func.count()).group_by(*one.c).order_by(one.c.sku, one.c.created_at)


def _kind(row: sa.Row[Any]) -> Literal["order", "reservation", "lost", "given_up"]:
    if row.lost:
        return "lost"
    if row.given_up:
        return "given_up"
    return "reservation" if row.kind == "reservation" else "order"


def _touching(since: datetime, now: datetime) -> Iterator[tuple[sa.ColumnElement[datetime], sa.Select[Any]]]:
    """Ask for SKUs of which something happened since a moment, with the column that says when."""
    skus = sa.select(order_unit.c.sku)
    yield order_unit.c.changed_at, skus.where(order_unit.c.changed_at >= since)
    refused = skus.join(order_step, order_step.c.order_id == order_unit.c.order_id).where(
        order_step.c.step == "export", order_step.c.state == "refused", order_step.c.at >= since
    )
    yield order_step.c.at, refused
    too_long = skus.join(order_awaited, order_awaited.c.order_id == order_unit.c.order_id).where(
        order_awaited.c.step == _HOLD,
        order_awaited.c.due.is_not(None),
        order_awaited.c.due >= since,
        order_awaited.c.due <= now,
    )
    yield order_awaited.c.due, too_long


def _given_up(now: datetime) -> sa.ColumnElement[bool]:
    """Whether the order of a piece will not leave, or did not within its timer `stock`.

    A reservation never passes a gate of sales: it is a promise of its store until that closes it.
    """
    later = order_step.alias("later")
    refused = sa.exists().where(
        order_step.c.order_id == order_unit.c.order_id,
        order_step.c.step == "export",
        order_step.c.state == "refused",
        ~sa.exists().where(
            later.c.order_id == order_step.c.order_id,
            later.c.step == order_step.c.step,
            later.c.attempt > order_step.c.attempt,
        ),
    )
    too_long = sa.exists().where(
        order_awaited.c.order_id == order_unit.c.order_id,
        order_awaited.c.step == _HOLD,
        order_awaited.c.due <= now,
    )
    return sa.and_(
        shop_order.c.kind != "reservation",
        order_unit.c.state.in_(("ordered", "exported")),
        sa.or_(sa.and_(order_unit.c.state == "ordered", refused), too_long),
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
    table_rows.put(database, connection, order_unit, _COLUMNS, rows, replace=True)
    table_rows.change(
        database, connection, order_unit, ("order_id", "line", "idx", "state", "changed_at"), gone
    )


_COLUMNS = (
    "order_id", "line", "idx", "sku", "place", "state", "since", "shipped_at", "known_at", "delivery",
    "parcel", "return_number", "why", "refunded", "lost", "changed_at",
)  # fmt: skip
