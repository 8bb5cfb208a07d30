"""The stock law of a job: its parts put together from the workspace and the shop."""

from __future__ import annotations

from collections.abc import Sequence

from ...commercetools import Client, OrderCursor, Unheard, unheard_orders
from ...ledger import Ledger
from ...ledger import OrderCursor as LedgerCursor
from ...mapping import Mapping, OutgoingMapping
from ...sync import RunReport
from ..workspace import Workspace
from .law import StockLaw
from .sinks import LawfulStockSink

__all__ = ["lawful_sink"]


def lawful_sink(
    workspace: Workspace, mapping: Mapping, client: Client, ledger: Ledger, report: RunReport
) -> LawfulStockSink:
    """Build the sink of a feed of stock that has a stock law."""

    async def ask(last: LedgerCursor) -> Sequence[Unheard]:
        return await unheard_orders(client, OrderCursor(last.created_at, last.shop_id))

    def collectors() -> list[str]:
        return [name for name, other in workspace.mappings.items() if isinstance(other, OutgoingMapping)]

    return LawfulStockSink(client, mapping, StockLaw(mapping, ledger, report, ask=ask, collectors=collectors))
