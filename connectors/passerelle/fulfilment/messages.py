"""Messages: which fact each is about, and which of two about the same fact holds, however they arrived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from ..records import MessageKind, MessageLine, OrderAck, OrderMessage, Shipment

__all__ = ["Settled", "content_order", "from_ack", "from_shipment", "message_key", "settled", "told_at"]

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


class Settled(NamedTuple):
    """The messages that hold, one a fact, in an order of their own; and those that they replace."""

    holds: tuple[OrderMessage, ...]
    older: tuple[OrderMessage, ...]


def message_key(message: OrderMessage) -> str:
    """Name the fact that a message is about, unique in its order: `accepted/ERP-77`, `tracked/GLS/4711`.

    The same key means the same fact, said again or corrected. The names in it are the sender's (a `/` in one
    is written `%2F`), missing ones are `-`.
    """
    parts = [_part(message, names) for names in _KEYS[message.kind]]
    return "/".join([message.kind, *parts])


def content_order(message: OrderMessage) -> tuple[datetime, int, bytes]:
    """Order messages by when they happened, then by their content: the same on every day and machine.

    Of two told for the same moment the one with more pieces is the later: an answer is completed more often
    than it is cut.
    """
    return told_at(message), sum(line.quantity for line in message.lines), msgspec.json.encode(message)


def settled(messages: Iterable[OrderMessage]) -> Settled:
    """Let the newest message of each fact hold, and put all of them into an order that is not of arrival."""
    newest: dict[str, OrderMessage] = {}
    older: list[OrderMessage] = []
    for message in sorted(set(_encoded(messages)), key=lambda one: content_order(one.message)):
        key = message_key(message.message)
        if key in newest:
            older.append(newest[key])
        newest[key] = message.message
    return Settled(tuple(sorted(newest.values(), key=content_order)), tuple(older))


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


class _Encoded(NamedTuple):
    """A message that can be compared and put in a set, whatever it holds."""

    content: bytes
    message: OrderMessage


def _encoded(messages: Iterable[OrderMessage]) -> Sequence[_Encoded]:
    return [_Encoded(msgspec.json.encode(message), message) for message in messages]


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
    names = sorted({(line.line or line.sku or "-").replace("%", "%25").replace("/", "%2F") for line in lines})
    if not names:
        return "all"
    text = "+".join(names)
    return text if len(text) <= _READABLE else blake2b(text.encode(), digest_size=8).hexdigest()
