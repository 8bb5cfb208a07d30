"""What the tests of stock share: a project with depots and types, and stock levels of all shapes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from passerelle.commercetools import Client, StockSettings, StockSink
from passerelle.records import StockLevel

__all__ = ["DEPOT", "MOVING", "levels", "open_room", "sink_of"]

DEPOT = "depot-001"
MOVING = {"movements": {"type": "noted", "field": "movements"}}


def _field(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "type": {"name": kind}, "label": {"en": name}, "required": False}


async def open_room(client: Client) -> None:
    """Two depots that supply stock, a shop that does not, and custom types for entries."""
    for key, role in (
        (DEPOT, "InventorySupply"),
        ("pool", "InventorySupply"),
        ("web", "ProductDistribution"),
    ):
        await client.create("channels", {"key": key, "roles": [role]})
    for key, fields in (
        ("shelf", [_field("row", "String"), _field("heavy", "Boolean")]),
        ("noted", [_field("movements", "String"), _field("row", "String")]),
    ):
        await client.create(
            "types",
            {
                "key": key,
                "name": {"en": key},
                "resourceTypeIds": ["inventory-entry"],
                "fieldDefinitions": fields,
            },
        )


async def sink_of(client: Client, **target: Any) -> StockSink:
    """A prepared sink with the target section of a mapping."""
    sink = StockSink(client, settings=StockSettings.of(target))
    await sink.prepare()
    return sink


_INSTANTS = [datetime(2026, 12, day, 8, tzinfo=UTC) for day in (1, 2)]
_CUSTOMS: list[tuple[str | UnsetType | None, dict[str, Any] | UnsetType]] = [
    (None, UNSET),
    ("shelf", {"row": "A", "heavy": True}),
    ("shelf", {"row": "B", "heavy": False}),
    ("shelf", {"row": "A", "heavy": None}),
    ("noted", {"row": "A"}),
]


@st.composite
def levels(draw: st.DrawFn, *, whole: bool = False) -> StockLevel:
    """A stock level of one SKU in one depot; `whole` says something of every field."""

    def some(values: st.SearchStrategy[Any]) -> Any:
        return draw(values if whole else st.just(UNSET) | values)

    least, most = draw(st.sampled_from([(None, None), (1, None), (None, 9), (2, 9), (3, 3)]))
    limited = whole or draw(st.booleans())
    custom_type, custom = draw(st.sampled_from(_CUSTOMS if whole else [(UNSET, UNSET), *_CUSTOMS]))
    if whole and isinstance(custom, dict):
        custom = {name: value for name, value in custom.items() if value is not None}
    return StockLevel(
        sku="A-1",
        quantity=draw(st.integers(-1, 3)),
        supply_channel=DEPOT,
        expected_delivery=some(st.sampled_from([None, *_INSTANTS])),
        restockable_in_days=some(st.sampled_from([None, 0, 3])),
        min_cart_quantity=least if limited else UNSET,
        max_cart_quantity=most if limited else UNSET,
        reorder_point=some(st.sampled_from([None, 0, 5])),
        safety_stock=some(st.sampled_from([None, 0, 2])),
        reservation_expiration_in_minutes=some(st.sampled_from([None, 1, 44_640])),
        custom_type=custom_type,
        custom=custom,
    )
