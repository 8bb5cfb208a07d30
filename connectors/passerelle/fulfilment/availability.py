"""The stock law: how many pieces may be shown, from what a file says and what was sold meanwhile (issue 5).

Pure and exact; nothing here knows a shop, a file or a database. Written down with worked examples in
docs/reference/stock-law.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

import msgspec

__all__ = [
    "InventoryMode",
    "OpenPieces",
    "PlaceRules",
    "Reason",
    "StockAnswer",
    "StockClaim",
    "StockMeaning",
    "on_stock",
    "published",
]

#: What the number of a file means. `physical`: pieces in the building at the snapshot. `available`: those
#: less what the ERP had put aside for the orders that it knew by then. `net_of_web`: the ERP takes off what
#: was ordered in the shop by then, by itself.
StockMeaning: TypeAlias = Literal["physical", "available", "net_of_web"]

#: How the shop counts what is ordered: `ReserveOnOrder` lowers what is available and keeps the piece on stock
#: until it is shipped, `TrackOnly` takes it off the stock, `None` does nothing.
InventoryMode: TypeAlias = Literal["ReserveOnOrder", "TrackOnly", "None"]

ReasonKind: TypeAlias = Literal[
    "claimed", "sold", "lost", "on_hold", "unheard", "buffer", "below_zero", "minimum", "not_eligible"
]


class StockClaim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a file says of one SKU in one place; `at` is when it was counted (None: nobody knows)."""

    sku: str
    quantity: int
    means: StockMeaning
    at: datetime | None = None
    place: str | None = None
    file: str | None = None


class OpenPieces(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Pieces that were sold and that a number of stock may not know of yet.

    `ordered_at` is when the shop took the order, `known_at` when the ERP knew it, `shipped_at` when they
    left the building (sent or handed over). A `reservation` is a promise of a store of which the ERP is never
    told; `unheard` pieces are in orders that were not collected yet. `lost` ones were not found at picking:
    they count as gone (`shipped_at`) when that was noticed. `given_up` ones are in an order that will not
    leave, or has not for longer than it may keep them: the shop holds them, and they may be sold.
    """

    sku: str
    ordered_at: datetime
    pieces: int = 1
    place: str | None = None
    known_at: datetime | None = None
    shipped_at: datetime | None = None
    kind: Literal["order", "reservation", "unheard", "lost", "given_up"] = "order"


class PlaceRules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is allowed of one place: sold from it at all (`why` not), kept back, shown from how many on.

    The buffer is the larger one of so many pieces and of a share of the file's number, rounded up.
    """

    eligible: bool = True
    why: str = ""
    buffer: int = 0
    buffer_share: Decimal = Decimal(0)
    minimum: int = 0


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step from the file's number to the shop's: how many pieces it adds (or takes, below zero)."""

    what: ReasonKind
    pieces: int = 0
    at: datetime | None = None
    text: str = ""


class StockAnswer(NamedTuple):
    """What may be sold (`quantity`, never below zero), and why.

    `held` counts the pieces that are sold and have not left; `unknown` those that the file's number does not
    know of: as long as it is zero, a later snapshot changes nothing.
    """

    quantity: int
    because: tuple[Reason, ...]
    held: int = 0
    unknown: int = 0


_NO_MARGIN = timedelta(0)


def published(
    claim: StockClaim,
    open_pieces: Sequence[OpenPieces],
    rules: PlaceRules,
    *,
    margin: timedelta = _NO_MARGIN,
) -> StockAnswer:
    """Say how many pieces of one SKU in one place may be sold.

    `open_pieces` are those of this SKU that count in this place. Clocks of two systems differ: what happened
    less than `margin` before the snapshot, or at the very moment of it, is taken for unknown to it.
    """
    because = [Reason("claimed", claim.quantity, claim.at, claim.file or "")]
    left = claim.quantity
    unknown = [
        piece for piece in open_pieces if piece.kind != "given_up" and not _is_known(piece, claim, margin)
    ]
    for kind, what in _KINDS:
        pieces = _count(piece for piece in unknown if piece.kind == kind)
        left -= pieces
        if pieces:
            because.append(Reason(what, -pieces))
    left = _within(left, claim, rules, because)
    held = _count(piece for piece in open_pieces if piece.shipped_at is None)
    return StockAnswer(left, tuple(because), held, _count(unknown))


def on_stock(available: int, held: int, mode: InventoryMode, *, reserved: int | None = None) -> int:
    """Say which stock on hand the shop is told so that it shows `available`.

    A shop that reserves takes off by itself what it holds, so those pieces lie on the stock that it is told:
    the `held` ones that we know of, and no more than the shop has `reserved` (None: not read yet). An order
    that we have not heard of is reserved and not held: it lowers what is available at once.
    """
    if mode != "ReserveOnOrder":
        return available
    return available + (held if reserved is None else min(held, max(reserved, 0)))


_KINDS: tuple[tuple[str, ReasonKind], ...] = (
    ("order", "sold"),
    ("lost", "lost"),
    ("reservation", "on_hold"),
    ("unheard", "unheard"),
)


def _within(left: int, claim: StockClaim, rules: PlaceRules, because: list[Reason]) -> int:
    """Apply what is said of the place to what is left; writes down why."""
    if not rules.eligible:
        because.append(Reason("not_eligible", -left, text=rules.why))
        return 0
    share = math.ceil(max(claim.quantity, 0) * rules.buffer_share)
    buffer = max(rules.buffer, share)
    if buffer:
        because.append(Reason("buffer", -buffer))
        left -= buffer
    if left < 0:
        because.append(Reason("below_zero", -left))
        left = 0
    if 0 < left < rules.minimum:
        because.append(Reason("minimum", -left))
        left = 0
    return left


def _is_known(piece: OpenPieces, claim: StockClaim, margin: timedelta) -> bool:
    """Say whether a number has these pieces taken off already."""
    if claim.at is None:
        return False
    before = claim.at - margin
    if piece.shipped_at is not None and piece.shipped_at < before:
        # What had left the building was not counted in it, whatever the number means.
        return True
    if piece.kind == "reservation":
        return False
    match claim.means:
        case "physical":
            return False
        case "available":
            return piece.known_at is not None and piece.known_at < before
        case "net_of_web":
            return piece.ordered_at < before


def _count(pieces: Iterable[OpenPieces]) -> int:
    return sum(piece.pieces for piece in pieces)
