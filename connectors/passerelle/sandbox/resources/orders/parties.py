"""Whose an order is: the store that it was placed in, the business unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ...problems import Problem, invalid_input
from ...project import Project
from ...store import Doc
from ...vocabulary import Identifier
from .lines import every_line

__all__ = ["BusinessUnitIdentifier", "StoreIdentifier", "check_store", "store_reference"]


class StoreIdentifier(Identifier):
    """Points to a store."""

    type_id: Literal["store"] = "store"


class BusinessUnitIdentifier(Identifier):
    """Points to a business unit."""

    type_id: Literal["business-unit"] = "business-unit"


def store_reference(identifier: StoreIdentifier | None, project: Project) -> Doc | None:
    """The store of an order: by key, as answers show it.

    Raises:
        Problem: 400 ReferencedResourceNotFound.
    """
    if identifier is None:
        return None
    return {"typeId": "store", "key": project.referenced(identifier, "store")["key"]}


def check_store(order: Doc, project: Project) -> None:
    """Refuse an order of a store with channels or a country that are none of the store's.

    Raises:
        Problem: 400 InvalidInput.
    """
    reference = order.get("store")
    if reference is None:
        return
    store = project.collection("store").by_claim("key", reference["key"])
    for problem in () if store is None else _strange(order, store):
        raise problem


def _strange(order: Doc, store: Doc) -> Iterator[Problem]:
    for line in every_line(order):
        for field in ("distributionChannel", "supplyChannel"):
            if field in line and line[field] not in store[f"{field}s"]:
                yield invalid_input(
                    f"The {field} '{line[field]['id']}' is none of the store '{store['key']}'."
                )
    country = order.get("country")
    countries = [one["code"] for one in store["countries"]]
    if country is not None and countries and country not in countries:
        yield invalid_input(f"The country {country} is none of the store '{store['key']}'.")
