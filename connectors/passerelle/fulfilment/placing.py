"""Placing: which place shall hand over each piece and how far it got, as stores, warehouse and OMS say.

Words, all of them: none says that a piece left. They are read in the order in which they happened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from ..records import MessageKind, OrderMessage
from .messages import Saying, Settled, content_order, told_at
from .pieces import Board, Piece, wanted
from .states import UnitState

__all__ = ["place_pieces", "rank"]

_RANKS: dict[UnitState, int] = {state: number for number, state in enumerate(get_args(UnitState))}
#: In the order of their life: this decides between messages that do not say when, or say the same moment.
_WORDS: tuple[MessageKind, ...] = (
    "allocated",
    "declined",
    "claimed",
    "preparing",
    "packed",
    "ready",
    "held",
)
#: What pieces are when a message of the kind is followed; a store that holds an e-reservation has it ready.
_STATES: dict[MessageKind, UnitState] = {
    "allocated": "allocated",
    "claimed": "claimed",
    "preparing": "preparing",
    "packed": "packed",
    "ready": "ready",
    "held": "ready",
}


def rank(state: UnitState) -> int:
    """How far a state is in the life of a piece."""
    return _RANKS[state]


def place_pieces(board: Board, told: Settled) -> None:
    """Follow the words about where pieces are made ready."""
    base = board.pieces[0].word if board.pieces else "ordered"
    for saying in sorted(
        told.of(*_WORDS),
        key=lambda one: (told_at(one.message), _WORDS.index(one.message.kind), content_order(one.message)),
    ):
        message = saying.message
        if message.backward and message.reason:
            _take_back(board, saying, base)
        elif message.kind == "declined":
            _decline(board, saying, base)
        elif message.kind == "allocated":
            _allocate(board, saying)
        else:
            _work(board, saying)
        if message.backward and not message.reason:
            board.contradict(
                "backward_without_reason",
                f"{_who(message)} takes pieces back to {message.kind} and does not say why",
                message,
                "Have the sender give the reason; until then only the way forward is followed",
            )


def _follow(piece: Piece, message: OrderMessage) -> None:
    piece.word = _STATES[message.kind]
    piece.since = message.at
    piece.said = message
    piece.why = None
    if message.place is not None:
        piece.place = message.place


def _free(piece: Piece, message: OrderMessage, base: UnitState) -> None:
    """Give a piece back to whoever allocates."""
    piece.word, piece.since, piece.said = base, message.at, message
    piece.place, piece.allocation, piece.why = None, None, message.reason


def _allocate(board: Board, saying: Saying) -> None:
    """Allocate pieces that nobody has yet, then those that others have: a re-allocation replaces."""
    message = saying.message
    picked = board.pick(
        saying,
        lambda piece: rank(piece.word) < rank("preparing"),
        lambda piece: (piece.place is not None, _said_at(piece)),
    )
    for piece in picked.pieces:
        old = piece.allocation
        if old is not None and piece.place != message.place:
            board.released.setdefault((old.ref, message.ref), []).append((old, piece))
        _follow(piece, message)
        piece.allocation = message
    at_work = [piece for piece in board.about(saying) if rank(piece.word) >= rank("preparing")]
    here = [piece for piece in at_work if piece.place in {message.place, None}]
    for piece in here:
        piece.place = message.place
    if picked.missing.total() > len(here):
        board.contradict(
            "allocated_at_work" if len(at_work) > len(here) else "allocated_too_many",
            f"allocation {message.ref} gives {wanted(picked.missing)} too many to {_place(message)}: "
            f"{board.told(board.about(saying))}",
            message,
            "A place has begun to prepare them: the allocation must say that it takes them back, and why"
            if len(at_work) > len(here)
            else "Compare the allocation with the order",
        )


def _decline(board: Board, saying: Saying, base: UnitState) -> None:
    """A store does not send them; one that has nothing (any more) declines for the second time, or late."""
    message = saying.message
    picked = board.pick(
        saying,
        lambda piece: (
            piece.place is not None
            and message.place in {piece.place, None}
            and rank(piece.word) <= rank("claimed")
        ),
    )
    for piece in picked.pieces:
        _free(piece, message, base)
    begun = [piece for piece in board.about(saying) if rank(piece.word) > rank("claimed")]
    late = [piece for piece in begun if piece.place is not None and piece.place == message.place]
    if not picked.pieces and late:
        board.contradict(
            "declined_at_work",
            f"{_place(message)} declines what it has begun: {board.told(late)}",
            message,
            "Ask the store: what it cannot find is short, work that it stops is taken back with a reason",
        )


def _work(board: Board, saying: Saying) -> None:
    """Claimed, prepared, packed, ready: forward only, where the pieces are or at any place if nowhere."""
    message = saying.message
    aim = rank(_STATES[message.kind])
    allowed = _at(board, message)
    picked = board.pick(
        saying,
        lambda piece: rank(piece.word) < aim and allowed(piece),
        _nearest(message),
    )
    for piece in picked.pieces:
        _follow(piece, message)
    others = [piece for piece in board.about(saying) if piece.said is not message]
    further = [piece for piece in others if rank(piece.word) >= aim and allowed(piece)]
    elsewhere = [piece for piece in board.about(saying) if not allowed(piece)]
    lost = picked.missing.total() - len(further)
    nothing = not saying.lines and not picked.pieces and not further
    if lost <= 0 and not (nothing and elsewhere):
        return
    what = wanted(picked.missing) or "the order"
    if elsewhere:
        board.contradict(
            "late_claim" if message.kind == "claimed" else "worked_elsewhere",
            f"{_place(message)} says {message.kind} of {what}, which another has: {board.told(elsewhere)}",
            message,
            "Tell the place to put them back: they were given to another one meanwhile",
        )
    else:
        board.contradict(
            "worked_too_many",
            f"{message.kind} {message.ref} is about {what} too many: {board.told(board.about(saying))}",
            message,
            "Compare the message with the order",
        )


def _take_back(board: Board, saying: Saying, base: UnitState) -> None:
    """Follow a message that goes back on purpose; what was said of these pieces before counts no more."""
    message = saying.message
    picked = board.pick(saying, lambda _: True, _nearest(message))
    for piece in picked.pieces:
        if message.kind == "declined":
            _free(piece, message, base)
        else:
            _follow(piece, message)
        piece.reopened = told_at(message)
        piece.why = message.reason


def _at(board: Board, message: OrderMessage) -> Callable[[Piece], bool]:
    """Whether a message from a place can be about a piece: one that it has, or that nobody has.

    A store that hands an order out has ready what a warehouse sent to it.
    """
    handed_out = (
        message.kind == "ready"
        and board.order.kind == "click_and_collect"
        and board.order.store in {message.place, None}
    )
    return lambda piece: handed_out or message.place is None or piece.place in {message.place, None}


def _nearest(message: OrderMessage) -> Callable[[Piece], tuple[bool, int]]:
    """Pieces of the message's place come first, then those that came furthest."""
    return lambda piece: (message.place is not None and piece.place != message.place, -rank(piece.word))


def _said_at(piece: Piece) -> tuple[bool, str]:
    """Pieces whose allocation is older come first."""
    said = piece.allocation
    return (said is not None, "" if said is None else told_at(said).isoformat())


def _place(message: OrderMessage) -> str:
    return message.place or "a place without a name"


def _who(message: OrderMessage) -> str:
    return message.place or f"{message.kind} {message.ref}"
