"""Bring a project to what its model declares: adds what is missing, leaves alone what is there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from ...errors import ConfigError, Conflict, Refused
from ..http.client import Client, Json
from ..http.errors import DUPLICATES
from .model import AttributeModel, ChannelModel, ProductTypeModel, ProjectModel, TaxCategoryModel

__all__ = ["ensure"]

_TRIES = 3

#: An update action and what it adds, for people.
Addition = tuple[Json, str]


async def ensure(client: Client, model: ProjectModel) -> list[str]:
    """Create and complete what the model declares; tells what was done, nothing when all was there.

    Raises:
        ConfigError: an attribute exists with another type (its name holds for the whole project); nothing
            was written then.
    """
    await _check_attribute_types(client, model)
    done: list[str] = []
    for kind in model.product_types:
        done += await _ensure(
            client, "product-types", kind.key, _product_type(kind), _missing_attributes(kind)
        )
    for tax in model.tax_categories:
        done += await _ensure(client, "tax-categories", tax.key, _tax_category(tax), _missing_rates(tax))
    for channel in model.channels:
        done += await _ensure(client, "channels", channel.key, _channel(channel), _missing_roles(channel))
    return done


async def _ensure(
    client: Client, path: str, key: str, draft: Json, missing: Callable[[Json], list[Addition]]
) -> list[str]:
    async def once() -> list[str]:
        live = await client.get(f"{path}/key={quote(key, safe='')}")
        if live is None:
            await client.create(path, draft)
            return [f"created {path}/{key}"]
        additions = missing(live)
        if additions:
            await client.update(path, live["id"], live["version"], [action for action, _ in additions])
        return [f"{path}/{key}: {what}" for _, what in additions]

    return await _again(once)


async def _again(once: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """Two setups at a time, or a lost answer: look again and add what is still missing."""
    for _ in range(_TRIES - 1):
        try:
            return await once()
        except Conflict:
            continue
        except Refused as refusal:
            # Created by another setup since we looked.
            if refusal.code not in DUPLICATES:
                raise
    return await once()


async def _check_attribute_types(client: Client, model: ProjectModel) -> None:
    faults: list[str] = []
    wanted = {attribute.name: attribute for kind in model.product_types for attribute in kind.attributes}
    async for kind in client.query("product-types"):
        for definition in kind.get("attributes", ()):
            declared = wanted.get(definition["name"])
            if declared is not None and _shape(definition["type"]) != _shape(declared.described()):
                faults.append(
                    f"{definition['name']} is {_shape(definition['type'])} in product type "
                    f"{kind.get('key', kind['id'])}, the model declares {_shape(declared.described())}"
                )
    if faults:
        raise ConfigError(
            f"an attribute's type holds for the whole project and for good: {'; '.join(faults)}",
            advice="Rename the attribute in the model",
        )


def _shape(kind: dict[str, Any]) -> str:
    return f"set of {kind['elementType']['name']}" if kind["name"] == "set" else str(kind["name"])


def _product_type(kind: ProductTypeModel) -> Json:
    return {
        "key": kind.key,
        "name": kind.name,
        "description": kind.description,
        "attributes": [attribute.definition() for attribute in kind.attributes],
    }


def _missing_attributes(kind: ProductTypeModel) -> Callable[[Json], list[Addition]]:
    def missing(live: Json) -> list[Addition]:
        held = {definition["name"]: definition["type"] for definition in live.get("attributes", ())}
        additions: list[Addition] = []
        for attribute in kind.attributes:
            if attribute.name not in held:
                action = {"action": "addAttributeDefinition", "attribute": attribute.definition()}
                additions.append((action, f"added attribute {attribute.name}"))
            else:
                additions += _missing_values(attribute, held[attribute.name])
        return additions

    return missing


def _missing_values(attribute: AttributeModel, live: dict[str, Any]) -> list[Addition]:
    held = {value["key"] for value in live.get("elementType", live).get("values", ())}
    name = "addPlainEnumValue" if attribute.type == "enum" else "addLocalizedEnumValue"
    return [
        (
            {"action": name, "attributeName": attribute.name, "value": value.model_dump()},
            f"added value {value.key} to attribute {attribute.name}",
        )
        for value in attribute.values
        if value.key not in held
    ]


def _rate(name: str, amount: float, country: str, *, included: bool) -> Json:
    return {"name": name, "amount": amount, "country": country, "includedInPrice": included}


def _tax_category(tax: TaxCategoryModel) -> Json:
    rates = [_rate(r.name, r.amount, r.country, included=r.included) for r in tax.rates]
    return {"key": tax.key, "name": tax.name, "rates": rates}


def _missing_rates(tax: TaxCategoryModel) -> Callable[[Json], list[Addition]]:
    def missing(live: Json) -> list[Addition]:
        # A rate that is there is somebody's decision, also when its amount is not the model's.
        held = {rate["country"] for rate in live.get("rates", ())}
        return [
            (
                {"action": "addTaxRate", "taxRate": _rate(r.name, r.amount, r.country, included=r.included)},
                f"added tax rate {r.name} for {r.country}",
            )
            for r in tax.rates
            if r.country not in held
        ]

    return missing


def _channel(channel: ChannelModel) -> Json:
    draft: Json = {"key": channel.key, "roles": list(channel.roles)}
    if channel.name:
        draft["name"] = channel.name
    if channel.country is not None:
        draft["address"] = {"country": channel.country}
    return draft


def _missing_roles(channel: ChannelModel) -> Callable[[Json], list[Addition]]:
    def missing(live: Json) -> list[Addition]:
        roles = [role for role in channel.roles if role not in live.get("roles", ())]
        return [({"action": "addRoles", "roles": roles}, f"added role {', '.join(roles)}")] if roles else []

    return missing
