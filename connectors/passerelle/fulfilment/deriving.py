"""Deriving: the state of an order from the set of messages about it; no order of arrival, no memory.

What was said is read in layers, each stronger than the one before: words about places and work, then what
left (shipped, collected) and what was given up, then carriers, then what came back. See docs/adr/0017.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..errors import Fatal
from ..records import DeliveryView, Order, OrderMessage, ParcelView
from .amounts import shares
from .deliveries import Delivery, carry
from .leaving import let_go
from .messages import Settled, settled
from .money import Books, balance
from .pieces import Board, Piece, counted, name_of
from .placing import place_pieces
from .requests import requests
from .returns import take_back
from .rules import FulfilmentRules
from .standing import contradict_answers, documents, order_state, pickup, shipment_state, standing, unit_state
from .states import OrderState, PaymentWord, Request, Unit

__all__ = ["derive"]

_PLAIN = FulfilmentRules()


def derive(
    order: Order,
    messages: Sequence[OrderMessage],
    *,
    exported: bool = True,
    exported_revision: int = 1,
    rules: FulfilmentRules = _PLAIN,
    asked: Sequence[Request] = (),
) -> OrderState:
    """Work out where every piece of an order is, what contradicts, and what we owe others.

    The same set of messages gives the same state, in whatever order and how often they came. `exported` says
    that the order left for the ERP, as `exported_revision`. `asked` are the requests that went out already:
    their amounts stand, and what is asked for later makes up the rest.

    Raises:
        Fatal: a message is about another order.
    """
    _check_number(order, messages)
    told = settled(messages)
    found = standing(told, exported=exported and order.kind != "reservation")
    exported = found.word != "ordered"
    board = Board.of(order, found.word, found.since)
    told = _without_holds(board, told)
    contradict_answers(board, told)
    _check_lines(board, told)
    place_pieces(board, told)
    let_go(board, told, rules, exported=exported)
    deliveries = carry(board, told)
    take_back(board, told)
    _exchange(board, told)
    books = balance(board, told, deliveries, asked, rules)
    _note_refunds(books)
    states = [unit_state(piece) for piece in board.pieces]
    code, until = pickup(board, told)
    papers = documents(board, told)
    owed = requests(
        board,
        told,
        deliveries,
        books,
        exported_revision=exported_revision if exported else None,
        rules=rules,
    )
    return OrderState(
        number=order.order_number,
        revision=order.revision,
        units=tuple(_unit(piece) for piece in board.pieces),
        order_state=order_state(board, told, found, states, rules, exported=exported),
        shipment_state=shipment_state(board, states, failed=any(one.failed for one in deliveries)),
        payment_state=_payment_state(books, owed),
        erp_number=found.erp_number,
        paid=books.worth.money(books.paid),
        refunded=books.worth.money(books.refunded),
        contradictions=tuple(board.contradictions),
        requests=owed,
        waiting=tuple(board.waiting),
        remarks=tuple(board.remarks),
        refused=found.refused,
        deliveries=tuple(_delivery(one) for one in deliveries),
        documents=papers,
        pickup_code=code,
        pickup_until=until,
    )


def _check_number(order: Order, messages: Sequence[OrderMessage]) -> None:
    for message in messages:
        if message.order_number != order.order_number:
            raise Fatal(
                f"a message about order {message.order_number} was read as one about {order.order_number}",
                advice="Give each order the messages of its own number",
            )


def _check_lines(board: Board, told: Settled) -> None:
    """Note messages that name what the order does not have, once each."""
    for saying in told.holds:
        unknown = [line for line in saying.lines if not any(True for _ in board.named(line))]
        unknown = [line for line in unknown if not board.without_goods(line)]
        if unknown:
            board.contradict(
                "unknown_line",
                f"{saying.message.kind} {saying.message.ref} names {', '.join(map(name_of, unknown))}: "
                f"order {board.order.order_number} has no such line",
                saying.message,
                "Compare the message with the order; its other lines are followed",
            )


def _without_holds(board: Board, told: Settled) -> Settled:
    """Leave out what is said of an e-reservation where the order is none."""
    if board.order.kind == "reservation":
        return told
    holds = told.of("held", "hold_refused", "hold_closed")
    for saying in holds:
        board.contradict(
            "not_a_reservation",
            f"{saying.message.kind} {saying.message.ref} is about a reservation, this order is a sale",
            saying.message,
            "Compare the number with the store's list of reservations",
        )
    return Settled(tuple(saying for saying in told.holds if saying not in holds), told.older)


def _exchange(board: Board, told: Settled) -> None:
    """An exchange counts when both halves are there: the return and the new order; one alone waits."""
    for saying in told.of("exchanged"):
        message = saying.message
        number = message.return_number or message.ref
        pieces = [piece for piece in board.pieces if piece.return_number == number]
        if not pieces or message.new_order is None:
            board.waiting.append(message)
            continue
        for piece in pieces:
            piece.exchanged_for = message.new_order


def _note_refunds(books: Books) -> None:
    """Say of each piece what was paid back for it."""
    for due in books.refunds:
        if due.settled and due.pieces:
            weights = [books.worth.steps[piece.line][1] for piece in due.pieces]
            for piece, amount in zip(due.pieces, shares(due.amount, weights), strict=True):
                piece.refunded = amount


def _unit(piece: Piece) -> Unit:
    lost = next(
        (one for one in (piece.ended, piece.ended_again) if one is not None and one.kind == "short"), None
    )
    return Unit(
        line=piece.line,
        index=piece.index,
        sku=piece.sku,
        state=unit_state(piece),
        since=_since(piece),
        place=piece.place or (None if lost is None else lost.place),
        delivery=None if piece.shipped is None else piece.shipped.ref,
        parcel=piece.parcel,
        return_number=piece.return_number,
        shipped_at=None if piece.shipped is None else piece.shipped.at,
        why=piece.why if piece.ended is None else piece.ended.reason or piece.ended.kind,
        refunded=piece.refunded,
        exchanged_for=piece.exchanged_for,
        lost=lost is not None,
    )


def _since(piece: Piece) -> datetime | None:
    """When a piece came into its state, as the sender of the message that brought it there says."""
    if piece.collected is not None and piece.returned is None and piece.announced is None:
        return piece.collected.at
    for message in (piece.returned, piece.ended, piece.announced):
        if message is not None:
            return message.at
    if piece.shipped is not None:
        return piece.carried_at if piece.carried is not None else piece.shipped.at
    return piece.since


def _delivery(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        key=delivery.message.ref,
        items=counted(delivery.pieces),
        parcels=tuple(
            ParcelView(
                key=parcel.key,
                tracking_id=parcel.tracking_id,
                carrier=parcel.carrier,
                items=counted(parcel.pieces),
            )
            for _, parcel in sorted(delivery.parcels.items())
        ),
    )


def _payment_state(books: Books, owed: Sequence[Request]) -> PaymentWord | None:
    """How the money stands; None while the shop knows as much as we do."""
    if any(request.kind == "refund" for request in owed):
        return "CreditOwed"
    if books.capture_failed:
        return "Failed"
    if not books.heard:
        return None
    return "Pending" if any(not due.settled for due in books.captures) else "Paid"
