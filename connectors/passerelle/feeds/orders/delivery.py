"""Orders delivered: the stored files leave in their order, each through the states that the ledger keeps."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from ...errors import Retriable
from ...files import DeliveryState, Folder, MarkerReady, deliver
from ...ledger import Ledger, OutboxFile, Unanswered
from ...mapping import OutgoingMapping
from ...sync import FileReport, RunReport
from ..wiring import name_rules

__all__ = ["Delivery", "OrderDelivery", "note_overdue"]

#: So many orders of an overdue file are named.
_NAMED = 5


class Delivery(Protocol):
    """A way by which stored records leave: as files in a folder, as requests to an address."""

    async def deliver_pending(self) -> None:
        """Send everything that is stored and has not arrived yet."""


class OrderDelivery:
    """Delivers the files of one feed (ADR 0007)."""

    def __init__(self, ledger: Ledger, mapping: OutgoingMapping, report: RunReport, root: Folder) -> None:
        self._root = root
        self._ledger = ledger
        self._mapping = mapping
        self._report = report
        self._feed = mapping.feed

    async def deliver_pending(self) -> None:
        """Deliver every stored file that is not delivered, in order; a file that is stuck holds the next."""
        folder = self._root.child(self._mapping.spec.files.folder)
        for file in self._ledger.outbox.pending(self._feed):
            count = self._ledger.export_queue.count_in(file.id)
            try:
                await asyncio.to_thread(self._deliver, folder, file)
            except Retriable as error:
                self._report.files.append(FileReport(file.name, "held", str(error), count))
                self._report.failed += count
                self._report.settle("failed", f"{file.name} is not delivered: {error.message}", error.advice)
                return
            self._report.created += count
            self._report.files.append(FileReport(file.name, "applied", "", count))

    def _marker(self, name: str) -> str | None:
        suffix = self._mapping.spec.files.ready.marker
        return None if suffix is None else MarkerReady(suffix).markers(name)[0]

    def _deliver(self, folder: Folder, file: OutboxFile) -> None:
        def step(state: DeliveryState) -> None:
            self._ledger.outbox.set_state(file.id, state.value)

        deliver(
            folder,
            file.name,
            file.content,
            marker=self._marker(file.name),
            step=step,
            state=DeliveryState(file.state),
            rules=name_rules(self._mapping.spec.files),
        )


def note_overdue(
    ledger: Ledger, mapping: OutgoingMapping, report: RunReport, now: datetime
) -> list[Unanswered]:
    """List the delivered files that the partner should have answered by now, and note each."""
    within = mapping.spec.files.acknowledged_within
    if within is None:
        return []
    overdue = ledger.outbox.unanswered(mapping.feed, before=now - timedelta(seconds=within))
    for file in overdue:
        some = ", ".join(file.numbers[:_NAMED]) + (", …" if len(file.numbers) > _NAMED else "")
        report.notes.append(
            f"{file.name}, delivered {file.delivered_at:%Y-%m-%d %H:%M} UTC: {len(file.numbers)} orders "
            f"are not acknowledged within {timedelta(seconds=within)} (h:mm:ss): {some}. Ask the partner "
            "whether the file was taken"
        )
    return overdue
