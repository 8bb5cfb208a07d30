"""Importing: an order that was placed elsewhere is the sender's in the ledger before the shop has it.

The poll of outgoing orders meets an imported order like any other: claimed first, it is never taken for ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from typing_extensions import override

from ...commercetools import Client, OrderImportSettings, OrderImportSink
from ...errors import Position, Skippable
from ...ledger import Ledger, PlacedClaim
from ...records import PlacedOrder
from ...sync import RunReport
from ...sync.protocols import Applied, Change, Live

__all__ = ["ClaimingImportSink"]

_NOWHERE = Position("")


class ClaimingImportSink(OrderImportSink):
    """Claims each order before the call that writes it; what the run learns of it says that it is there."""

    def __init__(
        self, client: Client, ledger: Ledger, report: RunReport, *, settings: OrderImportSettings
    ) -> None:
        super().__init__(client, settings=settings)
        self._ledger = ledger
        self._report = report
        #: Numbers of orders that customers of the shop placed.
        self._ours: set[str] = set()
        #: Ids of orders that the shop has; the ledger may note them twice.
        self._ids: dict[str, str] = {}
        self._places: dict[str, Position] = {}

    def place(self, placed: Sequence[tuple[PlacedOrder, Position]]) -> None:
        """Keep where records stand: `passerelle order` tells it."""
        self._places = {record.order_number: position for record, position in placed}

    @override
    async def read_live(self, records: Sequence[PlacedOrder]) -> Mapping[str, Live]:
        found = await super().read_live(records)
        self._ids |= {number: live.id for number, live in found.items()}
        self._ours |= self._ledger.order_reckoning.known([record.order_number for record in records])
        return found

    @override
    def plan(self, record: PlacedOrder, live: Live | None) -> Change | None:
        change = super().plan(record, live)
        if change is None:
            return None
        if record.order_number in self._ours:
            raise self.taken(record.order_number)
        at = self._places.get(record.order_number, _NOWHERE)
        claim = PlacedClaim.of(record, file=at.file or None, line=at.line)
        # The claim travels with the plan: it may be carried out another day, by another process.
        body = {**(change.body or {}), "claim": msgspec.to_builtins(claim)}
        return msgspec.structs.replace(change, body=body)

    @override
    async def apply(self, change: Change) -> Applied:
        claim = msgspec.convert((change.body or {})["claim"], PlacedClaim)
        placed = self._ledger.placed_orders
        if not placed.claim(claim, feed=self._report.feed, run_id=self._report.run_id):
            raise self.taken(claim.number)
        try:
            applied = await super().apply(change)
        except Skippable:
            # It said no, so it is not there: an order of the shop may have the number one day.
            placed.release(claim.number)
            raise
        self._ids[claim.number] = applied.id
        return applied

    def note(self, records: Sequence[PlacedOrder]) -> None:
        """Say that the shop has these orders, in the transaction in which the run notes them as known."""
        self._ledger.placed_orders.settle(
            [(PlacedClaim.of(one), self._ids.get(one.order_number)) for one in records],
            feed=self._report.feed,
            run_id=self._report.run_id,
        )
