"""Orders marked: the shop is told what left, so that it is not exported again even without the ledger."""

from __future__ import annotations

from ..commercetools import Client, OrderDesk
from ..errors import Fatal, Retriable, Skippable
from ..ledger import Ledger
from ..sync import Progress, RunReport, Watch
from .order_choosing import AT_ONCE

__all__ = ["OrderMarker"]


class OrderMarker:
    """Marks exported orders in the shop."""

    def __init__(self, ledger: Ledger, feed: str, channel: str, report: RunReport, watch: Watch) -> None:
        self._ledger = ledger
        self._feed = feed
        self._channel = channel
        self._report = report
        self._watch = watch

    async def mark(self, client: Client) -> None:
        """Say in the shop what left, reading each order first: said twice it is still said once."""
        desk = OrderDesk(client, channel=self._channel)
        await desk.prepare()
        waiting = [
            entry.number
            for entry, _ in self._ledger.orders.in_state(
                "mark", "pending", "in_doubt", destination=self._feed, limit=AT_ONCE
            )
        ]
        done = 0

        async def mark(number: str) -> None:
            nonlocal done
            export = self._ledger.orders.step(number, "export")
            if export is None or export.state != "done":
                return
            if (
                self._ledger.orders.claim(number, "mark", run_id=self._report.run_id, after_reading=True)
                is None
            ):
                return
            try:
                await desk.mark_exported(number, export.external_id or number)
            except Retriable as error:
                self._report.failed += 1
                self._report.reject("not_taken", f"order {number}: {error.message}", error.advice)
                self._ledger.orders.set_step(number, "mark", "in_doubt", detail={"reason": error.message})
            except Skippable as error:
                self._report.quarantined += 1
                self._report.reject(error.code, f"order {number}: {error.message}", error.advice)
                self._ledger.orders.set_step(number, "mark", "refused", detail={"reason": error.message})
            except Fatal as error:
                self._ledger.orders.set_step(number, "mark", "in_doubt", detail={"reason": error.message})
                raise
            else:
                self._ledger.orders.set_step(number, "mark", "done", external_id=export.external_id)
                self._report.updated += 1
            done += 1
            self._watch(Progress(self._feed, "apply", "orders", done, len(waiting)))

        await client.each(waiting, mark)
