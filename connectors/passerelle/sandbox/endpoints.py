"""The API itself: method and path to an answer, without any HTTP machinery."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import unquote

from .assignments import products_of, selections_of
from .kind import Kind
from .messages.log import MessageLog
from .problems import Problem, invalid_input, method_not_allowed, uri_not_found
from .project import Project
from .query import Parameters, Query, View, flag, read_parameters, single
from .resources import KINDS
from .resources.modular import VariantProjections, bulk_update
from .resources.projections import Projections
from .store import Doc
from .world import World

__all__ = ["Answer", "answer"]

_QUERY = frozenset({"where", "sort", "limit", "offset", "withTotal", "expand", "var."})
_ONE = frozenset({"expand"})
_DELETE = frozenset({"version", "expand", "dataErasure"})
_HEAD = frozenset({"where", "var."})
_STAGED = frozenset({"staged"})
_VERSION_CONTROL = frozenset({"versionControl"})
_NONE: frozenset[str] = frozenset()
_BY_PATH: dict[str, Kind[Any]] = {kind.path: kind for kind in KINDS if kind.routed}
_FLAT: dict[str, type[Projections | VariantProjections]] = {
    flat.path: flat for flat in (Projections, VariantProjections)
}
_SETTINGS = next(kind for kind in KINDS if kind.type_id == "project")


class Answer(NamedTuple):
    """A status and a body; None is no body (HEAD)."""

    status: int
    body: Doc | None


class Line(NamedTuple):
    """The request line and who asks: all that decides which endpoint is meant."""

    method: str
    raw_path: str
    query_string: bytes
    authorization: str | None


class Call(NamedTuple):
    """One request, its path taken apart; `tail` is what stands behind the resource."""

    world: World
    line: Line
    body: bytes
    project: str
    resource: str
    tail: str | None

    @property
    def method(self) -> str:
        """The method."""
        return self.line.method

    @property
    def path(self) -> str:
        """The path as it was asked for."""
        return self.line.raw_path

    def enter(self, scopes: tuple[str, ...]) -> Project:
        """The project, for a token that may."""
        return self.world.enter(self.line.authorization, self.project, scopes)

    def parameters(self, allowed: frozenset[str]) -> Parameters:
        """The query parameters, unknown ones refused."""
        return read_parameters(self.line.query_string, allowed)


def answer(world: World, line: Line, body: bytes) -> Answer:
    """Answer one request of the API.

    Raises:
        Problem: any other answer than success.
    """
    match line.raw_path.split("/"):
        case ["", project] if project:
            return _project(Call(world, line, body, project, "", None))
        case ["", project, resource] if project and resource:
            return _routed(Call(world, line, body, project, resource, None))
        case ["", project, resource, tail] if project and tail:
            return _routed(Call(world, line, body, project, resource, _unquoted(tail)))
        case ["", project, "product-selections" as resource, tail, "products"] if project and tail:
            return _assigned(Call(world, line, body, project, resource, _unquoted(tail)), products_of)
        case ["", project, "products" as resource, tail, "product-selections"] if project and tail:
            return _assigned(Call(world, line, body, project, resource, _unquoted(tail)), selections_of)
    raise uri_not_found(line.raw_path)


def _routed(call: Call) -> Answer:
    if call.resource in _FLAT:
        return _projections(call, _FLAT[call.resource])
    if call.resource == MessageLog.path:
        return _messages(call)
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
        return _exists(found=True)
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
    doc = project.collection(kind.type_id).get(*_named(tail, kind.named_by))
    return Answer(200, listed(doc, call.parameters(_QUERY), project))


def _create(call: Call, kind: Kind[Any]) -> Answer:
    project = call.enter(kind.write_scopes)
    call.parameters(_ONE)
    return Answer(HTTPStatus.CREATED, kind.shown(kind.create(call.body, project), project))


def _collection(call: Call, kind: Kind[Any]) -> Answer:
    match call.method:
        case "POST" if kind.created_at is None:
            return _create(call, kind)
        case "GET":
            project = call.enter(_readers(kind))
            query = Query.of(call.parameters(_QUERY), kind.tree)
            return Answer(
                200, query.answer(project.collection(kind.type_id), kind.paths, _shown(kind, project))
            )
        case "HEAD":
            project = call.enter(_readers(kind))
            query = Query.of(call.parameters(_HEAD), kind.tree)
            return _exists(query.any(project.collection(kind.type_id), kind.paths, _shown(kind, project)))
        case _:
            allowed = ["GET", "HEAD", *(["POST"] if kind.created_at is None else [])]
            raise method_not_allowed(call.method, call.path, allowed)


def _exists(found: bool) -> Answer:  # noqa: FBT001 - the one thing that it says
    return Answer(200 if found else 404, None)


def _named(tail: str, named_by: tuple[str, str]) -> tuple[str, str]:
    """What a path's last segment names: the ID, or a unique field and its value."""
    words, field = named_by
    prefix = f"{words}="
    return (field, tail.removeprefix(prefix)) if tail.startswith(prefix) else ("ID", tail)


