"""Import requests read: one to twenty resources of one type, each held against what its type may say."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import orjson

from ..problems import Problem, invalid_field, invalid_input, invalid_json, required_field
from ..store import Doc
from .refusals import error_of, told_by_decoder
from .upserts import ImportKind
from .values import Json, whole_numbers

__all__ = ["MAX_RESOURCES", "Read", "read_request"]

MAX_RESOURCES = 20


class Read(NamedTuple):
    """One resource of a request: as it is to be imported, or None with what is wrong."""

    resource: Json | None
    error: Doc | None


def read_request(kind: ImportKind, body: bytes) -> list[Read]:
    """Read a request.

    Raises:
        Problem: 400 for the request as a whole: InvalidJsonInput, RequiredField, InvalidField (a field that
            is not known, also of a resource, with its `resourceIndex`), InvalidInput (how many there are).
    """
    try:
        request: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise invalid_json(str(error)) from error
    if not isinstance(request, dict):
        raise invalid_json("Expected an object")
    for name in ("type", kind.listed):
        if request.get(name) is None:
            raise required_field(name)
    for name, value in request.items():
        if name not in ("type", kind.listed):
            raise invalid_field(name, value, ["type", kind.listed])
    if request["type"] != kind.resource_type:
        raise invalid_field("type", request["type"], [kind.resource_type])
    listed = request[kind.listed]
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_RESOURCES:
        raise invalid_input(f"{kind.listed}: the size must be between 1 and {MAX_RESOURCES}.")
    return [_read(kind, resource, index) for index, resource in enumerate(listed)]


def _read(kind: ImportKind, given: Any, index: int) -> Read:
    resource = whole_numbers(given)
    try:
        model = msgspec.convert(resource, kind.model)
    except msgspec.ValidationError as failure:
        error, unknown = told_by_decoder(failure, resource)
        if unknown:
            problem = Problem(400, "InvalidField", error["message"])
            error_of(problem).update(error, resourceIndex=index)
            raise problem from failure
        return Read(None, error)
    cleaned: Json = msgspec.to_builtins(model)
    return Read(cleaned, None)
