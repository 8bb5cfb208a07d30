"""Requests held against the schemas of the community's Python SDK, made strict: a second opinion.

As shipped those schemas let missing fields, unknown fields and `"5"` for 5 pass. Here they are walked field
by field: what the model's constructor demands is required, nothing else may be there, an action must be one
the SDK knows. The SDK is older than the API: `NOT_IN_SDK` names what it lacks.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import marshmallow
from commercetools import helpers
from commercetools.platform import models

__all__ = ["NOT_IN_SDK", "RESOURCES", "SdkContract"]

#: What the API takes and the SDK does not know: (schema, field or action) -> what it is.
NOT_IN_SDK: Final[Mapping[tuple[str, str], str]] = {
    ("InventoryEntryDraft", "minCartQuantity"): "cart limits, younger than the SDK",
    ("InventoryEntryDraft", "maxCartQuantity"): "cart limits, younger than the SDK",
    ("InventoryEntryDraft", "reservationExpirationInMinutes"): "reservations, younger than the SDK",
    ("InventoryEntryDraft", "stockLevels"): "safety stock, younger than the SDK",
    ("InventoryEntryUpdateAction", "setInventoryLimits"): "cart limits, younger than the SDK",
    ("InventoryEntryUpdateAction", "setReorderPoint"): "safety stock, younger than the SDK",
    ("InventoryEntryUpdateAction", "setReservationExpirationInMinutes"): "reservations, younger than the SDK",
    ("InventoryEntryUpdateAction", "setSafetyStock"): "safety stock, younger than the SDK",
    ("OrderUpdateAction", "setEstimatedDelivery"): "delivery dates, younger than the SDK",
    ("ProductDraft", "attributes"): "attributes of the whole product, younger than the SDK",
    ("ProductUpdateAction", "setProductAttribute"): "attributes of the whole product, younger than the SDK",
    ("AttributeDefinitionDraft", "level"): "attributes of the whole product, younger than the SDK",
}


class Resource(NamedTuple):
    """The SDK's module of a resource, and its schemas for creating and updating one."""

    module: str
    create: str
    update: str


#: First part of a path behind the project -> the schemas of its bodies.
RESOURCES: Final[Mapping[str, Resource]] = {
    "categories": Resource("category", "CategoryDraft", "CategoryUpdate"),
    "channels": Resource("channel", "ChannelDraft", "ChannelUpdate"),
    "customer-groups": Resource("customer_group", "CustomerGroupDraft", "CustomerGroupUpdate"),
    "inventory": Resource("inventory", "InventoryEntryDraft", "InventoryEntryUpdate"),
    "orders": Resource("order", "OrderFromCartDraft", "OrderUpdate"),
    "product-selections": Resource("product_selection", "ProductSelectionDraft", "ProductSelectionUpdate"),
    "product-types": Resource("product_type", "ProductTypeDraft", "ProductTypeUpdate"),
    "products": Resource("product", "ProductDraft", "ProductUpdate"),
    "standalone-prices": Resource("standalone_price", "StandalonePriceDraft", "StandalonePriceUpdate"),
    "states": Resource("state", "StateDraft", "StateUpdate"),
    "stores": Resource("store", "StoreDraft", "StoreUpdate"),
    "tax-categories": Resource("tax_category", "TaxCategoryDraft", "TaxCategoryUpdate"),
    "types": Resource("type", "TypeDraft", "TypeUpdate"),
}
#: Paths whose body is neither a draft nor an update of their resource.
SPECIAL: Final[Mapping[str, Resource]] = {
    "": Resource("project", "ProjectUpdate", ""),
    "orders/import": Resource("order", "OrderImportDraft", ""),
    "graphql": Resource("graph_ql", "GraphQLRequest", ""),
}
ONE: Final = re.compile(r"^(key=|order-number=)?[^/=]+$")
SCALARS: Final[Mapping[type[marshmallow.fields.Field], frozenset[type]]] = {
    marshmallow.fields.Integer: frozenset({int}),
    marshmallow.fields.Float: frozenset({int, float}),
    marshmallow.fields.Boolean: frozenset({bool}),
    marshmallow.fields.String: frozenset({str}),
    marshmallow.fields.DateTime: frozenset({str}),
    marshmallow.fields.Date: frozenset({str}),
    marshmallow.fields.Time: frozenset({str}),
}


