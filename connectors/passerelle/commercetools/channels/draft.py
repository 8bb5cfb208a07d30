"""The draft of a channel, its address and its place on the globe."""

from __future__ import annotations

from decimal import Decimal

from msgspec import UNSET, UnsetType

from ...errors import Refused
from ...records import Address, Channel
from ..http.client import Json
from ..planning.custom_fields import CustomFields

__all__ = ["ADDRESS", "address_draft", "channel_draft", "point"]

#: An address in a record and at commercetools.
ADDRESS = {
    "last_name": "lastName",
    "first_name": "firstName",
    "company": "company",
    "street": "streetName",
    "street_number": "streetNumber",
    "additional": "additionalStreetInfo",
    "postal_code": "postalCode",
    "city": "city",
    "country": "country",
    "phone": "phone",
    "email": "email",
}


def channel_draft(record: Channel, custom: CustomFields) -> Json:
    """The draft; raises Refused for an address without a country, or half a place on the globe."""
    draft: Json = {"key": record.key, **custom.draft(record)}
    if not isinstance(record.roles, UnsetType):
        draft["roles"] = list(dict.fromkeys(record.roles))
    for field, texts in (("name", record.name), ("description", record.description)):
        named = {} if isinstance(texts, UnsetType) else {locale: t for locale, t in texts.items() if t}
        if named:
            draft[field] = named
    if isinstance(record.address, Address):
        draft["address"] = address_draft(record.address, of=record.key)
    place = point(record, None)
    if place is not None:
        draft["geoLocation"] = place
    return draft


def address_draft(address: Address, *, of: str) -> Json:
    """An address; raises Refused without a country, which commercetools demands."""
    if not address.country:
        raise Refused(
            f"{of} has an address without a country",
            code="incomplete",
            advice="Map address.country (ISO 3166-1 alpha-2), or leave the address out",
        )
    parts = ((theirs, getattr(address, ours)) for ours, theirs in ADDRESS.items())
    return {name: text for name, text in parts if text}


def point(record: Channel, live: Json | None) -> Json | None:
    """The place on the globe, longitude first; what the record does not say is the live one's.

    Raises:
        Refused: only one of latitude and longitude is known.
    """
    held = None if live is None else live["coordinates"]
    latitude, longitude = record.latitude, record.longitude
    if latitude is UNSET:
        latitude = None if held is None else Decimal(str(held[1]))
    if longitude is UNSET:
        longitude = None if held is None else Decimal(str(held[0]))
    if latitude is None and longitude is None:
        return None
    if not isinstance(latitude, Decimal) or not isinstance(longitude, Decimal):
        raise Refused(
            f"{record.key} has only one of latitude and longitude",
            code="incomplete",
            advice="Map both, or none",
        )
    return {"type": "Point", "coordinates": [float(longitude), float(latitude)]}
