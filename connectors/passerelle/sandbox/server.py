"""The sandbox as an HTTP server on the loopback interface."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .app import serve_world
from .config import SandboxConfig
from .http_api import TRANSPORT
from .world import World

__all__ = ["HOST", "SandboxServer", "listen"]

HOST = "127.0.0.1"
_BACKLOG = 512


class _Protocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, with the connection in reach of the faults."""

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = {TRANSPORT: self.transport}
        self.scope.update(scope)  # type: ignore[typeddict-item]  # an extension of ours


class SandboxServer(uvicorn.Server):
    """A server for one world; `started_at` is called with its ports once it takes requests.

    It serves the API from the first of the sockets it is run with, the Import API from the second.
    """

    def __init__(self, config: SandboxConfig, started_at: Callable[[int, int], None]) -> None:
        self.world = World(config)
        self._started_at = started_at
        super().__init__(
            uvicorn.Config(
                serve_world(self.world),
                http=_Protocol,
                loop="uvloop",
                ws="none",
                lifespan="off",
                log_level="warning",
                # Longer than clients keep a connection that rests: else they send into a closed one.
                timeout_keep_alive=75,
                access_log=False,
                server_header=False,
                # The answers bear one of their own: the time of this sandbox may be ahead.
                date_header=False,
                timeout_graceful_shutdown=2,
            )
        )

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        api, importing = (listening.getsockname()[1] for listening in sockets or ())
        self.world.import_port = importing
        self._started_at(api, importing)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        self.world.courier.close()
        if self.world.config.state is not None:
            self.world.save()


def listen(port: int) -> socket.socket:
    """A listening socket on the loopback interface; port 0 takes any that is free.

    Raises:
        OSError: the port is taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening
