"""Import containers: a few for each kind of record, kept and used again, none too full and none too old.

A container lives from its creation, not from its last use (facts: commercetools 3.2): one that ends before
what is put into it would, is left for the next number.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from ...errors import ConfigError, Refused, Retriable
from ..http.client import Json
from ..http.errors import DUPLICATES
from ..http.import_host import ImportHost
from ..planning.wire import moment, target_key

__all__ = ["MOST_CONTAINERS", "MOST_OPERATIONS", "Containers"]

#: Advised for their speed: fewer than 200,000 operations in one container.
MOST_OPERATIONS = 150_000
#: Of a project.
MOST_CONTAINERS = 1_000
#: As long as a container may live; operations go after 48 hours whatever it says.
_LIFE = "30d"
#: What is put in today must not lose its container before its own 48 hours are over.
_SPARE = timedelta(hours=49)
_PAGE = 500


class Containers:
    """The containers of one feed's records in a project."""

    def __init__(
        self, host: ImportHost, *, owner: str, resource_type: str, most: int = MOST_OPERATIONS
    ) -> None:
        self._host = host
        self._owner = owner
        self._type = resource_type
        self._most = most
        self._room: dict[str, int] = {}
        self._known: dict[str, Json] = {}
        self._turn = asyncio.Lock()

    async def look(self) -> int:
        """Read which containers the project has; count them.

        Raises:
            ConfigError: nothing answers there as the Import API does.
        """
        self._known = {}
        while True:
            params = [("limit", str(_PAGE)), ("offset", str(len(self._known))), ("sort", "key asc")]
            answer = await self._host.get("import-containers", params)
            if answer is None:
                raise ConfigError(
                    "there is no Import API at the address of the settings",
                    advice="Set import_url, or leave it out where region or api_url tell it",
                )
            page = answer.get("results", [])
            self._known |= {one["key"]: one for one in page}
            if len(page) < _PAGE:
                return len(self._known)

    async def with_room(self, operations: int) -> str:
        """Name a container of ours with room for so many more, the first such; made where there is none.

        Raises:
            Retriable, Refused, Fatal: it cannot be made.
        """
        async with self._turn:
            number = 1
            while True:
                key = target_key("passerelle", self._owner, self._type, str(number))
                if await self._fits(key, operations):
                    self._room[key] -= operations
                    return key
                number += 1

    async def _fits(self, key: str, operations: int) -> bool:
        if key not in self._room:
            held = self._known.get(key)
            if held is None:
                await self._make(key)
                self._room[key] = self._most
            elif (
                _ends(held) - datetime.now(UTC) < _SPARE or held.get("resourceType", self._type) != self._type
            ):
                self._room[key] = 0
            else:
                self._room[key] = self._most - await self._held(key)
        # An empty one takes whatever comes: a group is never larger than that.
        return self._room[key] >= min(operations, self._most)

    async def _make(self, key: str) -> None:
        policy = {"strategy": "ttl", "config": {"timeToLive": _LIFE}}
        draft = {"key": key, "resourceType": self._type, "retentionPolicy": policy}
        try:
            await self._host.submit("import-containers", draft)
        except Refused as refusal:
            # The answer to our own call may have been lost.
            if refusal.code not in DUPLICATES:
                raise
        except Retriable:
            if await self._host.get(f"import-containers/{key}") is None:
                raise

    async def _held(self, key: str) -> int:
        """Count the operations that a container holds, of the last 48 hours."""
        answer = await self._host.get(f"import-containers/{key}/import-operations", [("limit", "1")])
        total: int = (answer or {}).get("total", 0)
        return total


def _ends(container: Json) -> datetime:
    """When a container is deleted; one that does not say lives 72 hours."""
    if "expiresAt" in container:
        return moment(container["expiresAt"])
    return moment(container["createdAt"]) + timedelta(hours=72)
