"""What fields a resource has, for predicates and sorting: asking for one that cannot exist is an error."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeAlias

__all__ = ["ADDRESS", "ASSET", "CREATED", "CUSTOM", "MONEY", "REFERENCE", "Leaf", "Tree", "child"]


class Leaf(Enum):
    """The kind of a value without named fields of its own."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    TEXTS = "list of texts"
    LOCALIZED = "texts by locale"
    ANY = "anything"


Tree: TypeAlias = "Leaf | Mapping[str, Tree]"

REFERENCE: Tree = {"typeId": Leaf.TEXT, "id": Leaf.TEXT}
CUSTOM: Tree = {"type": REFERENCE, "fields": Leaf.ANY}
ASSET: Tree = {
    "id": Leaf.TEXT,
    "key": Leaf.TEXT,
    "name": Leaf.LOCALIZED,
    "description": Leaf.LOCALIZED,
    "tags": Leaf.TEXTS,
    "sources": {
        "uri": Leaf.TEXT,
        "key": Leaf.TEXT,
        "contentType": Leaf.TEXT,
        "dimensions": {"w": Leaf.NUMBER, "h": Leaf.NUMBER},
    },
    "custom": CUSTOM,
}
MONEY: Tree = {
    "type": Leaf.TEXT,
    "currencyCode": Leaf.TEXT,
    "centAmount": Leaf.NUMBER,
    "preciseAmount": Leaf.NUMBER,
    "fractionDigits": Leaf.NUMBER,
}
_CLIENT: Tree = {"clientId": Leaf.TEXT, "externalUserId": Leaf.TEXT, "isPlatformClient": Leaf.BOOLEAN}
CREATED: dict[str, Tree] = {
    "id": Leaf.TEXT,
    "version": Leaf.NUMBER,
    "createdAt": Leaf.TIME,
    "lastModifiedAt": Leaf.TIME,
    "createdBy": _CLIENT,
    "lastModifiedBy": _CLIENT,
}
ADDRESS: dict[str, Tree] = dict.fromkeys(
    (
        "id", "key", "country", "title", "salutation", "firstName", "lastName", "streetName", "streetNumber",
        "additionalStreetInfo", "postalCode", "city", "region", "state", "company", "department", "building",
        "apartment", "pOBox", "phone", "mobile", "email", "fax", "additionalAddressInfo", "externalId",
    ),
    Leaf.TEXT,
)  # fmt: skip


def child(tree: Tree, name: str) -> Tree | None:
    """The field `name` below `tree`, or None when there can be none of that name."""
    if tree is Leaf.LOCALIZED:
        return Leaf.TEXT
    if tree is Leaf.ANY:
        return Leaf.ANY
    if isinstance(tree, Leaf):
        return None
    return tree.get(name)
