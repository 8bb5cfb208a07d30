"""What a feed of stock says of its target: what numbers mean, where the pool goes, how movements count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from ...errors import ConfigError

__all__ = ["Movements", "QuantityMeans", "StockSettings"]

#: `physical`: what lies on the shelf, reserved pieces included; `available`: what can still be sold.
QuantityMeans: TypeAlias = Literal["physical", "available"]

#: Said of the target by every feed, and read elsewhere.
_COMMON = frozenset({"via"})


class Movements(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an entry notes the movements that it took: the key of a custom type and its field, a String."""

    type: str
    field: str = "movements"


class StockSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The target section of a feed of stock.

    `pool` is what happens to a record that names no place: `allow` writes the entry without a channel,
    `refuse` refuses it, anything else is the key of the channel that it goes to. None is `allow`, as long as
    the project has a channel that supplies stock at all. Without `movements` a movement is refused.
    """

    quantity_means: QuantityMeans = "physical"
    pool: str | None = None
    movements: Movements | None = None

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> StockSettings:
        """Read the section of a mapping; raises ConfigError for what it does not know."""
        said = {name: value for name, value in target.items() if name not in _COMMON}
        try:
            return msgspec.convert(said, cls)
        except msgspec.ValidationError as error:
            raise ConfigError(
                f"target of a feed of stock: {error}",
                advice="It knows quantity_means (physical, available), pool (allow, refuse or the key of a"
                " channel) and movements ({type: key of a custom type, field: one of its fields})",
            ) from error
