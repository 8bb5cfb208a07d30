"""Deliveries: what left together, its parcels, and how far the carrier brought them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import get_args

from ..records import OrderMessage
from .messages import Saying, Settled
from .pieces import Board, Piece
from .states import UnitState

__all__ = ["Delivery", "Parcel", "carry"]

_EVENTS: dict[str, UnitState] = {
    "in_transit": "in_transit",
    "delivery_failed": "in_transit",
    "delivered": "delivered",
}
_STATES = get_args(UnitState)


@dataclass(slots=True)
class Parcel:
    """One parcel: what was told of it at any time, the newest word for each of its facts."""

    key: str
    carrier: str | None = None
    tracking_id: str | None = None
    pieces: tuple[Piece, ...] = ()
    state: UnitState = "shipped"

    def is_meant(self, name: str) -> bool:
        """Whether a carrier's event names this parcel, by its number or its tracking id."""
        return name in {self.key, self.tracking_id}


@dataclass(slots=True)
class Delivery:
    """What left together under one number."""

    message: OrderMessage
    pieces: tuple[Piece, ...]
    parcels: dict[str, Parcel] = field(default_factory=dict)
    failed: bool = False
    """The carrier's last word is that it could not be handed over."""


def carry(board: Board, told: Settled) -> tuple[Delivery, ...]:
    """Put parcels to their deliveries and follow the carriers; what comes before its delivery waits."""
    deliveries = tuple(_deliveries(board))
    for saying in told.of("tracked"):
        _track(board, deliveries, saying)
    for saying in told.of("in_transit", "delivery_failed", "delivered"):
        _event(board, deliveries, saying)
    return deliveries


def _deliveries(board: Board) -> Iterable[Delivery]:
    by_ref: dict[str, list[Piece]] = {}
    messages: dict[str, OrderMessage] = {}
    for piece in board.pieces:
        if piece.shipped is not None:
            messages[piece.shipped.ref] = piece.shipped
            by_ref.setdefault(piece.shipped.ref, []).append(piece)
    # The first that left is the first: freight is charged with it.
    for ref in sorted(messages, key=lambda ref: (str(messages[ref].at or ""), ref)):
        yield Delivery(messages[ref], tuple(by_ref[ref]))


def _track(board: Board, deliveries: tuple[Delivery, ...], saying: Saying) -> None:
    message = saying.message
    delivery = _delivery_of(board, deliveries, saying)
    if delivery is None:
        board.waiting.append(message)
        return
    key = message.parcel or message.tracking_id or message.ref
    parcel = delivery.parcels.setdefault(key, Parcel(key))
    parcel.carrier = message.carrier or parcel.carrier
    parcel.tracking_id = message.tracking_id or parcel.tracking_id
    if saying.lines:
        mine = set(delivery.pieces)
        inside = board.pick(saying, lambda piece: piece in mine).pieces
        parcel.pieces = inside
    for piece in parcel.pieces or delivery.pieces:
        piece.parcel = piece.parcel or key


def _delivery_of(board: Board, deliveries: tuple[Delivery, ...], saying: Saying) -> Delivery | None:
    """The delivery that a parcel is of: the one it names; of one that names none the first with its goods."""
    if saying.message.delivery is not None:
        return next((one for one in deliveries if one.message.ref == saying.message.delivery), None)
    named = {id(piece) for piece in board.about(saying)}
    return next((one for one in deliveries if any(id(piece) in named for piece in one.pieces)), None)


def _event(board: Board, deliveries: tuple[Delivery, ...], saying: Saying) -> None:
    message = saying.message
    name = message.parcel or message.tracking_id
    meant: list[tuple[Delivery, Parcel | None]] = [
        (delivery, parcel)
        for delivery in deliveries
        if message.delivery in {delivery.message.ref, None}
        for parcel in delivery.parcels.values()
        if name is not None and parcel.is_meant(name)
    ]
    if not meant and (name is None or message.delivery is not None):
        meant = [(one, None) for one in deliveries if message.delivery in {one.message.ref, None}]
    if not meant:
        board.waiting.append(message)
        return
    brought: dict[Piece, UnitState] = {}
    for delivery, parcel in meant:
        delivery.failed = message.kind == "delivery_failed"
        brought |= _inside(delivery, parcel, _EVENTS[message.kind])
    if saying.lines:
        # Of equal pieces another one than an earlier event had brought as far.
        near = board.pick(
            saying, lambda piece: piece in brought, lambda piece: (_STATES.index(_carried(piece)),)
        )
        brought = {piece: brought[piece] for piece in near.pieces}
    for piece, state in brought.items():
        if _STATES.index(_carried(piece)) < _STATES.index(state):
            piece.carried, piece.carried_at = state, message.at
        if message.kind == "delivery_failed":
            piece.why = message.reason or message.event


def _carried(piece: Piece) -> UnitState:
    return piece.carried or "shipped"


def _inside(delivery: Delivery, parcel: Parcel | None, state: UnitState) -> dict[Piece, UnitState]:
    """The pieces that an event about a delivery or one of its parcels is about, and where they are by it."""
    if parcel is None:
        return dict.fromkeys(delivery.pieces, state)
    parcel.state = max(parcel.state, state, key=_STATES.index)
    others = [one for one in delivery.parcels.values() if not one.pieces]
    if not parcel.pieces and state == "delivered" and any(one.state != state for one in others):
        # Nobody says what is in which parcel: the goods are there when all parcels are.
        state = "in_transit"
    return dict.fromkeys(parcel.pieces or delivery.pieces, state)