class SdkContract:
    """The SDK's schemas, closed; `check_request` returns the faults it finds, none when all is well."""

    def check_request(self, method: str, path: str, body: Any) -> list[str]:
        """Name every fault of one request; `path` starts with the project and may carry a query."""
        if method != "POST":
            return [] if body is None else [f"$: {method} takes no body"]
        rest = urlsplit(path).path.strip("/").partition("/")[2]
        name, _, one = rest.partition("/")
        if rest in SPECIAL:
            resource, kind = SPECIAL[rest], SPECIAL[rest].create
        elif name in RESOURCES and (not one or ONE.match(one)):
            resource = RESOURCES[name]
            kind = resource.update if one else resource.create
        else:
            return [f"{path}: the SDK has no such path in its table"]
        return self.check_schema(resource.module, kind, body)

    def check_schema(self, module: str, name: str, value: Any) -> list[str]:
        """Hold one value against one schema of the SDK."""
        return list(_object(_schema(module, name), value, "$"))


def _schema(module: str, name: str) -> type[marshmallow.Schema]:
    return _by_path(f"commercetools.platform.models._schemas.{module}.{name}Schema")


def _by_path(path: str) -> type[marshmallow.Schema]:
    module, _, name = path.rpartition(".")
    schema: type[marshmallow.Schema] = getattr(importlib.import_module(module), name)
    return schema


def _name(schema: type[marshmallow.Schema]) -> str:
    return schema.__name__.removesuffix("Schema")


def _required(schema: type[marshmallow.Schema], fields: Mapping[str, marshmallow.fields.Field]) -> set[str]:
    """Return what the model cannot be made without; a field it sets itself (`action`) tells which model."""
    parameters = inspect.signature(getattr(models, _name(schema)).__init__).parameters
    return {
        field.data_key or name
        for name, field in fields.items()
        if name not in parameters or parameters[name].default is inspect.Parameter.empty
    }


def _object(schema: type[marshmallow.Schema], value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: expected {_name(schema)}, got {json.dumps(value)}"
        return
    bound = schema()
    fields = {field.data_key or name: field for name, field in bound.fields.items() if name != "_regex"}
    open_field = bound.fields.get("_regex")
    required = _required(schema, {k: v for k, v in bound.fields.items() if k != "_regex"})
    for name in sorted(required - value.keys()):
        yield f"{at}: {name} is missing ({_name(schema)})"
    for name, content in value.items():
        if name in fields:
            yield from _value(fields[name], content, f"{at}.{name}", _name(schema))
        elif open_field is None and not _taken_by_the_api(_name(schema), name, content):
            yield f"{at}: unknown field {name} ({_name(schema)})"


def _taken_by_the_api(schema: str, name: str, content: Any) -> bool:
    # Money in a draft may say which precision it has; the draft's schema does not know.
    return (schema, name) in NOT_IN_SDK or (schema, name, content) == ("Money", "type", "centPrecision")


def _value(field: marshmallow.fields.Field, value: Any, at: str, owner: str) -> Iterator[str]:
    if isinstance(field, helpers.Discriminator):
        yield from _chosen(field, value, at)
    elif isinstance(field, marshmallow.fields.List):
        yield from _items(value, at, lambda item, where: _value(field.inner, item, where, owner))
    elif isinstance(field, marshmallow.fields.Nested):
        nested = type(field.schema)
        if field.many:
            yield from _items(value, at, lambda item, where: _object(nested, item, where))
        else:
            yield from _object(nested, value, at)
    else:
        yield from _scalar(field, value, at)


def _items(value: Any, at: str, check: Any) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{at}: expected a list, got {json.dumps(value)}"
        return
    for index, item in enumerate(value):
        yield from check(item, f"{at}[{index}]")


def _chosen(field: helpers.Discriminator, value: Any, at: str) -> Iterator[str]:
    name = field.discriminator_field[0]
    kind = value.get(name) if isinstance(value, dict) else None
    if kind is None:
        yield f"{at}: {name} is missing"
    elif kind in field.discriminator_schemas:
        yield from _object(_by_path(field.discriminator_schemas[kind]), value, at)
    else:
        # The concrete schemas share a base: any of them tells its name, InventoryEntryUpdateAction.
        base = _by_path(next(iter(field.discriminator_schemas.values()))).__mro__[1]
        if (_name(base), kind) not in NOT_IN_SDK:
            yield f"{at}.{name}: unknown {json.dumps(kind)}"


def _scalar(field: marshmallow.fields.Field, value: Any, at: str) -> Iterator[str]:
    for kind, types in SCALARS.items():
        if isinstance(field, kind) and type(value) not in types:
            yield f"{at}: expected {kind.__name__}, got {json.dumps(value)}"
            return
    if value is None and not isinstance(field, marshmallow.fields.Raw):
        yield f"{at}: null is no value"
        return
    try:
        read = field.deserialize(value)
    except marshmallow.ValidationError as error:
        yield f"{at}: {'; '.join(map(str, error.messages))}"
        return
    # A Date field is a DateTime field to marshmallow: only a point in time has a zone.
    if type(field) is marshmallow.fields.DateTime and read.tzinfo is None:
        yield f"{at}: {json.dumps(value)} has no zone"
