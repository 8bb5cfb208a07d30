"""Order pictures: what a shop should say of orders, worked out from what the ledger holds; stores nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from ...fulfilment import OrderState, Request, derive, view
from ...records import Order, OrderMessage, OrderView
from .. import bulk
from ..database import Database
from .deriving import Deriver, OrderFacts, facts_of
from .request_rows import SENT, requests_of
from .schema import shop_order

__all__ = ["Foreseen", "OrderPictures", "Picture"]


class Picture(NamedTuple):
    """An order and what a shop should say of it; `generation` counts how often that changed."""

    order: Order
    state: OrderState
    view: OrderView
    destination: str
    generation: int
    shop_version: int | None


class Foreseen(NamedTuple):
    """An order as it is, and as it would be with messages that are not kept yet."""

    before: Picture
    after: Picture


class OrderPictures:
    """Pictures of orders, a batch at a time: a few statements, however many orders."""

    def __init__(self, database: Database, deriver: Deriver) -> None:
        self._database = database
        self._deriver = deriver

    def of(self, numbers: Sequence[str]) -> dict[str, Picture]:
        """Draw these orders as they are now; those that the ledger cannot read are left out."""
        return {number: known.drawn(()) for number, known in self._known(numbers)}

    def foreseen(self, messages: Iterable[OrderMessage]) -> dict[str, Foreseen]:
        """Draw the orders of these messages without and with them, by number."""
        said: dict[str, list[OrderMessage]] = {}
        for message in messages:
            said.setdefault(message.order_number, []).append(message)
        return {
            number: Foreseen(known.drawn(()), known.drawn(said[number]))
            for number, known in self._known(list(said))
        }

    def _known(self, numbers: Sequence[str]) -> Iterator[tuple[str, _Known]]:
        for batch in bulk.batches(sorted(set(numbers)), _BATCH):
            with self._database.read() as connection:
                query = sa.select(*_COLUMNS).where(shop_order.c.number.in_(batch))
                rows = connection.execute(query).all()
                facts = facts_of(connection, rows)
                asked = requests_of(connection, list(facts))
            for row in rows:
                fact = facts.get(row.id)
                if fact is not None:
                    sent = [one.request for one in asked.get(row.id, ()) if one.state in SENT]
                    yield row.number, _Known(self._deriver, row, fact, sent)


_BATCH = 500
_COLUMNS = (
    shop_order.c.id,
    shop_order.c.number,
    shop_order.c.destination,
    shop_order.c.record,
    shop_order.c.revision,
    shop_order.c.generation,
    shop_order.c.shop_version,
)


class _Known(NamedTuple):
    """What the ledger holds of one order."""

    deriver: Deriver
    row: sa.Row[tuple[object, ...]]
    fact: OrderFacts
    sent: Sequence[Request]

    def drawn(self, more: Sequence[OrderMessage]) -> Picture:
        """Draw it, with more messages than are kept."""
        exported = self.fact.exported
        state = derive(
            self.fact.order,
            [*(one.message for one in self.fact.messages), *more],
            exported=exported is not None and exported.state == "done",
            rules=self.deriver.settings.rules,
            asked=self.sent,
        )
        return Picture(
            self.fact.order,
            state,
            view(self.fact.order, state),
            self.row.destination,
            self.row.generation,
            self.row.shop_version,
        )
