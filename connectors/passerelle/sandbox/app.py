"""The ASGI application: the API at the root, the control plane below `/_sandbox`."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from .config import SandboxConfig
from .control import control_plane
from .http_api import HttpApi
from .world import World

__all__ = ["create_app", "serve_world"]


def create_app(config: SandboxConfig | None = None) -> ASGIApp:
    """An application with a world of its own, for tests in one process.

    Without a server there is no connection to cut: the faults that do so raise ConnectionResetError.
    """
    return serve_world(World(config or SandboxConfig()))


def serve_world(world: World) -> ASGIApp:
    """The application in front of a world."""
    api = HttpApi(world)
    control = control_plane(world)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # The API comes first and goes straight to its endpoints: routing by table costs more than answering.
        if scope["type"] == "http" and not scope["path"].startswith("/_sandbox"):
            await api(scope, receive, send)
        else:
            await control(scope, receive, send)

    return app
