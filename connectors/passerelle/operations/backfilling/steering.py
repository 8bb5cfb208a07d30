"""Steering: a person pauses or cancels a backfill; whoever carries it follows between two batches."""

from __future__ import annotations

from ...errors import Fatal
from ...feeds.turns import lease_of_backfill
from ...ledger import Backfill, Ledger

__all__ = ["cancel_backfill", "is_at_work", "pause_backfill"]


def is_at_work(ledger: Ledger, backfill: Backfill) -> bool:
    """Say whether a living process carries it; one whose process died can be taken up."""
    return ledger.leases.holder(lease_of_backfill(backfill.id)) is not None


def pause_backfill(ledger: Ledger, number: int, *, by: str) -> Backfill:
    """Ask for a pause after the batch that is at work; of one that nobody carries it is one at once.

    Raises:
        ConfigError: there is no such backfill.
        Fatal: it is over.
    """
    found = _open(ledger, number)
    wished = ledger.backfills.wish(number, "pause", by=by)
    if is_at_work(ledger, found):
        return wished
    return ledger.backfills.stand(number, "paused", message=f"paused by {by}")


def cancel_backfill(ledger: Ledger, number: int, *, by: str) -> Backfill:
    """Ask for an end after the batch that is at work; what was carried stays, and can be undone run by run.

    Raises:
        ConfigError: there is no such backfill.
        Fatal: it is over.
    """
    found = _open(ledger, number)
    wished = ledger.backfills.wish(number, "cancel", by=by)
    if is_at_work(ledger, found):
        return wished
    return ledger.backfills.stand(number, "cancelled", message=f"cancelled by {by}")


def _open(ledger: Ledger, number: int) -> Backfill:
    found = ledger.backfills.named(number)
    if found.is_over:
        raise Fatal(f"Backfill {number} is {found.state}", advice="There is nothing left to steer: ask anew")
    return found
