"""The control plane's endpoints for customers: they buy now, bought in the past, live from now on."""

from __future__ import annotations

import msgspec
from starlette.requests import Request

from .attribution import ask_as
from .control_calls import Control, project_asked
from .kind import decoded
from .resources import KINDS
from .resources.orders import CHECKOUT, Orders
from .shopping import History, Life, Shopping, bring_in, shop
from .store import Doc
from .world import World

__all__ = ["SHOPPING"]

_SHOPPING = msgspec.json.Decoder(Shopping)
_LIFE = msgspec.json.Decoder(Life)
_HISTORY = msgspec.json.Decoder(History)
_ORDERS = next(kind for kind in KINDS if isinstance(kind, Orders))


def _shop(world: World, request: Request, body: bytes) -> Doc:
    shopping = decoded(_SHOPPING, body or b"{}")
    ask_as("storefront")
    return {"orderNumbers": shop(project_asked(world, request), _ORDERS, shopping)}


def _place(world: World, request: Request, body: bytes) -> Doc:
    ask_as("storefront")
    return _ORDERS.place(decoded(CHECKOUT, body), project_asked(world, request))


def _history(world: World, request: Request, body: bytes) -> Doc:
    return bring_in(project_asked(world, request), _ORDERS, decoded(_HISTORY, body))


def _live(world: World, request: Request, body: bytes) -> list[Doc]:
    world.lives.start(project_asked(world, request), decoded(_LIFE, body), _ORDERS)
    return world.lives.told()


def _lives(world: World, _request: Request, _body: bytes) -> list[Doc]:
    for project in world.projects.values():
        world.settle(project)
    return world.lives.told()


def _lives_stop(world: World, request: Request, body: bytes) -> list[Doc]:
    _lives(world, request, body)
    return world.lives.stop()


SHOPPING = (
    Control("/{project}/shop", _shop, "POST"),
    Control("/{project}/orders", _place, "POST"),
    Control("/{project}/history", _history, "POST"),
    Control("/{project}/life", _live, "POST"),
    Control("/life", _lives, "GET"),
    Control("/life", _lives_stop, "DELETE"),
)
