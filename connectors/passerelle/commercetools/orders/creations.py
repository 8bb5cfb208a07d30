"""Creations: what the shop made since a moment, page by page in the order in which it was made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..http.client import Client
from ..http.predicates import quoted
from ..planning.wire import instant, moment

__all__ = ["CreationPage", "OrderCursor", "after", "created"]

Json = dict[str, Any]


class OrderCursor(NamedTuple):
    """The last order seen: its time of creation and its id, which tells orders of one instant apart."""

    created_at: datetime
    id: str

    @classmethod
    def parse(cls, text: str) -> OrderCursor:
        """Read what `str()` wrote."""
        time, _, order_id = text.partition(" ")
        return cls(moment(time), order_id)

    @classmethod
    def at(cls, body: Json) -> OrderCursor:
        """The cursor of somebody who saw this one last."""
        return cls(moment(body["createdAt"]), body["id"])

    def __str__(self) -> str:
        return f"{instant(self.created_at)} {self.id}"


class CreationPage(NamedTuple):
    """Some resources, and the cursor that stands on the last of them."""

    bodies: list[Json]
    cursor: OrderCursor


def after(cursor: OrderCursor | None, until: datetime | None = None) -> str:
    """What was created behind the cursor and, where it is given, not after a moment, as a predicate."""
    bounds: list[str] = []
    if until is not None:
        bounds.append(f"createdAt <= {quoted(instant(until))}")
    if cursor is not None:
        at = quoted(instant(cursor.created_at))
        # A plain conjunction of both would drop what was created in one instant (facts 2.5).
        bounds.append(f"createdAt > {at} or (createdAt = {at} and id > {quoted(cursor.id)})")
    return bounds[0] if len(bounds) == 1 else " and ".join(f"({bound})" for bound in bounds)


async def created(
    client: Client,
    path: str,
    cursor: OrderCursor | None,
    *,
    until: datetime | None = None,
    where: str | None = None,
    params: Sequence[tuple[str, str]] = (),
) -> AsyncIterator[CreationPage]:
    """All resources of a path created after the cursor that match, page by page; none is an empty page."""
    size = client.config.page_size
    while True:
        bound = after(cursor, until)
        if where is not None:
            bound = f"{where} and {bound}" if until is not None else f"{where} and ({bound})"
        page = await client.page(
            path,
            [
                ("where", bound),
                ("sort", "createdAt asc"),
                ("sort", "id asc"),
                ("limit", str(size)),
                ("withTotal", "false"),
                *params,
            ],
        )
        if page:
            cursor = OrderCursor.at(page[-1])
            yield CreationPage(page, cursor)
        if len(page) < size:
            return
