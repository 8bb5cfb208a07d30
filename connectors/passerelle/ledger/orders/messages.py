"""Order messages: everything that was said about an order, kept with the file and the line that said it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

import msgspec
import sqlalchemy as sa

from ...records import MessageKind, OrderMessage
from .. import bulk, table_rows
from ..database import Database
from ..packing import packed, unpacked
from .placed import elsewhere
from .schema import order_message, shop_order

__all__ = [
    "Facts",
    "Heard",
    "OrderMessages",
    "StoredMessage",
    "Verdict",
    "digest_of",
    "is_known",
    "known_facts",
    "stored_of",
    "write_messages",
]

#: What became of a message: followed, against what is known, waiting for another, or said again otherwise.
Verdict: TypeAlias = Literal["followed", "contradicted", "waiting"]

#: What was said of an order: by the fact, the digests of what was said of it.
Facts: TypeAlias = Mapping[str, AbstractSet[bytes]]

_PACK_FROM = 400
_NOTHING: Facts = MappingProxyType({})


class Heard(NamedTuple):
    """A message, and where we heard it."""

    message: OrderMessage
    feed: str
    file: str | None = None
    line: int | None = None
    run_id: str | None = None


class StoredMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message that the ledger keeps: `key` is the fact that it is about, `digest` what it says of it."""

    message: OrderMessage
    key: str
    digest: bytes
    received_at: datetime
    feed: str
    file: str | None
    line: int | None
    run_id: str | None
    verdict: Verdict


class OrderMessages:
    """The messages of all orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, numbers: Sequence[str]) -> dict[str, Facts]:
        """Tell what was said of these orders, for `is_known`; an order that nobody met is left out.

        An order that was met and of which nothing was said has an empty entry, and so has one that was placed
        elsewhere.
        """
        query = sa.select(shop_order.c.number, shop_order.c.id).order_by(shop_order.c.id)
        found: dict[str, Facts] = {}
        with self._database.read() as connection:
            for batch in bulk.batches(sorted(set(numbers))):
                ids = {
                    row.number: row.id
                    for row in connection.execute(query.where(shop_order.c.number.in_(batch)))
                }
                facts = known_facts(connection, list(ids.values()))
                found |= {number: facts.get(order_id, {}) for number, order_id in ids.items()}
            others = elsewhere(connection, set(numbers) - found.keys())
        return found | dict.fromkeys(others, _NOTHING)

    def of(self, number: str) -> list[StoredMessage]:
        """Read everything that was said about one order, as it came."""
        with self._database.read() as connection:
            query = sa.select(shop_order.c.id).where(shop_order.c.number == number)
            order_id = connection.execute(query).scalar()
            return [] if order_id is None else stored_of(connection, [order_id]).get(order_id, [])

    def since(self, after: int, *, limit: int = 1000) -> list[tuple[int, StoredMessage]]:
        """Read messages with their row numbers, in the order in which they were kept: what a replay asks."""
        query = (
            sa.select(order_message)
            .where(order_message.c.id > after)
            .order_by(order_message.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [(row.id, _stored(row)) for row in connection.execute(query)]


def digest_of(message: OrderMessage) -> bytes:
    """Give the digest of everything that a message says; equal ones are the same message come again."""
    return hashlib.blake2b(_encode(message), digest_size=16).digest()


def known_facts(connection: sa.Connection, order_ids: Sequence[int]) -> dict[int, Facts]:
    """Read what was said of at most a batch of orders, by order."""
    answer = sa.case((order_message.c.kind.in_(list(_OTHER)), order_message.c.record))
    query = sa.select(
        order_message.c.order_id, order_message.c.key, order_message.c.digest, answer.label("answer")
    ).where(order_message.c.order_id.in_(order_ids))
    found: dict[int, dict[str, set[bytes]]] = {}
    for row in connection.execute(query):
        digests = found.setdefault(row.order_id, {}).setdefault(row.key, set())
        digests.add(bytes(row.digest))
        if row.answer is not None:
            digests.add(_content(_decode(unpacked(row.answer))))
    return dict(found)


def is_known(message: OrderMessage, key: str, facts: Facts) -> bool:
    """Whether a message says what the ledger has already, whoever says it again.

    An answer of the ERP that stands in a later file again says nothing new, unless the ERP also said the
    opposite: then it matters which of the two came last.
    """
    said = facts.get(key, frozenset())
    other = _OTHER.get(message.kind)
    if other is not None and not any(fact.startswith(f"{other}/") for fact in facts):
        return _content(message) in said
    return digest_of(message) in said


#: Of the ERP's answers, each with its opposite.
_OTHER: dict[MessageKind, MessageKind] = {"accepted": "refused", "refused": "accepted"}


def _content(message: OrderMessage) -> bytes:
    """Give the digest of what a message says, whichever file says it."""
    return digest_of(message if message.sequence is None else msgspec.structs.replace(message, sequence=None))


def stored_of(connection: sa.Connection, order_ids: Sequence[int]) -> dict[int, list[StoredMessage]]:
    """Read the messages of at most a batch of orders, by order, as they came."""
    query = (
        sa.select(order_message).where(order_message.c.order_id.in_(order_ids)).order_by(order_message.c.id)
    )
    found: dict[int, list[StoredMessage]] = {}
    for row in connection.execute(query):
        found.setdefault(row.order_id, []).append(_stored(row))
    return found


def write_messages(
    database: Database,
    connection: sa.Connection,
    new: Iterable[tuple[int, StoredMessage]],
    judged: Iterable[tuple[int, StoredMessage]],
) -> None:
    """Keep new messages, and the new verdicts on those that are kept already."""
    table_rows.put(database, connection, order_message, _COLUMNS, list(_rows(new)))
    table_rows.change(
        database,
        connection,
        order_message,
        ("order_id", "key", "digest", "verdict"),
        [(order_id, one.key, one.digest, one.verdict) for order_id, one in judged],
    )


_COLUMNS = (
    "order_id", "key", "digest", "kind", "record", "at", "received_at", "feed", "file", "line", "run_id",
    "verdict",
)  # fmt: skip
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(OrderMessage).decode


def _rows(new: Iterable[tuple[int, StoredMessage]]) -> Iterator[tuple[object, ...]]:
    for order_id, one in new:
        said = one.message
        record = packed(_encode(said), least=_PACK_FROM)
        yield (
            order_id, one.key, one.digest, said.kind, record, said.at, one.received_at, one.feed, one.file,
            one.line, one.run_id, one.verdict,
        )  # fmt: skip


def _stored(row: sa.Row[tuple[object, ...]]) -> StoredMessage:
    return StoredMessage(
        message=_decode(unpacked(row.record)),
        key=row.key,
        digest=bytes(row.digest),
        received_at=row.received_at,
        feed=row.feed,
        file=row.file,
        line=row.line,
        run_id=row.run_id,
        verdict=row.verdict,
    )
