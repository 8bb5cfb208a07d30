"""Other people who change the same resources: once on command, before a request, or some times a second."""

from __future__ import annotations

import time
from collections.abc import Callable
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
    """Somebody who edits `keys` of `path` in turn, `perSecond` times a second, until stopped."""

    path: str
    keys: Annotated[list[str], Meta(min_length=1)]
    per_second: Annotated[float, Meta(gt=0, le=10_000)]
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


class Editors:
    """Those who edit all the time. They catch up before each request: nobody can see when they worked."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at_work: list[tuple[str, Editor, float]] = []

    def start(self, project: Project, editor: Editor) -> None:
        """Begin to edit.

        Raises:
            Problem: 404 when the project has no such resources.
        """
        _kind(project, editor.path)
        self._at_work.append((project.key, editor, self._clock()))

    def stop(self) -> list[Editor]:
        """End all edits; says who did how many."""
        ended = self.at_work()
        self._at_work.clear()
        return ended

    def at_work(self) -> list[Editor]:
        """Who edits, with counts."""
        return [editor for _, editor, _ in self._at_work]

    def catch_up(self, project: Project) -> None:
        """Make the edits that are due."""
        for key, editor, began in self._at_work:
            if key != project.key:
                continue
            due = int((self._clock() - began) * editor.per_second) - editor.edits
            for _ in range(min(due, _MOST_AT_ONCE)):
                named = editor.keys[editor.edits % len(editor.keys)]
                editor.edits += 1
                asked = Edit(path=editor.path, key=named, actions=editor.actions, client=editor.client)
                try:
                    edit(project, asked, editor.edits)
                except Problem:
                    editor.refused += 1
