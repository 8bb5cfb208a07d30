"""Stock under the stock law: the shop is told what may be sold, not what a file says."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from typing_extensions import override

from ...commercetools import Client, StockSettings, StockSink
from ...fulfilment.availability import on_stock
from ...fulfilment.stock_levels import LawfulClaim, PublishedStock
from ...mapping import Mapping
from ...records import StockLevel
from ...sync.protocols import Change, Live, Said
from .law import StockLaw

__all__ = ["LawfulStockSink"]


class LawfulStockSink(StockSink):
    """Carries stock levels as the law of their feed has them; a sink that derives (`sync.Deriving`)."""

    record_type = PublishedStock

    def __init__(self, client: Client, mapping: Mapping, law: StockLaw) -> None:
        super().__init__(
            client,
            creates=mapping.spec.creates,
            only_create=mapping.only_create,
            settings=StockSettings.of(mapping.spec.target.get("commercetools", {})),
        )
        self.law = law

    async def derive(self, said: Sequence[Said[StockLevel]]) -> list[PublishedStock | None]:
        """Say what the shop is told of each; None of what was counted before what was applied last."""
        return await self.law.derive(said)

    def said_again(self, keys: Sequence[str], file: str) -> None:
        """Hear of records that a file repeats."""
        self.law.said_again(keys, file)

    @override
    def plan(self, record: StockLevel, live: Live | None) -> Change | None:
        """Compare with what the shop holds reserved now: no more than that lies on the stock it is told.

        Raises:
            ReferenceMissing, Refused: as for any stock level.
        """
        law = record.law if isinstance(record, PublishedStock) else None
        if isinstance(law, LawfulClaim):
            reserved = 0
            if live is not None:
                there: int = live.body["quantityOnStock"]
                reserved = there - int(live.body.get("availableQuantity", there))
            mode = self.law.spec.inventory_mode
            quantity = on_stock(law.available, law.held, mode, reserved=reserved)
            record = msgspec.structs.replace(record, quantity=quantity)
        return super().plan(record, live)
