"""Stores: each found by its key; channels and assortments are told by theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias

from ...records import Store
from ...sync.protocols import Live
from ..http.client import Client, Json
from ..planning.custom_fields import CustomFields
from ..planning.keyed_sink import KeyedSink
from ..planning.pointed import Pointed
from ..planning.steps import Step
from .actions import store_steps
from .draft import store_draft, wired
from .reading import store_of

__all__ = ["StoreSink", "Wiring"]

#: Whether what others wired stays (languages, countries, channels, assortments), or the record's lists are
#: all that there is.
Wiring: TypeAlias = Literal["keep", "replace"]


class StoreSink(KeyedSink[Store]):
    """Carries stores and what they are wired to."""

    entity = "store"
    record_type = Store
    path = "stores"

    def __init__(self, client: Client, *, wiring: Wiring = "keep", **settings: Any) -> None:
        super().__init__(client, **settings)
        self._keep = wiring == "keep" or self.additive
        self._custom = CustomFields(client)
        self._pointed = Pointed(client)

    async def completed(self, found: Sequence[Json], records: Sequence[Store]) -> Sequence[Json]:
        """Learn custom types, channels and assortments; give the stores with keys in their references."""
        await self._custom.learn(records, found)
        await self._pointed.learn(
            keys=[pair for record in records for pair in wired(record)],
            ids=[
                (one["typeId"], one["id"])
                for store in found
                for one in (
                    *store.get("distributionChannels", ()),
                    *store.get("supplyChannels", ()),
                    *(setting["productSelection"] for setting in store.get("productSelections") or ()),
                )
            ],
        )
        return [self._pointed.within(store) for store in found]

    def draft(self, record: Store) -> Json:
        """The draft; raises ReferenceMissing for a channel or an assortment that is not there."""
        return store_draft(record, self._custom, self._pointed)

    def steps(self, record: Store, live: Json) -> Iterable[Step]:
        """Name, languages, countries, channels, assortments, pages and custom fields."""
        return store_steps(record, live, self._custom, self._pointed, keep=self._keep)

    def record_of(self, live: Live) -> Store:
        """The record that would have made the store."""
        return store_of(live.body, self._custom)
