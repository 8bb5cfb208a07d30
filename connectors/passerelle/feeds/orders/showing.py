"""How orders are shown in the shop: what the feed says by which an order left, with the ids that it means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ...commercetools import Client
from ...commercetools.orders.export_channel import export_channel
from ...commercetools.orders.item_states import read_item_states
from ...commercetools.orders.projecting import Showing
from ...commercetools.orders.settings import ProjectionSettings
from ...mapping import OutgoingMapping
from ..sinks import SYSTEM
from ..workspace import Workspace

__all__ = ["Showings"]


class Showings:
    """The ways of showing orders in one project, each read once."""

    def __init__(
        self,
        workspace: Workspace,
        client: Client,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._workspace = workspace
        self._client = client
        self._clock = clock
        self._known: dict[str, Showing] = {}

    async def of(self, destination: str) -> Showing:
        """Give the way for orders that left, or will leave, by a feed.

        Raises:
            ConfigError: the feed's settings are wrong, or the project lacks what they name.
        """
        if destination not in self._known:
            self._known[destination] = await self._read(destination)
        return self._known[destination]._replace(synced_at=self._clock())

    async def _read(self, destination: str) -> Showing:
        mapping = self._workspace.mapping(destination)
        target = mapping.spec.target.get(SYSTEM, {}) if isinstance(mapping, OutgoingMapping) else {}
        settings = ProjectionSettings.of(target)
        channel = await export_channel(self._client, settings.channel)
        return Showing(settings, channel["id"], await read_item_states(self._client, settings.states))
