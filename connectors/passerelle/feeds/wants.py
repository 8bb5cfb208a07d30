"""What a feed wants of the shop's project, read from its mapping: locales, currencies, places, types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from ..commercetools import ImportDoor, Wants, needs_of
from ..mapping import Mapping, OutgoingMapping
from ..mapping.spec.fields import FieldSpec

__all__ = ["filled_fields", "may_import", "wants_of"]

_LOCALE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
#: The role that a channel needs where a field names it.
_ROLES = {"supply_channel": "InventorySupply", "channel": "ProductDistribution"}
#: Where what a field names by its key is found in the shop.
_KEYED = {
    "tax_category": "tax-categories",
    "customer_group": "customer-groups",
    "product_type": "product-types",
    "custom_type": "types",
}


def filled_fields(mapping: Mapping | OutgoingMapping) -> list[str]:
    """Name what a feed fills of its records: `variants.prices.channel`; nothing for one that leaves."""
    return [name for name, _ in _walk(mapping.spec.fields)] if isinstance(mapping, Mapping) else []


def may_import(mapping: Mapping) -> bool:
    """Say whether new records of a feed may go by the Import API.

    Movements of stock never do: what is sent twice there, or late, would set a quantity back.
    """
    moves = mapping.spec.target.get("commercetools", {}).get("movements") is not None
    return mapping.spec.creates and not moves and ImportDoor.carries(mapping.entity)


def _importing(mapping: Mapping) -> Literal["import", "auto"] | None:
    """Say whether a feed goes by the Import API alone, by the cheaper way, or never by it."""
    via = mapping.spec.target.get("commercetools", {}).get("via", "auto")
    if via == "http" or not may_import(mapping):
        return None
    return "import" if via == "import" else "auto"


def wants_of(mapping: Mapping | OutgoingMapping) -> Wants:
    """Tell what a feed wants, as far as its mapping says it: values that stand there and in its code tables.

    What only the files say (a locale in an element, a key without a table) is not known beforehand.
    """
    channel = mapping.spec.target.get("commercetools", {}).get("channel", "erp")
    wants = Wants(mapping.feed, mapping.entity, needs_of(mapping.entity, filled_fields(mapping)))
    if mapping.entity in {"order", "order_ack", "order_import"} and channel is not None:
        wants.channels[str(channel)] = frozenset({"OrderExport"})
    if not isinstance(mapping, Mapping):
        return wants
    wants.importing = _importing(mapping)
    wants.locales.update(locale for locale in mapping.spec.locales if _LOCALE.fullmatch(locale))
    attributes: set[str] = set()
    for name, field in _walk(mapping.spec.fields):
        _read_name(wants, attributes, name.split("."), field)
        _read_values(wants, name.split(".")[-1], set(_values(mapping, field)))
        if field.money is not None:
            wants.currencies.update(field.money.only, filter(None, [field.money.currency.value]))
    for field_name, listed in (mapping.spec.scopes.said() if mapping.spec.scopes else {}).items():
        if isinstance(listed, tuple):
            _read_values(wants, field_name, set(listed) - {"*"})
    for kind in wants.keys.get("product-types", ()):
        wants.attributes[kind] = frozenset(attributes)
    if mapping.entity == "price":
        wants.price_mode = "Standalone"
    elif mapping.entity == "product" and any("prices" in name.split(".") for name in filled_fields(mapping)):
        wants.price_mode = "Embedded"
    return wants


def _read_name(wants: Wants, attributes: set[str], parts: list[str], field: FieldSpec) -> None:
    """Learn from what a field is called: `name.fr-FR`, `variants.attributes.colour`."""
    if len(parts) > 1 and _LOCALE.fullmatch(parts[-1]):
        wants.locales.add(parts[-1])
    if field.locales is not None:
        wants.locales.update(field.locales.names.values())
    if "attributes" in parts[:-1]:
        attributes.add(parts[parts.index("attributes") + 1])
    if field.attributes is not None and parts[-1] == "attributes":
        attributes.update(known.to for known in field.attributes.only.values())


def _read_values(wants: Wants, field: str, values: set[str]) -> None:
    """Learn from the values that a field can have."""
    if field == "country":
        wants.countries.update(values)
    elif field in _ROLES:
        for key in values:
            wants.channels[key] = wants.channels.get(key, frozenset()) | {_ROLES[field]}
    elif field in _KEYED and values:
        wants.keys.setdefault(_KEYED[field], set()).update(values)


def _walk(fields: Iterable[FieldSpec], before: str = "") -> Iterator[tuple[str, FieldSpec]]:
    """Give every field with the whole name of what it fills, those of lists included."""
    for field in fields:
        name = before + field.to
        yield name, field
        if field.fields:
            yield from _walk(field.fields, f"{name}.")


def _values(mapping: Mapping, field: FieldSpec) -> Iterator[str]:
    """Give the values that a field can have as far as the mapping holds them: constants, code tables."""
    if isinstance(field.value, str):
        yield field.value
    if isinstance(field.default, str):
        yield field.default
    for step in field.via:
        if step.name == "code" and step.argument and step is field.via[-1]:
            table = mapping.tables.get(str(step.argument[0]))
            column = step.options.get("column")
            if table is not None:
                entries = table.columns.get(str(column), {}) if column else table.entries
                yield from entries.values()
    for alternative in field.first_of or ():
        if isinstance(alternative.value, str):
            yield alternative.value
