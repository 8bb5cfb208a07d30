"""The life of one order: everything that the ledger knows of it, read in one go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from ...fulfilment import Awaited, OrderState
from ...records import Order
from ..quarantine import QuarantineEntry, as_entry
from ..schema import outbox_file, parked, quarantine, run
from .awaiting import awaited_of
from .deriving import Deriver, Exported, OrderFacts, facts_of
from .events import OrderEvent, as_event
from .messages import StoredMessage
from .request_rows import OpenRequest, requests_of
from .schema import order_event, order_revision, order_step, shop_order
from .steps import Step, as_step
from .units import GONE, Piece, units_of

__all__ = [
    "CarryingFile",
    "HeardIn",
    "OrderLife",
    "PastRevision",
    "StillWaiting",
    "life_of",
    "near_numbers",
    "parked_for",
]


class PastRevision(msgspec.Struct, frozen=True, kw_only=True):
    """What an order was until a moment, when the shop changed it."""

    revision: int
    until: datetime
    run_id: str | None


class CarryingFile(msgspec.Struct, frozen=True, kw_only=True):
    """An outgoing file that carries the order, or something that is asked about it."""

    name: str
    feed: str
    state: str
    sequence: int
    prepared_at: datetime
    delivered_at: datetime | None


class HeardIn(msgspec.Struct, frozen=True, kw_only=True):
    """A run that something came from: which feed it carried, where, and when."""

    run_id: str
    feed: str
    host: str
    started_at: datetime


class StillWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is parked until its order, or something else, is there."""

    feed: str
    key: str
    waits_for: tuple[str, ...]
    file: str | None
    line: int | None
    parked_at: datetime
    expires_at: datetime


