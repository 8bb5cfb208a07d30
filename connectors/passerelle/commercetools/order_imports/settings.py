"""What a feed of placed orders says of its target: who marks them, whether the shop takes their pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from ...errors import ConfigError

__all__ = ["OrderImportSettings"]

#: Said of the target by every feed, and read elsewhere.
_COMMON = frozenset({"via"})


class OrderImportSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The target section of a feed of placed orders.

    `channel` is the key of the channel (role OrderExport) in whose name each order is marked as exported,
    under the sender's number: who lost its ledger does not send it to the ERP even so; None marks nothing.
    `inventory_mode` says whether the shop takes the pieces off its stock: as a rule they left long ago.
    """

    channel: str | None = "erp"
    inventory_mode: Literal["None", "TrackOnly", "ReserveOnOrder"] = "None"

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> OrderImportSettings:
        """Read the section of a mapping; raises ConfigError for what it does not know."""
        said = {name: value for name, value in target.items() if name not in _COMMON}
        try:
            return msgspec.convert(said, cls)
        except msgspec.ValidationError as error:
            raise ConfigError(
                f"target of a feed of placed orders: {error}",
                advice="It knows channel (the key of the channel that marks exported orders, or null) and"
                " inventory_mode (None, TrackOnly, ReserveOnOrder)",
            ) from error
