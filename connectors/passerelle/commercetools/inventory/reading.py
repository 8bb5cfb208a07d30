"""Reading back: what an inventory entry holds, in the words of a stock level."""

from __future__ import annotations

from typing import Any

from ...records import StockLevel
from ..planning.custom_fields import CustomFields
from ..planning.references import References
from ..planning.wire import moment
from .actions import reserved
from .settings import QuantityMeans

__all__ = ["record_of"]


def record_of(
    body: dict[str, Any], channels: References, custom: CustomFields, means: QuantityMeans
) -> StockLevel:
    """The stock level that would have made this entry; what it has not is None.

    A channel without a key, or unknown, stands with its id.
    """
    expected = body.get("expectedDelivery")
    channel = body.get("supplyChannel")
    levels = body.get("stockLevels", {})
    held = reserved(body) if means == "available" else 0
    return StockLevel(
        sku=body["sku"],
        quantity=body["quantityOnStock"] - held,
        supply_channel=None if channel is None else channels.named(channel).get("key", channel["id"]),
        expected_delivery=None if expected is None else moment(expected),
        restockable_in_days=body.get("restockableInDays"),
        min_cart_quantity=body.get("minCartQuantity"),
        max_cart_quantity=body.get("maxCartQuantity"),
        reorder_point=levels.get("reorderPoint"),
        safety_stock=levels.get("safetyStock"),
        reservation_expiration_in_minutes=body.get("reservationExpirationInMinutes"),
        **custom.read(body),
    )
