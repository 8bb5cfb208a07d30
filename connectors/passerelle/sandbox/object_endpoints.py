"""Endpoints of custom objects: a container is a collection of its own, writing creates or replaces."""

from __future__ import annotations

from http import HTTPStatus

from .calls import Answer, Call, expansions, version_asked
from .expansion import expanded, expanded_page
from .problems import Problem, method_not_allowed
from .project import Project
from .query import Query
from .resources import KINDS
from .resources.custom_objects import CustomObjects
from .store import Doc

__all__ = ["custom_objects"]

_KIND = next(kind for kind in KINDS if isinstance(kind, CustomObjects))
_QUERY = frozenset({"where", "sort", "limit", "offset", "withTotal", "expand", "var."})
_HEAD = frozenset({"where", "var."})
_ONE = frozenset({"expand"})
_DELETE = frozenset({"version", "expand", "dataErasure"})
_READ = (*_KIND.read_scopes, *_KIND.write_scopes)


def custom_objects(call: Call, tail: list[str]) -> Answer:
    """All objects, those of a container, or one of them."""
    match call.method, tail:
        case "POST", []:
            project = call.enter(_KIND.write_scopes)
            wanted = expansions(call.parameters(_ONE))
            doc, is_new = _KIND.put(call.body, project)
            status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
            return Answer(status, expanded(doc, wanted, project))
        case "GET", [] | [_]:
            parameters = call.parameters(_QUERY)
            if tail:
                parameters.setdefault("where", []).append(f'container = "{tail[0]}"')
            project = call.enter(_READ)
            page = Query.of(parameters, _KIND.tree).answer(project.collection(_KIND.type_id), _KIND.paths)
            return Answer(200, expanded_page(page, expansions(parameters), project))
        case "HEAD", []:
            project = call.enter(_READ)
            query = Query.of(call.parameters(_HEAD), _KIND.tree)
            return Answer.exists(query.any(project.collection(_KIND.type_id), _KIND.paths))
        case "GET" | "HEAD" | "DELETE", [container, key]:
            return _one(call, container, key)
    raise method_not_allowed(call.method, call.path, ["GET", "HEAD"] if tail else ["GET", "HEAD", "POST"])


def _one(call: Call, container: str, key: str) -> Answer:
    if call.method == "DELETE":
        project = call.enter(_KIND.write_scopes)
        parameters = call.parameters(_DELETE)
        doc = _named(project, container, key)
        version = version_asked(parameters) if "version" in parameters else doc["version"]
        return Answer(200, expanded(_KIND.delete(doc, version, project), expansions(parameters), project))
    project = call.enter(_READ)
    parameters = call.parameters(_ONE)
    try:
        doc = _named(project, container, key)
    except Problem:
        if call.method == "HEAD":
            return Answer.exists(found=False)
        raise
    if call.method == "HEAD":
        return Answer.exists(found=True)
    return Answer(200, expanded(doc, expansions(parameters), project))


def _named(project: Project, container: str, key: str) -> Doc:
    return project.collection(_KIND.type_id).get("container and key", f"{container}/{key}")
