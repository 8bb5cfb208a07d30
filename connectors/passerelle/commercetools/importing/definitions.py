"""What must be known before drafts become import requests: the types of values, and the keys behind ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..http.client import Client
from ..planning.pointed import Pointed
from ..planning.references import References
from .typed import Json, NotImportable

__all__ = ["Definitions"]


class Definitions:
    """Product types and custom types of a project as far as drafts name them; looked up in batches."""

    def __init__(self, client: Client) -> None:
        self._product_types = References(client, "product-types")
        self._types = References(client, "types")
        self._pointed = Pointed(client)

    async def learn(self, drafts: Iterable[Json]) -> None:
        """Read what `attribute`, `field` and `keyed` need for these drafts; nothing when all is known."""
        references = [one for draft in drafts for one in _references(draft)]
        for type_id, known in (("product-type", self._product_types), ("type", self._types)):
            mine = [one for one in references if one["typeId"] == type_id]
            await known.learn(
                keys=[one["key"] for one in mine if "key" in one],
                ids=[one["id"] for one in mine if "id" in one],
            )
            for resource in known.all():
                self._pointed.remember(type_id, resource["key"], resource["id"])
        await self._pointed.learn(ids=[(one["typeId"], one["id"]) for one in references if "id" in one])

    def keyed(self, draft: Json) -> Json:
        """A draft in which each reference has its key, where there is one."""
        named: Json = self._pointed.within(draft)
        return named

    def attribute(self, product_type: str, name: str) -> Json:
        """The type of an attribute, by the key of its product type.

        Raises:
            NotImportable: it is not known.
        """
        return _type_of(self._product_types.get(product_type), "attributes", name)

    def field(self, custom_type: str, name: str) -> Json:
        """The type of a custom field, by the key of its type.

        Raises:
            NotImportable: it is not known.
        """
        return _type_of(self._types.get(custom_type), "fieldDefinitions", name)


def _type_of(holder: Json | None, where: str, name: str) -> Json:
    for definition in () if holder is None else holder.get(where, ()):
        if definition["name"] == name:
            found: Json = definition["type"]
            return found
    raise NotImportable("values whose definition is not there")


def _references(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        if isinstance(value.get("typeId"), str):
            yield value
            return
        for one in value.values():
            yield from _references(one)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)
