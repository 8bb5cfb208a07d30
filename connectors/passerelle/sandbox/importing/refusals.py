"""What the Import API says of what cannot be imported: its own codes, with other fields than the API."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from ..problems import Problem, invalid_field, required_field
from ..store import Doc

__all__ = [
    "NotResolved",
    "WaitsForMaster",
    "container_not_found",
    "error_of",
    "told_by_decoder",
    "told_by_problem",
]

_PATH = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*?)`)?$", re.DOTALL)
_FIELD = re.compile(r"^Object (?P<how>contains unknown|missing required) field `(?P<name>[^`]+)`")
#: Codes that both APIs have, with the fields that belong to them.
_SHARED: dict[str, tuple[str, ...]] = {
    "DuplicateField": ("field", "duplicateValue"),
    "InvalidField": ("field", "invalidValue", "allowedValues"),
    "InvalidInput": (),
    "InvalidJsonInput": (),
    "InvalidOperation": (),
    "RequiredField": ("field",),
    "InvalidFieldUpdate": ("fields",),
    "NewMasterVariantAdditionNotAllowed": (),
}


class NotResolved(Exception):
    """Something that is pointed to does not exist yet."""

    def __init__(self, missing: list[tuple[str, str]]) -> None:
        super().__init__(missing)
        self.missing = missing


class WaitsForMaster(Exception):
    """A product cannot be without a master variant, and none was imported yet."""


def container_not_found(key: str) -> Problem:
    """404 for a container."""
    return Problem(404, "ResourceNotFound", f"The import container '{key}' was not found.", resource=key)


def error_of(problem: Problem) -> Doc:
    """The one error of a problem."""
    error: Doc = problem.body["errors"][0]
    return error


def told_by_problem(problem: Problem, *, existed: bool) -> Doc:
    """What the API refused, in words of the Import API; a code it has not is named in the message."""
    error = error_of(problem)
    fields = _SHARED.get(problem.code)
    if fields is None or any(name not in error for name in fields if name in ("field", "fields")):
        code = "ResourceUpdate" if existed else "ResourceCreation"
        return {"code": code, "message": f"{problem.code}: {error['message']}", "resource": error}
    told = {name: error[name] for name in ("code", "message", *fields) if name in error}
    if problem.code == "InvalidField":
        told.setdefault("invalidValue", None)
    return told


def told_by_decoder(error: msgspec.ValidationError, resource: Any) -> tuple[Doc, bool]:
    """What is wrong with a resource's form, and whether a field of it is unknown."""
    whole = _PATH.match(str(error))
    what, path = (whole["what"], whole["path"] or "") if whole else (str(error), "")
    named = _FIELD.match(what)
    place = path.lstrip(".")
    if named is None:
        return error_of(invalid_field(place, _at(resource, path))), False
    field = f"{place}.{named['name']}".lstrip(".")
    if named["how"] == "missing required":
        return error_of(required_field(field)), False
    holder = _at(resource, path)
    value = holder.get(named["name"]) if isinstance(holder, dict) else None
    return {
        **error_of(invalid_field(field, value)),
        "message": f"The field '{field}' is not supported.",
    }, True


def _at(value: Any, path: str) -> Any:
    for step in _steps(path):
        if isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        elif isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _steps(path: str) -> Iterable[str | int]:
    for name, number in re.findall(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]", path):
        yield name or int(number)
