"""Orders due: which of those that wait may leave now, as they are now, and why the others may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from ...commercetools import OrderSource
from ...errors import DataError
from ...fulfilment import GateVerdict, gate
from ...ledger import Ledger
from ...ledger.orders.export_queue import Queued, Settled
from ...mapping import OutgoingMapping
from ...records import Order
from ...sync import RunReport
from ..options import RunOptions
from .dressing import OrderDressing
from .handling import OrderHandler
from .out_settings import OrderOutSettings

__all__ = ["OrderChooser"]

#: Orders that are read again and decided about at once.
_TOGETHER = 500


class OrderChooser:
    """Decides about every order that waits: it goes, it waits for something, or it will never go.

    Why it waits is kept in the ledger, and since when; the report counts reasons.
    """

    def __init__(
        self,
        ledger: Ledger,
        mapping: OutgoingMapping,
        settings: OrderOutSettings,
        options: RunOptions,
        report: RunReport,
        dressing: OrderDressing,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger = ledger
        self._mapping = mapping
        self._settings = settings
        self._options = options
        self._report = report
        self._dressing = dressing
        self._now = now
        self._feed = mapping.feed
        self._waiting: Counter[str] = Counter()
        self._since: dict[str, tuple[datetime, str]] = {}

    async def waiting(self, source: OrderSource, handler: OrderHandler) -> AsyncIterator[list[Order]]:
        """Decide about what earlier runs left waiting, each order read again first, page by page."""
        after = 0
        while page := self._ledger.export_queue.page(self._feed, after=after, limit=_TOGETHER):
            after = page[-1].id
            queued = {one.number: one for one in page if self._asked_for(one.number, one.created_at)}
            read = await source.by_numbers(queued)
            # The same number may be another order's by now: it is a clash, told where orders are taken down.
            there = {order.order_number: order for order in read.orders if _is(queued, order)}
            if not self._options.dry_run:
                handler.take(read)
                # What the shop just said may have ended some of them.
                states = self._ledger.export_queue.states(list(queued))
                queued = {
                    number: one._replace(order_state=states.get(number, one.order_state))
                    for number, one in queued.items()
                }
            else:
                for refusal in read.refused:
                    self._report.quarantined += 1
                    self._report.reject(refusal.code, refusal.message, refusal.advice)
            refused = {str(refusal.data.get("order_number")) for refusal in read.refused}
            yield self._decide(queued, there, refused)

    def choose(self, orders: Sequence[Order]) -> list[Order]:
        """Decide about orders that were read just now; those that left already are passed over."""
        there = {order.order_number: order for order in orders}
        queued = {
            one.number: one
            for one in self._ledger.export_queue.of(self._feed, there)
            if self._asked_for(one.number, one.created_at) and one.shop_id == there[one.number].id
        }
        return self._decide(queued, there, frozenset())

    def foresee(self, orders: Sequence[Order]) -> list[Order]:
        """Decide about orders that the ledger never met and that a dry run does not write down."""
        due: list[Order] = []
        for order in orders:
            if order.exported_as is not None or not self._asked_for(order.order_number, order.created_at):
                continue
            verdict = self._verdict(order, "Open")
            if verdict.verdict == "wait":
                self._count(verdict.code, verdict.why, order.created_at, order.order_number)
            elif verdict.verdict == "go":
                due += self._writable(order)
        return due

    def tell(self) -> None:
        """Note in the report how many orders wait, by reason, with the one that has waited longest."""
        for code, count in self._waiting.most_common():
            since, example = self._since[code]
            self._report.notes.append(
                f"{count} orders wait ({code}), the oldest since {since:%Y-%m-%d %H:%M} UTC: {example}"
            )
        self._waiting.clear()
        self._since.clear()

    def _decide(
        self, queued: Mapping[str, Queued], there: Mapping[str, Order], refused: frozenset[str] | set[str]
    ) -> list[Order]:
        due: list[Order] = []
        known: list[Settled] = []
        never: list[Settled] = []
        reasons: dict[int, Mapping[str, Any]] = {}
        for number, one in queued.items():
            order = there.get(number)
            if order is None:
                if number not in refused:
                    self._keep(one, "gone", f"order {number} is not in the shop any more", reasons)
                continue
            if order.exported_as is not None and one.attempt == 1:
                known.append(Settled(one.id, "done", order.exported_as))
                continue
            verdict = self._verdict(order, one.order_state)
            if verdict.verdict == "wait":
                self._keep(one, verdict.code, verdict.why, reasons)
            elif verdict.verdict == "never":
                never.append(Settled(one.id, "refused", None, {"code": verdict.code, "reason": verdict.why}))
                self._report.notes.append(f"order {number} is not exported: {verdict.why}")
            else:
                due += self._writable(order, one, reasons)
        self._write_down([*known, *never], queued, reasons)
        return due

    def _verdict(self, order: Order, order_state: str) -> GateVerdict:
        seen, rules = self._settings.rules_for(order)
        if order_state == "Cancelled":
            # The customer asked before it left: nobody else has to answer.
            seen = msgspec.structs.replace(seen, state="Cancelled")
        return gate(seen, rules, self._now())

    def _writable(
        self, order: Order, one: Queued | None = None, reasons: dict[int, Mapping[str, Any]] | None = None
    ) -> list[Order]:
        """The order as it will be written; one that cannot be written must not hold the others."""
        dressed = self._dressing.dressed(order)
        try:
            self._mapping.check(dressed)
        except DataError as error:
            self._report.quarantined += 1
            self._report.reject(error.code, error.message, error.advice)
            if one is not None and reasons is not None:
                self._explain(one, error.code, error.message, reasons)
            return []
        return [dressed]

    def _keep(self, one: Queued, code: str, why: str, reasons: dict[int, Mapping[str, Any]]) -> None:
        since = self._explain(one, code, why, reasons)
        self._count(code, f"{one.number}: {why}", since, "")

    def _explain(self, one: Queued, code: str, why: str, reasons: dict[int, Mapping[str, Any]]) -> datetime:
        """Keep a reason with the time since which it holds; the same reason again keeps its time."""
        before = one.detail
        said = str(before.get("since", ""))
        since = datetime.fromisoformat(said) if said and before.get("code") == code else self._now()
        detail = {"code": code, "reason": why, "since": since.isoformat()}
        if detail != before:
            reasons[one.id] = detail
        return since

    def _count(self, code: str, why: str, since: datetime, number: str) -> None:
        self._report.unchanged += 1
        self._waiting[code] += 1
        oldest = self._since.get(code)
        if oldest is None or since < oldest[0]:
            self._since[code] = (since, f"{number}: {why}" if number else why)

    def _write_down(
        self, settled: Sequence[Settled], queued: Mapping[str, Queued], reasons: dict[int, Mapping[str, Any]]
    ) -> None:
        if self._options.dry_run:
            return
        ledger, run_id = self._ledger, self._report.run_id
        with ledger.transaction():
            ledger.export_queue.explain(reasons)
            if settled:
                ledger.export_queue.close(settled, run_id=run_id)
                ended = {one.id for one in settled}
                numbers = [number for number, one in queued.items() if one.id in ended]
                ledger.order_book.recompute(numbers, run_id=run_id)

    def _asked_for(self, number: str, created_at: datetime) -> bool:
        options, day = self._options, created_at.date()
        if options.skus and number not in options.skus:
            return False
        return (options.since is None or day >= options.since) and (
            options.until is None or day <= options.until
        )


def _is(queued: Mapping[str, Queued], order: Order) -> bool:
    one = queued.get(order.order_number)
    return one is not None and one.shop_id == order.id
