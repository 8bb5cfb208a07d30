"""What a feed's guard allows: what its mapping says, and for a while what a person allowed."""

from __future__ import annotations

import datetime as dt

import msgspec

from ..ledger import Ledger
from ..mapping import Mapping
from ..sync import Thresholds
from .wiring import thresholds

__all__ = ["COUNTED", "RULES", "allowed_now"]

#: The rules of the guard that a person may set for a while, with the threshold that each goes by.
RULES: dict[str, str] = {
    "volume": "volume_drop",
    "absent": "absent_share",
    "zeroed": "zero_share",
    "rejects": "reject_share",
    "removed": "removed_share",
    "price_move": "price_move",
    "changes": "ask_above",
}
#: Rules that count records; the others compare shares.
COUNTED = frozenset({"changes"})


def allowed_now(ledger: Ledger, mapping: Mapping, *, at: dt.datetime | None = None) -> Thresholds:
    """Give the thresholds that hold at a moment; what a person allowed counts more than the mapping."""
    allowed = thresholds(mapping.spec.guard)
    if mapping.entity == "order_edit" and allowed.ask_above is None:
        # Each edit has a price: somebody looks at it, unless the mapping says expressly how many may pass.
        allowed = msgspec.structs.replace(allowed, ask_above=0)
    for one in ledger.allowances.now(mapping.feed, at=at):
        name = RULES.get(one.rule)
        if name is None:
            continue
        if one.rule == "price_move":
            if allowed.price_move is not None:
                move = msgspec.structs.replace(allowed.price_move, share=one.allowed)
                allowed = msgspec.structs.replace(allowed, price_move=move)
            continue
        value = int(one.allowed) if one.rule in COUNTED else one.allowed
        allowed = msgspec.structs.replace(allowed, **{name: value})
    return allowed
