"""Reckoning: the orders of a day as the ledger has them; orders sent once more because a person says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from ..database import Database, utc_now
from ..schema import outbox_file
from ..table_rows import among
from .deriving import Deriver
from .schema import order_event, order_message, order_step, shop_order
from .steps import Answer, OrderSteps

__all__ = ["OrderReckoning", "ReckonedOrder", "SentAgain"]


class ReckonedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as a reconciliation compares it; `export` is how far its last way to the ERP came."""

    id: int
    number: str
    shop_id: str
    created_at: datetime
    destination: str
    kind: str
    total: int | None
    currency: str | None
    revision: int
    order_state: str
    shipment_state: str | None
    payment_state: str | None
    erp_number: str | None
    dirty: int
    export: str | None
    export_at: datetime | None
    #: Why it waits or never goes: what the gates or the ERP said.
    code: str
    reason: str
    #: The file that carries it.
    file: str | None
    #: Somebody who got it said that it is refused; an acceptance outranks that (`order_state`).
    refused: bool = False


class SentAgain(NamedTuple):
    """Orders that leave once more, and those that cannot, each with the reason."""

    numbers: tuple[str, ...]
    left: tuple[tuple[str, str], ...]


class OrderReckoning:
    """Orders of a window of time, and the way to have one sent again."""

    def __init__(self, database: Database, deriver: Deriver) -> None:
        self._database = database
        self._deriver = deriver

    def page(
        self,
        since: datetime,
        until: datetime,
        *,
        after: tuple[datetime, int] | None = None,
        limit: int = 1000,
    ) -> list[ReckonedOrder]:
        """Read orders placed from `since`, before `until`; `after` is time and id of the last of a page."""
        query = (
            self._reckoned()
            .where(shop_order.c.created_at >= since, shop_order.c.created_at < until)
            .order_by(shop_order.c.created_at, shop_order.c.id)
            .limit(limit)
        )
        if after is not None:
            placed, last = after
            query = query.where(
                shop_order.c.created_at >= placed,
                sa.or_(shop_order.c.created_at > placed, shop_order.c.id > last),
            )
        with self._database.read() as connection:
            return [_reckoned(row) for row in connection.execute(query)]

    def known(self, numbers: Sequence[str]) -> frozenset[str]:
        """Tell which of these orders the ledger has, whenever they were placed."""
        with self._database.read() as connection:
            return among(connection, shop_order.c.number, numbers)

    def send_again(self, numbers: Sequence[str], *, because: str, by: str) -> SentAgain:
        """Open a new attempt to send orders that the ERP does not have, because somebody said so.

        The attempt before is closed as refused with who said it and why, so that the order is in one living
        file at any time; the next run of its feed sends it. What did not leave yet is left alone.
        """
        sent: list[str] = []
        left: list[tuple[str, str]] = []
        with self._database.write(durable=True) as connection:
            for number in dict.fromkeys(numbers):
                query = sa.select(shop_order.c.id).where(shop_order.c.number == number)
                order_id: int | None = connection.execute(query).scalar()
                if order_id is None:
                    left.append((number, "the ledger does not know it"))
                    continue
                steps = OrderSteps(self._database, connection, order_id, number, "export")
                last = steps.last()
                if last is None or last.state not in ("done", "refused"):
                    state = "not begun" if last is None else last.state
                    left.append((number, f"its export is {state}: nothing is lost yet"))
                    continue
                said = {"reason": f"sent again: {because}", "by": by, "again": True}
                if last.state == "done":
                    self._give_up(connection, order_id, last.attempt, said)
                steps.open(last.attempt + 1, "pending", Answer(detail=said))
                self._deriver.refresh(connection, [order_id])
                sent.append(number)
        return SentAgain(tuple(sent), tuple(left))

    @staticmethod
    def _give_up(connection: sa.Connection, order_id: int, attempt: int, said: dict[str, Any]) -> None:
        """Say of a file that was delivered that this order did not arrive by it."""
        now = utc_now()
        connection.execute(
            order_step.update()
            .where(
                order_step.c.order_id == order_id,
                order_step.c.step == "export",
                order_step.c.attempt == attempt,
            )
            .values(state="refused", detail=said, at=now)
        )
        connection.execute(
            order_event.insert().values(
                order_id=order_id, step="export", attempt=attempt, state="refused", detail=said, at=now
            )
        )

    @staticmethod
    def _reckoned() -> sa.Select[Any]:
        later = order_step.alias("later")
        columns = (
            "id", "number", "shop_id", "created_at", "destination", "kind", "total", "currency", "revision",
            "order_state", "shipment_state", "payment_state", "erp_number", "dirty",
        )  # fmt: skip
        last = sa.and_(
            order_step.c.order_id == shop_order.c.id,
            order_step.c.step == "export",
            ~sa.exists().where(
                later.c.order_id == order_step.c.order_id,
                later.c.step == order_step.c.step,
                later.c.attempt > order_step.c.attempt,
            ),
        )
        return (
            sa.select(
                *(shop_order.c[name] for name in columns),
                order_step.c.state.label("export"),
                order_step.c.at.label("export_at"),
                order_step.c.detail,
                outbox_file.c.name.label("file"),
                sa.exists()
                .where(order_message.c.order_id == shop_order.c.id, order_message.c.kind == "refused")
                .label("refused"),
            )
            .select_from(shop_order)
            .outerjoin(order_step, last)
            .outerjoin(outbox_file, outbox_file.c.id == order_step.c.outbox_id)
        )


def _reckoned(row: sa.Row[Any]) -> ReckonedOrder:
    values = dict(row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
    detail = values.pop("detail") or {}
    values["refused"] = bool(values["refused"])
    return ReckonedOrder(**values, code=str(detail.get("code", "")), reason=str(detail.get("reason", "")))
