"""Places: the channels that supply stock, and what becomes of a record that names none."""

from __future__ import annotations

from msgspec.structs import replace

from ...errors import ConfigError, ReferenceMissing, Refused
from ...records import StockLevel
from ..planning.references import References

__all__ = ["Places"]

_ROLE = "InventorySupply"


class Places:
    """Where stock lies in a project.

    `pool` is what happens to a record without a place: None or `allow` keeps it without a channel, `refuse`
    refuses it, the key of a channel puts it there.
    """

    def __init__(self, channels: References, pool: str | None) -> None:
        self._channels = channels
        self._pool = pool

    async def prepare(self) -> None:
        """Read all channels.

        Raises:
            ConfigError: none of them supplies stock, and the pool was not allowed in so many words.
        """
        await self._channels.load()
        if self._pool == "allow":
            return
        if not any(_ROLE in channel.get("roles", ()) for channel in self._channels.all()):
            raise ConfigError(
                f"the project has no channel with role {_ROLE}",
                advice="Run the project setup with the model that declares the warehouse and the stores, or "
                "say `pool: allow` in the target section when all stock is one pool",
            )

    def placed(self, record: StockLevel) -> StockLevel:
        """The record at the place where it goes."""
        if record.supply_channel is not None or self._pool in {None, "allow", "refuse"}:
            return record
        return replace(record, supply_channel=self._pool)

    def check(self, record: StockLevel) -> None:
        """Say whether a placed record can go there.

        Raises:
            ReferenceMissing: the channel does not exist.
            Refused: the channel does not supply stock, or records without a place are refused.
        """
        if record.supply_channel is None:
            if self._pool == "refuse":
                raise Refused(
                    f"stock of SKU {record.sku} names no place, and this feed takes none without",
                    code="pool_refused",
                    advice="Map supply_channel, or say `pool: allow` or a channel in the target section",
                )
            return
        channel = self._channels.get(record.supply_channel)
        if channel is None:
            raise ReferenceMissing(
                f"depot {record.supply_channel} of SKU {record.sku} has no supply channel in the project",
                reference=record.supply_channel,
                advice="Add the depot to the code table and to the project model, then run the project setup",
            )
        if _ROLE not in channel.get("roles", ()):
            raise Refused(
                f"channel {record.supply_channel} has no role {_ROLE}: {', '.join(channel.get('roles', ()))}",
                code="role_missing",
                advice="Run the project setup, it adds the role",
            )
