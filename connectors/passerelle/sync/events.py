"""Events: records of what happened once, as against those of a state that holds.

A state is compared with the target as often as anybody likes. What happened is sent once: a record that the
ledger knows is not sent again, whatever the target shows by now.
"""

from __future__ import annotations

import msgspec

from ..records import StockLevel

__all__ = ["happened"]


def happened(record: msgspec.Struct) -> bool:
    """Say whether a record tells what happened: a movement of stock."""
    return isinstance(record, StockLevel) and record.relative
