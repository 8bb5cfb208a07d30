"""Pieces: every piece of an order while its state is worked out, and how messages find theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from ..records import MessageLine, Order, OrderMessage
from .messages import Saying
from .states import Contradiction, UnitState

__all__ = ["Board", "Picked", "Piece", "counted", "name_of", "wanted"]


@dataclass(slots=True, eq=False)
class Piece:
    """One piece of a line: `word` is how far it came by words, the messages say what really happened."""

    line: str
    index: int
    sku: str
    word: UnitState
    since: datetime | None = None
    place: str | None = None
    allocation: OrderMessage | None = None
    said: OrderMessage | None = None
    """The message that its word comes from."""
    reopened: datetime | None = None
    """What was said before this moment was taken back on purpose."""
    shipped: OrderMessage | None = None
    at_store: bool = False
    """It was shipped to the store where its customer collects it, and is ready there."""
    collected: OrderMessage | None = None
    ended: OrderMessage | None = None
    ended_again: OrderMessage | None = None
    """A message that says its end again in another word."""
    carried: UnitState | None = None
    carried_at: datetime | None = None
    parcel: str | None = None
    announced: OrderMessage | None = None
    received: OrderMessage | None = None
    """The first word that it came back; `returned` is the one that counts, with its grade."""
    returned: OrderMessage | None = None
    return_number: str | None = None
    refunded: int = 0
    exchanged_for: str | None = None
    why: str | None = None

    @property
    def gone(self) -> bool:
        """Whether it left the building, or the store with its customer, and was not given up on its way."""
        return self.ended is None and (self.shipped is not None or self.collected is not None)

    @property
    def open(self) -> bool:
        """Whether it is still to be handed over."""
        return not self.gone and self.ended is None


class Picked(NamedTuple):
    """The pieces that a message is about, and by name how many it wants that are not there."""

    pieces: tuple[Piece, ...]
    missing: Counter[str]


def _no_preference(_: Piece) -> tuple[Any, ...]:
    return ()


@dataclass(slots=True)
class Board:
    """The pieces of one order with what was found out on the way; `pieces` in the order of its lines."""

    order: Order
    pieces: list[Piece]
    contradictions: list[Contradiction] = field(default_factory=list)
    remarks: list[Contradiction] = field(default_factory=list)
    waiting: list[OrderMessage] = field(default_factory=list)
    released: dict[tuple[str, str], list[tuple[OrderMessage, Piece]]] = field(default_factory=dict)
    """By the numbers of an allocation and of the one that replaced it: the pieces that went over."""
    recalled: list[tuple[Saying, int]] = field(default_factory=list)
    """Cancellations of pieces that had left, with how many: they come back as returns."""

    @classmethod
    def of(cls, order: Order, word: UnitState, since: datetime | None) -> Board:
        """Lay out the pieces of an order; lines without goods (freight, gift cards, donations) have none."""
        pieces = [
            Piece(line=line.id, index=index, sku=line.sku, word=word, since=since)
            for line in order.lines
            if line.kind == "article"
            for index in range(1, line.quantity + 1)
        ]
        return cls(order, pieces)

    def named(self, line: MessageLine) -> Iterator[Piece]:
        """Yield what a line of a message can mean: the pieces of the line, or of every line of the SKU."""
        return (
            piece
            for piece in self.pieces
            if (piece.line == line.line if line.line is not None else piece.sku == line.sku)
        )

    def pick(
        self,
        saying: Saying,
        among: Callable[[Piece], bool],
        prefer: Callable[[Piece], tuple[Any, ...]] = _no_preference,
    ) -> Picked:
        """Choose the pieces that a message is about: `prefer` is smallest for the best, then line and number.

        Without lines these are all that can be meant. Lines without goods, and names that the order does not
        have, are nobody's pieces and miss none.
        """
        if not saying.lines:
            return Picked(tuple(piece for piece in self.pieces if among(piece)), Counter())
        chosen: dict[Piece, None] = {}
        missing: Counter[str] = Counter()
        for line in saying.lines:
            able = [piece for piece in self.named(line) if among(piece) and piece not in chosen]
            found = sorted(able, key=prefer)[: max(line.quantity, 0)]
            chosen |= dict.fromkeys(found)
            if line.quantity > len(found) and any(True for _ in self.named(line)):
                missing[name_of(line)] += line.quantity - len(found)
        return Picked(tuple(chosen), missing)

    def without_goods(self, line: MessageLine) -> bool:
        """Whether a line of a message names a line of the order that has nothing to ship."""
        return any(
            one.kind != "article" and (one.id == line.line if line.line is not None else one.sku == line.sku)
            for one in self.order.lines
        ) and not any(True for _ in self.named(line))

    def about(self, saying: Saying) -> list[Piece]:
        """All pieces of the lines that a message names; of the whole order when it names none."""
        if not saying.lines:
            return list(self.pieces)
        return list(dict.fromkeys(piece for line in saying.lines for piece in self.named(line)))

    def contradict(self, code: str, text: str, message: OrderMessage, advice: str) -> None:
        """Note a message that is not followed."""
        self.contradictions.append(Contradiction(code=code, text=text, message=message, advice=advice))

    def remark(self, code: str, text: str, message: OrderMessage, advice: str = "") -> None:
        """Note what is worth knowing and contradicts nothing."""
        self.remarks.append(Contradiction(code=code, text=text, message=message, advice=advice))

    def told(self, pieces: Iterable[Piece]) -> str:
        """Say in words what is known of pieces: `of 2 x A: 1 shipped with BL-1, 1 open`."""
        by_sku: dict[str, Counter[str]] = {}
        for piece in pieces:
            by_sku.setdefault(piece.sku, Counter())[_known(piece)] += 1
        parts = [
            f"of {sum(known.values())} x {sku}: "
            + ", ".join(f"{count} {what}" for what, count in known.items())
            for sku, known in by_sku.items()
        ]
        return "; ".join(parts) or "nothing of it was ordered"


def name_of(line: MessageLine) -> str:
    """A line of a message as its sender names it."""
    return line.line or line.sku or "a piece without a name"


def wanted(missing: Counter[str]) -> str:
    """Say in words what is not there: `2 x A, 1 x B`."""
    return ", ".join(f"{count} x {name}" for name, count in sorted(missing.items()))


def counted(pieces: Sequence[Piece]) -> tuple[tuple[str, int], ...]:
    """Pieces as lines with their number, in the order of the lines."""
    return tuple(Counter(piece.line for piece in pieces).items())


def _known(piece: Piece) -> str:
    if piece.returned is not None:
        return f"came back with {piece.return_number or piece.returned.ref}"
    if piece.collected is not None:
        return f"collected with {piece.collected.ref}"
    if piece.gone and piece.shipped is not None:
        return f"shipped with {piece.shipped.ref}"
    if piece.ended is not None:
        return f"{_ENDS.get(piece.ended.kind, piece.ended.kind)} by {piece.ended.ref}"
    where = "" if piece.place is None else f" at {piece.place}"
    return f"{piece.word}{where}"


_ENDS = {
    "short": "not found",
    "cancel_asked": "cancelled",
    "hold_refused": "refused",
    "hold_closed": "closed",
}
