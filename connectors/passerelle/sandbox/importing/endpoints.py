"""The endpoints of the Import API: method and path to an answer."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, get_args

import msgspec

from ..attribution import who_asks
from ..calls import Answer, Line
from ..problems import (
    Problem,
    invalid_field,
    invalid_input,
    invalid_json,
    method_not_allowed,
    uri_not_found,
)
from ..query import MAX_LIMIT, MAX_OFFSET, Parameters, flag, read_parameters, single, whole
from ..store import Doc
from .containers import ContainerDraft, ContainerUpdate
from .operations import Operation, State
from .refusals import told_by_decoder
from .requests import read_request
from .resource_kinds import IMPORT_KINDS

if TYPE_CHECKING:
    from ..world import World
    from .desk import ImportDesk

__all__ = ["answer_import"]

_PAGE = frozenset({"limit", "offset", "sort"})
_OPERATIONS = _PAGE | {"resourceKey", "state", "debug"}
_NONE: frozenset[str] = frozenset()
_READ = ("view_import_containers", "manage_import_containers")
_WRITE = ("manage_import_containers",)
_SORTED_BY = frozenset({"createdAt", "lastModifiedAt", "key", "resourceKey", "state", "id"})


class Call(NamedTuple):
    """One request of a project."""

    world: World
    line: Line
    body: bytes
    project: str

    def desk(self, scopes: tuple[str, ...]) -> ImportDesk:
        """The project's desk, for a token that may."""
        return self.world.desks[self.world.enter(self.line.authorization, self.project, scopes).key]

    def parameters(self, allowed: frozenset[str]) -> Parameters:
        """The query parameters, unknown ones refused."""
        return read_parameters(self.line.query_string, allowed)

    def refused(self, *allowed: str) -> Problem:
        """The refusal of the method."""
        return method_not_allowed(self.line.method, self.line.raw_path, allowed)


def answer_import(world: World, line: Line, body: bytes) -> Answer:
    """Answer one request of the Import API.

    Raises:
        Problem: any other answer than success.
    """
    match line.raw_path.split("/"):
        case ["", project, "import-containers"] if project:
            return _containers(Call(world, line, body, project))
        case ["", project, "import-containers", key] if project and key:
            return _container(Call(world, line, body, project), key)
        case ["", project, "import-containers", key, "import-operations"] if project and key:
            return _operations(Call(world, line, body, project), key)
        case ["", project, "import-containers", key, "import-summaries"] if project and key:
            return _summary(Call(world, line, body, project), key)
        case ["", project, "import-operations", number] if project and number:
            return _operation(Call(world, line, body, project), number)
        case ["", project, path, "import-containers", key] if project and key and path in IMPORT_KINDS:
            return _request(Call(world, line, body, project), path, key)
    raise uri_not_found(line.raw_path)


def _containers(call: Call) -> Answer:
    match call.line.method:
        case "POST":
            desk = call.desk(_WRITE)
            call.parameters(_NONE)
            return Answer(HTTPStatus.CREATED, desk.containers.create(_read(call.body, ContainerDraft)))
        case "GET":
            desk = call.desk(_READ)
            parameters = call.parameters(_PAGE)
            return Answer(200, _page(list(desk.containers.docs.values()), parameters))
    raise call.refused("GET", "POST")


def _container(call: Call, key: str) -> Answer:
    match call.line.method:
        case "GET":
            desk = call.desk(_READ)
            call.parameters(_NONE)
            return Answer(200, desk.containers.get(key))
        case "PUT":
            desk = call.desk(_WRITE)
            call.parameters(_NONE)
            container = desk.containers.get(key)
            return Answer(200, desk.containers.update(container, _read(call.body, ContainerUpdate)))
        case "DELETE":
            desk = call.desk(_WRITE)
            call.parameters(_NONE)
            return Answer(200, desk.delete(desk.containers.get(key)))
    raise call.refused("GET", "PUT", "DELETE")


def _operations(call: Call, key: str) -> Answer:
    if call.line.method != "GET":
        raise call.refused("GET")
    desk = call.desk(_READ)
    parameters = call.parameters(_OPERATIONS)
    desk.containers.get(key)
    flag(parameters, "debug", default=False)
    return Answer(200, _page([one.shown() for one in _chosen(desk.of(key), parameters)], parameters))


def _chosen(operations: Iterable[Operation], parameters: Parameters) -> Iterable[Operation]:
    state, resource = single(parameters, "state"), single(parameters, "resourceKey")
    if state is not None and state not in get_args(State):
        raise invalid_field("state", state, get_args(State))
    for operation in operations:
        if state in (None, operation.state) and resource in (None, operation.key):
            yield operation


def _summary(call: Call, key: str) -> Answer:
    if call.line.method != "GET":
        raise call.refused("GET")
    desk = call.desk(_READ)
    call.parameters(_NONE)
    desk.containers.get(key)
    return Answer(200, desk.summary(key))


def _operation(call: Call, number: str) -> Answer:
    if call.line.method != "GET":
        raise call.refused("GET")
    desk = call.desk(_READ)
    call.parameters(_NONE)
    found = desk.operations.get(number)
    if found is None:
        raise Problem(
            404, "ResourceNotFound", f"The import operation '{number}' was not found.", resource=number
        )
    return Answer(200, found.shown())


def _request(call: Call, path: str, key: str) -> Answer:
    if call.line.method != "POST":
        raise call.refused("POST")
    kind = IMPORT_KINDS[path]
    desk = call.desk(kind.scopes)
    call.parameters(_NONE)
    container = desk.containers.get(key)
    resources = read_request(kind, call.body)
    return Answer(HTTPStatus.CREATED, desk.take(container, kind, resources, who_asks()["clientId"]))


def _page(docs: list[Doc], parameters: Parameters) -> Doc:
    limit = whole(parameters, "limit", default=20, most=MAX_LIMIT)
    offset = whole(parameters, "offset", default=0, most=MAX_OFFSET)
    for text in reversed(parameters.get("sort", [])):
        name, _, way = text.partition(" ")
        if name not in _SORTED_BY or way not in ("", "asc", "desc"):
            raise invalid_input(f"Malformed parameter: sort: '{text}' is no field followed by asc or desc.")
        docs.sort(key=lambda doc: str(doc.get(name, "")), reverse=way == "desc")
    results = docs[offset : offset + limit]
    return {"limit": limit, "offset": offset, "count": len(results), "total": len(docs), "results": results}


T = TypeVar("T")


def _read(body: bytes, model: type[T]) -> T:
    try:
        content: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise invalid_json(str(error)) from error
    try:
        return msgspec.convert(content, model)
    except msgspec.ValidationError as error:
        told, _ = told_by_decoder(error, content)
        details = {name: value for name, value in told.items() if name not in ("code", "message")}
        raise Problem(400, told["code"], told["message"], **details) from error
