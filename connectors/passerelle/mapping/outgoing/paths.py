"""Paths into records: dotted names followed through record types once, and read without looking back."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from ...records import Money
from ..yaml_source import nearest
from .records import Sheet

__all__ = ["Around", "RecordPath"]

_FILE = "#file."
_ORDINAL = "#ordinal"


class Around(NamedTuple):
    """What stands around a field: the records, the outermost first, the file and the count in it."""

    records: tuple[Any, ...]
    sheet: Sheet
    ordinal: int


class RecordPath(NamedTuple):
    """A path with what it finds: its type, without None."""

    text: str
    read: Callable[[Around], Any]
    hint: Any

    @classmethod
    def parse(cls, text: str, around: tuple[type, ...], *, through_lists: bool = False) -> RecordPath:
        """Read a path; `around` are the types of the records around the field, the outermost first.

        With `through_lists` a name may be a list, and all below it is found, as a list.

        Raises:
            ValueError: a record has no such name, or the path leads out of the record.
        """
        if text == _ORDINAL:
            return cls(text, lambda at: at.ordinal, int)
        if text.startswith(_FILE):
            hint, read = _follow(Sheet, text.removeprefix(_FILE), through_lists=False)
            return cls(text, lambda at: read(at.sheet), hint)
        rest, climb = text, 0
        while rest.startswith("../"):
            rest, climb = rest[3:], climb + 1
        if climb >= len(around):
            raise ValueError(
                f"{text!r} climbs {climb} records up, but only {len(around) - 1} are around this field"
            )
        place = -1 - climb
        if rest == ".":
            return cls(text, lambda at: at.records[place], around[place])
        hint, read = _follow(around[place], rest, through_lists=through_lists)
        return cls(text, lambda at: read(at.records[place]), hint)


def _follow(hint: Any, path: str, *, through_lists: bool) -> tuple[Any, Callable[[Any], Any]]:
    names = path.split(".")
    several = False
    for name in names:
        items = typing.get_args(hint)
        if through_lists and typing.get_origin(hint) is tuple:
            hint, several = items[0], True
        if typing.get_origin(hint) is dict:
            hint = _without_none(typing.get_args(hint)[1])
            continue
        known = _attributes(hint)
        if name not in known:
            raise ValueError(f"{getattr(hint, '__name__', hint)} has no {name!r}; {nearest(name, known)}")
        hint = known[name]
    return hint, (_all_below if several else _one_below)(tuple(names))


def _one_below(names: tuple[str, ...]) -> Callable[[Any], Any]:
    def read(record: Any) -> Any:
        for name in names:
            record = _step(record, name)
        return None if record is msgspec.UNSET else record

    return read


def _all_below(names: tuple[str, ...]) -> Callable[[Any], Any]:
    def read(record: Any) -> list[Any]:
        found = [record]
        for name in names:
            below = (_step(item, name) for item in found)
            found = [item for value in below for item in (value if isinstance(value, tuple) else (value,))]
        return [item for item in found if item is not None and item is not msgspec.UNSET]

    return read


def _step(record: Any, name: str) -> Any:
    if record is None or record is msgspec.UNSET:
        return None
    return record.get(name) if isinstance(record, dict) else getattr(record, name)


def _attributes(hint: Any) -> dict[str, Any]:
    if not (isinstance(hint, type) and msgspec.inspect.is_struct_type(hint)):
        return {}
    known = {name: _without_none(inner) for name, inner in typing.get_type_hints(hint).items()}
    return known | {"amount": Decimal} if hint is Money else known


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        options = [
            option for option in typing.get_args(hint) if option not in (types.NoneType, msgspec.UnsetType)
        ]
        return options[0] if len(options) == 1 else hint
    return hint
