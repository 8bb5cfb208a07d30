"""A live channel in a record's words."""

from __future__ import annotations

from decimal import Decimal

from ...records import Address, Channel
from ..http.client import Json
from ..planning.custom_fields import CustomFields
from .draft import ADDRESS

__all__ = ["channel_of"]


def channel_of(body: Json, custom: CustomFields) -> Channel:
    """The record that would have made it."""
    place = body.get("geoLocation")
    longitude, latitude = (None, None) if place is None else map(_degrees, place["coordinates"])
    return Channel(
        key=body["key"],
        roles=tuple(body.get("roles", ())),
        name=body.get("name", {}),
        description=body.get("description", {}),
        address=_address(body.get("address")),
        latitude=latitude,
        longitude=longitude,
        **custom.read(body),
    )


def _degrees(number: float) -> Decimal:
    return Decimal(str(number))


def _address(body: Json | None) -> Address | None:
    if body is None:
        return None
    return Address(**{ours: body.get(theirs, "") for ours, theirs in ADDRESS.items()})
