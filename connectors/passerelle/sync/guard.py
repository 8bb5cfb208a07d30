"""The guard: looks at a whole plan before anything is written, and stops what would harm the shop.

Pure: counts in, breaches out. Each rule has a threshold per feed; an override is a person's decision, with
a reason that is kept with the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import msgspec

__all__ = ["Breach", "PriceMove", "Seen", "Thresholds", "inspect", "removal_breach"]


class PriceMove(msgspec.Struct, frozen=True):
    """Stop when more than `share` of the known records have a price that moves by more than `by` (of one)."""

    by: float
    share: float


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed allows, as fractions of one; None switches a rule off.

    `floor` is the number of records from which a share means something: three absent lines of ten stop
    nobody.
    """

    volume_drop: float | None = 0.20
    absent_share: float | None = 0.10
    zero_share: float | None = 0.40
    reject_share: float | None = 0.30
    price_move: PriceMove | None = None
    removed_share: float | None = 0.05
    ask_above: int | None = None
    floor: int = 5


class Seen(msgspec.Struct, kw_only=True):
    """What planning counted for one file.

    `known` is how many records the ledger knew of this feed before, `absent` those of them that a full does
    not hold.
    """

    full: bool
    known: int = 0
    received: int = 0
    rejected: int = 0
    absent: int = 0
    changes: int = 0
    """Records that would be written."""
    zeroed: int = 0
    """Stock levels that were above zero in the shop and would be zero."""
    moves: list[float] = msgspec.field(default_factory=list)
    """How far prices move, as fractions of the old price: of each record the one that moves farthest."""


class Breach(NamedTuple):
    """One rule that stops the run: what was seen, what is allowed, what to do; and its numbers."""

    rule: str
    seen: str
    allowed: str
    advice: str
    numbers: Mapping[str, str]

    @property
    def said(self) -> str:
        """What the guard says, in one line."""
        return f"{self.rule}: {self.seen}, allowed {self.allowed}"

    @property
    def facts(self) -> dict[str, str]:
        """What is kept of it beside a plan."""
        return {"said": self.said, "rule": self.rule, **self.numbers}

    def __str__(self) -> str:
        return f"{self.said}. {self.advice}"


_OVERRIDE = "or, if this is what you want, run again with --override-guard and the reason"


def _bare(share: float) -> str:
    return f"{Decimal(str(round(share * 100, 1))).normalize():f}"


def _percent(share: float) -> str:
    return f"{_bare(share)} %"


def _numbers(count: int, base: int, share: float, limit: float | None, **more: str) -> dict[str, str]:
    return {"count": str(count), "base": str(base), "share": _bare(share), "limit": _bare(limit or 0), **more}


def _share(count: int, limit: float | None, base: int, floor: int) -> bool:
    return limit is not None and base > 0 and count >= floor and count / base > limit


def inspect(seen: Seen, allowed: Thresholds) -> list[Breach]:
    """List every rule that the plan breaks; an empty list lets it pass."""
    breaches: list[Breach] = []
    missing = seen.known - seen.received
    if seen.full and _share(missing, allowed.volume_drop, seen.known, allowed.floor):
        breaches.append(
            Breach(
                "volume",
                f"{seen.received} records in a full of which {seen.known} are known "
                f"({_percent(missing / seen.known)} fewer)",
                f"{_percent(allowed.volume_drop or 0)} fewer",
                f"Ask the sender whether the export was cut, have it sent again, {_OVERRIDE}",
                _numbers(seen.received, seen.known, missing / seen.known, allowed.volume_drop),
            )
        )
    if seen.full and _share(seen.absent, allowed.absent_share, seen.known, allowed.floor):
        breaches.append(
            Breach(
                "absent",
                f"{seen.absent} of {seen.known} known records are not in this full "
                f"({_percent(seen.absent / seen.known)})",
                _percent(allowed.absent_share or 0),
                f"Compare with the last full in the archive, have the file sent again, {_OVERRIDE}",
                _numbers(seen.absent, seen.known, seen.absent / seen.known, allowed.absent_share),
            )
        )
    base = max(seen.known, seen.received)
    if seen.known and _share(seen.zeroed, allowed.zero_share, base, allowed.floor):
        breaches.append(
            Breach(
                "zeroed",
                f"{seen.zeroed} of {base} stock levels would go to zero ({_percent(seen.zeroed / base)})",
                _percent(allowed.zero_share or 0),
                f"Ask the stores or the warehouse whether a count is under way, {_OVERRIDE}",
                _numbers(seen.zeroed, base, seen.zeroed / base, allowed.zero_share),
            )
        )
    if _share(seen.rejected, allowed.reject_share, seen.received, allowed.floor):
        breaches.append(
            Breach(
                "rejects",
                f"{seen.rejected} of {seen.received} records cannot be read as the mapping says "
                f"({_percent(seen.rejected / seen.received)})",
                _percent(allowed.reject_share or 0),
                f"Look at the grouped causes: a layout or a code table has probably changed, {_OVERRIDE}",
                _numbers(seen.rejected, seen.received, seen.rejected / seen.received, allowed.reject_share),
            )
        )
    breaches += _price_breach(seen, allowed)
    if allowed.ask_above is not None and seen.changes > allowed.ask_above:
        breaches.append(
            Breach(
                "changes",
                f"{seen.changes} records would be written",
                f"{allowed.ask_above} without asking",
                f"Look at the plan and decide: passerelle plan, passerelle apply, {_OVERRIDE}",
                {"count": str(seen.changes), "limit": str(allowed.ask_above)},
            )
        )
    return breaches


def removal_breach(removed: int, known: int, allowed: Thresholds) -> Breach | None:
    """Say whether a run would take away too many of the records that the ledger knows of a feed."""
    if not _share(removed, allowed.removed_share, known, allowed.floor):
        return None
    return Breach(
        "removed",
        f"{removed} of {known} records would be taken away ({_percent(removed / known)})",
        _percent(allowed.removed_share or 0),
        f"Ask the sender whether they are really gone, {_OVERRIDE}",
        _numbers(removed, known, removed / known, allowed.removed_share),
    )


def _price_breach(seen: Seen, allowed: Thresholds) -> list[Breach]:
    limit = allowed.price_move
    if limit is None:
        return []
    far = sum(1 for move in seen.moves if abs(move) > limit.by)
    base = max(seen.known, seen.received)
    if not _share(far, limit.share, base, allowed.floor):
        return []
    return [
        Breach(
            "price_move",
            f"{far} of {base} records have a price that moves by more than {_percent(limit.by)} "
            f"({_percent(far / base)})",
            _percent(limit.share),
            f"Check the currency and the decimals of the file with the price owner, {_OVERRIDE}",
            _numbers(far, base, far / base, limit.share, by=_bare(limit.by)),
        )
    ]