class OrderLife(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one order; `state` and `order` are None when the ledger cannot read its record."""

    number: str
    shop_id: str
    destination: str
    created_at: datetime
    first_seen: datetime
    kind: str
    store: str | None
    total: int | None
    currency: str | None
    revision: int
    erp_number: str | None
    closed_at: datetime | None
    #: Since when only one line is kept of it.
    forgotten_at: datetime | None
    #: True when the shop does not show yet what it should.
    is_dirty: bool
    shop_version: int | None
    #: True when what is stored is not what follows from the messages now: rules changed, or a hand was in it.
    is_stale: bool
    order: Order | None
    state: OrderState | None
    exported: Exported | None
    pieces: tuple[Piece, ...]
    messages: tuple[StoredMessage, ...]
    awaited: tuple[Awaited, ...]
    requests: tuple[OpenRequest, ...]
    steps: tuple[Step, ...]
    events: tuple[OrderEvent, ...]
    revisions: tuple[PastRevision, ...]
    files: tuple[CarryingFile, ...]
    runs: tuple[HeardIn, ...]
    quarantine: tuple[QuarantineEntry, ...]
    parked: tuple[StillWaiting, ...]


def life_of(connection: sa.Connection, deriver: Deriver, number: str) -> OrderLife | None:
    """Read the life of an order; None when the ledger never met it. Nothing is locked or written."""
    row = connection.execute(sa.select(shop_order).where(shop_order.c.number == number)).first()
    if row is None:
        return None
    fact = facts_of(connection, [row]).get(row.id)
    requests = requests_of(connection, [row.id]).get(row.id, [])
    steps = _steps(connection, row.id, number)
    events = _events(connection, row.id)
    messages = [] if fact is None else fact.messages
    state = None if fact is None else deriver.state_of(fact, messages, requests)
    kept = units_of(connection, [row.id]).get(row.id, {})
    pieces = tuple(piece for piece in kept.values() if piece.unit.state != GONE)
    awaits = awaited_of(connection, [row.id]).get(row.id, [])
    ids = {
        *(one.run_id for one in messages),
        *(one.run_id for one in events),
        *(one.run_id for one in requests),
    }
    return OrderLife(
        number=number,
        shop_id=row.shop_id,
        destination=row.destination,
        created_at=row.created_at,
        first_seen=row.first_seen,
        kind=row.kind,
        store=row.store,
        total=row.total,
        currency=row.currency,
        revision=row.revision,
        erp_number=row.erp_number,
        closed_at=row.closed_at,
        forgotten_at=row.forgotten_at,
        is_dirty=row.dirty > 0,
        shop_version=row.shop_version,
        is_stale=fact is not None and state is not None and not _agree(pieces, awaits, fact, state, deriver),
        order=None if fact is None else fact.order,
        state=state,
        exported=None if fact is None else fact.exported,
        pieces=pieces,
        messages=tuple(messages),
        awaited=tuple(awaits),
        requests=tuple(requests),
        steps=tuple(steps),
        events=tuple(events),
        revisions=tuple(_revisions(connection, row.id)),
        files=tuple(_files(connection, row.id)),
        runs=tuple(_runs(connection, ids)),
        quarantine=tuple(_quarantine(connection, number, row.shop_id)),
        parked=tuple(parked_for(connection, number)),
    )


def near_numbers(connection: sa.Connection, number: str, limit: int = 5) -> list[str]:
    """Give the numbers that look most like one that is unknown: the neighbours in the order of numbers."""
    column = shop_order.c.number
    before = sa.select(column).where(column < number).order_by(column.desc()).limit(limit)
    after = sa.select(column).where(column > number).order_by(column).limit(limit)
    found = [*connection.execute(before).scalars(), *connection.execute(after).scalars()]
    return sorted(found, key=lambda one: (-_alike(one, number), one))[:limit]


def parked_for(connection: sa.Connection, number: str) -> Iterable[StillWaiting]:
    """Read the messages that wait for an order, known or not."""
    rows = connection.execute(sa.select(*_PARKED).where(parked.c.closed_at.is_(None)).order_by(parked.c.id))
    for row in rows:
        if _is_about(row.key, number) or any(_names(name, number) for name in row.waits_for):
            yield StillWaiting(
                feed=row.feed,
                key=row.key,
                waits_for=tuple(row.waits_for),
                file=row.file,
                line=row.line,
                parked_at=row.parked_at,
                expires_at=row.expires_at,
            )


_PARKED = (
    parked.c.feed,
    parked.c.key,
    parked.c.waits_for,
    parked.c.file,
    parked.c.line,
    parked.c.parked_at,
    parked.c.expires_at,
)


def _agree(
    pieces: Sequence[Piece],
    awaits: Sequence[Awaited],
    fact: OrderFacts,
    state: OrderState,
    deriver: Deriver,
) -> bool:
    """Compare what is stored with what follows now: where each piece is, and what is late when."""
    stored = {(one.unit.line, one.unit.index): one.unit.state for one in pieces}
    follows = {(one.line, one.index): one.state for one in state.units}
    due = {(one.step, one.subject, one.due) for one in awaits}
    return stored == follows and due == {
        (one.step, one.subject, one.due) for one in deriver.awaited(fact, fact.messages, state)
    }


def _steps(connection: sa.Connection, order_id: int, number: str) -> list[Step]:
    query = (
        sa.select(order_step, outbox_file.c.name.label("outbox_name"))
        .outerjoin(outbox_file, outbox_file.c.id == order_step.c.outbox_id)
        .where(order_step.c.order_id == order_id)
        .order_by(order_step.c.at, order_step.c.step, order_step.c.attempt)
    )
    return [as_step(row, number) for row in connection.execute(query)]


def _events(connection: sa.Connection, order_id: int) -> list[OrderEvent]:
    query = sa.select(order_event).where(order_event.c.order_id == order_id).order_by(order_event.c.id)
    return [as_event(row) for row in connection.execute(query)]


def _revisions(connection: sa.Connection, order_id: int) -> Iterable[PastRevision]:
    query = (
        sa.select(order_revision.c.revision, order_revision.c.until, order_revision.c.run_id)
        .where(order_revision.c.order_id == order_id)
        .order_by(order_revision.c.revision)
    )
    for row in connection.execute(query):
        yield PastRevision(revision=row.revision, until=row.until, run_id=row.run_id)


def _files(connection: sa.Connection, order_id: int) -> Iterable[CarryingFile]:
    """Read the files without their content: one may be megabytes."""
    from_steps = sa.select(order_step.c.outbox_id).where(order_step.c.order_id == order_id)
    columns = (
        outbox_file.c.name,
        outbox_file.c.feed,
        outbox_file.c.state,
        outbox_file.c.sequence,
        outbox_file.c.prepared_at,
        outbox_file.c.delivered_at,
    )
    query = sa.select(*columns).where(outbox_file.c.id.in_(from_steps)).order_by(outbox_file.c.id)
    for row in connection.execute(query):
        yield CarryingFile(**row._mapping)  # noqa: SLF001 - the documented name of a row's mapping


def _runs(connection: sa.Connection, ids: Iterable[str | None]) -> Iterable[HeardIn]:
    wanted = sorted(one for one in ids if one is not None)
    query = sa.select(run.c.id, run.c.feed, run.c.host, run.c.started_at).where(run.c.id.in_(wanted))
    for row in connection.execute(query.order_by(run.c.no)):
        yield HeardIn(run_id=row.id, feed=row.feed, host=row.host, started_at=row.started_at)


def _quarantine(connection: sa.Connection, number: str, shop_id: str) -> Iterable[QuarantineEntry]:
    """Read what is put aside about an order: records with its number, or with a key that begins with it."""
    key = quarantine.c.record_key
    query = (
        sa.select(quarantine)
        .where(
            quarantine.c.closed_at.is_(None),
            sa.or_(key.in_([number, shop_id]), key.startswith(f"{number}/", autoescape=True)),
        )
        .order_by(quarantine.c.id)
    )
    return [as_entry(row) for row in connection.execute(query)]


def _is_about(key: str, number: str) -> bool:
    return key == number or key.startswith(f"{number}/")


def _names(reference: str, number: str) -> bool:
    """References are told as people write them (`order W0001`): the number is a word of its own in them."""
    return number in reference.replace("'", " ").replace('"', " ").split()


def _alike(one: str, other: str) -> int:
    """Count how many characters two numbers have in common at both ends."""
    front = 0
    while front < min(len(one), len(other)) and one[front] == other[front]:
        front += 1
    back = 0
    while back < min(len(one), len(other)) - front and one[-1 - back] == other[-1 - back]:
        back += 1
    return front + back
