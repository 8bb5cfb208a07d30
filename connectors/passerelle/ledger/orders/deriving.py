"""Deriving: what follows for an order from everything that was said about it, worked out anew and stored."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from ...fulfilment import Contradiction, FulfilmentRules, OrderState, Timers, awaited, derive, view
from ...records import Order
from .. import table_rows
from ..database import Database, utc_now
from .awaiting import awaited_of, write_awaited
from .messages import StoredMessage, Verdict, stored_of, write_messages
from .request_rows import SENT, OpenRequest, requests_of, write_requests
from .schema import order_revision, order_step, shop_order
from .units import Piece, units_of, write_units

__all__ = ["Derived", "Deriver", "Exported", "LifeRules", "OrderFacts", "facts_of", "order_of"]


class LifeRules(NamedTuple):
    """What a retailer decides about lives of orders: its own rules, and how long each step may take."""

    rules: FulfilmentRules = FulfilmentRules()
    timers: Timers = Timers()


class Exported(NamedTuple):
    """How far the export of an order came, and since when."""

    state: str
    at: datetime
    external_id: str | None


class OrderFacts(NamedTuple):
    """Everything that the state of one order is worked out from."""

    order: Order
    messages: list[StoredMessage]
    exported: Exported | None
    #: The lines of its past revisions, the first one first: pieces by line.
    past: list[dict[str, int]]


class Derived(NamedTuple):
    """What became of an order: its state, whether a shop should show something else, what is new in it."""

    number: str
    state: OrderState
    is_dirty: bool
    #: Contradictions that were not known before, with the message that was not followed.
    contradictions: tuple[tuple[Contradiction, StoredMessage | None], ...]
    opened: int


class Deriver:
    """Works orders out, a batch at a time, in the caller's transaction."""

    def __init__(self, database: Database, settings: LifeRules) -> None:
        self._database = database
        self.settings = settings

    def lock(self, connection: sa.Connection, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        """Read rows of orders that nobody else works out until the transaction ends, in one order for all.

        SQLite has one writer. In PostgreSQL rows that point to an order (its steps) may be added meanwhile.
        """
        query = query.order_by(shop_order.c.id)
        if not self._database.is_sqlite:
            query = query.with_for_update(key_share=True, of=shop_order)
        return connection.execute(query).all()

    def refresh(
        self,
        connection: sa.Connection,
        order_ids: Sequence[int],
        heard: Mapping[int, Sequence[StoredMessage]] | None = None,
        *,
        run_id: str | None = None,
    ) -> dict[int, Derived]:
        """Work out at most a batch of orders anew, with what was heard just now, and store what follows.

        An order whose record the ledger cannot read is left out; what was heard of it is not kept.
        """
        rows = self.lock(connection, sa.select(*_COLUMNS).where(shop_order.c.id.in_(order_ids)))
        facts = facts_of(connection, rows)
        ids = list(facts)
        pieces, waits = units_of(connection, ids), awaited_of(connection, ids)
        requests = requests_of(connection, ids, to_write=True)
        done: dict[int, Derived] = {}
        writing = _Writing(self._database, connection, run_id)
        for row in rows:
            fact = facts.get(row.id)
            if fact is None:
                continue
            new = list(() if heard is None else heard.get(row.id, ()))
            said = [*fact.messages, *new]
            state = self.state_of(fact, said, requests.get(row.id, ()))
            picture = _digest(view(fact.order, state))
            # An order of which nothing was said looks in the shop as the shop made it.
            is_dirty = picture != row.view and (row.view is not None or bool(said))
            verdicts = _verdicts(state)
            fresh = tuple(_fresh(state, said, row.contradictions))
            writing.pieces[row.id] = _pieces(fact, said, state, self.settings.rules)
            writing.awaited[row.id] = self.awaited(fact, said, state)
            writing.requests[row.id] = state.requests
            writing.new += [(row.id, _judged(one, verdicts)) for one in new]
            writing.judged += [
                (row.id, after)
                for one in fact.messages
                if (after := _judged(one, verdicts)).verdict != one.verdict
            ]
            writing.add_words(row, state, picture, is_dirty=is_dirty)
            done[row.id] = Derived(row.number, state, is_dirty, fresh, 0)
        opened = writing.write(pieces, waits, requests)
        return {
            order_id: one._replace(opened=opened[order_id]) if order_id in opened else one
            for order_id, one in done.items()
        }

    def state_of(
        self, fact: OrderFacts, said: Iterable[StoredMessage], requests: Iterable[OpenRequest]
    ) -> OrderState:
        """Work out the state of one order; what was asked of others already stands as it was asked."""
        return derive(
            fact.order,
            [one.message for one in said],
            exported=_is_out(fact.exported),
            rules=self.settings.rules,
            asked=[one.request for one in requests if one.state in SENT],
        )

    def awaited(self, fact: OrderFacts, said: Iterable[StoredMessage], state: OrderState) -> tuple[Any, ...]:
        """Name what is awaited; a message that does not say when it happened, happened when we heard it.

        An order that will never leave waits at no gate and for no answer.
        """
        never = fact.exported is not None and fact.exported.state == "refused"
        found = awaited(
            fact.order,
            state,
            [
                one.message
                if one.message.at is not None
                else msgspec.structs.replace(one.message, at=one.received_at)
                for one in said
            ],
            self.settings.timers,
            exported_at=fact.exported.at if fact.exported is not None and _is_out(fact.exported) else None,
        )
        return tuple(one for one in found if one.step not in _ON_THE_WAY_OUT) if never else found


class _Writing:
    """What is to be written of a batch of orders, and the few statements that write it."""

    def __init__(self, database: Database, connection: sa.Connection, run_id: str | None) -> None:
        self._database = database
        self._connection = connection
        self._run_id = run_id
        self.pieces: dict[int, list[Piece]] = {}
        self.awaited: dict[int, tuple[Any, ...]] = {}
        self.requests: dict[int, tuple[Any, ...]] = {}
        self.new: list[tuple[int, StoredMessage]] = []
        self.judged: list[tuple[int, StoredMessage]] = []
        self._words: list[tuple[object, ...]] = []
        self._now = utc_now()

    def add_words(self, row: sa.Row[Any], state: OrderState, picture: bytes, *, is_dirty: bool) -> None:
        """Say an order's state in the words of its own row, when they are others than before."""
        closed = state.order_state in _CLOSED
        generation = row.generation + 1 if is_dirty else row.generation
        words = (
            state.order_state,
            state.shipment_state,
            state.payment_state,
            state.erp_number,
            len(state.contradictions),
            (row.closed_at or self._now) if closed else None,
            picture,
            generation,
            generation if is_dirty else row.dirty,
        )
        if words != tuple(getattr(row, name) for name in _WORDS):
            self._words.append((row.id, *words))

    def write(self, pieces: Any, waits: Any, requests: Any) -> dict[int, int]:
        """Write everything; count the requests opened, by order."""
        database, connection = self._database, self._connection
        write_messages(database, connection, self.new, self.judged)
        write_units(database, connection, self.pieces, pieces)
        write_awaited(database, connection, self.awaited, waits)
        new = write_requests(database, connection, self.requests, requests, run_id=self._run_id)
        table_rows.change(database, connection, shop_order, ("id", *_WORDS), self._words)
        opened: dict[int, int] = {}
        for order_id, _ in new:
            opened[order_id] = opened.get(order_id, 0) + 1
        return opened


_WORDS = (
    "order_state", "shipment_state", "payment_state", "erp_number", "contradictions", "closed_at", "view",
    "generation", "dirty",
)  # fmt: skip
_COLUMNS = (
    shop_order.c.id,
    shop_order.c.number,
    shop_order.c.record,
    shop_order.c.revision,
    *(shop_order.c[name] for name in _WORDS),
)
#: The hold of pieces that may not leave, and the steps between the gate and the ERP's answer.
_ON_THE_WAY_OUT = frozenset({1, 3, 5, 6, 7})
_CLOSED: frozenset[str] = frozenset({"Complete", "Cancelled"})

_decode = msgspec.json.Decoder(Order).decode


def order_of(record: bytes | None, revision: int) -> Order | None:
    """Read an order's record; None when there is none, or it is not one of ours (an older ledger's)."""
    if record is None:
        return None
    try:
        order = _decode(record)
    except msgspec.ValidationError:
        return None
    return order if order.revision == revision else msgspec.structs.replace(order, revision=revision)


def facts_of(connection: sa.Connection, rows: Collection[sa.Row[Any]]) -> dict[int, OrderFacts]:
    """Read what the states of these orders (rows with `id`, `record`, `revision`) are worked out from."""
    orders = {row.id: order for row in rows if (order := order_of(row.record, row.revision)) is not None}
    ids = list(orders)
    messages = stored_of(connection, ids)
    exports = {
        row.order_id: Exported(row.state, row.at, row.external_id)
        for row in connection.execute(
            sa.select(order_step)
            .where(order_step.c.step == "export", order_step.c.order_id.in_(ids))
            .order_by(order_step.c.order_id, order_step.c.attempt)
        )
    }
    past = _past(connection, [row.id for row in rows if row.revision > 1 and row.id in orders])
    return {
        order_id: OrderFacts(order, messages.get(order_id, []), exports.get(order_id), past.get(order_id, []))
        for order_id, order in orders.items()
    }


def _past(connection: sa.Connection, ids: list[int]) -> dict[int, list[dict[str, int]]]:
    found: dict[int, list[dict[str, int]]] = {}
    if not ids:
        return found
    query = (
        sa.select(order_revision)
        .where(order_revision.c.order_id.in_(ids))
        .order_by(order_revision.c.order_id, order_revision.c.revision)
    )
    for row in connection.execute(query):
        order = order_of(row.record, row.revision)
        if order is not None:
            found.setdefault(row.order_id, []).append({line.id: line.quantity for line in order.lines})
    return found


def _is_out(exported: Exported | None) -> bool:
    return exported is not None and exported.state == "done"


def _digest(picture: object) -> bytes:
    return hashlib.blake2b(msgspec.json.encode(picture, order="deterministic"), digest_size=16).digest()


def _verdicts(state: OrderState) -> dict[bytes, Verdict]:
    """Name the messages that were not followed, by their content."""
    found: dict[bytes, Verdict] = {msgspec.json.encode(one): "waiting" for one in state.waiting}
    found |= {
        msgspec.json.encode(one.message): "contradicted"
        for one in state.contradictions
        if one.message is not None
    }
    return found


def _judged(one: StoredMessage, verdicts: Mapping[bytes, Verdict]) -> StoredMessage:
    verdict = verdicts.get(msgspec.json.encode(one.message), "followed") if verdicts else "followed"
    return one if verdict == one.verdict else msgspec.structs.replace(one, verdict=verdict)


def _fresh(
    state: OrderState, said: Sequence[StoredMessage], known: int
) -> Iterable[tuple[Contradiction, StoredMessage | None]]:
    """Give the contradictions that nobody has been told of: about a message that was followed until now."""
    if not state.contradictions:
        return
    stored = {msgspec.json.encode(one.message): one for one in said}
    for one in state.contradictions:
        about = None if one.message is None else stored.get(msgspec.json.encode(one.message))
        if about is None:
            # Without a message it cannot be told apart: it is new when there are more of all than before.
            if len(state.contradictions) > known:
                yield one, None
        elif about.verdict != "contradicted":
            yield one, about


def _pieces(
    fact: OrderFacts, said: Sequence[StoredMessage], state: OrderState, rules: FulfilmentRules
) -> list[Piece]:
    """Say since when the ERP knew of each piece: its word that it has the order, else our file's delivery."""
    known = _first(said, "accepted")
    if (
        known is None
        and rules.known_at == "delivered"
        and fact.exported is not None
        and _is_out(fact.exported)
    ):
        known = fact.exported.at
    changes = [one for one in said if one.message.kind == "changed"]
    return [
        Piece(
            # Which order replaces a piece is asked of the whole order only.
            unit if unit.exchanged_for is None else msgspec.structs.replace(unit, exchanged_for=None),
            _known_since(unit.line, unit.index, fact, known, changes) if fact.past else known,
        )
        for unit in state.units
    ]


def _known_since(
    line: str, index: int, fact: OrderFacts, known: datetime | None, changes: Sequence[StoredMessage]
) -> datetime | None:
    """A piece that a revision added is known to the ERP when it answers that revision, or a later one."""
    for number, lines in enumerate(fact.past, 1):
        if index <= lines.get(line, 0):
            if number == 1:
                return known
            return _first((one for one in changes if (one.message.revision or 0) >= number), "changed")
    last = fact.order.revision
    return _first((one for one in changes if (one.message.revision or 0) >= last), "changed")


def _first(said: Iterable[StoredMessage], kind: str) -> datetime | None:
    times = [one.message.at or one.received_at for one in said if one.message.kind == kind]
    return min(times, default=None)
