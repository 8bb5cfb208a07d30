"""How a kind of resource is imported: a draft when it is new, update actions of the API when it is there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import ClassVar

import orjson

from ..actions import MAX_ACTIONS
from ..problems import Problem
from ..project import Project
from ..store import Doc
from ..vocabulary import Model
from .references import target_of
from .values import Json

__all__ = ["ImportKind", "assets_of", "custom_of", "fixed", "replaced"]


class ImportKind:
    """One kind of import request; the resources themselves are created and changed as by the API."""

    #: Below `/{projectKey}`, before `/import-containers/{key}`.
    path: ClassVar[str]
    #: As containers and requests name it.
    resource_type: ClassVar[str]
    #: Type of the resource in the project.
    target: ClassVar[str]
    scopes: ClassVar[tuple[str, ...]]
    model: ClassVar[type[Model]]
    #: Field of the request that lists the resources.
    listed: ClassVar[str] = "resources"

    def key_of(self, resource: Json) -> str:
        """The key under which an operation is listed."""
        return str(resource["key"])

    def existing(self, resource: Json, project: Project) -> Doc | None:
        """What is to be changed; None when it is to be created."""
        return project.collection(self.target).by_claim("key", resource["key"])

    def draft(self, resource: Json, project: Project) -> Json:
        """The draft of a new resource."""
        raise NotImplementedError

    def actions(self, doc: Doc, resource: Json, project: Project) -> Iterator[Json]:
        """Update actions that make `doc` what the request says; those that change nothing do no harm.

        Raises:
            Problem: what cannot be changed.
        """
        raise NotImplementedError

    def bring(self, resource: Json, project: Project, *, half: bool = False) -> Doc:
        """Create or change the resource; `half` stops in the middle of the actions.

        Raises:
            Problem: the API refuses it.
            NotResolved: something it points to is not there.
            WaitsForMaster: a product is nothing without its variants.
        """
        doc = self.existing(resource, project)
        kind = project.kind(self.target)
        if doc is None:
            return kind.create(orjson.dumps(self.draft(resource, project)), project)
        asked = list(self.actions(doc, resource, project))
        rest = iter(asked[: (len(asked) + 1) // 2] if half else asked)
        while actions := list(islice(rest, MAX_ACTIONS)):
            body = orjson.dumps({"version": doc["version"], "actions": actions})
            doc = kind.update(doc, body, project)
        return doc


def custom_of(doc: Doc, given: Json) -> Iterator[Json]:
    """Custom fields as they shall be; `given` has `custom`, or none."""
    if "custom" in given:
        yield {"action": "setCustomType", **given["custom"]}
    elif "custom" in doc:
        yield {"action": "setCustomType"}


def assets_of(known: list[Doc], wanted: list[Json], where: Json) -> Iterator[Json]:
    """Assets as they shall be, told by their keys; `where` is what the actions say beside."""
    if [_asset(one) for one in known] == [_asset(one) for one in wanted]:
        return
    for one in known:
        yield {"action": "removeAsset", **where, "assetId": one["id"]}
    for one in wanted:
        yield {"action": "addAsset", **where, "asset": one}


def _asset(asset: Doc) -> Doc:
    return {"tags": [], **{name: value for name, value in asset.items() if name != "id"}}


def fixed(doc: Doc, resource: Json, names: tuple[str, ...], project: Project) -> None:
    """Refuse a change of what cannot be changed.

    Raises:
        Problem: 400 InvalidFieldUpdate, with the fields.
    """
    changed = [name for name in names if _plain(doc.get(name)) != _by_id(resource.get(name), project)]
    if changed:
        raise Problem(
            400, "InvalidFieldUpdate", f"The fields {', '.join(changed)} cannot be updated.", fields=changed
        )


def _plain(value: object) -> object:
    return value["id"] if isinstance(value, dict) else value


def _by_id(value: object, project: Project) -> object:
    if not isinstance(value, dict):
        return value
    found = target_of(value["typeId"], value["key"], project)
    return None if found is None else found["id"]


def replaced(action: str, name: str, resource: Json, **more: object) -> Json:
    """A `set…` action for a field of the same name: left out in the request, it is removed."""
    value = {name: resource[name]} if name in resource else {}
    return {"action": action, **value, **more}
