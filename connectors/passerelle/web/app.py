"""The page as an ASGI application: routes, who may pass, and errors as people understand them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ..errors import PasserelleError
from .access import Access
from .actions import Actions
from .api import Api
from .installation import Installation
from .pages import Pages
from .rendering import HERE, Headers, Rendering
from .settings import WebSettings
from .words import WORDS

__all__ = ["web_app"]

_log = logging.getLogger(__name__)
_UNAUTHORIZED = 401


class _Static(StaticFiles):
    """Our style and script; their addresses change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Give a file that a browser may keep."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def web_app(installation: Installation, settings: WebSettings) -> Starlette:
    """Make the application; the caller closes the installation after it.

    Raises:
        ConfigError: the tokens cannot be read.
    """
    access = Access(settings)
    rendering = Rendering(access, zone=settings.zone)
    pages = Pages(installation, access, rendering)
    actions = Actions(installation, access, rendering, pages)

    def told(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        by_bearer = "authorization" in request.headers
        if request.url.path.startswith("/api/") or by_bearer:
            body = {"error": error.status_code, "detail": error.detail}
            return Response(msgspec.json.encode(body), error.status_code, media_type="application/json")
        if error.status_code == _UNAUTHORIZED and request.method == "GET":
            return RedirectResponse("/login", status_code=303)
        word = error.detail if error.detail in WORDS else ""
        return rendering.page(
            request,
            "error.html",
            status=error.status_code,
            flaws="",
            code=error.status_code,
            word=word,
            told="",
        )

    def broken(request: Request, error: Exception) -> Response:
        """Tell that a part we stand on does not answer, or that we are broken; nothing inside is shown."""
        code = 503 if isinstance(error, PasserelleError) else 500
        _log.error("%s %s: %s", request.method, request.url.path, error, exc_info=error)
        return rendering.page(
            request, "error.html", status=code, flaws="", code=code, word="see_log", told=""
        )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await actions.drain()

    return Starlette(
        routes=[
            *pages.routes(),
            *Api(installation, access).routes(),
            *actions.routes(),
            Route("/healthz", _healthy),
            Mount("/static", _Static(directory=HERE / "static")),
        ],
        middleware=[
            Middleware(Headers),
            Middleware(TrustedHostMiddleware, allowed_hosts=settings.allowed_hosts(), www_redirect=False),
        ],
        exception_handlers={HTTPException: told, PasserelleError: broken, Exception: broken},
        lifespan=lifespan,
    )


async def _healthy(_: Request) -> Response:
    """Say that the page answers; nothing about the installation."""
    return PlainTextResponse("ok")
