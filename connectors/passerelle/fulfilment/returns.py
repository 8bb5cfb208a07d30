"""Returns: goods that come back, announced or not, to a warehouse or to any store."""

from __future__ import annotations

from .messages import Saying, Settled, told_at
from .pieces import Board, Piece

__all__ = ["take_back"]


def take_back(board: Board, told: Settled) -> None:
    """Follow announced returns, then what was received, then how it was graded."""
    for saying, count in board.recalled:
        _recall(board, saying, count)
    for saying in told.of("return_announced"):
        _announce(board, saying)
    received = told.of("returned")
    for saying in received:
        if saying.message.grade is None:
            _receive(board, saying)
    # The newest grade is the one that counts: an older one of the same goods was corrected by it.
    for saying in sorted(
        (one for one in received if one.message.grade is not None),
        key=lambda one: told_at(one.message),
        reverse=True,
    ):
        _receive(board, saying)


def _able(piece: Piece) -> bool:
    return piece.gone and piece.returned is None and piece.announced is None


def _recall(board: Board, saying: Saying, count: int) -> None:
    """A cancellation that came after the goods had left becomes a return."""
    for piece in [one for one in board.about(saying) if _able(one)][:count]:
        piece.announced, piece.return_number = saying.message, saying.message.ref


def _announce(board: Board, saying: Saying) -> None:
    """Expect pieces back, first those that were to come back anyway: the customer's number counts."""
    message = saying.message
    picked = board.pick(
        saying, lambda piece: _able(piece) or _recalled(piece), lambda piece: (not _recalled(piece),)
    )
    for piece in picked.pieces:
        piece.announced, piece.return_number = message, message.return_number or message.ref
    missing = picked.missing.total()
    if missing or not (saying.lines or picked.pieces):
        _too_early_or_too_many(board, saying, missing)


def _recalled(piece: Piece) -> bool:
    return piece.announced is not None and piece.announced.kind == "cancelled"


def _receive(board: Board, saying: Saying) -> None:
    message = saying.message
    number = message.return_number or message.ref
    expected = any(piece.return_number == number for piece in board.pieces)
    picked = board.pick(
        saying,
        lambda piece: (
            piece.gone
            and _takes(piece, saying)
            # Without lines it is the whole return that came, not the whole order.
            and (bool(saying.lines) or not expected or piece.return_number == number)
        ),
        lambda piece: (
            piece.return_number != number,
            message.grade is not None and not _same_goods(piece, saying),
            piece.returned is not None,
            piece.announced is not None and piece.return_number != number,
            piece.collected is None and piece.carried != "delivered",
        ),
    )
    unannounced = [piece for piece in picked.pieces if piece.announced is None and piece.returned is None]
    for piece in picked.pieces:
        piece.received = piece.received or message
        piece.returned, piece.return_number = message, number
        piece.place = message.place or piece.place
    if unannounced:
        board.remark(
            "return_not_announced",
            f"return {number} brought {len(unannounced)} pieces back that nobody had announced: "
            f"{board.told(unannounced)}",
            message,
        )
    missing = picked.missing.total()
    if message.grade is not None and missing:
        graded = [
            one for one in board.about(saying) if one.return_number == number and one.returned is not None
        ]
        corrected = [one for one in graded if one.returned is not message]
        if len(corrected) >= missing:
            board.remark(
                "grade_corrected",
                f"return {number}: an older grade ({message.grade}) was replaced: {board.told(corrected)}",
                message,
            )
            return
    if missing > 0 or not (saying.lines or picked.pieces):
        _too_early_or_too_many(board, saying, missing)


def _takes(piece: Piece, saying: Saying) -> bool:
    """Whether goods received can be this piece: not received yet, or received and not graded."""
    if piece.returned is None:
        return True
    number = saying.message.return_number or saying.message.ref
    return saying.message.grade is not None and piece.returned.grade is None and piece.return_number == number


def _same_goods(piece: Piece, saying: Saying) -> bool:
    """Whether a grade is of a receipt under the same number of its own."""
    return piece.returned is not None and piece.returned.ref == saying.message.ref


def _too_early_or_too_many(board: Board, saying: Saying, missing: int) -> None:
    """Goods of which we do not know yet that they left wait; more than there are contradict."""
    message = saying.message
    known = board.about(saying)
    coming = [piece for piece in known if not piece.gone]
    if coming and len(coming) >= missing:
        board.waiting.append(message)
        return
    if not known:
        return
    board.contradict(
        "returned_too_many",
        f"{message.kind} {message.return_number or message.ref}: "
        f"{missing or len(known)} pieces more than can come back: {board.told(known)}",
        message,
        "Compare the return with what was delivered; no money goes back for the pieces too many",
    )
