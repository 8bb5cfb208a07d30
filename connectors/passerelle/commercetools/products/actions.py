"""Update actions of a product, one small pure function a field; everything is written to the staged data.

The live product is its staged projection, its references with the key beside the id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import UNSET, UnsetType

from ...errors import Refused
from ...records import Product, Variant
from ...sync.protocols import FieldChange
from ..planning.steps import Step, localized_step
from .attributes import Attribute, Attributes

__all__ = ["MAX_VARIANTS", "draft", "draft_fields", "live_variants", "steps"]

Json = dict[str, Any]

#: Variants of a product in the Classic catalog model (Limits; may be raised on request).
MAX_VARIANTS = 100

# What an image's size is when the source does not tell it: the API demands the field, not its truth.
_NO_SIZE = {"w": 0, "h": 0}


def live_variants(live: Json) -> list[Json]:
    """All live variants, the master variant first."""
    return [live["masterVariant"], *live.get("variants", ())]


def steps(record: Product, live: Json, attributes: Attributes) -> list[Step]:
    """All steps, in the order remove, change, add: what is added must fit what was changed before it.

    A variant that the record leaves out stays.
    """
    removals: list[Step] = []
    changes = [
        *localized_step("changeName", "name", live["name"], record.name),
        *localized_step("changeSlug", "slug", live["slug"], record.slug),
        *localized_step("setDescription", "description", live.get("description"), record.description),
        *set_tax_category(live.get("taxCategory"), record.tax_category),
    ]
    additions: list[Step] = []
    for step in change_categories(live.get("categories", []), record.categories):
        is_removal = step.action is not None and step.action["action"] == "removeFromCategory"
        (removals if is_removal else additions).append(step)
    if not isinstance(record.variants, UnsetType):
        common = shared_values(record, attributes)
        changes += set_shared_attributes(live, common, attributes)
        by_sku = {variant.get("sku"): variant for variant in live_variants(live)}
        for variant in record.variants:
            old = by_sku.get(variant.sku)
            if old is None:
                additions.append(add_variant(variant, _for_new_variant(live, common, attributes), attributes))
            else:
                changes += change_variant(old, variant, attributes)
    return removals + changes + additions


def set_tax_category(live: Json | None, wanted: str | UnsetType | None) -> Iterator[Step]:
    """Set or remove the tax category, compared by key. It takes effect at once: it knows no staged data."""
    old = live.get("key", live["id"]) if live else None
    if isinstance(wanted, UnsetType) or wanted == old:
        return
    action: Json = {"action": "setTaxCategory"}
    if wanted is not None:
        action["taxCategory"] = {"typeId": "tax-category", "key": wanted}
    yield Step.of(action, "taxCategory", old, wanted)


def change_categories(live: Sequence[Json], wanted: Sequence[str] | UnsetType) -> Iterator[Step]:
    """Take the product out of the categories that the record does not name, and put it into the others."""
    if isinstance(wanted, UnsetType):
        return
    for reference in live:
        if reference.get("key") not in wanted:
            category = {"typeId": "category", "id": reference["id"]}
            old = reference.get("key", reference["id"])
            yield Step.of({"action": "removeFromCategory", "category": category}, "categories", old, None)
    held = {reference.get("key") for reference in live}
    for key in dict.fromkeys(wanted):
        if key not in held:
            category = {"typeId": "category", "key": key}
            yield Step.of({"action": "addToCategory", "category": category}, "categories", None, key)


def shared_values(record: Product, attributes: Attributes) -> dict[str, Any]:
    """The values of SameForAll attributes, which all variants of the record that name one must agree on.

    Raises:
        Refused: they do not agree.
    """
    values: dict[str, Any] = {}
    holders: dict[str, str] = {}
    for variant in () if isinstance(record.variants, UnsetType) else record.variants:
        for name, value in _named(variant).items():
            if not attributes[name].same_for_all:
                continue
            if name in values and values[name] != value:
                raise Refused(
                    f"{name} must be the same for all variants of {record.key}: "
                    f"{holders[name]} has {values[name]!r}, {variant.sku} has {value!r}",
                    code="same_for_all",
                    advice="Correct the source",
                )
            values[name] = value
            holders.setdefault(name, variant.sku)
    return values


def set_shared_attributes(live: Json, common: Mapping[str, Any], attributes: Attributes) -> Iterator[Step]:
    """One action for all variants, also when only one of them is behind (commercetools-sync-java#513)."""
    for name, wanted in common.items():
        attribute = attributes[name]
        held = [_values(variant).get(name) for variant in live_variants(live)]
        different = [old for old in held if _differs(attribute, old, wanted)]
        if different:
            yield _attribute_step(
                {"action": "setAttributeInAllVariants", "name": name}, name, attribute, different[0], wanted
            )


def change_variant(live: Json, wanted: Variant, attributes: Attributes) -> Iterator[Step]:
    """Key, attributes and images of a variant that is there, found by its SKU."""
    sku, where = wanted.sku, f"variants[{wanted.sku}]"
    if not isinstance(wanted.key, UnsetType) and wanted.key != live.get("key"):
        action = {"action": "setProductVariantKey", "sku": sku, "key": wanted.key}
        yield Step.of(action, f"{where}.key", live.get("key"), wanted.key)
    held = _values(live)
    for name, value in _named(wanted).items():
        attribute = attributes[name]
        if not attribute.same_for_all and _differs(attribute, held.get(name), value):
            yield _attribute_step(
                {"action": "setAttribute", "sku": sku, "name": name},
                f"{where}.{name}",
                attribute,
                held.get(name),
                value,
            )
    if not isinstance(wanted.images, UnsetType):
        yield from change_images(sku, [image["url"] for image in live.get("images", ())], wanted.images)


def change_images(sku: str, live: Sequence[str], wanted: Sequence[str]) -> Iterator[Step]:
    """Remove, add and arrange pictures, compared by address; a picture that stays keeps its label."""
    wanted = list(dict.fromkeys(wanted))
    field = f"variants[{sku}].images"
    order = [url for url in live if url in wanted]
    for url in live:
        if url not in wanted:
            yield Step.of({"action": "removeImage", "sku": sku, "imageUrl": url}, field, url, None)
    for url in wanted:
        if url not in order:
            image = {"url": url, "dimensions": _NO_SIZE}
            yield Step.of({"action": "addExternalImage", "sku": sku, "image": image}, field, None, url)
            order.append(url)
    for position, url in enumerate(wanted):
        old = order.index(url)
        if old != position:
            action = {"action": "moveImageToPosition", "sku": sku, "imageUrl": url, "position": position}
            yield Step.of(action, f"{field}.position", old, position)
            order.insert(position, order.pop(old))


def add_variant(variant: Variant, common: Mapping[str, Any], attributes: Attributes) -> Step:
    """Add a variant, with the attributes that all variants share."""
    action = {"action": "addVariant", **_variant_draft(variant, common, attributes)}
    return Step.of(action, "variants", None, variant.sku)


def draft(record: Product, attributes: Attributes, *, publish: bool) -> Json:
    """The draft of a product; its prices are standalone prices, so its price mode says so."""
    common = shared_values(record, attributes)
    variants = () if isinstance(record.variants, UnsetType) else record.variants
    drafts = [_variant_draft(variant, common, attributes) for variant in variants]
    body: Json = {
        "key": record.key,
        "productType": {"typeId": "product-type", "key": attributes.product_type},
        "name": record.name,
        "slug": record.slug,
        "priceMode": "Standalone",
        "publish": publish,
    }
    if drafts:
        body["masterVariant"], body["variants"] = drafts[0], drafts[1:]
    if record.description is not UNSET and record.description is not None:
        body["description"] = record.description
    if not isinstance(record.categories, UnsetType):
        body["categories"] = [{"typeId": "category", "key": k} for k in dict.fromkeys(record.categories)]
    if isinstance(record.tax_category, str):
        body["taxCategory"] = {"typeId": "tax-category", "key": record.tax_category}
    return body


def draft_fields(record: Product) -> Iterator[FieldChange]:
    """What a new product has, as a person reads it."""
    for field, texts in (("name", record.name), ("slug", record.slug), ("description", record.description)):
        for locale, text in (texts if isinstance(texts, dict) else {}).items():
            yield FieldChange(f"{field}.{locale}", None, text)
    if not isinstance(record.categories, UnsetType):
        for key in record.categories:
            yield FieldChange("categories", None, key)
    if isinstance(record.tax_category, str):
        yield FieldChange("taxCategory", None, record.tax_category)
    if not isinstance(record.variants, UnsetType):
        for variant in record.variants:
            yield FieldChange("variants", None, variant.sku)


def _named(variant: Variant) -> dict[str, Any]:
    return {} if isinstance(variant.attributes, UnsetType) else variant.attributes


def _values(live: Json) -> dict[str, Any]:
    return {attribute["name"]: attribute["value"] for attribute in live.get("attributes", ())}


def _differs(attribute: Attribute, live: Any, wanted: Any) -> bool:
    if wanted is None or live is None:
        return not (wanted is None and live is None)
    return not attribute.same(live, wanted)


def _attribute_step(action: Json, field: str, attribute: Attribute, live: Any, wanted: Any) -> Step:
    if wanted is None:
        return Step.of(action, field, attribute.shown(live), None)
    value = attribute.sent(live, wanted)
    return Step.of({**action, "value": value}, field, attribute.shown(live), attribute.shown(value))


def _for_new_variant(live: Json, common: Mapping[str, Any], attributes: Attributes) -> dict[str, Any]:
    """What a new variant must share with the others: the record's SameForAll values, else the live ones."""
    held = {
        name: attributes[name].shown(value)
        for name, value in _values(live["masterVariant"]).items()
        if attributes[name].same_for_all
    }
    return {**held, **common}


def _variant_draft(variant: Variant, common: Mapping[str, Any], attributes: Attributes) -> Json:
    body: Json = {"sku": variant.sku}
    if not isinstance(variant.key, UnsetType):
        body["key"] = variant.key
    values = {
        name: attributes[name].sent(None, value)
        for name, value in {**common, **_named(variant)}.items()
        if value is not None
    }
    if values:
        body["attributes"] = [{"name": name, "value": value} for name, value in values.items()]
    if not isinstance(variant.images, UnsetType):
        body["images"] = [{"url": url, "dimensions": _NO_SIZE} for url in dict.fromkeys(variant.images)]
    return body
