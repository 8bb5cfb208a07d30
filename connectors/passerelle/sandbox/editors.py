"""Other people who change the same resources: on command, before a request, at a pace of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import orjson
from msgspec import Meta

from .attribution import acting_as
from .kind import Kind
from .problems import Problem, invalid_input, uri_not_found
from .project import Project
from .store import Doc, copied

__all__ = ["Edit", "Editor", "Editors", "edit"]

_MOST_AT_ONCE = 1_000
Json = dict[str, Any]


class Edit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """One foreign edit: of `path` (`products`), the resource with `id` or `key`, as `client`.

    In the texts of `actions`, `{n}` is the number of the edit, so that each changes something. Without
    actions only the version moves, as when somebody changes a field and changes it back.
    """

    path: str
    id: str | None = None
    key: str | None = None
    actions: list[Json] = []
    client: str = "merchant-center"


class Editor(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Somebody who edits `keys` of `path` in turn, until stopped: at one of two paces.

    `perSecond` times a second, however much is asked meanwhile; or `perRequest` times for each request to the
    project, 0.1 with every tenth: then the pace is the same on a machine that is slow.
    """

    path: str
    keys: Annotated[list[str], Meta(min_length=1)]
    per_second: Annotated[float, Meta(gt=0, le=10_000)] | None = None
    per_request: Annotated[float, Meta(gt=0, le=100)] | None = None
    actions: list[Json] = []
    client: str = "merchant-center"
    edits: int = 0
    refused: int = 0


def edit(project: Project, asked: Edit, number: int = 1) -> Doc:
    """Change a resource as somebody else, whatever its version; the new document.

    Raises:
        Problem: 404 for a path or resource that is not there; whatever the API refuses in the actions.
    """
    kind = _kind(project, asked.path)
    if (asked.id is None) == (asked.key is None):
        raise invalid_input("An edit takes either an id or a key.")
    named = ("ID", asked.id) if asked.id is not None else (kind.named_by[1], asked.key)
    doc = project.collection(kind.type_id).get(named[0], str(named[1]))
    with acting_as(asked.client):
        if not asked.actions:
            changed: Doc = copied(doc)
            kind.replace(doc, changed, project)
            return changed
        actions = orjson.loads(orjson.dumps(asked.actions).replace(b"{n}", str(number).encode()))
        return kind.update(doc, orjson.dumps({"version": doc["version"], "actions": actions}), project)


def _kind(project: Project, path: str) -> Kind[Any]:
    for kind in project.kinds:
        if kind.path == path:
            return kind
    raise uri_not_found(path)


@dataclass
class _AtWork:
    """An editor, where it works, and what its pace is counted from."""

    project: str
    editor: Editor
    began: float
    requests: int = 0

    def due(self, now: float) -> int:
        """How many edits there should be more."""
        editor = self.editor
        if editor.per_request is not None:
            return int(self.requests * editor.per_request) - editor.edits
        return int((now - self.began) * (editor.per_second or 0)) - editor.edits


class Editors:
    """Those who edit all the time. They catch up before each request: nobody can see when they worked."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at_work: list[_AtWork] = []

    def start(self, project: Project, editor: Editor) -> None:
        """Begin to edit.

        Raises:
            Problem: 404 when the project has no such resources; 400 when the pace is none, or two.
        """
        _kind(project, editor.path)
        if (editor.per_second is None) == (editor.per_request is None):
            raise invalid_input("An editor takes either perSecond or perRequest.")
        self._at_work.append(_AtWork(project.key, editor, self._clock()))

    def stop(self) -> list[Editor]:
        """End all edits; says who did how many."""
        ended = self.at_work()
        self._at_work.clear()
        return ended

    def at_work(self) -> list[Editor]:
        """Who edits, with counts."""
        return [one.editor for one in self._at_work]

    def count(self, project: Project) -> None:
        """Take note of a request to a project; what is due then is done when they catch up."""
        for one in self._at_work:
            one.requests += one.project == project.key

    def catch_up(self, project: Project) -> None:
        """Make the edits that are due."""
        for one in self._at_work:
            if one.project != project.key:
                continue
            editor = one.editor
            for _ in range(min(one.due(self._clock()), _MOST_AT_ONCE)):
                named = editor.keys[editor.edits % len(editor.keys)]
                editor.edits += 1
                asked = Edit(path=editor.path, key=named, actions=editor.actions, client=editor.client)
                try:
                    edit(project, asked, editor.edits)
                except Problem:
                    editor.refused += 1
