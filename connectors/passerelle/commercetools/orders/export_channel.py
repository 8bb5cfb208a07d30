"""The channel that marks which orders were exported."""

from __future__ import annotations

from urllib.parse import quote

from ...errors import ConfigError
from ..http.client import Client, Json

__all__ = ["export_channel"]


async def export_channel(client: Client, key: str) -> Json:
    """Read the channel of that key.

    Raises:
        ConfigError: it does not exist, or lacks the role without which updateSyncInfo is InvalidInput.
    """
    channel = await client.get(f"channels/key={quote(key, safe='')}")
    if channel is None or "OrderExport" not in channel.get("roles", ()):
        what = "does not exist" if channel is None else f"has only {', '.join(channel.get('roles', ()))}"
        raise ConfigError(
            f"channel {key} with role OrderExport is needed to mark exported orders; it {what}",
            advice="Run the project setup with the model that declares it",
        )
    return channel
