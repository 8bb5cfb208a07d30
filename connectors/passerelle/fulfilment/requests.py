"""Requests: what we owe others because of what we learned; keys from business facts only, each sent once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..records import MessageKind, OrderMessage
from .deliveries import Delivery
from .messages import Settled, answered, message_key
from .money import Books, Due
from .pieces import Board, Piece, counted
from .rules import FulfilmentRules
from .states import Request, RequestKind

__all__ = ["requests"]

#: What a customer is told, by the message that is followed: the mail's name and the step it belongs to.
_MAILS: dict[MessageKind, tuple[str, int]] = {
    "shipped": ("shipped", 13),
    "ready": ("ready", 18),
    "collected": ("collected", 19),
    "expired": ("expired", 20),
    "short": ("short", 12),
    "cancelled": ("cancelled", 22),
    "cancel_asked": ("cancelled", 22),
    "held": ("held", 21),
    "hold_refused": ("hold_refused", 21),
    "hold_closed": ("hold_closed", 21),
}
#: Answers that are about the order as a whole.
_ANSWERS: dict[MessageKind, tuple[str, int]] = {
    "cancel_refused": ("cancel_refused", 22),
    "change_refused": ("change_refused", 8),
    "refunded": ("refunded", 25),
}


def requests(
    board: Board,
    told: Settled,
    deliveries: Sequence[Delivery],
    books: Books,
    *,
    exported_revision: int | None,
    rules: FulfilmentRules,
) -> tuple[Request, ...]:
    """Work out everything that follows from the state of an order; in the order of their steps and keys."""
    found = [
        *_money(books),
        *_cancels(board, told, exported=exported_revision is not None),
        *_changes(board, told, exported_revision),
        *_releases(board, books),
        *_stock(board, rules),
        *_exchanges(board, told),
        *_mails(board, told, deliveries),
    ]
    unique = {request.key: request for request in found if request.kind in rules.asks}
    return tuple(sorted(unique.values(), key=lambda request: (request.step, request.key)))


def _money(books: Books) -> Iterator[Request]:
    for due in books.captures:
        if not due.settled:
            detail = {"delivery": due.number} if due.number is not None else {}
            yield _of_money("capture", 15, due, books, detail)
    for due in books.refunds:
        if not due.settled:
            detail = {"return": due.number} if due.number is not None else {}
            yield _of_money("refund", 25, due, books, {**detail, "because": due.because})


def _of_money(kind: RequestKind, step: int, due: Due, books: Books, detail: dict[str, str]) -> Request:
    if due.charges:
        detail = {**detail, "charges": str(due.charges)}
    return Request(
        kind=kind,
        key=due.key,
        step=step,
        lines=counted(due.pieces),
        amount=books.worth.money(due.amount),
        detail=detail,
    )


def _cancels(board: Board, told: Settled, *, exported: bool) -> Iterator[Request]:
    """Ask the ERP to cancel: its answer decides. What has left becomes a return."""
    done = {answered(saying.message) for saying in told.of("cancelled", "cancel_refused")}
    for saying in told.of("cancel_asked"):
        message = saying.message
        if message.ref in done or not exported:
            continue
        pieces = board.pick(saying, lambda piece: piece.open).pieces
        if board.pieces and not pieces:
            gone = [piece for piece in board.about(saying) if piece.gone]
            if gone:
                board.remark(
                    "cancel_becomes_return",
                    f"the customer asks to cancel what has left: {board.told(gone)}",
                    message,
                    "Have the customer send it back: money goes back when it is received",
                )
            continue
        yield Request(
            kind="cancel",
            key=f"cancel/{message.ref}",
            step=22,
            lines=counted(pieces),
            detail=_detail(reason=message.reason),
        )


def _changes(board: Board, told: Settled, exported_revision: int | None) -> Iterator[Request]:
    revision = board.order.revision
    if exported_revision is None or revision <= exported_revision:
        return
    if any(saying.message.revision == revision for saying in told.of("changed", "change_refused")):
        return
    yield Request(kind="change", key=f"change/{revision}", step=8, detail={"revision": str(revision)})


def _releases(board: Board, books: Books) -> Iterator[Request]:
    """Places give back what they had put aside; the payment provider what will not be charged."""
    if board.order.kind == "reservation":
        for message, pieces in _followed(board):
            if message.kind == "cancel_asked":
                yield Request(
                    kind="release",
                    key=f"release/reservation/{message.ref}",
                    step=21,
                    lines=counted(pieces),
                    detail=_detail(place=pieces[0].place or board.order.store, because="cancelled"),
                )
    for (old, new), moved in sorted(board.released.items()):
        yield Request(
            kind="release",
            key=f"release/{old}/{new}",
            step=9,
            lines=counted([piece for _, piece in moved]),
            detail=_detail(place=moved[0][0].place, allocation=old, because="allocated elsewhere"),
        )
    ended: dict[tuple[str, str], list[Piece]] = {}
    for piece in board.pieces:
        # A place that said short or expired has let go by itself.
        if piece.ended is not None and piece.ended.kind == "cancelled" and piece.allocation is not None:
            ended.setdefault((piece.allocation.ref, piece.ended.ref), []).append(piece)
    for (allocation, end), pieces in sorted(ended.items()):
        yield Request(
            kind="release",
            key=f"release/{allocation}/cancelled/{end}",
            step=22,
            lines=counted(pieces),
            detail=_detail(place=pieces[0].place, allocation=allocation, because="cancelled"),
        )
    if board.pieces and books.unused and not any(piece.open for piece in board.pieces):
        yield Request(
            kind="release",
            key="release/authorisation",
            step=15,
            amount=books.worth.money(books.unused),
            detail={"because": "nothing more will be charged"},
        )


def _stock(board: Board, rules: FulfilmentRules) -> Iterator[Request]:
    """Tell whoever owns stock, when the retailer says that it must be told; never a second decrement.

    A shortage asks to count the place again: the pieces that were given up free what was reserved for them,
    and the next count says what is there.
    """
    short: dict[tuple[str, str, str], list[Piece]] = {}
    back: dict[tuple[str, str, str], list[Piece]] = {}
    for piece in board.pieces:
        if piece.ended is not None and piece.ended.kind == "short":
            short.setdefault((message_key(piece.ended), piece.sku, _where(piece.ended, piece)), []).append(
                piece
            )
        if piece.returned is not None and piece.returned.grade == "sellable":
            back.setdefault(
                (message_key(piece.returned), piece.sku, _where(piece.returned, piece)), []
            ).append(piece)
    if rules.shortage == "told":
        for (key, sku, place), pieces in sorted(short.items()):
            yield _of_stock(f"stock/{key}/{sku}", 12, pieces, _detail(place=place, sku=sku, asks="count"))
    if rules.restock == "graded":
        for (key, sku, place), pieces in sorted(back.items()):
            yield _of_stock(f"stock/{key}/{sku}", 24, pieces, _detail(place=place, sku=sku, asks="add"))


def _of_stock(key: str, step: int, pieces: Sequence[Piece], detail: dict[str, str]) -> Request:
    return Request(kind="stock", key=key, step=step, lines=counted(pieces), detail=detail)


def _where(message: OrderMessage, piece: Piece) -> str:
    return message.place or piece.place or ""


def _exchanges(board: Board, told: Settled) -> Iterator[Request]:
    """Link a return with the order that replaces it: both are there, or nothing is asked."""
    for saying in told.of("exchanged"):
        message = saying.message
        number = message.return_number or message.ref
        pieces = [piece for piece in board.pieces if piece.exchanged_for is not None]
        pieces = [piece for piece in pieces if piece.return_number == number]
        if pieces and message.new_order is not None:
            yield Request(
                kind="exchange",
                key=f"exchange/{number}/{message.new_order}",
                step=26,
                lines=counted(pieces),
                detail={"return": number, "order": message.new_order},
            )


def _mails(board: Board, told: Settled, deliveries: Sequence[Delivery]) -> Iterator[Request]:
    """Tell the customer each real change once: what was not followed is not told."""
    for message, pieces in _followed(board):
        name, step = _MAILS[message.kind]
        yield _mail(name, step, message_key(message), pieces, place=message.place)
    for delivery in deliveries:
        if delivery.pieces and all(piece.carried == "delivered" for piece in delivery.pieces):
            yield _mail("delivered", 17, f"delivered/{delivery.message.ref}", delivery.pieces)
    receipts: dict[str, list[Piece]] = {}
    for piece in board.pieces:
        if piece.received is not None:
            receipts.setdefault(f"{piece.return_number}/{piece.received.ref}", []).append(piece)
    for key, pieces in sorted(receipts.items()):
        yield _mail("returned", 24, f"returned/{key}", pieces)
    for saying in told.of(*_ANSWERS):
        name, step = _ANSWERS[saying.message.kind]
        yield _mail(name, step, message_key(saying.message), (), reason=saying.message.reason)


def _followed(board: Board) -> Iterator[tuple[OrderMessage, list[Piece]]]:
    """The messages that pieces follow, with these pieces."""
    found: dict[int, tuple[OrderMessage, list[Piece]]] = {}
    for piece in board.pieces:
        for message in _messages(piece):
            if message is not None and message.kind in _MAILS:
                found.setdefault(id(message), (message, []))[1].append(piece)
    yield from found.values()


def _messages(piece: Piece) -> Iterable[OrderMessage | None]:
    said = piece.said if piece.ended is None else None
    return (piece.shipped, piece.collected, piece.ended, said)


def _mail(
    name: str,
    step: int,
    fact: str,
    pieces: Sequence[Piece],
    *,
    place: str | None = None,
    reason: str | None = None,
) -> Request:
    return Request(
        kind="mail",
        key=f"mail/{fact}",
        step=step,
        lines=counted(pieces),
        detail=_detail(mail=name, place=place, reason=reason),
    )


def _detail(**known: str | None) -> dict[str, str]:
    return {name: value for name, value in known.items() if value}
