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
from .peak import peak_now
from .wants import filled_fields
from .workspace import Workspace

__all__ = ["LedgerBudget", "record_journey", "shop_for"]

#: How long a slice of the budget lasts: one write to the ledger in so many seconds.
SLICE_SECONDS = 5.0


class LedgerBudget:
    """A call budget that every process with this ledger shares, on whatever machine."""

    def __init__(
        self,
        ledger: Ledger,
        project: str,
        limits: CallLimits,
        *,
        seconds: float = SLICE_SECONDS,
        at_most: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._ledger = ledger
        self._name = f"commercetools:{project}"
        self._limits = limits
        self._seconds = seconds
        #: Which share of the whole may be leased, asked anew for each slice.
        self._at_most = at_most

    async def lease(self, holder: str, weight: int) -> CallSlice:
        """Lease (or renew) a slice: one short write."""
        held = await asyncio.to_thread(
            self._ledger.call_shares.renew,
            self._name,
            holder,
            seconds=self._seconds,
            share=partial(self._share, weight, await asyncio.to_thread(self._at_most)),
        )
        return sliced(self._limits, CallPart(*held), self._seconds)

    async def give_back(self, holder: str) -> None:
        """Leave: what is left is free at once."""
        await asyncio.to_thread(self._ledger.call_shares.give_back, self._name, holder)

    def _share(self, weight: int, at_most: float, others: Sequence[CallShare]) -> CallShare:
        part = fair_share(self._limits, [CallPart(*other) for other in others], weight)
        rate, at_once = self._limits
        if rate is not None:
            part = part._replace(calls_per_second=min(part.calls_per_second, rate * at_most))
        if at_once is not None:
            part = part._replace(calls_at_once=min(part.calls_at_once, max(1, int(at_once * at_most))))
        return CallShare(*part)


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
    allowance = None if config is None else _allowance(config, mapping, ledger, behind=behind)
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
    config: CommercetoolsConfig,
    mapping: Mapping | OutgoingMapping,
    ledger: Ledger,
    *,
    behind: bool = False,
) -> Allowance | None:
    """Give the feed's part of the common budget; in peak mode at most the share that its lane allows.

    Peak mode is looked at with each slice, so a run that is at work slows as soon as it is switched on. Where
    nothing bounds the project's calls, the lane bounds the calls at once of a run that starts now.
    """

    def at_most() -> float:
        peak = peak_now(ledger)
        share = None if peak is None else peak.lane(mapping).calls
        return 1.0 if share is None else share

    limits, name = config.call_limits, config.project_key
    if limits is None:
        if at_most() == 1:
            return None
        limits, name = CallLimits(None, config.concurrency), f"{name}:{mapping.feed}"
    budget = LedgerBudget(ledger, name, limits, at_most=at_most)
    return Allowance(budget, weight=1 if behind else config.priorities.get(mapping.entity, 1))
