"""Many variants published or unpublished by one request: each by itself, one failing stops no other."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ...kind import Kind, decoded
from ...problems import Problem, invalid_input, required_field
from ...project import Project
from ...store import Doc
from ...vocabulary import Model

__all__ = ["bulk_update"]

MAX_ITEMS = 1_000


class BulkItem(Model):
    """One variant, by id or by key, and the version that the client knows."""

    id: str | None = None
    key: str | None = None
    version: int | None = None


class BulkAction(Model):
    """The one thing to do with all of them."""

    action: Literal["publish", "unpublish"]


class BulkUpdate(Model):
    """The body of the request; without an action nothing happens."""

    items: list[BulkItem]
    actions: Annotated[list[BulkAction], Meta(max_length=1)]


_BODY = msgspec.json.Decoder(BulkUpdate)


def bulk_update(variants: Kind[Any], body: bytes, project: Project, *, any_version: bool) -> Doc:
    """Do to every variant what the body says, and tell of each how it went.

    Raises:
        Problem: 400 InvalidJsonInput, or BulkOperationMaxItemsExceeded beyond 1000 items.
    """
    request = decoded(_BODY, body)
    if len(request.items) > MAX_ITEMS:
        raise Problem(
            400,
            "BulkOperationMaxItemsExceeded",
            f"{len(request.items)} items in one request; at most {MAX_ITEMS} are allowed.",
            limit=MAX_ITEMS,
            provided=len(request.items),
        )
    actions = [{"action": one.action} for one in request.actions]
    results = [_result(variants, item, actions, project, any_version=any_version) for item in request.items]
    failed = sum(result["status"] == "Fail" for result in results)
    return {"successCount": len(results) - failed, "failureCount": failed, "results": results}


def _result(
    variants: Kind[Any], item: BulkItem, actions: list[Doc], project: Project, *, any_version: bool
) -> Doc:
    named = {field: value for field, value in (("id", item.id), ("key", item.key)) if value is not None}
    try:
        changed = _changed(variants, item, actions, project, any_version=any_version)
    except Problem as problem:
        return {**named, "status": "Fail", "errors": problem.body["errors"]}
    resource = {"id": changed["id"], "version": changed["version"]}
    return {**named, "status": "Success", "resource": resource}


def _changed(
    variants: Kind[Any], item: BulkItem, actions: list[Doc], project: Project, *, any_version: bool
) -> Doc:
    if (item.id is None) == (item.key is None):
        raise invalid_input("An item of a bulk update takes either an id or a key.")
    collection = project.collection(variants.type_id)
    doc = collection.get("ID", item.id) if item.id is not None else collection.get("key", item.key or "")
    if item.version is None and not any_version:
        raise required_field("version")
    version = doc["version"] if any_version else item.version
    return variants.update(doc, msgspec.json.encode({"version": version, "actions": actions}), project)
