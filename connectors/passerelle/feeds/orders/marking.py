"""Orders marked: the shop is told what left, so that it is not exported again even without the ledger."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...commercetools import Client
from ...commercetools.orders.export_marks import ExportMarks, Mark, Marked
from ...errors import Fatal, Skippable
from ...ledger import Ledger
from ...ledger.orders.export_queue import QueuedMark, Settled
from ...sync import Progress, RunReport, Watch

__all__ = ["OrderMarker"]

#: Orders that are claimed, marked and settled at once.
_TOGETHER = 200


_STATES: tuple[Literal["in_doubt", "pending"], ...] = ("in_doubt", "pending")


class _Version(msgspec.Struct):
    """What is needed of an order's record to mark it without reading it."""

    version: int


class OrderMarker:
    """Marks exported orders in the shop."""

    def __init__(self, ledger: Ledger, feed: str, channel: str, report: RunReport, watch: Watch) -> None:
        self._ledger = ledger
        self._feed = feed
        self._channel = channel
        self._report = report
        self._watch = watch
        self._done = 0

    async def mark(self, client: Client) -> None:
        """Say in the shop what left; said twice it is still said once."""
        marks = ExportMarks(client, channel=self._channel)
        is_ready = False
        # Those in doubt first: what becomes so in this run waits for the next.
        for state in _STATES:
            after = 0
            while page := self._ledger.export_queue.marks(self._feed, state, after=after, limit=_TOGETHER):
                if not is_ready:
                    await marks.prepare()
                    is_ready = True
                after = page[-1].id
                await self._mark(marks, page)

    async def _mark(self, marks: ExportMarks, page: list[QueuedMark]) -> None:
        queue, run_id = self._ledger.export_queue, self._report.run_id
        ours = queue.claim_marks([one.id for one in page], run_id=run_id)
        claimed = [one for one in page if one.id in ours]
        row_ids = {one.shop_id: one.id for one in claimed}
        try:
            answers = await marks.mark([_as_mark(one) for one in claimed])
        except Fatal as fatal:
            lost = {"reason": fatal.message}
            queue.settle_marks([Settled(one.id, "in_doubt", None, lost) for one in claimed], run_id=run_id)
            raise
        settled = [self._settled(row_ids[one.mark.shop_id], one) for one in answers]
        queue.settle_marks(settled, run_id=run_id)
        self._done += len(settled)
        self._watch(Progress(self._feed, "apply", "orders", self._done))

    def _settled(self, row_id: int, marked: Marked) -> Settled:
        error, mark = marked.error, marked.mark
        if error is None:
            self._report.updated += 1
            return Settled(row_id, "done", mark.external_id)
        reason = {"reason": error.message}
        if isinstance(error, Skippable):
            self._report.quarantined += 1
            self._report.reject(error.code, f"order {mark.number}: {error.message}", error.advice)
            return Settled(row_id, "refused", None, reason)
        self._report.failed += 1
        self._report.reject("not_taken", f"order {mark.number}: {error.message}", error.advice)
        return Settled(row_id, "in_doubt", None, reason)


def _as_mark(one: QueuedMark) -> Mark:
    version = None
    if one.record is not None and not one.in_doubt:
        version = msgspec.json.decode(one.record, type=_Version).version
    return Mark(one.shop_id, one.number, one.external_id, version)
