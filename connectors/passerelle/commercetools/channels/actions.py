"""Update actions of a channel."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UnsetType

from ...records import Address, Channel
from ..http.client import Json
from ..planning.custom_fields import CustomFields
from ..planning.steps import Step
from ..planning.texts import ListActions, list_steps, locales_step
from .draft import ADDRESS, address_draft, point

__all__ = ["channel_steps"]

_ROLES = ListActions("roles", "setRoles", str, add="addRoles", remove="removeRoles", several=True)


def channel_steps(record: Channel, live: Json, custom: CustomFields, *, keep: bool) -> Iterator[Step]:
    """Name, description, roles, address, place and custom fields; `keep` leaves the roles that are there."""
    yield from locales_step("changeName", "name", live.get("name"), record.name)
    yield from locales_step("changeDescription", "description", live.get("description"), record.description)
    yield from list_steps(_ROLES, live.get("roles", ()), record.roles, keep=keep)
    yield from set_address(live.get("address"), record.address, of=record.key)
    yield from set_geo_location(live.get("geoLocation"), record)
    yield from custom.steps(record, live)


def set_address(live: Json | None, wanted: Address | UnsetType | None, *, of: str) -> Iterator[Step]:
    """Set or remove the address; parts that records do not know, such as the region, stay as they are."""
    if isinstance(wanted, UnsetType) or (wanted is None and live is None):
        return
    if wanted is None:
        yield Step.of({"action": "setAddress"}, "address", live, None)
        return
    held = live or {}
    unknown = {n: v for n, v in held.items() if n not in {*ADDRESS.values(), "custom", "id"}}
    address = {**unknown, **address_draft(wanted, of=of)}
    if address == {n: v for n, v in held.items() if n not in {"custom", "id"}}:
        return
    yield Step.of({"action": "setAddress", "address": address}, "address", live, address)
    if "custom" in held:
        # Another address comes without the custom fields of the one before.
        kept = {"type": held["custom"]["type"], "fields": held["custom"]["fields"]}
        yield Step({"action": "setAddressCustomType", **kept}, ())


def set_geo_location(live: Json | None, record: Channel) -> Iterator[Step]:
    """Set or remove the place on the globe."""
    wanted = point(record, live)
    if (live or {}).get("coordinates") == (wanted or {}).get("coordinates"):
        return
    action: Json = {"action": "setGeoLocation"}
    if wanted is not None:
        action["geoLocation"] = wanted
    yield Step.of(action, "geoLocation", live, wanted)
