"""Rows: what any format hands to a mapping, one source record at a time with its place in the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

__all__ = ["Group", "Row", "Value", "text_of"]

#: What stands at one name of a record. A leaf is its text, and `""` when it is empty; a group is a dict;
#: a name that repeats is a list in file order. An attribute is named `@name`; the text of a leaf that
#: has attributes is named `#text`. None is a format's explicit null (XML has none).
Value: TypeAlias = "str | dict[str, Value] | list[Value] | None"
#: The names of one record or of one group in it. An absent name is absent.
Group: TypeAlias = dict[str, Value]


class Row(NamedTuple):
    """One source record: its raw values, its count in the file from 1, and its line where it is known."""

    values: Group
    ordinal: int
    line: int | None


def text_of(values: Mapping[str, Value], path: str) -> str | None:
    """Read the text at a path such as `PIED/NB_LIGNES`; None when it is absent, or is no single text.

    The first name may be left out of `values`: headers and trailers are handed over without their own
    element name, while controls name it.
    """
    names = path.split("/")
    if len(names) > 1 and names[0] not in values:
        names = names[1:]
    value: Value = dict(values)
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    if isinstance(value, dict):
        value = value.get("#text")
    return value if isinstance(value, str) else None
