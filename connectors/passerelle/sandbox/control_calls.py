"""What handlers of the control plane share: how they are called, which project they are asked about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from starlette.requests import Request

from .project import Project
from .world import World

__all__ = ["Control", "Handler", "project_asked"]

Handler: TypeAlias = Callable[[World, Request, bytes], Any]


class Control(NamedTuple):
    """One endpoint below `/_sandbox`."""

    path: str
    handler: Handler
    method: str


def project_asked(world: World, request: Request) -> Project:
    """The project that the path names, with everything in it that time has made due."""
    project = world.project(request.path_params["project"])
    world.settle(project)
    return project
