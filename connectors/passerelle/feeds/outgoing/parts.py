"""Outgoing feeds: which parts carry one, by what it writes and by which way it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from ...commercetools import Client
from ...commercetools.orders.sqs import SqsQueue
from ...commercetools.orders.subscriptions import OrderSubscription
from ...errors import ConfigError
from ...ledger import Ledger
from ...mapping import OutgoingMapping
from ...records import Order
from ...sync import RunReport, Watch
from ..incoming.gate import Gate
from ..options import RunOptions
from ..orders.delivery import Delivery, OrderDelivery
from ..orders.out import OrderExport
from ..orders.out_settings import OrderOutSettings
from ..orders.requests_out import RequestExport
from ..workspace import Workspace
from .http_delivery import HttpDelivery

__all__ = ["carry_outgoing"]


async def carry_outgoing(
    workspace: Workspace,
    mapping: OutgoingMapping,
    client: Client,
    ledger: Ledger,
    report: RunReport,
    options: RunOptions,
    watch: Watch,
) -> None:
    """Carry one outgoing feed; raises ConfigError for what the settings do not have."""
    http = mapping.spec.http
    if http is not None:
        by_http = HttpDelivery(ledger, mapping, http, report, tokens=workspace.settings.tokens)
        await _carry(workspace, mapping, client, ledger, report, options, watch, by_http)
        return
    with await asyncio.to_thread(workspace.folder, mapping.spec.files.partner) as root:
        in_files = OrderDelivery(ledger, mapping, report, root)
        await _carry(workspace, mapping, client, ledger, report, options, watch, in_files)


async def _carry(
    workspace: Workspace,
    mapping: OutgoingMapping,
    client: Client,
    ledger: Ledger,
    report: RunReport,
    options: RunOptions,
    watch: Watch,
    delivery: Delivery,
) -> None:
    gate = Gate(workspace, mapping.feed, mapping.spec.files, options, report)
    if mapping.entity == "order_request":
        await RequestExport(ledger, mapping, options, report, delivery, gate=gate).carry()
        return
    if mapping.entity != "order":
        raise ConfigError(
            f"feed {mapping.feed} writes {mapping.entity}, which is written with the feed that it answers",
            advice="Run that feed",
        )
    export = OrderExport(
        ledger,
        mapping,
        options,
        report,
        watch,
        delivery,
        lag=timedelta(seconds=workspace.settings.order_lag),
        gate=gate,
        is_taken=_taken_elsewhere(workspace, mapping.feed),
        subscription=_subscription(workspace, mapping.feed, client),
    )
    await export.carry(client)


def _taken_elsewhere(workspace: Workspace, feed: str) -> Callable[[Order], bool]:
    """Tell whether another feed of the workspace takes an order; the others are loaded when it is asked."""
    others: list[OrderOutSettings] | None = None

    def is_taken(order: Order) -> bool:
        nonlocal others
        if others is None:
            others = [
                OrderOutSettings.of(one.spec.target.get("commercetools", {}))
                for name, one in workspace.mappings.items()
                if isinstance(one, OutgoingMapping) and one.entity == "order" and name != feed
            ]
        return any(one.takes(order) for one in others)

    return is_taken


def _subscription(workspace: Workspace, feed: str, client: Client) -> OrderSubscription | None:
    config = workspace.settings.order_queues.get(feed) or workspace.settings.order_queues.get(
        feed.replace("-", "_")
    )
    if config is None:
        return None
    return OrderSubscription(SqsQueue(config), own_client=client.config.client_id)
