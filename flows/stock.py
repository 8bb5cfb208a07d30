"""Stock: quantities of the warehouse and the stores, several times an hour."""

from __future__ import annotations

from prefect import State, flow

from .conduct import conduct
from .forms import WHOLE_TIME, Mode, StockFeed, Via, Window, run_options


@flow(name="sync-stock", flow_run_name="{feed} {mode}")
async def sync_stock(
    *,
    feed: StockFeed,
    mode: Mode = "auto",
    dry_run: bool = True,
    skus: tuple[str, ...] = (),
    sku_text: str = "",
    window: Window = WHOLE_TIME,
    override_guard: str = "",
    via: Via = "mapping",
    despite_peak: str = "",
) -> State[None]:
    """Carry stock levels from the ERP's files to the shop.

    Args:
        feed: Which stock feed to carry.
        mode: Which files to take: "auto" all that wait, "full" or "delta" only those.
        dry_run: Plan and show the changes, but write nothing to the shop. Switch off to carry for real.
        skus: Only these SKUs, one by one: replays what the ERP's files said of them. Leave empty for all.
        sku_text: Only these SKUs, pasted as text with blanks, commas or line breaks between. Adds to the list
            above.
        window: Replay the files dated in this period, archived ones too. Leave empty for what has arrived.
        override_guard: Why this run may pass the guard, in your words; kept in the ledger with the run. Leave
            empty to let the guard decide.
        via: Which way new records take: "mapping" as the feed's mapping says, "auto" the cheaper one,
            "http" one by one, "import" twenty a request.
        despite_peak: Why this run may start or go on in spite of peak mode, in your words; kept in the ledger
            with the run. Leave empty to let peak mode decide.
    """
    options = run_options(
        mode=mode,
        dry_run=dry_run,
        skus=skus,
        sku_text=sku_text,
        window=window,
        override_guard=override_guard,
        via=via,
        despite_peak=despite_peak,
    )
    return await conduct(feed, options)
