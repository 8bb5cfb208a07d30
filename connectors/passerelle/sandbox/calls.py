"""One request of the API taken apart, and its answer, without any HTTP machinery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .problems import invalid_input
from .project import Project
from .query import Parameters, read_parameters, single
from .store import Doc
from .world import World

__all__ = ["Answer", "Call", "Line", "expansions", "named", "version_asked"]


class Answer(NamedTuple):
    """A status and a body; None is no body (HEAD)."""

    status: int
    body: Doc | None

    @classmethod
    def exists(cls, found: bool) -> Answer:  # noqa: FBT001 - the one thing that it says
        """The answer to a HEAD."""
        return cls(200 if found else 404, None)


class Line(NamedTuple):
    """The request line and who asks: all that decides which endpoint is meant."""

    method: str
    raw_path: str
    query_string: bytes
    authorization: str | None


class Call(NamedTuple):
    """One request, its path taken apart; `tail` is what stands behind the resource."""

    world: World
    line: Line
    body: bytes
    project: str
    resource: str
    tail: str | None

    @property
    def method(self) -> str:
        """The method."""
        return self.line.method

    @property
    def path(self) -> str:
        """The path as it was asked for."""
        return self.line.raw_path

    def enter(self, scopes: tuple[str, ...]) -> Project:
        """The project, for a token that may."""
        return self.world.enter(self.line.authorization, self.project, scopes)

    def parameters(self, allowed: frozenset[str]) -> Parameters:
        """The query parameters, unknown ones refused."""
        return read_parameters(self.line.query_string, allowed)


def named(tail: str, named_by: tuple[str, str]) -> tuple[str, str]:
    """What a path's last segment names: the ID, or a unique field and its value."""
    words, field = named_by
    prefix = f"{words}="
    return (field, tail.removeprefix(prefix)) if tail.startswith(prefix) else ("ID", tail)


def expansions(parameters: Parameters) -> Sequence[str]:
    """The references that a request wants expanded."""
    return parameters.get("expand", ())


def version_asked(parameters: Parameters) -> int:
    """The version that a DELETE names.

    Raises:
        Problem: 400 InvalidInput without one.
    """
    version = single(parameters, "version")
    if version is None or not (version.isascii() and version.isdigit()):
        raise invalid_input("Malformed parameter: version: a DELETE needs the current version.")
    return int(version)
