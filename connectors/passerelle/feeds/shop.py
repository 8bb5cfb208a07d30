"""The way to the shop for one run: its part of the call budget, its scopes, its name on every call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from functools import partial

from ..commercetools import (
    Allowance,
    CallLimits,
    CallPart,
    CallSlice,
    Client,
    CommercetoolsConfig,
    correlated,
    fair_share,
    needs_of,
    sliced,
)
from ..ledger import CallShare, Ledger
from ..mapping import Mapping, OutgoingMapping
from ..sync import RunReport
from .wants import filled_fields
from .workspace import Workspace

__all__ = ["LedgerBudget", "record_journey", "shop_for"]

#: How long a slice of the budget lasts: one write to the ledger in so many seconds.
SLICE_SECONDS = 5.0


class LedgerBudget:
    """A call budget that every process with this ledger shares, on whatever machine."""

    def __init__(
        self, ledger: Ledger, project: str, limits: CallLimits, *, seconds: float = SLICE_SECONDS
    ) -> None:
        self._ledger = ledger
        self._name = f"commercetools:{project}"
        self._limits = limits
        self._seconds = seconds

    async def lease(self, holder: str, weight: int) -> CallSlice:
        """Lease (or renew) a slice: one short write."""
        held = await asyncio.to_thread(
            self._ledger.call_shares.renew,
            self._name,
            holder,
            seconds=self._seconds,
            share=partial(self._share, weight),
        )
        return sliced(self._limits, CallPart(*held), self._seconds)

    async def give_back(self, holder: str) -> None:
        """Leave: what is left is free at once."""
        await asyncio.to_thread(self._ledger.call_shares.give_back, self._name, holder)

    def _share(self, weight: int, others: Sequence[CallShare]) -> CallShare:
        return CallShare(*fair_share(self._limits, [CallPart(*other) for other in others], weight))


@asynccontextmanager
async def shop_for(
    workspace: Workspace,
    mapping: Mapping | OutgoingMapping,
    ledger: Ledger,
    report: RunReport,
    *,
    behind: bool = False,
) -> AsyncIterator[Client]:
    """Open the shop for a run of a feed, and count its calls in the report.

    `behind` is for a run that is in no hurry: of the budget it has the least part.

    A token that does not allow what the feed does ends the run before its first call. Every call bears the
    run's id and the feed (`X-Correlation-ID`), those of one record its file and place too: `record_journey`.
    """
    config = workspace.settings.commercetools
    allowance = None if config is None else _allowance(config, mapping.entity, ledger, behind=behind)
    async with workspace.client(allowance) as client:
        client.require(needs_of(mapping.entity, filled_fields(mapping), dry_run=report.dry_run))
        try:
            with correlated(f"{report.run_id}/{mapping.feed}"):
                yield client
        finally:
            report.calls += client.usage.calls
            report.calls_again += client.usage.again


def record_journey(report: RunReport) -> Callable[[str, int], AbstractContextManager[object]]:
    """Name the calls of one record: run, feed, file, and its place in the file."""

    def journey(file: str, seq: int) -> AbstractContextManager[object]:
        return correlated(f"{report.run_id}/{report.feed}/{file}/{seq}")

    return journey


def _allowance(
    config: CommercetoolsConfig, entity: str, ledger: Ledger, *, behind: bool = False
) -> Allowance | None:
    limits = config.call_limits
    if limits is None:
        return None
    budget = LedgerBudget(ledger, config.project_key, limits)
    return Allowance(budget, weight=1 if behind else config.priorities.get(entity, 1))
