"""The health of a Subscription: whether the shop can still fill the queue that we read."""

from __future__ import annotations

from urllib.parse import quote

from ...errors import ConfigError
from ..http.client import Client
from ..http.scopes import Need, missing, scope_for

__all__ = ["HEALTHY", "subscription_health"]

#: The only word of the shop with which nothing has to be done; the others: ConfigurationError,
#: ConfigurationErrorDeliveryStopped (what is not delivered is lost), TemporaryError, ManuallySuspended.
HEALTHY = "Healthy"
_NEED = Need("subscriptions", write=True)


async def subscription_health(client: Client, key: str) -> str:
    """Ask the shop how the Subscription with this key is, in its own word.

    Raises:
        ConfigError: there is none, or our token may not read it.
    """
    granted = await client.scopes()
    if granted and missing([_NEED], granted):
        raise ConfigError(
            f"the token may not read the subscription {key}",
            advice=f"Give the API client the scope {scope_for(_NEED)}, or name no subscription in the target",
        )
    body = await client.get(f"subscriptions/key={quote(key, safe='')}")
    if body is None:
        raise ConfigError(
            f"the shop has no subscription with the key {key}",
            advice="Create it, or correct `subscription` in the target of the feed of orders",
        )
    return str(body.get("status") or HEALTHY)
