"""Messages: which fact each is about, and which of two about the same fact holds, however they arrived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from ..records import MessageKind, MessageLine, OrderAck, OrderMessage, Shipment

__all__ = [
    "Saying",
    "Settled",
    "answered",
    "content_order",
    "from_ack",
    "from_shipment",
    "is_before",
    "message_key",
    "settled",
    "told_at",
]

#: A message that does not say when is older than any that does.
_NEVER = datetime.min.replace(tzinfo=UTC)
#: Line ids stand in a key as they are up to here; of more lines the key has a digest.
_READABLE = 60

#: What tells one fact of a kind from another (sheet order-lifecycle, column "idempotency key"): fields of the
#: message, of `a|b` the first that is said. `lines` are the lines that it names, not how many pieces of them.
_KEYS: dict[MessageKind, tuple[str, ...]] = {
    "taken": ("ref",),
    "accepted": ("erp_number|ref",),
    "refused": ("ref",),
    "changed": ("revision|ref",),
    "change_refused": ("revision|ref",),
    "allocated": ("ref", "lines"),
    "claimed": ("place", "ref", "lines"),
    "declined": ("place", "ref", "lines"),
    "preparing": ("ref", "lines"),
    "packed": ("ref", "lines"),
    "short": ("ref", "lines"),
    "shipped": ("ref",),
    "tracked": ("carrier", "parcel|tracking_id|ref"),
    "captured": ("ref",),
    "capture_failed": ("ref",),
    "in_transit": ("parcel|tracking_id|delivery|ref", "event", "at"),
    "delivered": ("parcel|tracking_id|delivery|ref", "event", "at"),
    "delivery_failed": ("parcel|tracking_id|delivery|ref", "event", "at"),
    "ready": ("place", "ref", "lines"),
    "collected": ("place", "ref", "lines"),
    "expired": ("ref", "lines"),
    "held": ("place", "ref", "lines"),
    "hold_refused": ("place", "ref", "lines"),
    "hold_closed": ("ref", "lines"),
    "cancel_asked": ("ref", "lines"),
    "cancelled": ("ref", "lines"),
    "cancel_refused": ("ref", "lines"),
    "return_announced": ("return_number|ref", "lines"),
    "returned": ("return_number|ref", "ref", "place", "grade", "lines"),
    "refunded": ("return_number", "ref", "lines"),
    "refund_failed": ("return_number", "ref", "lines"),
    "exchanged": ("return_number|ref", "new_order"),
    "invoiced": ("ref",),
}


class Saying(NamedTuple):
    """A message that holds, with those of its lines that no newer message of the same fact says anew."""

    message: OrderMessage
    lines: tuple[MessageLine, ...]


class Settled(NamedTuple):
    """The messages that hold, in an order of their own; and those that were replaced by a newer telling."""

    holds: tuple[Saying, ...]
    older: tuple[OrderMessage, ...]

    def of(self, *kinds: MessageKind) -> list[Saying]:
        """The messages of these kinds, oldest first."""
        return [saying for saying in self.holds if saying.message.kind in kinds]


def message_key(message: OrderMessage) -> str:
    """Name the fact that a message is about, unique in its order: `accepted/ERP-77`, `tracked/GLS/4711`.

    The same key means the same fact, said again or corrected. The names in it are the sender's (a `/` in one
    is written `%2F`), missing ones are `-`.
    """
    parts = [_part(message, names) for names in _KEYS[message.kind]]
    return "/".join([message.kind, *parts])


def content_order(message: OrderMessage) -> tuple[datetime, int, int, bytes]:
    """Order messages by when they happened, then by the number of their file, then by their content.

    The same on every day and machine. Of two told for the same moment the one with more pieces is the later:
    an answer is completed more often than it is cut.
    """
    pieces = sum(line.quantity for line in message.lines)
    return told_at(message), message.sequence or 0, pieces, msgspec.json.encode(message)


def is_before(one: OrderMessage, other: OrderMessage) -> bool:
    """Whether a message is known to be older than another: by its time, or by the number of its file.

    Without either in both of them nobody knows, and the answer is no.
    """
    if told_at(one) != told_at(other):
        return one.at is not None and other.at is not None and told_at(one) < told_at(other)
    return one.sequence is not None and other.sequence is not None and one.sequence < other.sequence


def answered(message: OrderMessage) -> str:
    """Give the number that an answer to a cancellation is about: the asker's own, or our key with it."""
    return message.ref.removeprefix("cancel/")


