"""Which key has which id: looked up in batches, remembered when found, never when missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..http.client import Client, Json

__all__ = ["References"]


class References:
    """Keys and ids of one kind of resource, such as `categories`.

    Only what exists is remembered: a resource that is missing now may be there at the next look
    (commercetools-sync-java#1224 shows what remembered misses do).
    """

    def __init__(self, client: Client, path: str) -> None:
        self._client = client
        self._path = path
        self._by_key: dict[str, Json] = {}
        self._key_of: dict[str, str] = {}

    def remember(self, resource: Json) -> None:
        """Take over a resource that was read or written anyway."""
        key = resource.get("key")
        if key:
            self._by_key[key] = resource
            self._key_of[resource["id"]] = key

    def get(self, key: str) -> Json | None:
        """The resource of that key as it was read, None when it is not known to exist."""
        return self._by_key.get(key)

    def id(self, key: str) -> str | None:
        """The id of a key, None when it is not known to exist."""
        resource = self._by_key.get(key)
        return None if resource is None else resource["id"]

    def all(self) -> list[Json]:
        """All resources known, as they were read."""
        return list(self._by_key.values())

    def named(self, reference: dict[str, Any]) -> dict[str, Any]:
        """The reference with the key of what it points to beside its id, when that has a key we know."""
        key = self._key_of.get(reference["id"])
        return reference if key is None else {**reference, "key": key}

    async def load(self) -> None:
        """Read all resources of this kind (for kinds of which a project has few)."""
        async for resource in self._client.query(self._path):
            self.remember(resource)

    async def learn(self, *, keys: Iterable[str] = (), ids: Iterable[str] = ()) -> None:
        """Look up the keys and ids that are not known yet."""
        for field, values, known in (("key", keys, self._by_key), ("id", ids, self._key_of)):
            unknown = [value for value in dict.fromkeys(values) if value not in known]
            if unknown:
                for resource in await self._client.query_in(self._path, field, unknown):
                    self.remember(resource)
