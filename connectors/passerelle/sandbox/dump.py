"""A shop without what differs by chance: two shops of the same content give the same dump."""

from __future__ import annotations

from typing import Any

import orjson

from .project import Project
from .resources.variants import all_variants
from .store import Doc

__all__ = ["dump"]

_BY_CHANCE = frozenset(
    {
        "id", "version", "createdAt", "lastModifiedAt", "createdBy", "lastModifiedBy",
        "syncedAt", "addedAt",
    }
)  # fmt: skip


def dump(project: Project) -> Doc:
    """All documents of a project by kind, sorted; ids, versions and times left out, references by key."""
    dumped: Doc = {}
    for kind, collection in project.collections():
        shown = _SHOWN.get(kind.type_id, _plain)
        documents = [_tidy(shown(doc, project), project) for doc in collection.docs.values()]
        dumped[kind.path] = sorted(documents, key=lambda doc: orjson.dumps(doc, option=orjson.OPT_SORT_KEYS))
    return dumped


def _plain(doc: Doc, _project: Project) -> Doc:
    return doc


def _product(doc: Doc, project: Project) -> Doc:
    master = doc["masterData"]
    return {
        **doc,
        "masterData": {**master, **{side: _data(master[side], project) for side in ("current", "staged")}},
    }


def _data(data: Doc, project: Project) -> Doc:
    categories = project.collection("category").docs
    hints = {
        _name(categories[known]): hint
        for known, hint in data["categoryOrderHints"].items()
        if known in categories
    }
    return {
        **data,
        "categoryOrderHints": hints,
        "categories": sorted(_reference(category, project) for category in data["categories"]),
        "variants": sorted(
            (_variant(variant, project) for variant in data["variants"]),
            key=lambda v: (v.get("sku", ""), v.get("key", "")),
        ),
        "masterVariant": _variant(data["masterVariant"], project),
    }


def _variant(variant: Doc, project: Project) -> Doc:
    prices = sorted((_tidy(price, project) for price in variant["prices"]), key=orjson.dumps)
    return {**variant, "prices": prices, "attributes": {a["name"]: a["value"] for a in variant["attributes"]}}


def _order(doc: Doc, _project: Project) -> Doc:
    skus = {line["id"]: line["variant"].get("sku", "") for line in doc["lineItems"]}
    skus.update({line["id"]: line["slug"] for line in doc["customLineItems"]})
    lines = [
        {
            **{k: v for k, v in line.items() if not k.startswith("product")},
            "variant": {"sku": skus[line["id"]]},
        }
        for line in doc["lineItems"]
    ]
    shown = {**doc, "lineItems": lines}
    if "shippingInfo" in doc:
        shown["shippingInfo"] = _shipped(doc["shippingInfo"], skus)
    shown["shipping"] = [
        {**one, "shippingInfo": _shipped(one["shippingInfo"], skus)} for one in doc["shipping"]
    ]
    shown["returnInfo"] = [
        {**info, "items": [_returned(item, skus) for item in info["items"]]} for info in doc["returnInfo"]
    ]
    return shown


def _shipped(info: Doc, skus: dict[str, str]) -> Doc:
    deliveries = [
        {**_items(delivery, skus), "parcels": [_items(parcel, skus) for parcel in delivery["parcels"]]}
        for delivery in info["deliveries"]
    ]
    return {**info, "deliveries": deliveries}


def _returned(item: Doc, skus: dict[str, str]) -> Doc:
    named: Doc = {
        field: skus.get(item[field]) for field in ("lineItemId", "customLineItemId") if field in item
    }
    return {**item, **named}


def _items(doc: Doc, skus: dict[str, str]) -> Doc:
    return {
        **doc,
        "items": [{"sku": skus[item["id"]], "quantity": item["quantity"]} for item in doc["items"]],
    }


def _selection(doc: Doc, project: Project) -> Doc:
    assigned = {_reference(one["product"], project): one for one in doc["assignments"].values()}
    return {**doc, "assignments": assigned}


def _settings(doc: Doc, _project: Project) -> Doc:
    return {name: value for name, value in doc.items() if name not in ("key", "name")}


_SHOWN = {
    "product": _product,
    "order": _order,
    "product-selection": _selection,
    "project": _settings,
}


def _tidy(value: Any, project: Project) -> Any:
    if isinstance(value, list):
        return [_tidy(one, project) for one in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"typeId", "id"}:
        return _reference(value, project)
    return {name: _tidy(one, project) for name, one in sorted(value.items()) if name not in _BY_CHANCE}


def _reference(reference: Doc, project: Project) -> str:
    type_id = reference["typeId"]
    found = project.collection(type_id).docs.get(reference["id"]) if project.has(type_id) else None
    return f"{reference['typeId']}:{'?' if found is None else _name(found)}"


def _name(doc: Doc) -> str:
    for field in ("key", "orderNumber", "code"):
        if field in doc:
            return str(doc[field])
    names = doc.get("slug") or doc.get("name")
    if names is None and "masterData" in doc:
        names = next(all_variants(doc["masterData"]["staged"])).get("sku", "")
    elif names is None:
        # An order without a number, an edit without a key: nothing names them but their ids.
        names = doc["current"].get("sku", "") if "current" in doc else "?"
    return orjson.dumps(names, option=orjson.OPT_SORT_KEYS).decode()
