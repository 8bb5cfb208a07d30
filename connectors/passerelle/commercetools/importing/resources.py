"""Drafts of the HTTP API turned into resources of import requests, one function a kind.

Each takes a draft whose references have keys, and refuses what an import request has no field for: nothing
of a record is left out silently.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from ..planning.wire import target_key
from .definitions import Definitions
from .typed import Json, NotImportable, attribute_type, attribute_value, by_key, field_type, typed_money

__all__ = ["KINDS", "ImportedKind"]

_TEXTS = ("key", "name", "slug", "description", "metaTitle", "metaDescription", "metaKeywords")


def _category(draft: Json, known: Definitions) -> Json:
    resource = _taken(draft, (*_TEXTS, "orderHint", "externalId"), {"parent", "assets", "custom"})
    _add_references(resource, draft, ("parent",))
    _add_assets(resource, draft, known)
    return {**resource, **_custom(draft, known)}


def _product(draft: Json, known: Definitions) -> Json:
    resource = _taken(
        draft,
        (*_TEXTS, "searchKeywords", "priceMode"),
        {
            "productType",
            "categories",
            "attributes",
            "masterVariant",
            "variants",
            "taxCategory",
            "state",
            "publish",
        },
    )
    _add_references(resource, draft, ("productType", "taxCategory", "state"))
    # Absent, a product that is there stays as it is; false would take it off the shop.
    if draft.get("publish"):
        resource["publish"] = True
    if draft.get("categories"):
        resource["categories"] = [by_key(one) for one in draft["categories"]]
    product_type = resource["productType"]["key"]
    if draft.get("attributes"):
        resource["attributes"] = _attributes(draft["attributes"], product_type, known)
    if "masterVariant" in draft:
        resource["masterVariant"] = _variant(draft["masterVariant"], product_type, known)
    if draft.get("variants"):
        resource["variants"] = [_variant(one, product_type, known) for one in draft["variants"]]
    return resource


def _variant(draft: Json, product_type: str, known: Definitions) -> Json:
    """A variant; the Import API tells variants by their keys, so one without is called after its SKU."""
    resource = _taken(draft, ("sku", "key", "images"), {"attributes", "prices", "assets"})
    if "key" not in resource:
        if "sku" not in resource:
            raise NotImportable("variants without SKU and key")
        resource["key"] = target_key(draft["sku"])
    if draft.get("attributes"):
        resource["attributes"] = _attributes(draft["attributes"], product_type, known)
    if draft.get("prices"):
        resource["prices"] = [_embedded_price(one, resource["key"], known) for one in draft["prices"]]
    _add_assets(resource, draft, known)
    return resource


def _embedded_price(draft: Json, variant: str, known: Definitions) -> Json:
    """A price of a variant; one without a key is called after its variant and scope."""
    resource = _price(draft, known, ())
    if "key" not in resource:
        scope = [variant, draft.get("country", "ALL"), draft["value"]["currencyCode"]]
        for field, word in (("customerGroup", "group"), ("channel", "channel")):
            if field in resource:
                scope.append(f"{word}-{resource[field]['key']}")
        for field, word in (("validFrom", "from"), ("validUntil", "until")):
            if field in resource:
                scope.append(f"{word}-{''.join(filter(str.isalnum, resource[field]))}")
        resource["key"] = target_key(*scope)
    return resource


def _standalone_price(draft: Json, known: Definitions) -> Json:
    return _price(draft, known, ("sku", "active"))


def _price(draft: Json, known: Definitions, more: tuple[str, ...]) -> Json:
    plain = ("key", "country", "validFrom", "validUntil", *more)
    resource = _taken(draft, plain, {"value", "tiers", "channel", "customerGroup", "custom"})
    resource["value"] = typed_money(draft["value"])
    if draft.get("tiers"):
        resource["tiers"] = [{**tier, "value": typed_money(tier["value"])} for tier in draft["tiers"]]
    _add_references(resource, draft, ("channel", "customerGroup"))
    return {**resource, **_custom(draft, known)}


def _stock(draft: Json, known: Definitions) -> Json:
    plain = (
        "key", "sku", "quantityOnStock", "restockableInDays", "expectedDelivery",
        "reservationExpirationInMinutes",
    )  # fmt: skip
    resource = _taken(draft, plain, {"supplyChannel", "custom"})
    _add_references(resource, draft, ("supplyChannel",))
    return {**resource, **_custom(draft, known)}


def _product_type(draft: Json, known: Definitions) -> Json:  # noqa: ARG001 - the signature of all kinds
    resource = _taken(draft, ("key", "name", "description"), {"attributes"})
    fields = (
        "name",
        "label",
        "isRequired",
        "attributeConstraint",
        "inputTip",
        "inputHint",
        "isSearchable",
        "level",
    )
    if draft.get("attributes"):
        resource["attributes"] = [
            {**_taken(one, fields, {"type"}), "type": _nested_by_key(one["type"])}
            for one in draft["attributes"]
        ]
    return resource


def _nested_by_key(definition: Json) -> Json:
    if "elementType" in definition:
        return {**definition, "elementType": _nested_by_key(definition["elementType"])}
    if "typeReference" in definition:
        return {**definition, "typeReference": by_key(definition["typeReference"])}
    return definition


def _custom_type(draft: Json, known: Definitions) -> Json:  # noqa: ARG001 - the signature of all kinds
    resource = _taken(draft, ("key", "name", "description", "resourceTypeIds"), {"fieldDefinitions"})
    fields = ("name", "label", "required", "inputHint", "type")
    if draft.get("fieldDefinitions"):
        resource["fieldDefinitions"] = [_taken(one, fields, ()) for one in draft["fieldDefinitions"]]
    return resource


def _taken(draft: Json, plain: tuple[str, ...], others: Collection[str]) -> Json:
    """The fields that stand in both APIs alike; `others` are seen to by the caller.

    Raises:
        NotImportable: the draft has a field that no import request has.
    """
    for field, value in draft.items():
        if field not in plain and field not in others and value not in (None, {}, []):
            raise NotImportable(field)
    return {field: draft[field] for field in plain if draft.get(field) is not None}


def _add_references(resource: Json, draft: Json, fields: tuple[str, ...]) -> None:
    for field in fields:
        if draft.get(field) is not None:
            resource[field] = by_key(draft[field])


def _add_assets(resource: Json, draft: Json, known: Definitions) -> None:
    if draft.get("assets"):
        plain = ("key", "name", "description", "sources", "tags")
        resource["assets"] = [
            {**_taken(one, plain, {"custom"}), **_custom(one, known)} for one in draft["assets"]
        ]


def _attributes(values: list[Json], product_type: str, known: Definitions) -> list[Json]:
    typed: list[Json] = []
    for one in values:
        definition = known.attribute(product_type, one["name"])
        value = attribute_value(definition, one["value"])
        typed.append({"name": one["name"], "type": attribute_type(definition), "value": value})
    return typed


def _custom(draft: Mapping[str, Any], known: Definitions) -> Json:
    held = draft.get("custom")
    if held is None:
        return {}
    custom_type = by_key(held["type"])
    fields: Json = {}
    for name, value in held.get("fields", {}).items():
        definition = known.field(custom_type["key"], name)
        fields[name] = {"type": field_type(definition), "value": attribute_value(definition, value)}
    return {"custom": {"type": custom_type, "fields": fields}}


class ImportedKind(NamedTuple):
    """How one kind of record is imported: path and type of its requests, and how its resources are made.

    `read_at_once` is how many of them one query reads back. `with_variants` says that a resource holds its
    variants.
    """

    path: str
    resource_type: str
    resource: Callable[[Json, Definitions], Json]
    read_at_once: int = 250
    with_variants: bool = False


#: By entity. Channels, groups, tax categories, stores and states cannot be imported (facts 3.1).
KINDS: dict[str, ImportedKind] = {
    "category": ImportedKind("categories", "category", _category),
    "custom_type": ImportedKind("types", "type", _custom_type),
    "price": ImportedKind("standalone-prices", "standalone-price", _standalone_price),
    "product": ImportedKind("product-drafts", "product-draft", _product, 100, with_variants=True),
    "product_type": ImportedKind("product-types", "product-type", _product_type),
    "stock": ImportedKind("inventories", "inventory", _stock),
}
