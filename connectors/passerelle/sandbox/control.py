"""The control plane below `/_sandbox`: outside the API, for tests, demos, rehearsals; it needs no token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
import orjson
from msgspec import Meta
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .dump import dump
from .faults import Fault
from .kind import decoded
from .problems import Problem, invalid_input
from .resources import KINDS
from .resources.orders import Orders
from .shopper import Shopping, shop
from .store import Doc
from .world import World

__all__ = ["control_plane"]

_FAULTS = msgspec.json.Decoder(list[Fault] | Fault)
_SHOPPING = msgspec.json.Decoder(Shopping)
_ORDERS = next(kind for kind in KINDS if isinstance(kind, Orders))


class Latency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long every request waits, in milliseconds."""

    ms: Annotated[float, Meta(ge=0, le=60_000)]


_LATENCY = msgspec.json.Decoder(Latency)
Handler = Callable[[World, Request, bytes], Any]


def control_plane(world: World) -> Starlette:
    """The application of the control plane."""

    def route(path: str, handler: Handler, *methods: str) -> Route:
        return Route(f"/_sandbox{path}", _endpoint(world, handler), methods=list(methods))

    return Starlette(
        routes=[
            route("/health", _health, "GET"),
            route("/stats", _stats, "GET"),
            route("/stats/reset", _stats_reset, "POST"),
            route("/log", _log, "GET"),
            route("/faults", _faults, "GET"),
            route("/faults", _faults_add, "POST"),
            route("/faults", _faults_clear, "DELETE"),
            route("/latency", _latency, "POST"),
            route("/tokens/expire", _tokens_expire, "POST"),
            route("/reset", _reset, "POST"),
            route("/save", _save, "POST"),
            route("/dump", _dump, "GET"),
            route("/{project}/shop", _shop, "POST"),
            route("/{project}/orders", _place, "POST"),
        ]
    )


def _endpoint(world: World, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        status = 200
        try:
            shown = handler(world, request, body)
        except Problem as problem:
            status, shown = problem.status, problem.body
        return Response(
            orjson.dumps(shown, default=msgspec.to_builtins),
            status_code=status,
            media_type="application/json",
        )

    return endpoint


def _health(world: World, _request: Request, _body: bytes) -> Doc:
    return {
        "projects": {
            key: {kind.path: len(collection) for kind, collection in project.collections()}
            for key, project in world.projects.items()
        }
    }


def _stats(world: World, _request: Request, _body: bytes) -> Doc:
    return world.traffic.stats()


def _stats_reset(world: World, _request: Request, _body: bytes) -> Doc:
    world.traffic.reset()
    return world.traffic.stats()


def _log(world: World, request: Request, _body: bytes) -> list[Doc]:
    text = request.query_params.get("limit", "100")
    if not text.isdigit():
        raise invalid_input(f"Malformed parameter: limit: '{text}' is not a number.")
    entries = list(world.traffic.log)
    return [entry._asdict() for entry in entries[max(0, len(entries) - int(text)) :]]


def _faults(world: World, _request: Request, _body: bytes) -> list[Doc]:
    return [msgspec.to_builtins(fault) for fault in world.faults.rules()]


def _faults_add(world: World, request: Request, body: bytes) -> list[Doc]:
    asked = decoded(_FAULTS, body)
    world.faults.add(asked if isinstance(asked, list) else [asked])
    return _faults(world, request, body)


def _faults_clear(world: World, request: Request, body: bytes) -> list[Doc]:
    world.faults.clear()
    return _faults(world, request, body)


def _latency(world: World, _request: Request, body: bytes) -> Doc:
    asked = decoded(_LATENCY, body)
    world.latency_seconds = asked.ms / 1000
    return {"ms": asked.ms}


def _tokens_expire(world: World, _request: Request, _body: bytes) -> Doc:
    return {"expired": world.tokens.expire_all()}


def _reset(world: World, request: Request, body: bytes) -> Doc:
    world.reset()
    return _health(world, request, body)


def _save(world: World, _request: Request, _body: bytes) -> Doc:
    return {"documents": world.save()}


def _dump(world: World, request: Request, _body: bytes) -> Doc:
    return dump(world.project(request.query_params.get("project", world.config.project)))


def _shop(world: World, request: Request, body: bytes) -> Doc:
    shopping = decoded(_SHOPPING, body or b"{}")
    return {"orderNumbers": shop(world.project(request.path_params["project"]), _ORDERS, shopping)}


def _place(world: World, request: Request, body: bytes) -> Doc:
    return _ORDERS.create(body, world.project(request.path_params["project"]))
