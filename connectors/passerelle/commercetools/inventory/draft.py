"""Drafts: a new inventory entry from a stock level, and what it brings as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...records import StockLevel
from ...sync.protocols import FieldChange
from ..planning.custom_fields import CustomFields
from ..planning.wire import instant, target_key

__all__ = ["draft", "draft_fields", "stock_key"]

#: Plain fields of a draft: field of the record -> field of the draft.
_PLAIN = {
    "restockable_in_days": "restockableInDays",
    "min_cart_quantity": "minCartQuantity",
    "max_cart_quantity": "maxCartQuantity",
    "reservation_expiration_in_minutes": "reservationExpirationInMinutes",
}
_LEVELS = {"reorder_point": "reorderPoint", "safety_stock": "safetyStock"}


def stock_key(record: StockLevel) -> str:
    """Name a stock level after its SKU and supply channel."""
    return target_key(record.sku, record.supply_channel or "ALL")


def draft(record: StockLevel, key: str, custom: CustomFields) -> dict[str, Any]:
    """The draft of a new entry; raises as `CustomFields.draft` does."""
    body: dict[str, Any] = {"key": key, "sku": record.sku, "quantityOnStock": record.quantity}
    if record.supply_channel is not None:
        body["supplyChannel"] = {"typeId": "channel", "key": record.supply_channel}
    if isinstance(record.expected_delivery, datetime):
        body["expectedDelivery"] = instant(record.expected_delivery)
    body.update(_named(record, _PLAIN))
    levels = _named(record, _LEVELS)
    if levels:
        body["stockLevels"] = levels
    body.update(custom.draft(record))
    return body


def draft_fields(record: StockLevel) -> Iterator[FieldChange]:
    """What a new entry has."""
    yield FieldChange("quantity", None, record.quantity)
    if isinstance(record.expected_delivery, datetime):
        yield FieldChange("expectedDelivery", None, instant(record.expected_delivery))
    for name, value in {**_named(record, _PLAIN), **_named(record, _LEVELS)}.items():
        yield FieldChange(name, None, value)
    yield from CustomFields.draft_fields(record)


def _named(record: StockLevel, names: dict[str, str]) -> dict[str, int]:
    said = {name: getattr(record, field) for field, name in names.items()}
    return {name: value for name, value in said.items() if isinstance(value, int)}
