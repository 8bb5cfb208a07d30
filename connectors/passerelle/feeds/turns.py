"""Turns: a backfill works batch by batch, and whatever else a feed has to do goes between two batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..ledger import Lease, LeaseHeld, Ledger, Run

__all__ = [
    "BACKFILL",
    "behind_others",
    "gives_way",
    "in_turn",
    "is_between_batches",
    "is_heard",
    "lease_of_backfill",
]

#: Why a backfill holds the lease of a feed; others wait for such a one, where they would give up else.
BACKFILL = "backfill"
#: A lease is kept by a living process however long it works; this is for holders on other machines.
_LEASE_SECONDS = 900.0
#: Planning a backfill reads files for minutes; a batch takes seconds.
_PATIENCE_SECONDS = 900.0
_LOOK_EVERY = 0.1


def lease_of_backfill(number: int) -> str:
    """Name the lease of whoever has a backfill in hand, during its batches and between them."""
    return f"backfill:{number}"


def is_between_batches(ledger: Ledger, run: Run) -> bool:
    """Say whether a run sends a backfill that somebody has in hand: it is open while the feed is free."""
    number = run.parameters.get("backfill")
    return number is not None and ledger.leases.holder(lease_of_backfill(number)) is not None


def is_heard(ledger: Ledger, run: Run) -> bool:
    """Say whether the process of a run was heard lately: it beats the lease of its feed or backfill."""
    names = [f"feed:{run.feed}"]
    if (number := run.parameters.get("backfill")) is not None:
        names.append(lease_of_backfill(number))
    return any(ledger.leases.is_heard(name, run.owner) for name in names)


def gives_way(held: LeaseHeld) -> bool:
    """Say whether who holds a feed lets others go first when it is asked."""
    return held.purpose == BACKFILL


@asynccontextmanager
async def in_turn(ledger: Ledger, feed: str, *, patience: float = _PATIENCE_SECONDS) -> AsyncIterator[None]:
    """Wait while a backfill holds the feed, and keep the next one from beginning until the block ends.

    After `patience` seconds the block begins all the same: who holds the feed then is told by its lease.
    Where no backfill is at work it costs one small read.
    """
    held = ledger.leases.holder(f"feed:{feed}")
    if held is None or not gives_way(held):
        yield
        return
    try:
        turn = ledger.leases.take(_turn(feed), ttl=_LEASE_SECONDS, purpose="waits for a backfill")
    except LeaseHeld:
        # Somebody waits already; the backfill makes way for both.
        await _until_free(ledger, feed, patience)
        yield
        return
    with turn:
        await _until_free(ledger, feed, patience)
        yield


@asynccontextmanager
async def behind_others(ledger: Ledger, feed: str) -> AsyncIterator[Lease]:
    """Hold the feed for one batch of a backfill, after everybody who waits for it or works on it."""
    while True:
        if ledger.leases.holder(_turn(feed)) is None:
            try:
                lease = ledger.leases.take(f"feed:{feed}", ttl=_LEASE_SECONDS, purpose=BACKFILL)
            except LeaseHeld:
                pass
            else:
                break
        await asyncio.sleep(_LOOK_EVERY)
    with lease:
        yield lease


async def _until_free(ledger: Ledger, feed: str, patience: float) -> None:
    ends = asyncio.get_running_loop().time() + patience
    while asyncio.get_running_loop().time() < ends:
        held = ledger.leases.holder(f"feed:{feed}")
        if held is None or not gives_way(held):
            return
        await asyncio.sleep(_LOOK_EVERY)


def _turn(feed: str) -> str:
    return f"turn:{feed}"
