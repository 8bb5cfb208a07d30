"""Orders due: which of those that wait may leave now, as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from ..commercetools import Client, OrderSource
from ..errors import DataError, Refused
from ..ledger import Ledger
from ..mapping import OutgoingMapping
from ..records import Order
from ..sync import RunReport
from .options import RunOptions
from .order_collecting import OrderCollector

__all__ = ["AT_ONCE", "OrderChooser"]

#: More orders than this never wait at a time; the rest comes with the next run.
AT_ONCE = 20_000


class OrderChooser:
    """Decides about every order that waits: it goes, it waits for its payment, or it will never go."""

    def __init__(
        self, ledger: Ledger, mapping: OutgoingMapping, options: RunOptions, report: RunReport
    ) -> None:
        self._ledger = ledger
        self._mapping = mapping
        self._options = options
        self._report = report
        self._feed = mapping.feed
        self._target = mapping.spec.target.get("commercetools", {})

    async def due(self, client: Client, source: OrderSource, met: OrderCollector) -> list[Order]:
        """Choose the orders that may go now; what was met by an earlier run is read again first."""
        pending = [
            entry
            for entry, _ in self._ledger.orders.in_state(
                "export", "pending", destination=self._feed, limit=AT_ONCE
            )
            if self._asked_for(entry.number, entry.created_at)
        ]
        waited = [entry.number for entry in pending if entry.number not in met.fresh]

        async def fetch(number: str) -> Order | None:
            try:
                return await source.fetch(number)
            except Refused as refusal:
                self._report.reject(refusal.code, refusal.message, refusal.advice)
                return None

        now = dict(zip(waited, await client.each(waited, fetch), strict=True))
        due: list[Order] = []
        for entry in pending:
            order = now[entry.number] if entry.number in now else _decoded(entry.record)
            if self._is_due(entry.number, order) and order is not None:
                due.append(order)
        due += [
            order
            for order in met.unwritten
            if self._asked_for(order.order_number, order.created_at)
            and self._is_due(order.order_number, order)
        ]
        waiting = self._report.unchanged
        if waiting:
            self._report.notes.append(f"{waiting} orders wait for their payment")
        return due

    def _is_due(self, number: str, order: Order | None) -> bool:
        """Decide about one order as it is now: it goes, it waits, or it will never go."""
        if order is not None and order.exported_as is not None:
            self._close(number, "done", order.exported_as)
            return False
        if order is not None and order.state == "Cancelled":
            self._close(number, "refused", "cancelled before it was exported")
            self._report.notes.append(f"order {number} was cancelled and is not exported")
            return False
        allowed: Sequence[str] = self._target.get("payment_states", ("Paid",))
        if order is None or order.payment_state not in allowed:
            self._report.unchanged += 1
            return False
        try:
            self._mapping.check(order)
        except DataError as error:
            # One order that cannot be written must not hold the others.
            self._report.quarantined += 1
            self._report.reject(error.code, error.message, error.advice)
            return False
        return True

    def _close(self, number: str, state: Literal["done", "refused"], what: str) -> None:
        """End both steps of an order that needs no export of ours."""
        if self._options.dry_run:
            return
        orders, run_id = self._ledger.orders, self._report.run_id
        with self._ledger.transaction():
            for step in ("export", "mark"):
                if state == "done":
                    orders.set_step(number, step, state, external_id=what, run_id=run_id)
                else:
                    orders.set_step(number, step, state, detail={"reason": what}, run_id=run_id)

    def _asked_for(self, number: str, created_at: datetime) -> bool:
        options, day = self._options, created_at.date()
        if options.skus and number not in options.skus:
            return False
        return (options.since is None or day >= options.since) and (
            options.until is None or day <= options.until
        )


def _decoded(record: bytes | None) -> Order | None:
    return None if record is None else msgspec.json.decode(record, type=Order)
