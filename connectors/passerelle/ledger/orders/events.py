"""Order events: one row for each thing that happened to a step or a request of an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

__all__ = ["OrderEvent", "as_event"]


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to an order; a request is told by its kind, with its key in `detail`."""

    at: datetime
    step: str
    attempt: int
    state: str
    external_id: str | None
    detail: dict[str, Any]
    run_id: str | None


def as_event(row: sa.Row[Any]) -> OrderEvent:
    """Make an event of a row of `order_event`."""
    return OrderEvent(
        at=row.at,
        step=row.step,
        attempt=row.attempt,
        state=row.state,
        external_id=row.external_id,
        detail=row.detail,
        run_id=row.run_id,
    )
