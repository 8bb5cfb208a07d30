"""Orders: from the shop to the ERP, and back: what everybody says of them, and what the shop shows."""

from __future__ import annotations

from prefect import State, flow

from .conduct import conduct, conduct_orders_shown
from .forms import WHOLE_TIME, OrderFeed, Window, run_options


@flow(name="exchange-orders", flow_run_name="{feed}")
async def exchange_orders(
    *,
    feed: OrderFeed,
    dry_run: bool = True,
    window: Window = WHOLE_TIME,
    override_guard: str = "",
    despite_peak: str = "",
) -> State[None]:
    """Carry orders to the ERP, or what ERP, stores and carriers say of them back to the shop.

    Args:
        feed: Which leg of the way to walk: orders out, or one of those that come back.
        dry_run: Show what would be done, but write nothing to the shop or the ERP. Switch off to carry for
            real.
        window: Only orders placed, or files dated, in this period. Leave empty for whatever is waiting.
        override_guard: Why this run may pass the guard, in your words; kept in the ledger with the run. Leave
            empty to let the guard decide.
        despite_peak: Why this run may start or go on in spite of peak mode, in your words; kept in the ledger
            with the run. Leave empty to let peak mode decide.
    """
    options = run_options(
        dry_run=dry_run,
        window=window,
        override_guard=override_guard,
        despite_peak=despite_peak,
    )
    return await conduct(feed, options)


@flow(name="show-orders")
async def show_orders(*, dry_run: bool = True) -> State[None]:
    """Bring the shop up to date with what the ledger knows of its orders.

    What comes back does that by itself; this is for what the shop could not take at that time.

    Args:
        dry_run: Show what the shop lacks, but write nothing to it. Switch off to carry for real.
    """
    return await conduct_orders_shown(dry_run=dry_run)
