"""What a feed of prices says of its target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from ...errors import ConfigError

__all__ = ["PriceSettings"]

#: Said of the target by every feed, and read elsewhere.
_COMMON = frozenset({"via"})


class PriceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The target section of a feed of prices.

    `overlaps` is what becomes of a price that would hold at the same time as another one of its scope:
    `refuse` tells it before anything is sent, `send` leaves it to the shop (the documentation of the API
    disagrees with itself, facts: commercetools 6).
    """

    overlaps: Literal["refuse", "send"] = "refuse"

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> PriceSettings:
        """Read the section of a mapping; raises ConfigError for what it does not know."""
        said = {name: value for name, value in target.items() if name not in _COMMON}
        try:
            return msgspec.convert(said, cls)
        except msgspec.ValidationError as error:
            raise ConfigError(
                f"target of a feed of prices: {error}", advice="It knows overlaps (refuse, send)"
            ) from error
