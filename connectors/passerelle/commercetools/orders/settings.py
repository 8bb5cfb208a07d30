"""What a project shows of an order beyond its states: names of custom fields, and of states of lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from ...errors import ConfigError
from ...records import ItemState

__all__ = ["CustomNames", "ProjectionSettings"]

_STATES = get_args(ItemState)


class CustomNames(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of the order that take what commercetools has no place for; without a name it is not shown.

    `type` is the key of the custom type that an order gets which has none. `pickup_code` is a String,
    `pickup_until` a DateTime, `documents` a Set of String (`invoice F-1 https://…`).
    """

    type: str | None = None
    pickup_code: str | None = None
    pickup_until: str | None = None
    documents: str | None = None


class ProjectionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the section `shows` of the outgoing feed of orders says, below `target.commercetools`.

    `channel` is the key of the channel (role OrderExport) whose sync info we keep. `states` are keys of
    States of type LineItemState by what a piece is; without any, states of lines are left alone.
    """

    channel: str = "erp"
    custom: CustomNames = CustomNames()
    states: dict[str, str] = {}

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> ProjectionSettings:
        """Read the section of a mapping; raises ConfigError for what it does not know."""
        shows = target.get("shows", {})
        advice = "It knows custom (type, pickup_code, pickup_until, documents) and states"
        try:
            read = msgspec.convert({"channel": target.get("channel", "erp"), **shows}, cls)
        except (msgspec.ValidationError, TypeError) as error:
            raise ConfigError(f"target.commercetools.shows: {error}", advice=advice) from error
        if read.states and set(read.states) != set(_STATES):
            missing = [name for name in _STATES if name not in read.states]
            unknown = [name for name in read.states if name not in _STATES]
            raise ConfigError(
                "target.commercetools.shows.states "
                + "; ".join(
                    text
                    for text in (
                        f"lacks {', '.join(missing)}" if missing else "",
                        f"knows no {', '.join(unknown)}" if unknown else "",
                    )
                    if text
                ),
                advice="Name a State of type LineItemState for each; several may share one",
            )
        return read
