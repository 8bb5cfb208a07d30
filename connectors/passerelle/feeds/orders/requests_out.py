"""Requests out: what we owe others because of what we learned of orders, each written once (ADR 0007)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from ...errors import ConfigError, DataError
from ...fulfilment import RequestKind
from ...ledger import Ledger
from ...ledger.orders.request_rows import OpenRequest
from ...mapping import OutgoingMapping
from ...records import Order, OrderRequest, RequestedLine
from ...sync import ChangeRow, RunReport
from ..incoming.gate import Gate
from ..options import RunOptions
from ..outgoing.content import OutgoingContent
from .delivery import Delivery
from .remarks import OrderRemarks

__all__ = ["RequestExport", "RequestOutSettings"]

#: So many requests of a dry run are named.
_NAMED = 200


class RequestOutSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section `requests` of a feed's target: which kinds go this way, and how many in a file."""

    kinds: tuple[RequestKind, ...]
    in_one_file: int = 500

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> RequestOutSettings:
        """Read the section; raises ConfigError for what it does not know."""
        try:
            return msgspec.convert(dict(target), cls)
        except msgspec.ValidationError as error:
            raise ConfigError(
                f"target of a feed of requests: {error}",
                advice="Write target: {requests: {kinds: [cancel, change]}}",
            ) from error


class RequestExport:
    """Writes what is asked for; in the report `created` is what left."""

    def __init__(
        self,
        ledger: Ledger,
        mapping: OutgoingMapping,
        options: RunOptions,
        report: RunReport,
        delivery: Delivery,
        *,
        gate: Gate | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger = ledger
        self._mapping = mapping
        self._options = options
        self._report = report
        self._delivery = delivery
        self._gate = gate
        self._now = now
        self._settings = RequestOutSettings.of(mapping.spec.target.get("requests", {}))
        self._remarks = OrderRemarks()
        self._content = OutgoingContent(ledger, mapping, self._remarks)

    async def carry(self) -> None:
        """Finish what a dead run left, then write what is open, a page at a time."""
        if self._gate is not None and not self._gate.is_open():
            return
        if not self._options.dry_run:
            await self._delivery.deliver_pending()
        after = 0
        while page := self._ledger.requests.pending(
            self._settings.kinds, after=after, limit=self._settings.in_one_file
        ):
            after = page[-1].id
            self._report.received += len(page)
            due = self._writable(page)
            if self._options.dry_run:
                self._show(due)
            elif due:
                self._store(due)
                await self._delivery.deliver_pending()
        self._remarks.tell(self._report)

    def _writable(self, page: Sequence[OpenRequest]) -> list[tuple[int, OrderRequest]]:
        numbers = [one.number for one in page]
        orders = self._ledger.order_book.orders(numbers)
        erp_numbers = self._ledger.export_queue.erp_numbers(numbers)
        due: list[tuple[int, OrderRequest]] = []
        for one in page:
            order = orders.get(one.number)
            if order is None or (self._options.skus and one.number not in self._options.skus):
                continue
            record = _record(one, order, erp_numbers.get(one.number))
            try:
                self._mapping.check(record)
            except DataError as error:
                # One that cannot be written must not hold the others; it is tried again by the next run.
                self._report.quarantined += 1
                self._report.reject(error.code, error.message, error.advice)
                continue
            due.append((one.id, record))
        return due

    def _show(self, due: Sequence[tuple[int, OrderRequest]]) -> None:
        self._report.mapped += len(due)
        self._report.planned += len(due)
        for _, record in due:
            self._report.fields[record.kind] = self._report.fields.get(record.kind, 0) + 1
        self._report.changes += [
            ChangeRow(record.order_number, "create", record.kind, None, str(record.amount or record.key))
            for _, record in due[: _NAMED - len(self._report.changes)]
        ]

    def _store(self, due: Sequence[tuple[int, OrderRequest]]) -> None:
        """Number and store files with their requests, all in one transaction."""
        parts = [[one] for one in due] if self._content.is_single else [list(due)]
        self._report.mapped += len(due)
        with self._ledger.transaction():
            for part in parts:
                self._ledger.outbox.prepare_requests(
                    self._mapping.feed,
                    [one for one, _ in part],
                    self._content.of([record for _, record in part], self._now()),
                    run_id=self._report.run_id,
                )


def _record(one: OpenRequest, order: Order, erp_number: str | None) -> OrderRequest:
    request = one.request
    lines = {line.id: line for line in order.lines}
    return OrderRequest(
        order_number=one.number,
        key=request.key,
        kind=request.kind,
        step=request.step,
        opened_at=one.opened_at,
        order=order,
        revision=order.revision,
        erp_number=erp_number,
        lines=tuple(
            RequestedLine(
                line=line,
                quantity=pieces,
                sku=lines[line].sku if line in lines else None,
                name=lines[line].name if line in lines else None,
            )
            for line, pieces in request.lines
        ),
        amount=request.amount,
        payment=order.payments[0].ref if order.payments else None,
        detail=request.detail,
    )
