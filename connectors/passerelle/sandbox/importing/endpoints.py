"""The endpoints of the Import API: method and path to an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..problems import uri_not_found

if TYPE_CHECKING:
    from ..endpoints import Answer, Line
    from ..world import World

__all__ = ["answer_import"]


def answer_import(world: World, line: Line, body: bytes) -> Answer:  # noqa: ARG001
    """Answer one request of the Import API."""
    raise uri_not_found(line.raw_path)