def settled(messages: Iterable[OrderMessage]) -> Settled:
    """Let the newest message of each fact hold, and put all of them into an order that is not of arrival.

    Where a fact is one of pieces (`2 of line A collected with ticket 7`), a newer message replaces an older
    one line by line: the other lines of the same ticket may have been told by themselves. One that names no
    line, or answers one that named none, replaces it whole.
    """
    distinct = {msgspec.json.encode(message): message for message in messages}
    holds: list[Saying] = []
    older: list[OrderMessage] = []
    said: dict[str, set[str]] = {}
    for message in sorted(distinct.values(), key=content_order, reverse=True):
        fact = _fact(message)
        lines = message.lines
        if fact in said:
            whole = not lines or not said[fact] or "lines" not in _KEYS[message.kind]
            lines = () if whole else tuple(line for line in lines if _name(line) not in said[fact])
            if not lines:
                older.append(message)
                continue
        said.setdefault(fact, set()).update(_name(line) for line in lines)
        holds.append(Saying(message, lines))
    return Settled(tuple(reversed(holds)), tuple(reversed(older)))


def told_at(message: OrderMessage) -> datetime:
    """When it happened as the sender says; before everything when the sender does not say."""
    if message.at is None:
        return _NEVER
    return message.at if message.at.tzinfo is not None else message.at.replace(tzinfo=UTC)


def from_ack(ack: OrderAck) -> OrderMessage:
    """Say an acknowledgement as a message: accepted under the ERP's number, or refused with its reason."""
    return OrderMessage(
        order_number=ack.order_number,
        kind="accepted" if ack.accepted else "refused",
        ref=ack.erp_number or ack.order_number,
        erp_number=ack.erp_number,
        reason=ack.reason,
        at=ack.at,
        sequence=None if ack.at is not None else ack.sequence,
    )


def from_shipment(shipment: Shipment) -> tuple[OrderMessage, ...]:
    """Say a shipment as messages: the delivery, then each of its parcels."""
    delivery = OrderMessage(
        order_number=shipment.order_number,
        kind="shipped",
        ref=shipment.key,
        at=shipment.shipped_at,
        lines=_lines(shipment),
    )
    parcels = [
        OrderMessage(
            order_number=shipment.order_number,
            kind="tracked",
            # The ERP counts parcels from 1 in each delivery: the delivery makes the number unique.
            ref=f"{shipment.key}/{parcel.key}",
            at=shipment.shipped_at,
            delivery=shipment.key,
            parcel=f"{shipment.key}/{parcel.key}",
            carrier=parcel.carrier,
            tracking_id=parcel.tracking_id,
        )
        for parcel in shipment.parcels
    ]
    return (delivery, *parcels)


def _lines(shipment: Shipment) -> tuple[MessageLine, ...]:
    pieces: dict[str, int] = {}
    for line in shipment.lines:
        pieces[line.sku] = pieces.get(line.sku, 0) + line.quantity
    return tuple(MessageLine(sku=sku, quantity=quantity) for sku, quantity in pieces.items())


def _fact(message: OrderMessage) -> str:
    """The key of a message without the lines that it names."""
    parts = [_part(message, names) for names in _KEYS[message.kind] if names != "lines"]
    return "/".join([message.kind, *parts])


def _part(message: OrderMessage, names: str) -> str:
    if names == "lines":
        return _named_lines(message.lines)
    for name in names.split("|"):
        value = getattr(message, name)
        if isinstance(value, datetime):
            return value.isoformat()
        if value is not None and value != "":
            return str(value).replace("%", "%25").replace("/", "%2F")
    return "-"


def _named_lines(lines: Sequence[MessageLine]) -> str:
    names = sorted({_name(line) for line in lines})
    if not names:
        return "all"
    text = "+".join(names)
    return text if len(text) <= _READABLE else blake2b(text.encode(), digest_size=8).hexdigest()


def _name(line: MessageLine) -> str:
    return (line.line or line.sku or "-").replace("%", "%25").replace("/", "%2F")
