"""Lists of orders: counts and amounts by day, state and store, and the orders behind them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from ..database import Database
from .schema import shop_order

__all__ = ["OrderChoice", "OrderCount", "OrderLists", "OrderRow"]


class OrderChoice(NamedTuple):
    """Which orders: placed from `since` and before `until`, in this state, from this store; None is any.

    `state` is a state of the order (`Open`), of its shipment (`Partial`) or of its payment (`CreditOwed`),
    or `contradicted` for those about which somebody said what cannot be true.
    """

    since: datetime | None = None
    until: datetime | None = None
    state: str | None = None
    store: str | None = None
    destination: str | None = None


class OrderCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many orders are alike, and what they come to in minor units."""

    kind: str
    order_state: str
    shipment_state: str | None
    currency: str | None
    orders: int
    amount: int


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One order in a list."""

    number: str
    shop_id: str
    created_at: datetime
    destination: str
    kind: str
    store: str | None
    total: int | None
    currency: str | None
    revision: int
    order_state: str
    shipment_state: str | None
    payment_state: str | None
    erp_number: str | None
    contradictions: int
    id: int


class OrderLists:
    """All orders, by what they have in common."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self, choice: OrderChoice) -> list[OrderCount]:
        """Count orders and add up their amounts, by kind, state and currency."""
        groups = (
            shop_order.c.kind,
            shop_order.c.order_state,
            shop_order.c.shipment_state,
            shop_order.c.currency,
        )
        query = sa.select(*groups, sa.func.count(), sa.func.coalesce(sa.func.sum(shop_order.c.total), 0))
        query = _chosen(query, choice).group_by(*groups)
        with self._database.read() as connection:
            found = [
                OrderCount(
                    kind=row[0],
                    order_state=row[1],
                    shipment_state=row[2],
                    currency=row[3],
                    orders=row[4],
                    amount=int(row[5]),
                )
                for row in connection.execute(query)
            ]
        return sorted(
            found, key=lambda one: (one.currency or "", one.kind, one.order_state, one.shipment_state or "")
        )

    def rows(
        self, choice: OrderChoice, *, after: tuple[datetime, int] | None = None, limit: int = 1000
    ) -> list[OrderRow]:
        """List orders by the time they were placed; `after` is time and id of the last one of a page."""
        query = _chosen(sa.select(*(shop_order.c[name] for name in OrderRow.__struct_fields__)), choice)
        if after is not None:
            placed, last = after
            query = query.where(
                sa.or_(
                    shop_order.c.created_at > placed,
                    sa.and_(shop_order.c.created_at == placed, shop_order.c.id > last),
                )
            )
        query = query.order_by(shop_order.c.created_at, shop_order.c.id).limit(limit)
        with self._database.read() as connection:
            return [
                OrderRow(**row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
                for row in connection.execute(query)
            ]


def _chosen(query: sa.Select[Any], choice: OrderChoice) -> sa.Select[Any]:
    if choice.since is not None:
        query = query.where(shop_order.c.created_at >= choice.since)
    if choice.until is not None:
        query = query.where(shop_order.c.created_at < choice.until)
    if choice.store is not None:
        query = query.where(shop_order.c.store == choice.store)
    if choice.destination is not None:
        query = query.where(shop_order.c.destination == choice.destination)
    if choice.state == "contradicted":
        return query.where(sa.text("shop_order.contradictions > 0"))
    if choice.state is None:
        return query
    query = query.where(
        sa.or_(
            shop_order.c.order_state == choice.state,
            shop_order.c.shipment_state == choice.state,
            shop_order.c.payment_state == choice.state,
        )
    )
    # What is not closed has an index of its own, and is a hundredth of all.
    return query.where(sa.text("shop_order.closed_at IS NULL")) if choice.state in _NEVER_CLOSED else query


_NEVER_CLOSED = ("Open", "Confirmed")
