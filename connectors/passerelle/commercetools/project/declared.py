"""Records inside a pydantic model: written in YAML in their own words, nothing unknown in them."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

import msgspec
from pydantic import BeforeValidator

__all__ = ["declared"]


def declared(record: type[msgspec.Struct]) -> BeforeValidator:
    """Validate a list of such records, given as they are or in their own words."""

    def read(values: Any) -> tuple[Any, ...]:
        if not isinstance(values, list | tuple):
            raise ValueError("expected a list")  # noqa: TRY004 - pydantic collects ValueErrors
        return tuple(_one(record, number, value) for number, value in enumerate(values))

    return BeforeValidator(read)


def _one(record: type[msgspec.Struct], number: int, value: Any) -> Any:
    if isinstance(value, record):
        return value
    unknown = list(_unknown(record, value, f"{number}"))
    if unknown:
        raise ValueError("; ".join(unknown))
    try:
        return msgspec.convert(value, record)
    except msgspec.ValidationError as error:
        raise ValueError(f"{number}: {error}") from error


def _unknown(record: Any, value: Any, at: str) -> Iterator[str]:
    """Each name in a value that the record does not have, at any depth."""
    if isinstance(value, dict) and isinstance(record, type) and issubclass(record, msgspec.Struct):
        hints = typing.get_type_hints(record)
        for name, part in value.items():
            if name not in hints:
                yield f"{at}: no field {name!r}; there are {', '.join(hints)}"
            else:
                for option in _options(hints[name]):
                    yield from _unknown(option, part, f"{at}.{name}")
    elif isinstance(value, list) and typing.get_origin(record) is tuple:
        for number, part in enumerate(value):
            yield from _unknown(typing.get_args(record)[0], part, f"{at}.{number}")


def _options(hint: Any) -> tuple[Any, ...]:
    union = typing.get_origin(hint) in {typing.Union, types.UnionType}
    return typing.get_args(hint) if union else (hint,)
