"""Order dirt: which orders a shop shows otherwise than it should, and since which picture of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from .. import bulk
from ..database import Database
from .schema import shop_order

__all__ = ["DirtyOrder", "OrderDirt"]


class DirtyOrder(NamedTuple):
    """An order that a shop shows otherwise than it should; `generation` says which picture it should show."""

    id: int
    number: str
    shop_id: str
    generation: int
    shop_version: int | None


class OrderDirt:
    """The orders that a shop is to be told of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def dirty(self, limit: int = 500, *, after: int = 0) -> list[DirtyOrder]:
        """List the orders to tell a shop of, by id; `after` is the last id of a page.

        Go on after the last one, so that an order that a shop refuses hides no other.
        """
        columns = (shop_order.c.id, shop_order.c.number, shop_order.c.shop_id, shop_order.c.dirty)
        query = (
            sa.select(*columns, shop_order.c.shop_version)
            .where(sa.text("shop_order.dirty > 0"), shop_order.c.id > after)
            .order_by(shop_order.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [DirtyOrder(*row) for row in connection.execute(query)]

    def count(self) -> int:
        """Count the orders to tell a shop of."""
        query = sa.select(sa.func.count()).select_from(shop_order).where(sa.text("shop_order.dirty > 0"))
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def clean(self, number: str, generation: int, *, shop_version: int | None = None) -> bool:
        """Say that a shop shows the picture of this generation; False when there is a newer one to show."""
        values: dict[str, object] = {"dirty": 0}
        if shop_version is not None:
            values["shop_version"] = shop_version
        with self._database.write() as connection:
            done = connection.execute(
                shop_order.update()
                .where(shop_order.c.number == number, shop_order.c.dirty == generation)
                .values(**values)
            )
            return done.rowcount == 1

    def soil(self, numbers: Sequence[str]) -> int:
        """Have orders compared with the shop again, whatever it was told; count them."""
        done = 0
        following = shop_order.c.generation + 1
        with self._database.write() as connection:
            for batch in bulk.batches(sorted(set(numbers))):
                done += connection.execute(
                    shop_order.update()
                    .where(shop_order.c.number.in_(batch), shop_order.c.view.is_not(None))
                    .values(generation=following, dirty=following)
                ).rowcount
        return done
