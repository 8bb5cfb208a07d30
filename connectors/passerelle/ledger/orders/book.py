"""The order book: what is said about orders comes in here, and everything that follows from it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from ...fulfilment import Contradiction, message_key
from ...fulfilment.availability import OpenPieces
from ...records import Order
from .. import bulk
from ..database import Database, utc_now
from .awaiting import OrderAwaiting, Overdue
from .deriving import Deriver, order_of
from .dirt import DirtyOrder, OrderDirt
from .forgetting import OrderForgetting, forgotten_of, told_of_forgotten
from .life import OrderLife, StillWaiting, life_of, near_numbers, parked_for
from .lists import OrderLists
from .messages import Heard, StoredMessage, digest_of, is_known, known_facts
from .placed import elsewhere, told_of_elsewhere
from .schema import shop_order
from .units import OrderUnits, Touched

__all__ = ["Contradicted", "Noted", "OrderBook"]


class Contradicted(NamedTuple):
    """A contradiction that nobody was told of yet; `heard` is the message that was not followed, if any.

    The message may be an older one, that a new one outweighs: its file and line are where it stood.
    """

    number: str
    contradiction: Contradiction
    heard: Heard | None


class Noted(NamedTuple):
    """What became of a batch of messages: `new` and `known` add up with `unknown` to what was given.

    `unknown` are about orders that the ledger does not have (or whose record it cannot read) and are not
    kept. `changed` are the orders that a shop should show differently now.
    """

    new: int
    known: int
    unknown: tuple[Heard, ...]
    contradictions: tuple[Contradicted, ...]
    changed: tuple[str, ...]
    requests: int


class OrderBook:
    """Lives of orders: messages in, pieces, requests, awaited steps and pictures out."""

    def __init__(self, database: Database, deriver: Deriver) -> None:
        self._database = database
        self._deriver = deriver
        self._units = OrderUnits(database)
        self._awaiting = OrderAwaiting(database)
        self.lists = OrderLists(database)
        self.forgetting = OrderForgetting(database)
        self.dirt = OrderDirt(database)

    def note(self, items: Sequence[Heard]) -> Noted:
        """Keep messages and what follows from them, in one transaction (the caller's, if there is one).

        What is known already changes nothing, in whatever order and how often it comes; what is said of an
        order that is forgotten, or was placed elsewhere, changes nothing either, counts as known, and is told
        as a contradiction.
        Two processes that note messages of one order wait for each other.
        """
        now = utc_now()
        contradictions: list[Contradicted] = []
        changed: list[str] = []
        new = requests = 0
        with self._database.write(durable=True) as connection:
            by_number: dict[str, list[Heard]] = {}
            for item in items:
                by_number.setdefault(item.message.order_number, []).append(item)
            ids = self._ids(connection, by_number)
            for batch in bulk.batches(sorted(ids.items(), key=lambda pair: pair[1]), _BATCH):
                numbers = dict(batch)
                query = sa.select(shop_order.c.id).where(shop_order.c.id.in_(list(numbers.values())))
                self._deriver.lock(connection, query)
                said = [item for number in numbers for item in by_number[number]]
                heard = self._news(connection, numbers, said, now)
                run_id = next((item.run_id for item in said), None)
                done = self._deriver.refresh(connection, list(heard), heard, run_id=run_id)
                for number, order_id in batch:
                    if order_id in heard and order_id not in done:
                        del ids[number]
                for order_id, derived in done.items():
                    new += len(heard[order_id])
                    requests += derived.opened
                    changed += [derived.number] if derived.is_dirty else []
                    contradictions += [_told(derived.number, *one) for one in derived.contradictions]
            left = by_number.keys() - ids.keys()
            forgotten: dict[str, datetime] = {}
            for some in bulk.batches(sorted(left)):
                forgotten |= forgotten_of(connection, some)
            theirs = elsewhere(connection, left - forgotten.keys())
        late = [item for item in items if item.message.order_number in forgotten]
        for item in late:
            number = item.message.order_number
            told = told_of_forgotten(item.message, forgotten[number])
            contradictions.append(Contradicted(number, told, item))
        for item in items:
            number = item.message.order_number
            if number in theirs:
                contradictions.append(Contradicted(number, told_of_elsewhere(item.message), item))
        heard_of = {*ids, *forgotten, *theirs}
        unknown = [item for item in items if item.message.order_number not in heard_of]
        known = len(items) - new - len(unknown)
        return Noted(new, known, tuple(unknown), tuple(contradictions), tuple(changed), requests)

    def recompute(self, numbers: Sequence[str], *, run_id: str | None = None) -> int:
        """Work orders out anew (after a change of rules or timers); count those that were."""
        done = 0
        for batch in bulk.batches(sorted(set(numbers)), _BATCH):
            with self._database.write(durable=True) as connection:
                query = sa.select(shop_order.c.id).where(shop_order.c.number.in_(batch))
                ids = [row.id for row in connection.execute(query)]
                done += len(self._deriver.refresh(connection, ids, run_id=run_id))
        return done

    def recompute_open(self) -> int:
        """Work out anew all orders that are not closed (after a change of rules or timers); count them."""
        return self._each(shop_order.c.closed_at.is_(None))

    def catch_up(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Work out the orders that an older version of the ledger took down; count them.

        `progress` is told how many of how many, before each batch and at the end. What was worked out stays
        when this is cut short.
        """
        old = sa.text("shop_order.view IS NULL")
        if progress is None:
            return self._each(old)
        there = (
            sa.select(sa.func.count()).select_from(shop_order).where(old, shop_order.c.record.is_not(None))
        )
        with self._database.read() as connection:
            total = int(connection.execute(there).scalar_one())
        return self._each(old, lambda done: progress(done, total))

    def _each(self, which: Any, told: Callable[[int], None] = lambda _: None) -> int:
        """Work out orders a batch at a time, each batch in a transaction of its own; count them."""
        done = after = 0
        while True:
            told(done)
            with self._database.write(durable=True) as connection:
                query = (
                    sa.select(shop_order.c.id)
                    .where(which, shop_order.c.record.is_not(None), shop_order.c.id > after)
                    .order_by(shop_order.c.id)
                    .limit(_BATCH)
                )
                ids = list(connection.execute(query).scalars())
                if not ids:
                    return done
                done += len(self._deriver.refresh(connection, ids))
                after = ids[-1]

    def orders(self, numbers: Sequence[str]) -> dict[str, Order]:
        """Read the records of these orders as they are now; those without a readable record are left out."""
        found: dict[str, Order] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(sorted(set(numbers))):
                query = sa.select(shop_order.c.number, shop_order.c.record, shop_order.c.revision)
                for row in connection.execute(query.where(shop_order.c.number.in_(batch))):
                    order = order_of(row.record, row.revision)
                    if order is not None:
                        found[row.number] = order
        return found

    def dirty(self, limit: int = 500, *, after: int = 0) -> list[DirtyOrder]:
        """List the orders to tell a shop of, by id; `after` is the last id of a page."""
        return self.dirt.dirty(limit, after=after)

    def clean(self, number: str, generation: int, *, shop_version: int | None = None) -> bool:
        """Say that a shop shows the picture of this generation; False when there is a newer one to show."""
        return self.dirt.clean(number, generation, shop_version=shop_version)

    def life(self, number: str) -> OrderLife | None:
        """Read everything about one order; None when the ledger never met it."""
        with self._database.read() as connection:
            return life_of(connection, self._deriver, number)

    def near(self, number: str, limit: int = 5) -> list[str]:
        """Give the numbers that look most like one that is unknown."""
        with self._database.read() as connection:
            return near_numbers(connection, number, limit)

    def parked_for(self, number: str) -> list[StillWaiting]:
        """Read the messages that wait for an order, known or not."""
        with self._database.read() as connection:
            return list(parked_for(connection, number))

    def overdue(
        self, now: datetime, limit: int = 1000, *, step: int | None = None, store: str | None = None
    ) -> list[Overdue]:
        """List what is late, by step, the longest late first; `limit` counts for each step."""
        return self._awaiting.overdue(now, limit=limit, step=step, store=store)

    def overdue_counts(
        self, now: datetime, *, step: int | None = None, store: str | None = None
    ) -> dict[int, int]:
        """Count what is late by step."""
        return self._awaiting.counts(now, step=step, store=store)

    def open_pieces(
        self, skus: Sequence[str] | None = None, *, left_after: datetime | None = None
    ) -> list[OpenPieces]:
        """Read the pieces sold of these SKUs (of all without) that have not left, or left after a moment."""
        return self._units.open_pieces(skus, left_after=left_after)

    def touched(self, since: datetime, *, limit: int = 10_000) -> list[Touched]:
        """Tell of which SKUs pieces were sold or moved at or after a moment, the longest ago first."""
        return self._units.touched(since, limit=limit)

    @staticmethod
    def _ids(connection: sa.Connection, numbers: Iterable[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for batch in bulk.batches(sorted(numbers)):
            query = sa.select(shop_order.c.number, shop_order.c.id).where(
                shop_order.c.number.in_(batch), shop_order.c.record.is_not(None)
            )
            found.update((row.number, row.id) for row in connection.execute(query))
        return found

    def _news(
        self, connection: sa.Connection, ids: dict[str, int], batch: Sequence[Heard], now: datetime
    ) -> dict[int, list[StoredMessage]]:
        """Sort out what the ledger does not have of what was heard, by order; each message once."""
        wanted: dict[tuple[int, str, bytes], StoredMessage] = {}
        for item in batch:
            order_id = ids.get(item.message.order_number)
            if order_id is None:
                continue
            key, digest = message_key(item.message), digest_of(item.message)
            wanted.setdefault(
                (order_id, key, digest),
                StoredMessage(
                    message=item.message,
                    key=key,
                    digest=digest,
                    received_at=now,
                    feed=item.feed,
                    file=item.file,
                    line=item.line,
                    run_id=item.run_id,
                    verdict="followed",
                ),
            )
        facts = known_facts(connection, sorted({order_id for order_id, _, _ in wanted}))
        heard: dict[int, list[StoredMessage]] = {}
        for (order_id, _, _), message in wanted.items():
            if not is_known(message.message, message.key, facts.get(order_id, {})):
                heard.setdefault(order_id, []).append(message)
        return heard


#: Orders that are worked out at once: flat memory, and a bounded number of statements.
_BATCH = 500


def _told(number: str, contradiction: Contradiction, stored: StoredMessage | None) -> Contradicted:
    if stored is None:
        return Contradicted(number, contradiction, None)
    heard = Heard(stored.message, stored.feed, stored.file, stored.line, stored.run_id)
    return Contradicted(number, contradiction, heard)
