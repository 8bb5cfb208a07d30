"""The Import API as the bulk door of one feed's records."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from math import ceil
from typing import Any

import orjson

from ...errors import Fatal, PasserelleError
from ...sync.bulk.door import Cost, Parcel, Queue, Receipt, Trouble, Unfit
from ...sync.protocols import Change
from ..http.client import Client
from ..http.scopes import Need, allowed
from .containers import MOST_CONTAINERS, MOST_OPERATIONS, Containers
from .definitions import Definitions
from .operations import Operations, trouble_at_once
from .resources import KINDS
from .typed import NotImportable

__all__ = ["MOST_BYTES", "MOST_RESOURCES", "ImportDoor"]

#: Resources in one request (facts: commercetools 3.2).
MOST_RESOURCES = 20
#: Bytes in one request. No limit is published; a product of the size that is advised has 100 KB, and twenty
#: of them fit.
MOST_BYTES = 2_000_000

#: How a load is reckoned beforehand: seconds for a call, records that the Import API brings in a second, and
#: seconds until it begins. The last two are published nowhere; they are guesses on the careful side.
CALL_SECONDS = 0.1
IMPORTED_A_SECOND = 100.0
FIRST_SECONDS = 30.0
#: A look every half minute, and some at the beginning.
_LOOKS_A_SECOND = 1 / 30
_FIRST_CALLS = 12

_MODULAR = "variants that are resources of their own"
_SCOPE = Need("import:containers", write=True)


class ImportDoor:
    """Carries new records of one entity; `owner` names the feed in the names of containers."""

    name = "Import API"

    def __init__(self, client: Client, entity: str, *, owner: str, operations: int = MOST_OPERATIONS) -> None:
        self._client = client
        self._kind = KINDS[entity]
        self._known = Definitions(client)
        self._operations = Operations(client.importing)
        self._containers = Containers(
            client.importing,
            owner=f"{client.config.project_key}-{owner}",
            resource_type=self._kind.resource_type,
            most=operations,
        )
        self._looked = False

    @staticmethod
    def carries(entity: str) -> bool:
        """Whether such records can be imported at all."""
        return entity in KINDS

    def costs(self, creates: int) -> tuple[Cost, Cost]:
        """One call a record, as many at once as connections; or one for twenty, and those that read back."""
        config = self._client.config
        each = max(CALL_SECONDS / config.concurrency, 1 / (config.calls_per_second or float("inf")))
        read = ceil(creates / self._kind.read_at_once)
        requests = ceil(creates / MOST_RESOURCES)
        imported = FIRST_SECONDS + creates / IMPORTED_A_SECOND
        calls = requests + read + _FIRST_CALLS + ceil(imported * _LOOKS_A_SECOND)
        return Cost(creates, creates * each), Cost(calls, imported + calls * each)

    async def closed(self) -> str:
        """Ask whether we may, whether it is there, and whether products are of a kind that it takes whole."""
        granted = await self._client.scopes()
        if granted and not allowed(_SCOPE, granted):
            return "the API client lacks the scope manage_import_containers"
        if self._kind.with_variants and allowed(Need(""), granted):
            project, _ = await self._client.project()
            if project.get("productCatalogModel") == "Modular":
                return f"it takes no {_MODULAR}, and the catalogue model is Modular"
        try:
            count = await self._look()
        except PasserelleError as error:
            return error.message
        return f"the project has {count} import containers" if count >= MOST_CONTAINERS else ""

    async def _look(self) -> int:
        self._looked = True
        return await self._containers.look()

    async def parcels(self, changes: Sequence[Change]) -> list[Parcel | Unfit]:
        """Turn drafts into resources of an import request."""
        drafts = [change.body or {} for change in changes]
        await self._known.learn(drafts)
        return [
            # What a draft cannot hold is in the actions: variants that are resources of their own.
            Unfit(_MODULAR) if change.actions else self._parcel(change.key, draft)
            for change, draft in zip(changes, drafts, strict=True)
        ]

    def _parcel(self, key: str, draft: dict[str, Any]) -> Parcel | Unfit:
        try:
            resource = self._kind.resource(self._known.keyed(draft), self._known)
        except NotImportable as reason:
            return Unfit(str(reason))
        if "key" not in resource:
            return Unfit("records without a key in the shop")
        body = orjson.dumps(resource)
        digest = blake2b(orjson.dumps(resource, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
        return Parcel(key=key, name=resource["key"], body=body, digest=digest)

    def requests(self, parcels: Sequence[Parcel]) -> list[list[Parcel]]:
        """Cut parcels into requests of at most twenty, and of a bounded size."""
        requests: list[list[Parcel]] = []
        size = 0
        for parcel in parcels:
            size += len(parcel.body)
            if not requests or len(requests[-1]) == MOST_RESOURCES or size > MOST_BYTES:
                requests.append([])
                size = len(parcel.body)
            requests[-1].append(parcel)
        return requests

    async def place(self, parcels: int) -> str:
        """Name a container with room."""
        if not self._looked:
            await self._look()
        return await self._containers.with_room(parcels)

    async def send(self, place: str, parcels: Sequence[Parcel]) -> list[Receipt]:
        """Send one import request."""
        body = {
            "type": self._kind.resource_type,
            "resources": [orjson.Fragment(parcel.body) for parcel in parcels],
        }
        path = f"{self._kind.path}/import-containers/{place}"
        answer = await self._client.importing.submit(path, body)
        statuses = answer.get("operationStatus", [])
        if len(statuses) != len(parcels):
            raise Fatal(f"{path} answered for {len(statuses)} of {len(parcels)} resources")
        return [_receipt(parcel, status) for parcel, status in zip(parcels, statuses, strict=True)]

    async def in_work(self, place: str) -> int:
        """Count what is in progress in a container."""
        return await self._operations.in_work(place)

    async def troubles(self, place: str) -> list[Trouble]:
        """Name what failed or waits in a container."""
        return await self._operations.troubles(place)

    async def queue(self, place: str) -> Queue:
        """Name what is in progress or waits in a container."""
        return await self._operations.queue(place)

    async def pause(self, seconds: float) -> None:
        """Wait, with the client's own sleeper."""
        await self._client.sleep(seconds)


def _receipt(parcel: Parcel, status: dict[str, Any]) -> Receipt:
    if "operationId" in status and status["state"] != "validationFailed":
        return Receipt(status["operationId"])
    return Receipt(None, trouble_at_once(parcel.name, status.get("errors", [])))
