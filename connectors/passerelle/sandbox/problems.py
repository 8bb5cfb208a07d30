"""Refusals in the words of the real API: status, message, and one entry per error with its own fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson

__all__ = [
    "Problem",
    "concurrent_modification",
    "duplicate_field",
    "insufficient_scope",
    "invalid_field",
    "invalid_input",
    "invalid_json",
    "invalid_operation",
    "invalid_token",
    "method_not_allowed",
    "missing_role",
    "reference_exists",
    "referenced_not_found",
    "required_field",
    "resource_not_found",
    "uri_not_found",
]


class Problem(Exception):
    """An answer other than success; `body` is what the client reads."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        top: Mapping[str, Any] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        error = {"code": code, "message": message, **{k: v for k, v in details.items() if v is not None}}
        self.body: dict[str, Any] = {
            "statusCode": status,
            "message": message,
            "errors": [error],
            **(top or {}),
        }


def _shown(value: object) -> str:
    return orjson.dumps(value, default=str).decode()


def _bad(code: str, message: str, **details: Any) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, code, message, **details)


def invalid_input(message: str) -> Problem:
    """A parameter or a value that makes no sense."""
    return _bad("InvalidInput", message)


def invalid_json(detail: str) -> Problem:
    """A body that is no JSON, or not the JSON that this endpoint takes."""
    return _bad("InvalidJsonInput", "Request body does not contain valid JSON.", detailedErrorMessage=detail)


def invalid_operation(message: str) -> Problem:
    """An action that the resource does not allow in its present state."""
    return _bad("InvalidOperation", message)


def invalid_field(field: str, value: object, allowed: Sequence[object] | None = None) -> Problem:
    """A value of the wrong kind for its field, or none of the allowed ones."""
    message = f"The value '{_shown(value)}' is not valid for field '{field}'."
    if allowed is not None:
        message += f" Allowed values are: {', '.join(map(str, allowed))}."
    return _bad("InvalidField", message, field=field, invalidValue=value, allowedValues=allowed)


def required_field(field: str) -> Problem:
    """A value that must be there and is not."""
    return _bad("RequiredField", f"A value is required for field '{field}'.", field=field)


def duplicate_field(field: str, value: object) -> Problem:
    """A value that must be unique and is taken."""
    message = f"A duplicate value '{_shown(value)}' exists for field '{field}'."
    return _bad("DuplicateField", message, field=field, duplicateValue=value)


def referenced_not_found(type_id: str, *, id: str | None = None, key: str | None = None) -> Problem:  # noqa: A002 - the API's own word
    """A reference to something that does not exist."""
    message = f"The referenced object of type '{type_id}' with identifier '{id or key}' was not found."
    return _bad("ReferencedResourceNotFound", message, typeId=type_id, id=id, key=key)


def reference_exists(type_id: str, referenced_by: str) -> Problem:
    """A resource that cannot go while others point to it."""
    message = f"Can not delete a {type_id} while it is referenced from at least one {referenced_by}."
    return _bad("ReferenceExists", message, referencedBy=referenced_by)


def missing_role(channel: Mapping[str, str], role: str) -> Problem:
    """A channel that is used for something it has no role for."""
    message = f"The channel does not have the required role {role}."
    return _bad("MissingRoleOnChannel", message, channel=dict(channel), missingRole=role)


def resource_not_found(kind: str, value: str) -> Problem:
    """The resource that the path names does not exist; `kind` is `ID`, `key` or `orderNumber`."""
    message = f"The Resource with {kind} '{value}' was not found."
    return Problem(HTTPStatus.NOT_FOUND, "ResourceNotFound", message)


def uri_not_found(path: str) -> Problem:
    """The path names no endpoint at all."""
    return Problem(HTTPStatus.NOT_FOUND, "ResourceNotFound", f"URI not found: {path}")


def method_not_allowed(method: str, path: str, allowed: Sequence[str]) -> Problem:
    """The path is an endpoint, the method is not one of its own."""
    message = f"Method {method} is not allowed on {path}."
    headers = {"allow": ", ".join(allowed)}
    return Problem(HTTPStatus.METHOD_NOT_ALLOWED, "InvalidOperation", message, headers=headers)


def concurrent_modification(resource_id: str, expected: int, actual: int) -> Problem:
    """The client planned against a version that is not the current one."""
    message = (
        f"Object {resource_id} has a different version than expected. "
        f"Expected: {expected} - Actual: {actual}."
    )
    return Problem(HTTPStatus.CONFLICT, "ConcurrentModification", message, currentVersion=actual)


def invalid_token() -> Problem:
    """No token, an unknown one, or one that has expired."""
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "invalid_token",
        "invalid_token",
        headers={"www-authenticate": 'Bearer realm="sandbox", error="invalid_token"'},
        top={"error": "invalid_token"},
    )


def insufficient_scope(scopes: Sequence[str]) -> Problem:
    """A good token that may not do this."""
    message = f"Insufficient scope. One of the following scopes is missing: {', '.join(scopes)}."
    return Problem(
        HTTPStatus.FORBIDDEN,
        "insufficient_scope",
        message,
        top={"error": "insufficient_scope", "error_description": message},
    )
