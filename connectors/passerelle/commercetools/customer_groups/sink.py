"""Customer groups: who gets prices of their own, each found by its key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...records import CustomerGroup
from ...sync.protocols import Live
from ..http.client import Client, Json
from ..planning.custom_fields import CustomFields
from ..planning.keyed_sink import KeyedSink
from ..planning.steps import Step
from .actions import group_steps
from .draft import group_draft
from .reading import group_of

__all__ = ["CustomerGroupSink"]


class CustomerGroupSink(KeyedSink[CustomerGroup]):
    """Carries customer groups; a name belongs to one group of the project."""

    entity = "customer_group"
    record_type = CustomerGroup
    path = "customer-groups"

    def __init__(self, client: Client, **settings: Any) -> None:
        super().__init__(client, **settings)
        self._custom = CustomFields(client)

    async def completed(self, found: Sequence[Json], records: Sequence[CustomerGroup]) -> Sequence[Json]:
        """Learn the custom types in use."""
        await self._custom.learn(records, found)
        return found

    def draft(self, record: CustomerGroup) -> Json:
        """The draft; raises Refused without a name."""
        return group_draft(record, self._custom)

    def steps(self, record: CustomerGroup, live: Json) -> Iterable[Step]:
        """Name and custom fields."""
        return group_steps(record, live, self._custom)

    def record_of(self, live: Live) -> CustomerGroup:
        """The record that would have made the group."""
        return group_of(live.body, self._custom)
