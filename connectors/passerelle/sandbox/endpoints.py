"""The API itself: method and path to an answer, without any HTTP machinery."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from .assignments import products_of, selections_of
from .calls import Answer, Call, Line, expansions, named, version_asked
from .expansion import expanded, expanded_page
from .flat_endpoints import FLAT, messages, projections
from .kind import Kind
from .messages.log import MessageLog
from .object_endpoints import custom_objects
from .problems import Problem, invalid_input, method_not_allowed, uri_not_found
from .project import Project
from .query import Parameters, Query, View, single
from .resources import KINDS
from .resources.modular import bulk_update
from .resources.order_edits import OrderEdits
from .store import Doc
from .world import World

__all__ = ["answer"]

_QUERY = frozenset({"where", "sort", "limit", "offset", "withTotal", "expand", "var."})
_ONE = frozenset({"expand"})
_DELETE = frozenset({"version", "expand", "dataErasure"})
_HEAD = frozenset({"where", "var."})
_VERSION_CONTROL = frozenset({"versionControl"})
_NONE: frozenset[str] = frozenset()
_BY_PATH: dict[str, Kind[Any]] = {kind.path: kind for kind in KINDS if kind.routed}
_HEALTH: dict[str, int] = {
    "Healthy": 200,
    "ConfigurationError": 400,
    "ConfigurationErrorDeliveryStopped": 400,
    "TemporaryError": 503,
}
_EDITS = next(kind for kind in KINDS if isinstance(kind, OrderEdits))
_SETTINGS = next(kind for kind in KINDS if kind.type_id == "project")


def answer(world: World, line: Line, body: bytes) -> Answer:
    """Answer one request of the API.

    Raises:
        Problem: any other answer than success.
    """
    parts = line.raw_path.split("/")
    match parts:
        case ["", project, "custom-objects", *tail] if project and all(tail):
            call = Call(world, line, body, project, "custom-objects", None)
            return custom_objects(call, [_unquoted(one) for one in tail])
        case ["", project] if project:
            return _project(Call(world, line, body, project, "", None))
        case ["", project, resource] if project and resource:
            return _routed(Call(world, line, body, project, resource, None))
        case ["", project, resource, tail] if project and tail and (resource, tail) != ("orders", "edits"):
            return _routed(Call(world, line, body, project, resource, _unquoted(tail)))
        case ["", project, resource, *tail] if project and all(tail):
            return _beyond(Call(world, line, body, project, resource, None), tail)
    raise uri_not_found(line.raw_path)


def _beyond(call: Call, tail: list[str]) -> Answer:
    """What lies behind a resource of a project, or in its midst."""
    match (call.resource, *tail):
        case ("orders", "edits", *rest):
            return _edits(call._replace(resource="orders/edits"), rest)
        case ("subscriptions", number, "health"):
            return _health(call._replace(tail=_unquoted(number)))
        case ("product-selections", number, "products"):
            return _assigned(call._replace(tail=_unquoted(number)), products_of)
        case ("products", number, "product-selections"):
            return _assigned(call._replace(tail=_unquoted(number)), selections_of)
    raise uri_not_found(call.path)


def _routed(call: Call) -> Answer:
    if call.resource in FLAT:
        return projections(call)
    if call.resource == MessageLog.path:
        return messages(call)
    kind = _BY_PATH.get(call.resource)
    if kind is None:
        raise uri_not_found(call.path)
    if call.tail is None:
        return _collection(call, kind)
    if (call.resource, call.tail) == ("variants", "bulk"):
        return _bulk(call, kind)
    if call.tail == kind.created_at:
        if call.method != "POST":
            raise method_not_allowed(call.method, call.path, ["POST"])
        return _create(call, kind)
    return _document(call, kind, call.tail)


def _unquoted(segment: str) -> str:
    if "%" not in segment:
        return segment
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError as error:
        raise invalid_input(f"Malformed path: '{segment}' is not UTF-8, percent-encoded.") from error


def _project(call: Call) -> Answer:
    if call.method not in ("GET", "HEAD", "POST"):
        raise method_not_allowed(call.method, call.path, ["GET", "HEAD", "POST"])
    project = call.enter(_readers(_SETTINGS) if call.method != "POST" else _SETTINGS.write_scopes)
    call.parameters(_NONE)
    if call.method == "HEAD":
        return Answer.exists(found=True)
    settings = project.settings
    if call.method == "POST":
        settings = _SETTINGS.update(settings, call.body, project)
    return Answer(200, _SETTINGS.shown(settings, project))


def _assigned(call: Call, listed: Callable[[Doc, Parameters, Project], Doc]) -> Answer:
    if call.method != "GET":
        raise method_not_allowed(call.method, call.path, ["GET"])
    project = call.enter(("view_product_selections", "manage_product_selections"))
    kind, tail = _BY_PATH[call.resource], call.tail or ""
    if "=" in tail and not tail.startswith("key="):
        raise uri_not_found(call.path)
    doc = project.collection(kind.type_id).get(*named(tail, kind.named_by))
    return Answer(200, listed(doc, call.parameters(_QUERY), project))


def _create(call: Call, kind: Kind[Any]) -> Answer:
    project = call.enter(kind.write_scopes)
    wanted = expansions(call.parameters(_ONE))
    shown = kind.shown(kind.create(call.body, project), project)
    return Answer(HTTPStatus.CREATED, expanded(shown, wanted, project))


def _collection(call: Call, kind: Kind[Any]) -> Answer:
    match call.method:
        case "POST" if kind.created_at is None:
            return _create(call, kind)
        case "GET":
            project = call.enter(_readers(kind))
            parameters = call.parameters(_QUERY)
            query = Query.of(parameters, kind.tree)
            page = query.answer(project.collection(kind.type_id), kind.paths, _shown(kind, project))
            return Answer(200, expanded_page(page, expansions(parameters), project))
        case "HEAD":
            project = call.enter(_readers(kind))
            query = Query.of(call.parameters(_HEAD), kind.tree)
            return Answer.exists(
                query.any(project.collection(kind.type_id), kind.paths, _shown(kind, project))
            )
        case _:
            allowed = ["GET", "HEAD", *(["POST"] if kind.created_at is None else [])]
            raise method_not_allowed(call.method, call.path, allowed)


def _document(call: Call, kind: Kind[Any], tail: str) -> Answer:
    if call.method not in ("GET", "HEAD", "POST", "DELETE"):
        raise method_not_allowed(call.method, call.path, ["GET", "HEAD", "POST", "DELETE"])
    if "=" in tail and not tail.startswith(f"{kind.named_by[0]}="):
        raise uri_not_found(call.path)
    reading = call.method in ("GET", "HEAD")
    project = call.enter(_readers(kind) if reading else kind.write_scopes)
    collection = project.collection(kind.type_id)
    meant = named(tail, kind.named_by)
    match call.method:
        case "GET":
            parameters = call.parameters(_ONE)
            doc = collection.get(*meant)
        case "HEAD":
            call.parameters(_NONE)
            try:
                collection.get(*meant)
            except Problem:
                return Answer.exists(found=False)
            return Answer.exists(found=True)
        case "POST":
            parameters = call.parameters(_ONE)
            doc = kind.update(collection.get(*meant), call.body, project)
        case _:
            parameters = call.parameters(_DELETE)
            version = version_asked(parameters)
            doc = kind.delete(collection.get(*meant), version, project)
    return Answer(200, expanded(kind.shown(doc, project), expansions(parameters), project))


def _edits(call: Call, tail: list[str]) -> Answer:
    match tail:
        case [] | [_]:
            return _routed(call._replace(tail=_unquoted(tail[0]) if tail else None))
        case [number, "apply"]:
            if call.method != "POST":
                raise method_not_allowed(call.method, call.path, ["POST"])
            project = call.enter(_EDITS.write_scopes)
            call.parameters(_NONE)
            edit = project.collection(_EDITS.type_id).get("ID", _unquoted(number))
            return Answer(200, _EDITS.apply(edit, call.body, project))
    raise uri_not_found(call.path)


def _health(call: Call) -> Answer:
    """Whether a subscription can be delivered; anybody may ask, and the status alone answers."""
    if call.method != "GET":
        raise method_not_allowed(call.method, call.path, ["GET"])
    project = call.world.project(call.project)
    doc = project.collection("subscription").get("ID", call.tail or "")
    return Answer(_HEALTH[project.notices.courier.health(doc["id"])], None)


def _shown(kind: Kind[Any], project: Project) -> View | None:
    return (lambda doc: kind.shown(doc, project)) if kind.hides else None


def _readers(kind: Kind[Any]) -> tuple[str, ...]:
    # Whoever may write may read, as with the scopes of the real API.
    return (*kind.read_scopes, *kind.write_scopes)


def _bulk(call: Call, kind: Kind[Any]) -> Answer:
    if call.method != "POST":
        raise method_not_allowed(call.method, call.path, ["POST"])
    project = call.enter(kind.write_scopes)
    control = single(call.parameters(_VERSION_CONTROL), "versionControl") or "On"
    if control not in ("On", "Off"):
        raise invalid_input(f"Malformed parameter: versionControl: '{control}' is neither On nor Off.")
    told = bulk_update(kind, call.body, project, any_version=control == "Off")
    return Answer(HTTPStatus.MULTI_STATUS, told)
