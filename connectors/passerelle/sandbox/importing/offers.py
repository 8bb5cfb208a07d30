"""Imports of what is had at what price: inventory entries, standalone prices."""

from __future__ import annotations

from collections.abc import Iterator

from typing_extensions import override

from ..project import Project
from ..store import Doc
from .bodies import InventoryImport, StandalonePriceImport
from .upserts import ImportKind, custom_of, fixed, replaced
from .values import Json, custom, only

__all__ = ["InventoryImports", "StandalonePriceImports"]


class InventoryImports(ImportKind):
    """`/inventories`: the quantity is absolute; limits and levels, which cannot be imported, stay."""

    path = "inventories"
    resource_type = "inventory"
    target = "inventory-entry"
    scopes = ("manage_products",)
    model = InventoryImport

    @override
    def draft(self, resource: Json, project: Project) -> Json:
        return {**resource, **custom(resource, project)}

    @override
    def actions(self, doc: Doc, resource: Json, project: Project) -> Iterator[Json]:
        fixed(doc, resource, ("sku",), project)
        yield {"action": "changeQuantity", "quantity": resource["quantityOnStock"]}
        yield replaced("setSupplyChannel", "supplyChannel", resource)
        yield replaced("setRestockableInDays", "restockableInDays", resource)
        yield replaced("setExpectedDelivery", "expectedDelivery", resource)
        yield replaced("setReservationExpirationInMinutes", "reservationExpirationInMinutes", resource)
        yield from custom_of(doc, custom(resource, project))


class StandalonePriceImports(ImportKind):
    """`/standalone-prices`: what is left out is removed; the scope of a price stays for ever."""

    path = "standalone-prices"
    resource_type = "standalone-price"
    target = "standalone-price"
    scopes = ("manage_standalone_prices",)
    model = StandalonePriceImport

    @override
    def draft(self, resource: Json, project: Project) -> Json:
        return {**resource, **custom(resource, project)}

    @override
    def actions(self, doc: Doc, resource: Json, project: Project) -> Iterator[Json]:
        fixed(doc, resource, ("sku", "country", "channel", "customerGroup"), project)
        yield {"action": "changeValue", "value": resource["value"]}
        yield {"action": "setValidFromAndUntil", **only(resource, ("validFrom", "validUntil"))}
        yield {"action": "setPriceTiers", "tiers": resource.get("tiers", [])}
        yield {"action": "changeActive", "active": resource.get("active", True)}
        yield from custom_of(doc, custom(resource, project))
