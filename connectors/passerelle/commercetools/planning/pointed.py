"""What values point to: resources of any kind by key and id, looked up in batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..http.client import Client

__all__ = ["PATHS", "Pointed"]

#: Where resources with a key are found, by the type id of a reference.
PATHS = {
    "associate-role": "associate-roles",
    "business-unit": "business-units",
    "cart-discount": "cart-discounts",
    "category": "categories",
    "channel": "channels",
    "customer": "customers",
    "customer-group": "customer-groups",
    "inventory-entry": "inventory",
    "product": "products",
    "product-selection": "product-selections",
    "product-type": "product-types",
    "shipping-method": "shipping-methods",
    "standalone-price": "standalone-prices",
    "state": "states",
    "store": "stores",
    "tax-category": "tax-categories",
    "type": "types",
    "zone": "zones",
}


class Pointed:
    """Keys and ids of resources of all kinds; only what exists is remembered, and nothing else of it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._ids: dict[tuple[str, str], str] = {}
        self._keys: dict[tuple[str, str], str] = {}

    def id(self, type_id: str, key: str) -> str | None:
        """The id of a key, None when it is not known to exist."""
        return self._ids.get((type_id, key))

    def key(self, type_id: str, resource_id: str) -> str | None:
        """The key of an id, None when it is not known or has none."""
        return self._keys.get((type_id, resource_id))

    def remember(self, type_id: str, key: str, resource_id: str) -> None:
        """Take over a resource that was read or written anyway."""
        self._ids[type_id, key] = resource_id
        self._keys[type_id, resource_id] = key

    def within(self, value: Any) -> Any:
        """A copy of a body in which each reference has its key, where that is known, beside its id."""
        if isinstance(value, list):
            return [self.within(one) for one in value]
        if not isinstance(value, dict):
            return value
        named = {name: self.within(one) for name, one in value.items()}
        if "typeId" in named and "id" in named:
            key = self.key(named["typeId"], named["id"])
            if key is not None:
                named["key"] = key
        return named

    async def learn(
        self, *, keys: Iterable[tuple[str, str]] = (), ids: Iterable[tuple[str, str]] = ()
    ) -> None:
        """Look up (type id, key) and (type id, id) pairs not known yet: a query a kind, at most two."""
        for field, pairs, known in (("key", keys, self._ids), ("id", ids, self._keys)):
            unknown: dict[str, list[str]] = {}
            for type_id, value in dict.fromkeys(pairs):
                if (type_id, value) not in known and type_id in PATHS:
                    unknown.setdefault(type_id, []).append(value)
            for type_id, values in unknown.items():
                for resource in await self._client.query_in(PATHS[type_id], field, values):
                    if "key" in resource:
                        self.remember(type_id, resource["key"], resource["id"])
