"""The control plane below `/_sandbox`: outside the API, for tests, demos, rehearsals; it needs no token.

Weather: `/faults`, `/latency`, `/rate-limit`, `/stock-lag`, `/stock-rules`. Time: `/clock`. Other people:
`/{project}/edit`, `/{project}/editors`. Customers: `/{project}/shop`, `/{project}/orders`,
`/{project}/history`, `/{project}/life`. Queues: `/{project}/notifications`. Imports:
`/{project}/imports` with `/pace`, `/step`, `/outcomes`.
What happened: `/stats`, `/log`, `/dump`. Each takes and answers JSON; the Structs beside say what.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
import orjson
from msgspec import Meta
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .attribution import ask_as
from .control_calls import Handler, project_asked
from .control_notices import NOTICES
from .control_shopping import SHOPPING
from .dump import dump
from .editors import Edit, Editor, edit
from .faults import Fault
from .importing.desk import Outcome, Pace
from .kind import decoded
from .moments import moment_text
from .order_stock import StockRules
from .problems import Problem, invalid_input
from .rate_limit import RateLimit
from .store import Doc
from .world import World

__all__ = ["control_plane"]

_FAULTS = msgspec.json.Decoder(list[Fault] | Fault)


class Latency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long every request waits, in milliseconds."""

    ms: Annotated[float, Meta(ge=0, le=60_000)]


class Passing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much time passes at once."""

    seconds: Annotated[float, Meta(ge=0, le=400 * 86_400)] = 0
    hours: Annotated[float, Meta(ge=0, le=400 * 24)] = 0
    days: Annotated[float, Meta(ge=0, le=400)] = 0


class Lag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long what orders take from stock does not show, from now on."""

    seconds: Annotated[float, Meta(ge=0)]


class Keeping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Whether messages are kept, and for how many days."""

    enabled: bool
    delete_days_after_creation: Annotated[int, Meta(ge=1, le=90)] | None = None


class Steps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many import operations are processed at once."""

    operations: Annotated[int, Meta(ge=1)] = 1


_STEPS = msgspec.json.Decoder(Steps)
_PACE = msgspec.json.Decoder(Pace)
_OUTCOMES = msgspec.json.Decoder(list[Outcome] | Outcome)
_LATENCY = msgspec.json.Decoder(Latency)
_PASSING = msgspec.json.Decoder(Passing)
_STOCK_RULES = msgspec.json.Decoder(StockRules)
_LAG = msgspec.json.Decoder(Lag)
_KEEPING = msgspec.json.Decoder(Keeping)
_LIMIT = msgspec.json.Decoder(RateLimit)
_EDIT = msgspec.json.Decoder(Edit)
_EDITOR = msgspec.json.Decoder(Editor)


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
            route("/clock", _clock_shown, "GET"),
            route("/clock", _clock_moved, "POST"),
            route("/rate-limit", _limited, "POST"),
            route("/rate-limit", _unlimited, "DELETE"),
            route("/stock-lag", _stock_lag, "POST"),
            route("/stock-rules", _stock_rules, "POST"),
            route("/editors", _editors, "GET"),
            route("/editors", _editors_stop, "DELETE"),
            route("/{project}/editors", _editors_start, "POST"),
            route("/{project}/edit", _edit, "POST"),
            route("/{project}/messages", _messages, "POST"),
            route("/{project}/imports", _imports, "GET"),
            route("/{project}/imports/pace", _imports_pace, "POST"),
            route("/{project}/imports/step", _imports_step, "POST"),
            route("/{project}/imports/outcomes", _imports_outcomes, "POST"),
            *(route(*control) for control in (*SHOPPING, *NOTICES)),
        ]
    )


def _endpoint(world: World, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        world.begin(None)
        ask_as("sandbox")
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


def _clock_shown(world: World, _request: Request, _body: bytes) -> Doc:
    return {"now": moment_text(world.clock.now()), "aheadSeconds": world.clock.ahead_seconds}


def _clock_moved(world: World, request: Request, body: bytes) -> Doc:
    """Let time pass; what becomes due happens at once, in every project."""
    passing = decoded(_PASSING, body)
    world.clock.advance(passing.seconds + 3_600 * passing.hours + 86_400 * passing.days)
    for project in world.projects.values():
        world.settle(project)
    return _clock_shown(world, request, body)


def _limited(world: World, _request: Request, body: bytes) -> Doc:
    world.bucket.set(decoded(_LIMIT, body))
    return {"limit": msgspec.to_builtins(world.bucket.limit)}


def _unlimited(world: World, _request: Request, _body: bytes) -> Doc:
    world.bucket.set(None)
    return {"limit": None}


def _stock_lag(world: World, _request: Request, body: bytes) -> Doc:
    lag = decoded(_LAG, body)
    for project in world.projects.values():
        project.order_stock.lag_seconds = lag.seconds
    return {"seconds": lag.seconds}


def _stock_rules(world: World, _request: Request, body: bytes) -> Doc:
    rules = decoded(_STOCK_RULES, body)
    for project in world.projects.values():
        project.order_stock.rules = rules
    shown: Doc = msgspec.to_builtins(rules)
    return shown


def _editors(world: World, _request: Request, _body: bytes) -> list[Doc]:
    return [msgspec.to_builtins(editor) for editor in world.editors.at_work()]


def _editors_stop(world: World, _request: Request, _body: bytes) -> list[Doc]:
    return [msgspec.to_builtins(editor) for editor in world.editors.stop()]


def _editors_start(world: World, request: Request, body: bytes) -> list[Doc]:
    world.editors.start(project_asked(world, request), decoded(_EDITOR, body))
    return _editors(world, request, body)


def _edit(world: World, request: Request, body: bytes) -> Doc:
    return edit(project_asked(world, request), decoded(_EDIT, body))


def _messages(world: World, request: Request, body: bytes) -> Doc:
    keeping = decoded(_KEEPING, body)
    messages = project_asked(world, request).messages
    messages.configure(enabled=keeping.enabled, days=keeping.delete_days_after_creation)
    return {"enabled": messages.enabled, "deleteDaysAfterCreation": messages.days}


def _imports(world: World, request: Request, _body: bytes) -> Doc:
    project = project_asked(world, request)
    desk = world.desks[project.key]
    return {
        "pace": msgspec.to_builtins(desk.pace),
        "outcomes": [msgspec.to_builtins(outcome) for outcome in desk.outcomes],
        "operations": [operation.shown() for operation in desk.operations.values()],
    }


def _imports_pace(world: World, request: Request, body: bytes) -> Doc:
    project = project_asked(world, request)
    world.desks[project.key].pace = decoded(_PACE, body)
    return _imports(world, request, body)


def _imports_step(world: World, request: Request, body: bytes) -> Doc:
    project = project_asked(world, request)
    return {"processed": world.desks[project.key].step(decoded(_STEPS, body or b"{}").operations)}


def _imports_outcomes(world: World, request: Request, body: bytes) -> Doc:
    project = project_asked(world, request)
    asked = decoded(_OUTCOMES, body)
    world.desks[project.key].outcomes.extend(asked if isinstance(asked, list) else [asked])
    return _imports(world, request, body)
