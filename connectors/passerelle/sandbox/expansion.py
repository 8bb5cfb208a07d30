"""Reference expansion: what a reference points to, put beside it as `obj` when `expand` asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from .problems import invalid_input
from .project import Project
from .store import Doc, copied

__all__ = ["expanded", "expanded_page"]

_STEP = re.compile(r"^([A-Za-z0-9_-]+)(?:\[(\*|[0-9]+)\])?$")


class Step(NamedTuple):
    """A field, and which of its elements when it is a list (`*` is all of them)."""

    name: str
    element: str | None


@lru_cache(maxsize=256)
def _steps(path: str) -> tuple[Step, ...]:
    found = [_STEP.match(part) for part in path.split(".")]
    steps = tuple(Step(match[1], match[2]) for match in found if match is not None)
    if len(steps) != len(found):
        raise invalid_input(f"Malformed parameter: expand: '{path}' is no path of fields.")
    return steps


def expanded(doc: Doc, paths: Sequence[str], project: Project) -> Doc:
    """A document with what its references point to; a path that leads nowhere changes nothing.

    Raises:
        Problem: 400 InvalidInput for what is no path at all.
    """
    if not paths:
        return doc
    answer: Doc = copied(doc)
    for path in paths:
        for reference in _ends([answer], _steps(path), project):
            _expand(reference, project)
    return answer


def expanded_page(page: Doc, paths: Sequence[str], project: Project) -> Doc:
    """A page of results, each with what its references point to."""
    if not paths:
        return page
    return {**page, "results": [expanded(doc, paths, project) for doc in page["results"]]}


def _ends(values: list[Any], steps: tuple[Step, ...], project: Project) -> Iterator[Doc]:
    for step in steps:
        values = [below for value in values for below in _below(value, step, project)]
    yield from (value for value in values if isinstance(value, dict) and "typeId" in value)


def _below(value: Any, step: Step, project: Project) -> Iterator[Any]:
    if not isinstance(value, dict):
        return
    if step.name not in value and "typeId" in value:
        # The path goes on behind a reference: what it points to is expanded on the way.
        _expand(value, project)
        value = value.get("obj", {})
    found = value.get(step.name)
    if step.element is None:
        yield found
    elif isinstance(found, list):
        yield from found if step.element == "*" else found[int(step.element) : int(step.element) + 1]


def _expand(reference: Doc, project: Project) -> None:
    type_id, number = reference.get("typeId"), reference.get("id")
    if "obj" in reference or not isinstance(type_id, str) or not isinstance(number, str):
        return
    if project.holds(type_id, number):
        doc = project.collection(type_id).docs[number]
        reference["obj"] = copied(project.kind(type_id).shown(doc, project))
