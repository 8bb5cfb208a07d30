"""What drafts and update actions do to a resource, as the API describes it: pure, for property tests.

References carry id and key, as the sinks' `read_live` completes them; the id of a key is `id-of-<key>`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

Json = dict[str, Any]

COLOURS = ("black", "blue", "red")

ARTICLE: Json = {
    "id": "id-of-article",
    "key": "article",
    "version": 1,
    "attributes": [
        {"name": "ean", "type": {"name": "text"}, "attributeConstraint": "None"},
        {
            "name": "colour",
            "type": {"name": "lenum", "values": [{"key": k, "label": {"en": k}} for k in COLOURS]},
            "attributeConstraint": "None",
        },
        {"name": "weight_g", "type": {"name": "number"}, "attributeConstraint": "None"},
        {"name": "washable", "type": {"name": "boolean"}, "attributeConstraint": "None"},
        {"name": "care", "type": {"name": "ltext"}, "attributeConstraint": "None"},
        {
            "name": "labels",
            "type": {"name": "set", "elementType": {"name": "text"}},
            "attributeConstraint": "None",
        },
        {"name": "material", "type": {"name": "text"}, "attributeConstraint": "SameForAll"},
        {
            "name": "gender",
            "type": {"name": "enum", "values": [{"key": k, "label": k} for k in ("women", "men")]},
            "attributeConstraint": "SameForAll",
        },
    ],
}  # fmt: skip
_TYPES = {definition["name"]: definition for definition in ARTICLE["attributes"]}


def reference(identifier: Mapping[str, Any]) -> Json:
    """A reference as it is read, from a resource identifier as it is written."""
    key = identifier.get("key") or identifier["id"].removeprefix("id-of-")
    return {"typeId": identifier["typeId"], "id": f"id-of-{key}", "key": key}


def stored(name: str, value: Any) -> Any:
    """An attribute value as it is read: enums in full, numbers as JSON gives them back."""
    kind = _TYPES[name]["type"]
    if kind["name"] in {"enum", "lenum"}:
        return next(choice for choice in kind["values"] if choice["key"] == value)
    if kind["name"] == "number":
        return float(value)
    if kind["name"] == "set":
        return sorted(value)
    return value


def _set(body: Json, field: str, value: Any) -> None:
    if value is None:
        body.pop(field, None)
    else:
        body[field] = value


def _money(draft: Mapping[str, Any]) -> Json:
    return {"type": "centPrecision", "fractionDigits": 2, **draft}


# --- categories ---


def category(draft: Json) -> Json:
    """A category as created."""
    body = {"id": f"id-of-{draft['key']}", "version": 1, "orderHint": "0.5", **deepcopy(draft)}
    if "parent" in draft:
        body["parent"] = reference(draft["parent"])
    return body


def _category_action(body: Json, action: Json) -> None:
    match action["action"]:
        case "changeName":
            body["name"] = action["name"]
        case "changeSlug":
            body["slug"] = action["slug"]
        case "changeParent":
            body["parent"] = reference(action["parent"])
        case "changeOrderHint":
            body["orderHint"] = action["orderHint"]
        case "setExternalId":
            _set(body, "externalId", action.get("externalId"))
        case other:
            raise AssertionError(other)


# --- prices ---


def price(draft: Json) -> Json:
    """A standalone price as created."""
    return {**deepcopy(draft), "id": f"id-of-{draft['key']}", "version": 1, "value": _money(draft["value"])}


def _price_action(body: Json, action: Json) -> None:
    match action["action"]:
        case "changeValue":
            body["value"] = _money(action["value"])
        case "setValidFromAndUntil":
            _set(body, "validFrom", action.get("validFrom"))
            _set(body, "validUntil", action.get("validUntil"))
        case "changeActive":
            body["active"] = action["active"]
        case other:
            raise AssertionError(other)


# --- stock ---


def entry(draft: Json) -> Json:
    """An inventory entry as created."""
    body = {**deepcopy(draft), "id": f"id-of-{draft['key']}", "version": 1}
    if "supplyChannel" in draft:
        body["supplyChannel"] = reference(draft["supplyChannel"])
    return body


def _entry_action(body: Json, action: Json) -> None:
    match action["action"]:
        case "changeQuantity":
            body["quantityOnStock"] = action["quantity"]
        case "setExpectedDelivery":
            _set(body, "expectedDelivery", action.get("expectedDelivery"))
        case "setRestockableInDays":
            _set(body, "restockableInDays", action.get("restockableInDays"))
        case other:
            raise AssertionError(other)


# --- products ---


def _variant(draft: Json, number: int) -> Json:
    body = {"id": number, "images": [], **deepcopy(draft)}
    body["attributes"] = [
        {"name": a["name"], "value": stored(a["name"], a["value"])} for a in draft.get("attributes", ())
    ]
    return body


def product(draft: Json) -> Json:
    """The staged projection of a product as created."""
    body = {
        "id": f"id-of-{draft['key']}",
        "version": 1,
        "key": draft["key"],
        "productType": reference(draft["productType"]),
        "name": draft["name"],
        "slug": draft["slug"],
        "categories": [reference(c) for c in draft.get("categories", ())],
        "masterVariant": _variant(draft.get("masterVariant", {}), 1),
        "variants": [_variant(v, n) for n, v in enumerate(draft.get("variants", ()), start=2)],
        "published": draft.get("publish", False),
        "hasStagedChanges": not draft.get("publish", False),
        "priceMode": draft.get("priceMode", "Embedded"),
    }
    _set(body, "description", draft.get("description"))
    if "taxCategory" in draft:
        body["taxCategory"] = reference(draft["taxCategory"])
    check_product(body)
    return body


def variants(body: Json) -> list[Json]:
    """All variants, the master first."""
    return [body["masterVariant"], *body["variants"]]


def _attribute(variant: Json, name: str, value: Any) -> None:
    variant["attributes"] = [a for a in variant["attributes"] if a["name"] != name]
    if value is not None:
        variant["attributes"].append({"name": name, "value": stored(name, value)})


def _product_action(body: Json, action: Json) -> None:  # noqa: C901, PLR0912 - one case an action
    name = action["action"]
    body["hasStagedChanges"] = body["hasStagedChanges"] or name not in {"setTaxCategory", "publish"}
    by_sku = {v.get("sku"): v for v in variants(body)}
    match name:
        case "changeName":
            body["name"] = action["name"]
        case "changeSlug":
            body["slug"] = action["slug"]
        case "setDescription":
            _set(body, "description", action.get("description"))
        case "setTaxCategory":
            _set(body, "taxCategory", reference(action["taxCategory"]) if "taxCategory" in action else None)
        case "removeFromCategory":
            held = [c["id"] for c in body["categories"]]
            del body["categories"][held.index(reference(action["category"])["id"])]
        case "addToCategory":
            added = reference(action["category"])
            assert added not in body["categories"]
            body["categories"].append(added)
        case "setAttributeInAllVariants":
            for variant in variants(body):
                _attribute(variant, action["name"], action.get("value"))
        case "setAttribute":
            _attribute(by_sku[action["sku"]], action["name"], action.get("value"))
        case "setProductVariantKey":
            _set(by_sku[action["sku"]], "key", action.get("key"))
        case "addVariant":
            assert action["sku"] not in by_sku
            draft = {k: v for k, v in action.items() if k != "action"}
            body["variants"].append(_variant(draft, len(body["variants"]) + 2))
        case "removeImage":
            images = by_sku[action["sku"]]["images"]
            del images[[i["url"] for i in images].index(action["imageUrl"])]
        case "addExternalImage":
            by_sku[action["sku"]]["images"].append(action["image"])
        case "moveImageToPosition":
            images = by_sku[action["sku"]]["images"]
            place = [i["url"] for i in images].index(action["imageUrl"])
            images.insert(action["position"], images.pop(place))
        case "publish":
            body["published"], body["hasStagedChanges"] = True, False
        case other:
            raise AssertionError(other)
    check_product(body)


def check_product(body: Json) -> None:
    """What the API checks after every action: SameForAll holds, SKUs are told apart."""
    for name, definition in _TYPES.items():
        if definition["attributeConstraint"] == "SameForAll":
            held = [[a["value"] for a in v["attributes"] if a["name"] == name] for v in variants(body)]
            assert all(value == held[0] for value in held), name
    skus = [v.get("sku") for v in variants(body)]
    assert len(skus) == len(set(skus))


_ACTIONS: dict[str, Callable[[Json, Json], None]] = {
    "category": _category_action,
    "price": _price_action,
    "stock": _entry_action,
    "product": _product_action,
}
_DRAFTS: dict[str, Callable[[Json], Json]] = {
    "category": category,
    "price": price,
    "stock": entry,
    "product": product,
}


def create(entity: str, draft: Json) -> Json:
    """The resource that a draft makes."""
    return _DRAFTS[entity](draft)


def apply(entity: str, body: Json, actions: Iterable[Mapping[str, Any]]) -> Json:
    """The resource after the actions, one version on."""
    after = deepcopy(body)
    for action in actions:
        _ACTIONS[entity](after, deepcopy(dict(action)))
    after["version"] += 1
    return after
