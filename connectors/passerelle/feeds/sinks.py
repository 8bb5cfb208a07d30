"""Which sink carries which entity: the one place that knows every system."""

from __future__ import annotations

from typing import Any

from ..commercetools import (
    CategorySink,
    Client,
    OrderAckSink,
    PriceSink,
    ProductSink,
    ShipmentSink,
    StockSettings,
    StockSink,
)
from ..errors import ConfigError
from ..mapping import Mapping
from ..sync import Sink

__all__ = ["SYSTEM", "sink_for"]

SYSTEM = "commercetools"


def sink_for(mapping: Mapping, client: Client) -> Sink[Any]:
    """Build the sink of a feed; raises ConfigError for an entity that the shop has no place for."""
    creates, only_create = mapping.spec.creates, mapping.only_create
    target = mapping.spec.target.get(SYSTEM, {})
    match mapping.entity:
        case "category":
            return CategorySink(client, creates=creates, only_create=only_create)
        case "product":
            return ProductSink(
                client, creates=creates, publish=target.get("publish", "keep"), only_create=only_create
            )
        case "price":
            return PriceSink(client, creates=creates, only_create=only_create)
        case "stock":
            return StockSink(
                client, creates=creates, only_create=only_create, settings=StockSettings.of(target)
            )
        case "order_ack":
            return OrderAckSink(client, channel=target.get("channel", "erp"))
        case "shipment":
            return ShipmentSink(client)
    raise ConfigError(
        f"Feed {mapping.feed}: {SYSTEM} takes no {mapping.entity!r}",
        advice="Such a feed can be read with the library, and tried, tested and explained; it is not run",
    )
