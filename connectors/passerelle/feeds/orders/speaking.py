"""Speaking: records of back feeds said as messages about orders, which are one language for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from ...errors import ReferenceMissing
from ...fulfilment import from_ack, from_shipment, message_key
from ...ledger import Ledger
from ...records import OrderAck, OrderFileAck, OrderMessage, Shipment

__all__ = ["SPOKEN", "FileSpeaker", "PlainSpeaker", "Speaker", "speaker_for"]

R = TypeVar("R", bound=msgspec.Struct)

#: The entities that are about orders and come back.
SPOKEN = ("order_message", "order_ack", "order_file_ack", "shipment")


class Speaker(Protocol[R]):
    """Says records of one kind as messages."""

    entity: str
    record_type: type[R]

    def key(self, record: R) -> str:
        """Name what a record is about, for reports and the ledger."""
        ...

    def learn(self, records: Sequence[R]) -> None:
        """Read what is needed to say these records."""
        ...

    def check(self, record: R) -> None:
        """Raise ReferenceMissing when nobody knows what a record speaks of."""
        ...

    def messages(self, record: R) -> Sequence[OrderMessage]:
        """Say a record as messages."""
        ...


class PlainSpeaker(Generic[R]):
    """Says a record from what stands in it."""

    def __init__(self, entity: str, record_type: type[R], say: Callable[[R], Sequence[OrderMessage]]) -> None:
        self.entity = entity
        self.record_type = record_type
        self._say = say

    def key(self, record: R) -> str:
        """The order's number and the fact that the record is about, the first one when there are several."""
        first = self._say(record)[0]
        return f"{first.order_number}/{message_key(first)}"

    def learn(self, records: Sequence[R]) -> None:
        """Nothing is needed."""

    def check(self, record: R) -> None:
        """Nothing but the order itself can be unknown."""

    def messages(self, record: R) -> Sequence[OrderMessage]:
        """Say it."""
        return self._say(record)


class FileSpeaker:
    """Says a word about a file of ours as the same word about each order in it.

    `exports` are the feeds that the file may be of. A file that was taken is `taken` for all its orders; one
    that the ERP could not read refuses them, so that people decide about each.
    """

    entity = "order_file_ack"
    record_type = OrderFileAck

    def __init__(self, ledger: Ledger, exports: Sequence[str]) -> None:
        self._ledger = ledger
        self._exports = tuple(exports)
        self._orders: dict[str, tuple[str, ...]] = {}

    def key(self, record: OrderFileAck) -> str:
        """The file's name."""
        return f"{record.file}/{'taken' if record.taken else 'refused'}"

    def learn(self, records: Sequence[OrderFileAck]) -> None:
        """Read which orders are in these files: one look a file, of which there are few."""
        for name in dict.fromkeys(record.file for record in records):
            for feed in () if name in self._orders else self._exports:
                file = self._ledger.outbox.get(feed, name)
                if file is not None:
                    self._orders[name] = tuple(self._ledger.outbox.numbers(file.id))

    def messages(self, record: OrderFileAck) -> Sequence[OrderMessage]:
        """Say it of each order in the file; nothing of a file that the ledger does not know."""
        return [
            OrderMessage(
                order_number=number,
                kind="taken" if record.taken else "refused",
                ref=record.file,
                at=record.at,
                reason=record.reason,
            )
            for number in self._orders.get(record.file, ())
        ]

    def check(self, record: OrderFileAck) -> None:
        """Raise ReferenceMissing for a file that we did not send."""
        if record.file not in self._orders:
            raise ReferenceMissing(
                f"no file {record.file} was sent",
                reference=record.file,
                advice="Compare the name with those of the outbox: is it one of another system?",
            )


def speaker_for(entity: str, ledger: Ledger, exports: Sequence[str]) -> Speaker[Any] | None:
    """Choose who says the records of an entity; None for one that is not about orders."""
    match entity:
        case "order_message":
            return PlainSpeaker("order_message", OrderMessage, lambda message: (message,))
        case "order_ack":
            return PlainSpeaker("order_ack", OrderAck, lambda ack: (from_ack(ack),))
        case "shipment":
            return PlainSpeaker("shipment", Shipment, from_shipment)
        case "order_file_ack":
            return FileSpeaker(ledger, exports)
    return None