def _document(call: Call, kind: Kind[Any], tail: str) -> Answer:
    if call.method not in ("GET", "HEAD", "POST", "DELETE"):
        raise method_not_allowed(call.method, call.path, ["GET", "HEAD", "POST", "DELETE"])
    if "=" in tail and not tail.startswith(f"{kind.named_by[0]}="):
        raise uri_not_found(call.path)
    reading = call.method in ("GET", "HEAD")
    project = call.enter(_readers(kind) if reading else kind.write_scopes)
    collection = project.collection(kind.type_id)
    named = _named(tail, kind.named_by)
    match call.method:
        case "GET":
            call.parameters(_ONE)
            return Answer(200, kind.shown(collection.get(*named), project))
        case "HEAD":
            call.parameters(_NONE)
            try:
                collection.get(*named)
            except Problem:
                return _exists(found=False)
            return _exists(found=True)
        case "POST":
            call.parameters(_ONE)
            return Answer(200, kind.shown(kind.update(collection.get(*named), call.body, project), project))
        case _:
            version = single(call.parameters(_DELETE), "version")
            if version is None or not (version.isascii() and version.isdigit()):
                raise invalid_input("Malformed parameter: version: a DELETE needs the current version.")
            doc = kind.delete(collection.get(*named), int(version), project)
            return Answer(200, kind.shown(doc, project))


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


def _projections(call: Call, flat: type[Projections | VariantProjections]) -> Answer:
    if call.method not in ("GET", "HEAD"):
        raise method_not_allowed(call.method, call.path, ["GET", "HEAD"])
    if call.tail is None:
        parameters = call.parameters(_QUERY | _STAGED if call.method == "GET" else _HEAD | _STAGED)
    else:
        parameters = call.parameters(_ONE | _STAGED if call.method == "GET" else _STAGED)
    view, project = _view(call, parameters, flat)
    collection = project.collection(flat.type_id)
    if call.tail is None:
        query = Query.of(parameters, flat.tree)
        if call.method == "HEAD":
            return _exists(query.any(collection, flat.paths, view))
        return Answer(200, query.answer(collection, flat.paths, view))
    kind, value = _named(call.tail, flat.named_by)
    if kind == "ID" and "=" in value:
        raise uri_not_found(call.path)
    try:
        shown = view(collection.get(kind, value))
    except Problem:
        shown = None
    if call.method == "HEAD":
        return _exists(shown is not None)
    if shown is None:
        named = {"ID": "ID", "key": "key"}[kind]
        raise Problem(404, "ResourceNotFound", f"The Resource with {named} '{value}' was not found.")
    return Answer(200, shown)


def _messages(call: Call) -> Answer:
    if call.method not in ("GET", "HEAD"):
        raise method_not_allowed(call.method, call.path, ["GET", "HEAD"])
    messages = call.enter(MessageLog.read_scopes).messages
    heads = call.method == "HEAD"
    if call.tail is None:
        query = Query.of(call.parameters(_HEAD if heads else _QUERY), MessageLog.tree)
        if heads:
            return _exists(query.any(messages.collection, MessageLog.paths))
        return Answer(200, query.answer(messages.collection, MessageLog.paths))
    if "=" in call.tail:
        raise uri_not_found(call.path)
    call.parameters(_NONE if heads else _ONE)
    if heads:
        return _exists(call.tail in messages.collection.docs)
    return Answer(200, messages.collection.get("ID", call.tail))


def _view(
    call: Call, parameters: Parameters, flat: type[Projections | VariantProjections]
) -> tuple[View, Project]:
    scopes: tuple[str, ...] = ("view_products", "manage_products")
    # Authorization comes before what a parameter says, except for the one that decides what is asked for.
    if parameters.get("staged", ["false"]) == ["true"]:
        project = call.enter(scopes)
        return flat.view(project, is_staged=True), project
    project = call.enter((*scopes, "view_published_products"))
    return flat.view(project, is_staged=flag(parameters, "staged", default=False)), project
