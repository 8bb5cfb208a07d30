"""Editing: what the ERP changed in an order is claimed, applied as it was approved, and taken in again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
from typing_extensions import override

from ...commercetools import Client, EditPreview, OrderEditSink
from ...commercetools.order_edits.sink import edit_of, seen_of
from ...errors import Conflict, Position, Refused, Skippable
from ...ledger import EditClaim, KeptEdit, Ledger
from ...mapping import OutgoingMapping
from ...records import OrderEdit
from ...sync import RunReport
from ...sync.protocols import Applied, Change, Live
from .edit_settling import EditSettling
from .out_settings import OrderOutSettings

__all__ = ["ClaimingEditSink"]


class ClaimingEditSink(OrderEditSink):
    """Applies edits of orders that the ledger has; `outgoing` gives the feed that an order left by."""

    def __init__(
        self,
        client: Client,
        ledger: Ledger,
        report: RunReport,
        *,
        outgoing: Callable[[str], OutgoingMapping],
    ) -> None:
        super().__init__(client)
        self._client = client
        self._ledger = ledger
        self._report = report
        self._outgoing = outgoing
        self._settlings: dict[str, EditSettling] = {}
        self._places: dict[str, Position] = {}
        self._kept: dict[str, KeptEdit] = {}
        self._destinations: dict[str, str | None] = {}

    @override
    async def prepare(self) -> None:
        """Settle what earlier runs of this feed left in doubt."""
        if self._report.dry_run:
            return
        for kept in self._ledger.order_edits.open(feed=self._report.feed):
            settling = await self._settling(kept.number)
            if settling is not None:
                await settling.settle(kept)

    def place(self, placed: Sequence[tuple[OrderEdit, Position]]) -> None:
        """Keep where records stand: `passerelle order` tells it."""
        self._places |= {self.key(record): position for record, position in placed}

    @override
    async def read_live(self, records: Sequence[OrderEdit]) -> Mapping[str, Live]:
        numbers = {record.order_number for record in records}
        self._kept = {f"{one.number}/{one.key}": one for one in self._ledger.order_edits.of(*numbers)}
        self._destinations = {number: self._destination(number) for number in numbers}
        return await super().read_live(records)

    @override
    def plan(self, record: OrderEdit, live: Live | None) -> Change | None:
        """As the sink of the shop; an order that the ledger lacks, and a number used again, are refused."""
        change = super().plan(record, live)
        kept = self._kept.get(self.key(record))
        if kept is not None and kept.state == "done" and kept.digest != EditClaim.digest_of(record):
            raise Refused(
                f"edit {record.key} of order {record.order_number} was applied on {kept.at:%Y-%m-%d},"
                " and said something else",
                code="edit_reused",
                advice="Nothing was written: have the sender give each change a number of its own",
            )
        if change is None:
            return None
        if self._destinations.get(record.order_number) is None:
            raise _unknown(record.order_number)
        at = self._places.get(self.key(record), Position(""))
        claim = {"file": at.file or None, "line": at.line}
        # Where it stood travels with the plan: it may be carried out another day, by another process.
        return msgspec.structs.replace(change, body={**(change.body or {}), **claim})

    @override
    async def apply(self, change: Change) -> Applied:
        edit, seen, body = edit_of(change), seen_of(change), change.body or {}
        settling = await self._settling(edit.order_number)
        if settling is None:
            raise _unknown(edit.order_number)
        page = await settling.read(edit.order_number)
        for refusal in page.refused:
            raise refusal
        if [one.version for one in page.orders] != [seen.version]:
            raise Conflict(f"order {edit.order_number} moved since edit {edit.key} was planned")
        claim = EditClaim(
            number=edit.order_number,
            key=edit.key,
            digest=EditClaim.digest_of(edit),
            before=seen.before.cent_amount,
            after=seen.after.cent_amount,
            currency=seen.after.currency,
            file=body.get("file"),
            line=body.get("line"),
        )
        if not settling.begin(page, claim):
            raise Conflict(f"order {edit.order_number} has another edit under way")
        done: EditPreview | None = None
        try:
            done = await self._apply(edit, seen)
        except (Conflict, Skippable):
            # The desk looked, or the shop said no: it is not applied.
            await settling.end(claim, None)
            raise
        await settling.end(claim, done)
        return Applied(done.order_id, done.version)

    def _destination(self, number: str) -> str | None:
        entry = self._ledger.orders.get(number)
        return None if entry is None else entry.destination

    async def _settling(self, number: str) -> EditSettling | None:
        feed = self._destination(number)
        if feed is None:
            return None
        if feed not in self._settlings:
            target = self._outgoing(feed).spec.target.get("commercetools", {})
            settings = OrderOutSettings.of(target)
            made = EditSettling(self._ledger, self._client, feed, settings, self._report)
            await made.prepare()
            self._settlings[feed] = made
        return self._settlings[feed]


def _unknown(number: str) -> Refused:
    return Refused(
        f"edit of order {number}: the ledger knows no such order",
        code="unknown_order",
        advice="Orders that we took from the shop are edited: run the feed of orders, then send it again",
    )
