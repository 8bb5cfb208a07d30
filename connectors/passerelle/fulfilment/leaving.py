"""Leaving: which pieces were shipped or collected, and which will never be; what left beats what was said."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, NamedTuple

from ..records import MessageKind, OrderMessage
from .messages import Saying, Settled, answered, told_at
from .pieces import Board, Picked, Piece, wanted
from .placing import rank
from .rules import FulfilmentRules

__all__ = ["let_go"]

#: No `\d`: numbers in other scripts are names.
_DIGITS = re.compile("([0-9]+)")
_OTHER_WORD: dict[MessageKind, MessageKind] = {"short": "cancelled", "cancelled": "short"}


class _Alike(NamedTuple):
    """Two words for one end, by two systems of one house: a picker finds nothing, the ERP cancels.

    `asked` are the numbers under which somebody asked to cancel.
    """

    rules: FulfilmentRules
    asked: frozenset[str]

    def is_said_again(self, piece: Piece, message: OrderMessage) -> bool:
        """Whether a message may say again, in the other word, how a piece ended; it does so once."""
        return (
            piece.ended is not None
            and piece.ended_again is None
            and piece.ended.kind == _OTHER_WORD.get(message.kind)
        )

    def likely(self, piece: Piece, message: OrderMessage) -> int:
        """How likely a message means a piece, smallest first.

        Under one number it is one end. Under two it is about another piece, as long as there is any, unless
        the rules say that the ERP cancels what was short; the answer to a customer is not that.
        """
        if piece.ended is None:
            return 1
        cancellation = message if message.kind == "cancelled" else piece.ended
        same = piece.ended.ref == message.ref or self.rules.shortage_cancelled_too
        return 0 if same and answered(cancellation) not in self.asked else 2


def let_go(board: Board, told: Settled, rules: FulfilmentRules, *, exported: bool) -> None:
    """Decide for each piece whether it left, was given up, or is still to come.

    Messages that name their pieces come first; those that mean "all" take what is left.
    """
    holds = [_answer(told, saying) for saying in told.holds]
    alike = _Alike(rules, frozenset(saying.message.ref for saying in told.of("cancel_asked")))
    for named in (True, False):
        chosen = Settled(tuple(saying for saying in holds if bool(saying.lines) is named), ())
        for saying in sorted(chosen.of("shipped"), key=_by_number):
            _ship(board, saying)
        # A ticket of the same moment as the end comes first: the customer stood there.
        for saying in sorted(chosen.of("collected", "expired"), key=_till_first):
            (_collect if saying.message.kind == "collected" else _expire)(board, saying)
        for saying in chosen.of("short", "cancelled", "hold_refused", "hold_closed"):
            _end(board, saying, alike)
        if not exported:
            # Nobody else knows the order: we answer ourselves.
            for saying in chosen.of("cancel_asked"):
                _end(board, saying, alike)
    for piece in board.pieces:
        piece.at_store = _on_its_way(board, piece) and piece.word == "ready"
    _work_after_the_end(board)


def _work_after_the_end(board: Board) -> None:
    """Note work on pieces that were given up before it began: somebody was not told."""
    noted: list[OrderMessage] = []
    for piece in board.pieces:
        said, ended = piece.said, piece.ended
        if said is None or ended is None or said in noted or said.kind == "declined":
            continue
        if said.at is not None and ended.at is not None and told_at(said) > told_at(ended):
            noted.append(said)
            board.contradict(
                "work_after_end",
                f"{said.kind} {said.ref} is about pieces that were given up before: {board.told([piece])}",
                said,
                "Tell the place to put them back, or take the end back with a reason to send them after all",
            )


def _answer(told: Settled, saying: Saying) -> Saying:
    """An answer without lines is about what was asked under its number."""
    if saying.message.kind != "cancelled" or saying.lines:
        return saying
    asked = (one.lines for one in told.of("cancel_asked") if one.message.ref == answered(saying.message))
    return Saying(saying.message, next(asked, ()))


def _till_first(saying: Saying) -> tuple[Any, ...]:
    return told_at(saying.message), saying.message.kind == "expired"


def _by_number(saying: Saying) -> tuple[Any, ...]:
    """Of deliveries of one moment (files name the day) the lower number left first: BL-9 before BL-10.

    So a delivery too many takes no piece from one that is shown already, however many pieces it names.
    """
    parts = _DIGITS.split(saying.message.ref)
    numbers = [(len(part.lstrip("0")), part.lstrip("0")) for part in parts[1::2]]
    return told_at(saying.message), parts[::2], numbers, saying.message.ref


def _on_its_way(board: Board, piece: Piece) -> bool:
    """Whether it left the warehouse for the store where its customer collects it."""
    return board.order.kind == "click_and_collect" and piece.shipped is not None


def _ship(board: Board, saying: Saying) -> None:
    message = saying.message
    picked = board.pick(
        saying,
        lambda piece: piece.shipped is None and piece.collected is None and piece.ended is None,
        lambda piece: (message.place is not None and piece.place != message.place, -rank(piece.word)),
    )
    for piece in picked.pieces:
        piece.shipped = message
    if not picked.missing and (picked.pieces or saying.lines):
        return
    board.contradict(
        "over_delivery",
        f"delivery {message.ref} brings {wanted(picked.missing) or 'the order'} more than was left to ship: "
        f"{board.told(board.about(saying))}",
        message,
        "Compare the ERP's delivery with the order; the pieces too many are not shown to the customer",
    )


def _collect(board: Board, saying: Saying) -> None:
    message = saying.message
    picked = board.pick(
        saying,
        lambda piece: piece.collected is None and piece.ended is None,
        lambda piece: (
            piece.shipped is not None and not _on_its_way(board, piece),
            message.place is not None and piece.place != message.place,
            -rank(piece.word),
        ),
    )
    for piece in picked.pieces:
        piece.collected = message
        piece.place = message.place or piece.place
    if not picked.missing and (picked.pieces or saying.lines):
        return
    expired = [piece for piece in board.about(saying) if _ended_by(piece, "expired")]
    board.contradict(
        "collected_after_expiry" if expired else "collected_too_many",
        f"ticket {message.ref} says collected of {wanted(picked.missing) or 'the order'}: "
        f"{board.told(board.about(saying))}",
        message,
        "They were on sale again before the ticket: ask the store whether it is a new sale, stop the refund"
        if expired
        else "Compare the ticket with the order",
    )


def _expire(board: Board, saying: Saying) -> None:
    message = saying.message
    picked = board.pick(
        saying,
        lambda piece: (
            piece.open or (_on_its_way(board, piece) and piece.collected is None and piece.ended is None)
        ),
        lambda piece: (message.place is not None and piece.place != message.place, -rank(piece.word)),
    )
    for piece in picked.pieces:
        if _stands(piece, message):
            piece.ended = message
    if picked.missing or not (picked.pieces or saying.lines):
        collected = [piece for piece in board.about(saying) if piece.collected is not None]
        board.contradict(
            "expired_after_collection" if collected else "expired_too_many",
            f"expiry {message.ref} gives back {wanted(picked.missing) or 'the order'}: "
            f"{board.told(board.about(saying))}",
            message,
            "The till was first: ask the store to look for the pieces on its shelf",
        )


def _end(board: Board, saying: Saying, alike: _Alike) -> None:
    """Pieces that will not come: never one that left, and those least worked on first."""
    message = saying.message
    picked = board.pick(
        saying,
        lambda piece: piece.open or alike.is_said_again(piece, message),
        lambda piece: (
            alike.likely(piece, message),
            message.place is not None and piece.place != message.place,
            not _stands(piece, message),
            # What a place looks for and does not find is what was given to a place.
            message.kind == "short" and piece.place is None,
            rank(piece.word),
        ),
    )
    for piece in picked.pieces:
        if not _stands(piece, message):
            continue
        if piece.ended is not None:
            piece.ended_again = message
        elif message.kind == "hold_closed" and (message.event or "").casefold() == "sold":
            piece.collected = message
        else:
            piece.ended = message
    again = [piece for piece in picked.pieces if piece.ended_again is message]
    others = [piece for piece in board.about(saying) if piece.open]
    if saying.lines and again and others:
        board.remark(
            "ended_again",
            f"{message.kind} {message.ref} is taken to mean again: {board.told(again)}",
            message,
            "If it is about other pieces, have the sender say how many will not come in all",
        )
    missing = _not_taken_back(board, saying, picked)
    if missing or not (picked.pieces or saying.lines):
        _contradict_end(board, saying, missing)


def _contradict_end(board: Board, saying: Saying, missing: Counter[str]) -> None:
    message = saying.message
    known = board.about(saying)
    if not known:
        return
    gone = [piece for piece in known if piece.gone]
    told = board.told(known)
    what = wanted(missing) or "the order"
    if not gone:
        board.contradict(
            "ended_twice",
            f"{message.kind} {message.ref} is about {what} too many: {told}",
            message,
            "Compare the message with the order: no piece is given up twice",
        )
    elif message.kind == "short":
        board.contradict(
            "short_but_shipped",
            f"shortage {message.ref} says that {what} was not found: {told}",
            message,
            "What left counts: nothing is refunded for it",
        )
    else:
        board.contradict(
            "cancelled_after_shipping",
            f"{message.kind} {message.ref} gives up {what}: {told}",
            message,
            "Stop the parcel, or expect the goods back: money goes back when they are received",
        )
        if message.kind == "cancelled":
            board.recalled.append((saying, missing.total() or len(gone)))


def _stands(piece: Piece, message: OrderMessage) -> bool:
    """Whether what a message says of a piece was not taken back on purpose later."""
    return piece.reopened is None or told_at(message) >= piece.reopened


def _not_taken_back(board: Board, saying: Saying, picked: Picked) -> Counter[str]:
    """What is missing, without the pieces whose end was taken back on purpose after the message."""
    mine = set(picked.pieces)
    known = [piece for piece in board.about(saying) if piece not in mine]
    back = sum(1 for piece in known if not _stands(piece, saying.message))
    return Counter() if picked.missing.total() <= back else picked.missing


def _ended_by(piece: Piece, kind: str) -> bool:
    return piece.ended is not None and piece.ended.kind == kind
