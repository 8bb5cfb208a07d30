"""Edits settled: an order that the ERP changed comes back into the ledger, and the ERP is not asked.

While an edit is claimed, nobody else takes its order in: what the order then is, is read and taken here, in
one transaction with what became of the edit.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...commercetools import Client, EditPreview, OrderEditDesk, OrderSource
from ...commercetools.orders.source import OrderPage
from ...ledger import EditClaim, Heard, KeptEdit, Ledger
from ...records import OrderEdit, OrderMessage
from ...sync import RunReport
from .handling import OrderHandler
from .out_settings import OrderOutSettings
from .remarks import OrderRemarks

__all__ = ["EditSettling"]


class EditSettling:
    """Takes orders of one outgoing feed in around their edits; `feed` and `settings` are that feed's."""

    def __init__(
        self, ledger: Ledger, client: Client, feed: str, settings: OrderOutSettings, report: RunReport
    ) -> None:
        self._ledger = ledger
        self._report = report
        self._desk = OrderEditDesk(client)
        self._source = OrderSource(client, channel=settings.channel, lag=timedelta(0), rules=settings.reading)
        self._handler = OrderHandler(ledger, feed, settings, report, OrderRemarks())

    async def prepare(self) -> None:
        """Read the channel of the feed; raises ConfigError when it is not there."""
        await self._source.prepare()

    async def read(self, number: str) -> OrderPage:
        """Read an order as it is now."""
        return await self._source.by_numbers([number])

    def begin(self, page: OrderPage, claim: EditClaim) -> bool:
        """Take the order in as it is before the edit, and claim that; False when another one is under way.

        What the shop changed until now is a revision of its own, that the ERP is asked to follow.
        """
        with self._ledger.transaction():
            self._handler.take(page)
            return self._ledger.order_edits.claim(claim, feed=self._report.feed, run_id=self._report.run_id)

    async def end(self, claim: EditClaim | KeptEdit, done: EditPreview | None) -> None:
        """Take the order in as it came out, with what became of the edit; None when it was not applied.

        Raises:
            Retriable: the order could not be read; the edit stays claimed, and is settled by the next run.
        """
        page = await self.read(claim.number)
        edits = self._ledger.order_edits
        with self._ledger.transaction():
            before = self._revision(claim.number)
            is_owed = self._owes_change(claim.number, before)
            if done is None:
                edits.release(claim.number, claim.key)
            else:
                edits.done(
                    claim.number, claim.key, before=done.before.cent_amount, after=done.after.cent_amount
                )
            self._handler.take(page)
            after = self._revision(claim.number)
            # What somebody changed besides, before or after, the ERP must still learn of.
            alone = done is not None and [one.version for one in page.orders] == [done.version]
            if after > before and alone and not is_owed:
                self._note(claim, after)

    async def settle(self, kept: KeptEdit) -> None:
        """Find out what became of an edit whose run is over, and settle it."""
        done = await self._desk.applied(OrderEdit(order_number=kept.number, key=kept.key))
        await self.end(kept, done)

    def _note(self, claim: EditClaim | KeptEdit, revision: int) -> None:
        """Say that the ERP knows this revision: it made it."""
        said = OrderMessage(
            order_number=claim.number,
            kind="changed",
            ref=claim.key,
            revision=revision,
            at=datetime.now(UTC),
        )
        report = self._report
        self._ledger.order_book.note([Heard(said, report.feed, claim.file, claim.line, report.run_id)])
        self._ledger.order_edits.came_back(claim.number, claim.key, revision)

    def _revision(self, number: str) -> int:
        order = self._ledger.order_book.orders([number]).get(number)
        return 0 if order is None else order.revision

    def _owes_change(self, number: str, revision: int) -> bool:
        """Whether the ERP was not told yet of what the shop changed before."""
        life = self._ledger.order_book.life(number)
        return life is not None and any(
            one.request.key == f"change/{revision}" and one.state in {"pending", "claimed", "in_doubt"}
            for one in life.requests
        )
