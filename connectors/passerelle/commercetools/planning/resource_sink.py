"""What all sinks share: send a change, and look again when "there is one already"."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Generic, TypeVar

from ...errors import Conflict, Fatal, ReferenceMissing, Refused
from ...sync.protocols import Applied, Change, Live, Modified
from ..http.client import Client, Json
from ..http.errors import DUPLICATES
from ..http.predicates import quoted
from .wire import moment

__all__ = ["ResourceSink"]

R = TypeVar("R")


class ResourceSink(Generic[R]):
    """One kind of resource below `path`; `creates=False` only completes what others create.

    `only_create` names what is filled when a resource is created and never touched again, by the record's
    own names (`name.fr-FR`, `variants.attributes.colour`).
    """

    entity: str
    record_type: type[R]
    hierarchical: bool = False
    #: The collection's path below the project.
    path: str
    #: Where new ones are posted, where that is not the collection itself.
    posts_to: str = ""

    def __init__(
        self, client: Client, *, creates: bool = True, only_create: AbstractSet[str] = frozenset()
    ) -> None:
        self._client = client
        self._creates = creates
        self._only_create = only_create

    @property
    def concurrency(self) -> int:
        """As many records in flight as the client has connections."""
        return self._client.config.concurrency

    def parents(self, record: R) -> Sequence[str]:  # noqa: ARG002 - the Protocol's signature
        """No record of this kind needs another one of it first."""
        return ()

    def absent(self, key: str) -> None:
        """Refuse to create when this feed only completes records.

        Raises:
            ReferenceMissing: `creates` is False.
        """
        if not self._creates:
            raise ReferenceMissing(
                f"{self.entity} {key} does not exist yet, and this feed only completes",
                reference=key,
                advice="Let the feed that creates it run first, then this one again for this record (--sku)",
            )

    async def apply(self, change: Change) -> Applied:
        """Send one change; a delete of what is gone already is done.

        Raises:
            Conflict: the version is stale, the resource is gone or there already, or an answer was lost.
            Refused, ReferenceMissing: the target said no to this record.
        """
        if change.kind == "create":
            resource = await self._create(change)
        elif change.target_id is None or change.version is None:
            raise Fatal(f"update of {change.key} was planned without id and version")
        elif change.kind == "delete":
            gone = await self._client.delete(self.path, change.target_id, change.version)
            return Applied(change.target_id, change.version if gone is None else gone["version"])
        elif change.kind == "replace":
            # A run that ends in between leaves nothing behind: the next one finds none, and creates.
            await self._client.delete(self.path, change.target_id, change.version)
            resource = await self._create(change)
        else:
            resource = await self._client.update(self.path, change.target_id, change.version, change.actions)
        self.written(resource)
        return Applied(resource["id"], resource["version"])

    def modified(self, live: Live) -> Modified:
        """Say who wrote a resource last: a person by their id, a client by its own."""
        last, at = live.body.get("lastModifiedBy") or {}, live.body.get("lastModifiedAt")
        client = last.get("clientId")
        by = (last.get("user") or {}).get("id") or last.get("externalUserId") or client or ""
        ours = None if not last else client == self._client.config.client_id
        return Modified(by, None if at is None else moment(at), ours)

    async def list_after(self, after: str, limit: int) -> Sequence[Live]:
        """Read resources by id, a page behind the last one seen."""
        behind = [("where", f"id > {quoted(after)}")] if after else []
        page = await self._client.page(
            self.path, [*behind, ("sort", "id asc"), ("limit", str(limit)), ("withTotal", "false")]
        )
        return [Live(one["id"], one["version"], one) for one in page]

    def written(self, resource: Json) -> None:
        """Called with every resource that was created or updated."""

    def identity(self, draft: dict[str, Any]) -> str:
        """A predicate that finds the resource which this draft would make a second time."""
        return f"key = {quoted(draft['key'])}"

    def same(self, draft: dict[str, Any], resource: Json) -> bool:  # noqa: ARG002 - for sinks that look closer
        """Whether what `identity` found is that resource."""
        return True

    async def _create(self, change: Change) -> Json:
        if change.body is None:
            raise Fatal(f"create of {change.key} was planned without a draft")
        try:
            return await self._client.create(self.posts_to or self.path, change.body)
        except Refused as refusal:
            # A create whose answer was lost, or another writer: then the resource is there, and reading
            # it again mends all. Else something foreign holds the slug or the SKU: a person decides.
            if refusal.code not in DUPLICATES:
                raise
            found = await self._client.page(
                self.path, [("where", self.identity(change.body)), ("limit", "500"), ("withTotal", "false")]
            )
            if not any(self.same(change.body, resource) for resource in found):
                raise
            raise Conflict(f"{change.key} exists already: {refusal.message}", code=refusal.code) from refusal
