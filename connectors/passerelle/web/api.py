"""The same facts as JSON, for machines."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import ConfigError
from ..operations.board import board_as_json, feed_as_json
from ..operations.run_pages import run_page
from ..operations.trends import trend
from .access import Access
from .installation import Installation
from .rendering import language_of

__all__ = ["Api"]

_RUNS = 30


class Api:
    """What machines read: whoever may read the pages may read this."""

    def __init__(self, installation: Installation, access: Access) -> None:
        self._here = installation
        self._access = access

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/api/board", self.board),
            Route("/api/feeds/{feed}", self.feed),
            Route("/api/runs/{run}", self.run),
            Route("/api/landscape", self.landscape),
        ]

    def board(self, request: Request) -> Response:
        """Every feed, late ones first."""
        self._access.require(request, "read")
        return _json(board_as_json(self._here.board(), language_of(request)))

    def feed(self, request: Request) -> Response:
        """One feed with its last runs."""
        self._access.require(request, "read")
        one = self._here.feed(request.path_params["feed"])
        if one is None:
            raise HTTPException(404, "gone")
        runs = trend(self._here.ledger, one.feed, last=_RUNS)
        return _json({**feed_as_json(one, language_of(request)), "runs": runs.points})

    def run(self, request: Request) -> Response:
        """One run."""
        self._access.require(request, "read")
        try:
            run = self._here.ledger.runs.named(request.path_params["run"])
        except ConfigError as error:
            raise HTTPException(404, "gone") from error
        return _json(run_page(self._here.ledger, run))

    def landscape(self, request: Request) -> Response:
        """Systems and flows."""
        self._access.require(request, "read")
        return _json(self._here.landscape())


def _json(body: Any) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
