"""Repairs after a reconciliation: each goes the way that every order goes, none writes past it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ...commercetools import OrderSource
from ...errors import ConfigError
from ...ledger import LeaseHeld, Ledger, SentAgain
from ...mapping import Mapping, OutgoingMapping
from ...sync import RunReport
from ..options import RunOptions
from ..orders.handling import OrderHandler
from ..orders.out_settings import OrderOutSettings
from ..orders.remarks import OrderRemarks
from ..orders.shown import project_orders
from ..orders.speaking import SPOKEN
from ..run import run_feed
from ..run_book import booked
from ..shop import shop_for
from ..workspace import Workspace

__all__ = ["collect_again", "hear_again", "send_again", "show_again"]

#: Orders that are read again together.
_TOGETHER = 200


async def collect_again(workspace: Workspace, shop_ids: Sequence[str]) -> list[RunReport]:
    """Read orders of the shop again, by their ids, and take them into the ledger as any poll does.

    One report for each feed by which orders leave; in it `received` are orders that were new.
    """
    exports = [
        mapping
        for mapping in workspace.mappings.values()
        if isinstance(mapping, OutgoingMapping) and mapping.entity == "order"
    ]
    settings = {one.feed: OrderOutSettings.of(one.spec.target.get("commercetools", {})) for one in exports}
    reports: list[RunReport] = []
    with workspace.ledger() as ledger:
        for mapping in exports:
            try:
                async with booked(workspace, ledger, mapping, mode="auto", parameters={}) as report:
                    reports.append(report)
                    await _collect(workspace, ledger, mapping, settings, report, shop_ids)
            except LeaseHeld as held:
                report = RunReport(feed=mapping.feed, entity=mapping.entity, run_id="")
                report.settle("failed", str(held))
                reports.append(report)
    return reports


async def show_again(workspace: Workspace, numbers: Sequence[str]) -> RunReport:
    """Compare orders with the shop again and bring it up to date, whatever it was told before."""
    with workspace.ledger() as ledger:
        ledger.order_book.dirt.soil(numbers)
    return await project_orders(workspace)


async def hear_again(workspace: Workspace, since: date) -> list[RunReport]:
    """Read again what was said of orders since a day, from the archive and from the partners' folders."""
    feeds = [
        name
        for name, mapping in workspace.mappings.items()
        if isinstance(mapping, Mapping) and mapping.entity in SPOKEN
    ]
    return [await run_feed(workspace, feed, RunOptions(since=since)) for feed in sorted(feeds)]


def send_again(workspace: Workspace, numbers: Sequence[str], *, because: str, by: str) -> SentAgain:
    """Have orders sent once more that the ERP does not have; the next run of their feed writes them.

    Raises:
        ConfigError: nobody says which orders, or why.
    """
    if not numbers or not because.strip():
        raise ConfigError(
            "An order that left is sent again only when a person names it and says why",
            advice='passerelle reconcile --repair export --order W-1 --because "not at the ERP, asked Anna"',
        )
    with workspace.ledger() as ledger:
        return ledger.order_reckoning.send_again(numbers, because=because, by=by)


async def _collect(
    workspace: Workspace,
    ledger: Ledger,
    mapping: OutgoingMapping,
    settings: dict[str, OrderOutSettings],
    report: RunReport,
    shop_ids: Sequence[str],
) -> None:
    own, remarks = settings[mapping.feed], OrderRemarks()
    others = [one for feed, one in settings.items() if feed != mapping.feed]
    handler = OrderHandler(
        ledger,
        mapping.feed,
        own,
        report,
        remarks,
        is_taken=lambda order: any(one.takes(order) for one in others),
    )
    async with shop_for(workspace, mapping, ledger, report) as client:
        source = OrderSource(client, channel=own.channel, rules=own.reading)
        await source.prepare()
        for begin in range(0, len(shop_ids), _TOGETHER):
            page = await source.by_ids(shop_ids[begin : begin + _TOGETHER])
            # Orders and refusals of the other feeds are theirs to tell.
            handler.take(page)
    remarks.tell(report)
