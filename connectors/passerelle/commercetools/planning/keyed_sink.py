"""Sinks of reference data: resources found by their key, few of them, removed by deleting them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol, TypeVar, cast

import msgspec

from ...errors import ConfigError
from ...sync.protocols import Change, FieldChange, Live, Removal
from ..http.client import Client, Json
from .keys import check_key
from .only_create import settled
from .resource_sink import ResourceSink
from .steps import Step, created, draft_changes, updated

__all__ = ["Keyed", "KeyedSink"]


class Keyed(Protocol):
    """A record that its key names."""

    @property
    def key(self) -> str:
        """The key."""
        ...


K = TypeVar("K", bound=Keyed)


class KeyedSink(ResourceSink[K]):
    """One kind of resource with a key; a room gives `draft`, `steps` and `record_of`.

    `additive` adds what is missing and leaves alone what is there: steps that would change or remove
    something are left out (the project setup).
    """

    def __init__(
        self,
        client: Client,
        *,
        creates: bool = True,
        only_create: AbstractSet[str] = frozenset(),
        additive: bool = False,
    ) -> None:
        super().__init__(client, creates=creates, only_create=only_create)
        self.additive = additive

    def key(self, record: K) -> str:
        """The record's key."""
        return record.key

    async def prepare(self) -> None:
        """Nothing is needed beforehand."""

    async def read_live(self, records: Sequence[K]) -> Mapping[str, Live]:
        """Read the resources by key, with what comparing them needs."""
        found = await self._client.query_in(self.path, "key", [record.key for record in records])
        bodies = await self.completed(found, records)
        return {body["key"]: Live(body["id"], body["version"], body) for body in bodies}

    async def read_ids(self, ids: Sequence[str]) -> Mapping[str, Live]:
        """Read resources by id; what is gone is left out."""
        found = await self._client.query_in(self.path, "id", ids)
        bodies = await self.completed(found, ())
        return {body["id"]: Live(body["id"], body["version"], body) for body in bodies}

    async def completed(self, found: Sequence[Json], records: Sequence[K]) -> Sequence[Json]:  # noqa: ARG002 - for rooms that point elsewhere
        """Look up what the resources and records point to; give the bodies as `steps` reads them."""
        return found

    def plan(self, record: K, live: Live | None) -> Change | None:
        """Compare a record with the live resource.

        Raises:
            ReferenceMissing: what it points to is not there, or it does not exist and this feed only
                completes.
            Refused: it can never be carried as it is, or no key is like its key.
        """
        if live is None:
            self.absent(record.key)
            check_key(f"{self.entity.replace('_', ' ')} {record.key}", record.key)
            return created(record.key, self.draft(record), self.draft_fields(record))
        steps: Iterable[Step] = self.steps(self._settled(record), live.body)
        if self.additive:
            steps = [step for step in steps if step.adds]
        return updated(record.key, live, steps)

    def draft(self, record: K) -> Json:
        """The draft of a new resource."""
        raise NotImplementedError

    def draft_fields(self, record: K) -> Iterable[FieldChange]:
        """What a new resource has, as a person reads it."""
        return draft_changes(record)

    def steps(self, record: K, live: Json) -> Iterable[Step]:
        """What makes the live resource that of the record, in the order in which it must happen."""
        raise NotImplementedError

    def plan_removal(self, key: str, live: Live, policy: Removal) -> Change | None:
        """Plan the deletion of a resource, the only way in which such a thing can go.

        Raises:
            ConfigError: the policy is none of keep and delete.
        """
        if policy == "keep":
            return None
        if policy != "delete":
            raise ConfigError(
                f"a {self.entity} can be kept or deleted, not {policy!r}",
                advice="Say `keep` or `delete` in the mapping",
            )
        return Change(
            key=key,
            kind="delete",
            fields=(FieldChange(self.entity, key, None),),
            target_id=live.id,
            version=live.version,
        )

    def returned(self, record: K, policy: Removal) -> K:  # noqa: ARG002 - the Protocol's signature
        """A record that was deleted is created again as it is."""
        return record

    def _settled(self, record: K) -> K:
        return cast("K", settled(cast("msgspec.Struct", record), self._only_create))
