"""Serving: the page on a port of this machine, until it is told to stop."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

import uvicorn

from ..errors import ConfigError
from ..feeds import Settings
from .app import web_app
from .installation import Installation
from .settings import WebSettings

__all__ = ["HOST", "serve_web", "web_command"]

HOST = "127.0.0.1"
_BACKLOG = 128
#: A plan that is being carried out is waited for so long when the page is stopped, in seconds.
_DRAIN_SECONDS = 60


def web_command(port: int) -> list[str]:
    """Give the command that serves the page on a port, for whoever starts it beside other things."""
    return [sys.executable, "-c", "from passerelle.cli import main; main()", "web", "--port", str(port)]


def _untold(address: str) -> None:
    """Nobody waits for it."""


def serve_web(port: int, *, host: str = HOST, started: Callable[[str], None] = _untold) -> None:
    """Serve until SIGINT or SIGTERM; `started` is called with the address once it takes requests.

    Raises:
        ConfigError: the port is taken, the settings are wrong, or it should be reached by others without
            tokens.
    """
    settings = WebSettings.load()
    if host not in {HOST, "localhost", "::1"} and not settings.people():
        raise ConfigError(
            f"Without tokens the page is served on {HOST} alone, not on {host}",
            advice="Set PASSERELLE_WEB_TOKENS or PASSERELLE_WEB_TOKENS_FILE: docs/how-to/operate/board.md",
        )
    listening = _listen(host, port)
    installation = Installation(Settings.load())
    try:
        address = f"http://{host}:{listening.getsockname()[1]}"
        _Server(
            uvicorn.Config(
                web_app(installation, settings),
                ws="none",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_DRAIN_SECONDS,
            ),
            lambda: started(address),
        ).run(sockets=[listening])
    finally:
        installation.close()
        listening.close()


class _Server(uvicorn.Server):
    """A server that says when it takes requests."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._told = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self._told()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"Port {port} on {host} is taken ({error.strerror})",
            advice=f"Stop what listens there, or choose another port: passerelle web --port {port + 1}",
        ) from error
    return listening
