"""Standing: how the order as a whole stands at the ERP and in the shop, from its pieces and its answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from ..records import DocumentView
from .messages import Settled, content_order, is_before
from .pieces import Board, Piece
from .rules import FulfilmentRules
from .states import UnitState

__all__ = [
    "Standing",
    "contradict_answers",
    "documents",
    "order_state",
    "pickup",
    "shipment_state",
    "standing",
    "unit_state",
]

OrderWord: TypeAlias = Literal["Open", "Confirmed", "Complete", "Cancelled"]
ShipmentWord: TypeAlias = Literal[
    "Shipped", "Delivered", "Ready", "Pending", "Delayed", "Partial", "Backorder", "Canceled"
]
_DONE: frozenset[UnitState] = frozenset(
    {"delivered", "collected", "cancelled", "return_announced", "returned", "restocked", "unusable"}
)


_ON_THE_WAY: frozenset[UnitState] = frozenset({"shipped", "in_transit"})
_GRADES: dict[str | None, UnitState] = {
    None: "returned",
    "sellable": "restocked",
    "unusable": "unusable",
}


class Standing(NamedTuple):
    """What the ERP answered: accepted since when under which number, or refused for which reason."""

    word: UnitState
    accepted: bool = False
    since: datetime | None = None
    erp_number: str | None = None
    refused: str | None = None


def standing(told: Settled, *, exported: bool) -> Standing:
    """Weigh the ERP's answers: accepted outranks refused, and the first number stays."""
    accepted = [saying.message for saying in told.of("accepted")]
    refused = [saying.message for saying in told.of("refused")]
    if accepted:
        number = next((one.erp_number for one in accepted if one.erp_number is not None), None)
        return Standing("confirmed", accepted=True, since=accepted[0].at, erp_number=number)
    left = exported or bool(told.of("taken", "refused"))
    reason = (refused[-1].reason or "no reason given") if refused else None
    return Standing("exported" if left else "ordered", refused=reason)


def contradict_answers(board: Board, told: Settled) -> None:
    """Note answers of the ERP that cannot both be true."""
    accepted = [saying.message for saying in told.of("accepted")]
    numbered = [message for message in accepted if message.erp_number is not None]
    for message in numbered[1:]:
        board.contradict(
            "duplicate_in_erp",
            f"the ERP accepted order {message.order_number} as {numbered[0].erp_number} and again as "
            f"{message.erp_number}",
            message,
            f"It has the order twice: have {message.erp_number} cancelled there before it is shipped",
        )
    for saying in told.of("refused") if accepted else []:
        message = saying.message
        if is_before(message, accepted[-1]):
            board.remark(
                "refused_then_accepted",
                f"the ERP refused the order first ({message.reason or 'no reason given'})",
                message,
            )
            continue
        board.contradict(
            "refused_after_acceptance",
            f"the ERP accepted the order as {accepted[-1].erp_number or accepted[-1].ref} and refused it "
            f"({message.reason or 'no reason given'})",
            message,
            "It stays accepted: ask the ERP; if it shall not be sent, it must answer with a cancellation",
        )
    for saying in told.of("change_refused"):
        message = saying.message
        board.remark(
            "change_refused",
            f"the ERP does not take revision {message.revision or message.ref} "
            f"({message.reason or 'no reason given'})",
            message,
            "Put the order in the shop back to what the ERP has, or agree with the customer",
        )


def unit_state(piece: Piece) -> UnitState:
    """Where a piece is: what came back, then what was given up, then what left, then the furthest word."""
    if piece.returned is not None:
        return _GRADES[piece.returned.grade]
    if piece.ended is not None:
        return "cancelled"
    if piece.announced is not None:
        return "return_announced"
    if piece.collected is not None:
        return "collected"
    if piece.shipped is not None:
        return "ready" if piece.at_store else piece.carried or "shipped"
    return piece.word


def order_state(
    board: Board,
    told: Settled,
    found: Standing,
    units: list[UnitState],
    rules: FulfilmentRules,
    *,
    exported: bool,
) -> OrderWord:
    """The order's own state; recomputed any time.

    An order of which nothing has to be shipped (gift cards, donations) is complete when the ERP has accepted
    it. Gift cards that were sold keep an order from being cancelled, unless the whole order was.
    """
    whole = any(not saying.lines for saying in told.of("cancelled")) or (
        not exported and any(not saying.lines for saying in told.of("cancel_asked"))
    )
    if not units:
        return "Cancelled" if whole else "Complete" if found.accepted else "Open"
    if all(state == "cancelled" for state in units):
        kept = any(line.kind == "gift_card" for line in board.order.lines)
        return "Complete" if kept and not whole else "Cancelled"
    done = _DONE | _ON_THE_WAY if rules.complete_on == "shipped" else _DONE
    if all(state in done for state in units):
        return "Complete"
    begun = any(state not in {"ordered", "exported", "cancelled"} for state in units)
    return "Confirmed" if found.accepted or begun else "Open"


def shipment_state(board: Board, units: list[UnitState], *, failed: bool) -> ShipmentWord | None:
    """How far the goods are, all in all; None while nothing is to be said."""
    living = [
        (state, piece) for state, piece in zip(units, board.pieces, strict=True) if state != "cancelled"
    ]
    if not living:
        return "Canceled" if units else None
    handed = [
        state in _DONE and (piece.carried == "delivered" or piece.collected is not None)
        for state, piece in living
    ]
    ready = [state == "ready" for state, _ in living]
    gone = [piece.gone and state != "ready" for state, piece in living]
    if all(handed):
        return "Delivered"
    if failed:
        return "Delayed"
    if all(gone):
        return "Shipped"
    if any(gone):
        return "Partial"
    return "Ready" if all(ready) else None


def pickup(board: Board, told: Settled) -> tuple[str | None, datetime | None]:
    """The code and the last day of a collection: the first code stays, whatever is told again."""
    code: str | None = None
    until: datetime | None = None
    for saying in told.of("ready", "held"):
        message = saying.message
        if message.pickup_code is not None and code is not None and message.pickup_code != code:
            board.contradict(
                "second_pickup_code",
                f"the customer has pickup code {code}, {message.place or message.ref} now says "
                f"{message.pickup_code}",
                message,
                "The first code stays: tell the store",
            )
        code = code or message.pickup_code
        until = message.until or until
    return code, until


def documents(board: Board, told: Settled) -> tuple[DocumentView, ...]:
    """Invoices and credit notes; a document never changes: the first telling of its number stays."""
    found: dict[str, tuple[DocumentView, object]] = {}
    every = [saying.message for saying in told.of("invoiced")] + [
        message for message in told.older if message.kind == "invoiced"
    ]
    for message in sorted(every, key=content_order):
        document = DocumentView(kind=message.document or "invoice", number=message.ref, url=message.url)
        first = found.setdefault(message.ref, (document, message.amount))
        if first != (document, message.amount):
            board.contradict(
                "document_changed",
                f"{first[0].kind} {message.ref} was told before with another content",
                message,
                "An invoice never changes: the ERP corrects it by a credit note and a new number",
            )
    return tuple(document for document, _ in found.values())
