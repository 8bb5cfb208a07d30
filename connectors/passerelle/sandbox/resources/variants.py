"""Variants of a product: their drafts, how they are found, and what must hold among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, TypeAlias

import orjson
from msgspec import Meta

from ..problems import Problem, duplicate_field, invalid_field, invalid_input, required_field
from ..project import Project
from ..store import Doc
from ..vocabulary import Image, Key, Model, Text, as_json, put
from .attribute_types import stored_value

__all__ = [
    "MAX_VARIANTS",
    "Attribute",
    "Attributes",
    "ProductVariantDraft",
    "all_variants",
    "check_attributes",
    "check_identities",
    "definitions",
    "new_variant",
    "set_attribute",
    "variant_named",
]

MAX_VARIANTS = 100


class Attribute(Model):
    """An attribute as requests give it."""

    name: Text
    value: Any = None


Attributes: TypeAlias = tuple[Attribute, ...]


class ProductVariantDraft(Model):
    """A new variant. Prices live on their own (price mode Standalone): the list must be empty."""

    sku: Text | None = None
    key: Key | None = None
    prices: Annotated[tuple[Any, ...], Meta(max_length=0)] = ()
    attributes: Attributes = ()
    images: tuple[Image, ...] = ()


def definitions(product: Doc, project: Project) -> dict[str, Doc]:
    """The attribute definitions of a product's type, by name."""
    product_type = project.collection("product-type").docs[product["productType"]["id"]]
    return {definition["name"]: definition for definition in product_type["attributes"]}


def new_variant(draft: ProductVariantDraft, number: int, known: dict[str, Doc], project: Project) -> Doc:
    """A variant as products hold it, its attributes checked one by one."""
    variant: Doc = {
        "id": number,
        "prices": [],
        "images": as_json(draft.images),
        "attributes": [],
        "assets": [],
    }
    put(variant, "sku", draft.sku)
    put(variant, "key", draft.key)
    for attribute in draft.attributes:
        if any(present["name"] == attribute.name for present in variant["attributes"]):
            raise invalid_input(f"The attribute '{attribute.name}' is given twice.")
        set_attribute(variant, attribute.name, attribute.value, known, project)
    return variant


def set_attribute(variant: Doc, name: str, value: Any, known: dict[str, Doc], project: Project) -> None:
    """Set one attribute of a variant, or take it away when there is no value.

    Raises:
        Problem: 400 when the product type has no such attribute, the value is of another type, or an
            attribute that is required would go.
    """
    definition = known.get(name)
    if definition is None:
        raise invalid_field("name", name, sorted(known))
    attributes = variant["attributes"]
    place = next((i for i, present in enumerate(attributes) if present["name"] == name), None)
    if value is None:
        if definition["isRequired"]:
            raise required_field(name)
        if place is not None:
            del attributes[place]
        return
    attribute = {"name": name, "value": stored_value(definition["type"], value, name, project)}
    if place is None:
        attributes.append(attribute)
    else:
        attributes[place] = attribute


def all_variants(data: Doc) -> Iterator[Doc]:
    """The variants of one side of a product, the master variant first."""
    yield data["masterVariant"]
    yield from data["variants"]


def variant_named(data: Doc, number: int | None, sku: str | None) -> Doc:
    """The variant that an action names by id or SKU.

    Raises:
        Problem: 400 when neither or both are given, or there is none.
    """
    if (number is None) == (sku is None):
        raise invalid_input("An action on a variant takes either a variant id or a sku.")
    for variant in all_variants(data):
        if (number is not None and variant["id"] == number) or (
            sku is not None and variant.get("sku") == sku
        ):
            return variant
    named = f"id {number}" if number is not None else f"sku '{sku}'"
    raise invalid_input(f"The product has no variant with {named}.")


def check_identities(data: Doc) -> None:
    """Refuse two variants with one SKU or key, two that cannot be told apart, and too many of them."""
    variants = [data["masterVariant"], *data["variants"]]
    if len(variants) > MAX_VARIANTS:
        raise Problem(
            400,
            "MaxResourceLimitExceeded",
            f"A product can have at most {MAX_VARIANTS} variants; this one would have {len(variants)}.",
            exceededResource="product",
        )
    for field in ("sku", "key"):
        values = [variant[field] for variant in variants if field in variant]
        if len(set(values)) != len(values):
            raise duplicate_field(field, next(value for value in values if values.count(value) > 1))
    seen = set()
    for variant in variants:
        if "sku" in variant:
            continue
        looks = orjson.dumps(sorted(variant["attributes"], key=lambda attribute: str(attribute["name"])))
        if looks in seen:
            raise Problem(
                400,
                "DuplicateVariantValues",
                f"The variant {variant['id']} has no SKU and the same attributes as another one.",
                variantValues={"prices": [], "attributes": variant["attributes"]},
            )
        seen.add(looks)


def check_attributes(data: Doc, known: dict[str, Doc]) -> None:
    """Hold every variant to what the product type asks: required values, and constraints among variants."""
    variants = [data["masterVariant"], *data["variants"]]
    tables = [{a["name"]: a["value"] for a in variant["attributes"]} for variant in variants]
    combined = [name for name, d in known.items() if d["attributeConstraint"] == "CombinationUnique"]
    for name, definition in known.items():
        if definition["isRequired"]:
            for table in tables:
                if name not in table:
                    raise required_field(name)
        if definition["attributeConstraint"] == "SameForAll":
            _same_for_all(name, [table.get(name) for table in tables])
        elif definition["attributeConstraint"] == "Unique":
            _unique(name, [table[name] for table in tables if name in table])
    if combined:
        _combination_unique(combined, tables)


def _same_for_all(name: str, values: Sequence[Any]) -> None:
    first = values[0]
    for value in values:
        if value != first:
            raise Problem(
                400,
                "InvalidField",
                f"The attribute '{name}' is SameForAll: all variants must have the same value. "
                "setAttributeInAllVariants changes all of them at once.",
                field=name,
                # The error always names a value; where this variant has none, the others do.
                invalidValue=first if value is None else value,
            )


def _unique(name: str, values: Sequence[Any]) -> None:
    seen = set()
    for value in values:
        form = orjson.dumps(value)
        if form in seen:
            raise Problem(
                400,
                "DuplicateAttributeValue",
                f"The attribute '{name}' must be unique among the variants of a product.",
                attribute={"name": name, "value": value},
            )
        seen.add(form)


def _combination_unique(names: Sequence[str], tables: Sequence[dict[str, Any]]) -> None:
    seen = set()
    for table in tables:
        form = orjson.dumps([table.get(name) for name in names])
        if form in seen:
            raise Problem(
                400,
                "DuplicateAttributeValues",
                f"The combination of the attributes {list(names)} must be unique among the variants.",
                attributes=[{"name": name, "value": table.get(name)} for name in names],
            )
        seen.add(form)
