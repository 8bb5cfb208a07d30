"""The ASGI application: both APIs, each at an address of its own, and the control plane below `/_sandbox`."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from .config import SandboxConfig
from .control import control_plane
from .http_api import HttpApi
from .world import World

__all__ = ["create_app", "serve_world"]


def create_app(config: SandboxConfig | None = None) -> ASGIApp:
    """An application with a world of its own, for tests in one process.

    The Import API answers where the host name begins with `import.`, as at commercetools. Without a server
    there is no connection to cut: the faults that do so raise ConnectionResetError.
    """
    return serve_world(World(config or SandboxConfig()))


def serve_world(world: World) -> ASGIApp:
    """The application in front of a world."""
    api, importing = HttpApi(world), HttpApi(world, "import")
    control = control_plane(world)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # The API comes first and goes straight to its endpoints: routing by table costs more than answering.
        if scope["type"] == "http" and not scope["path"].startswith("/_sandbox"):
            await (importing if _is_import(scope, world) else api)(scope, receive, send)
        else:
            await control(scope, receive, send)

    return app


def _is_import(scope: Scope, world: World) -> bool:
    host, port = scope.get("server") or ("", None)
    return port == world.import_port if world.import_port is not None else str(host).startswith("import.")
