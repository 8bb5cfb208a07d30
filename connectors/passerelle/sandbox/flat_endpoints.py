"""Endpoints that only read: projections of products and variants, messages."""

from __future__ import annotations

from typing import TypeAlias

from .calls import Answer, Call, expansions, named
from .expansion import expanded, expanded_page
from .messages.log import MessageLog
from .problems import Problem, method_not_allowed, uri_not_found
from .project import Project
from .query import Parameters, Query, View, flag
from .resources.modular import VariantProjections
from .resources.projections import Projections

__all__ = ["FLAT", "messages", "projections"]

Flat: TypeAlias = type[Projections | VariantProjections]
FLAT: dict[str, Flat] = {flat.path: flat for flat in (Projections, VariantProjections)}
_QUERY = frozenset({"where", "sort", "limit", "offset", "withTotal", "expand", "var."})
_ONE = frozenset({"expand"})
_HEAD = frozenset({"where", "var."})
_STAGED = frozenset({"staged"})
_NONE: frozenset[str] = frozenset()


def projections(call: Call) -> Answer:
    """Products or variants as one side shows them."""
    flat = FLAT[call.resource]
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
            return Answer.exists(query.any(collection, flat.paths, view))
        page = query.answer(collection, flat.paths, view)
        return Answer(200, expanded_page(page, expansions(parameters), project))
    kind, value = named(call.tail, flat.named_by)
    if kind == "ID" and "=" in value:
        raise uri_not_found(call.path)
    try:
        shown = view(collection.get(kind, value))
    except Problem:
        shown = None
    if call.method == "HEAD":
        return Answer.exists(shown is not None)
    if shown is None:
        words = {"ID": "ID", "key": "key"}[kind]
        raise Problem(404, "ResourceNotFound", f"The Resource with {words} '{value}' was not found.")
    return Answer(200, expanded(shown, expansions(parameters), project))


def _view(call: Call, parameters: Parameters, flat: Flat) -> tuple[View, Project]:
    scopes: tuple[str, ...] = ("view_products", "manage_products")
    # Authorization comes before what a parameter says, except for the one that decides what is asked for.
    if parameters.get("staged", ["false"]) == ["true"]:
        project = call.enter(scopes)
        return flat.view(project, is_staged=True), project
    project = call.enter((*scopes, "view_published_products"))
    return flat.view(project, is_staged=flag(parameters, "staged", default=False)), project


def messages(call: Call) -> Answer:
    """What happened; nobody writes it."""
    if call.method not in ("GET", "HEAD"):
        raise method_not_allowed(call.method, call.path, ["GET", "HEAD"])
    project = call.enter(MessageLog.read_scopes)
    collection = project.messages.collection
    heads = call.method == "HEAD"
    if call.tail is None:
        parameters = call.parameters(_HEAD if heads else _QUERY)
        query = Query.of(parameters, MessageLog.tree)
        if heads:
            return Answer.exists(query.any(collection, MessageLog.paths))
        page = query.answer(collection, MessageLog.paths)
        return Answer(200, expanded_page(page, expansions(parameters), project))
    if "=" in call.tail:
        raise uri_not_found(call.path)
    parameters = call.parameters(_NONE if heads else _ONE)
    if heads:
        return Answer.exists(call.tail in collection.docs)
    return Answer(200, expanded(collection.get("ID", call.tail), expansions(parameters), project))
