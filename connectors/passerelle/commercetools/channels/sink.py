"""Channels: depots, shops and systems, each found by its key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...records import Channel
from ...sync.protocols import Live
from ..http.client import Client, Json
from ..planning.custom_fields import CustomFields
from ..planning.keyed_sink import KeyedSink
from ..planning.steps import Step
from .actions import channel_steps
from .draft import channel_draft
from .reading import channel_of

__all__ = ["ChannelSink"]


class ChannelSink(KeyedSink[Channel]):
    """Carries channels; roles that the record does not name are taken away."""

    entity = "channel"
    record_type = Channel
    path = "channels"

    def __init__(self, client: Client, **settings: Any) -> None:
        super().__init__(client, **settings)
        self._custom = CustomFields(client)

    async def completed(self, found: Sequence[Json], records: Sequence[Channel]) -> Sequence[Json]:
        """Learn the custom types in use."""
        await self._custom.learn(records, found)
        return found

    def draft(self, record: Channel) -> Json:
        """The draft; raises Refused for an address without a country, or half a place on the globe."""
        return channel_draft(record, self._custom)

    def steps(self, record: Channel, live: Json) -> Iterable[Step]:
        """Name, description, roles, address, place and custom fields."""
        return channel_steps(record, live, self._custom, keep=self.additive)

    def record_of(self, live: Live) -> Channel:
        """The record that would have made the channel."""
        return channel_of(live.body, self._custom)
