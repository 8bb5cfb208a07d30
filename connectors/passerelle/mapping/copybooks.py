"""Copybooks of a mapping: what they describe becomes the columns that one would write by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..errors import ConfigError
from ..formats.copybook import CopybookField, read_copybook
from .spec.copybooks import Copybook, CopybookSpec
from .yaml_source import Flaw, Place

__all__ = ["lay_out_copybooks"]

_COPYBOOK: TypeAdapter[CopybookSpec] = TypeAdapter(Copybook)
#: Where columns may come from a copybook, below a format.
_FIXED, _LINES = "fixed", "lines"

#: Gives the place of a value in the mapping, and with it the file in which it stands.
Find = Callable[[Sequence[str | int]], Place]


def lay_out_copybooks(values: dict[str, Any], find: Find, flaws: list[Flaw]) -> None:
    """Put the columns of each copybook into the raw values of a mapping, in place.

    Columns that are written beside a copybook go before its own. Records without line ends get the
    copybook's length where a number is packed or binary and none is said. What cannot be read is a flaw at
    the place of the copybook's name; what is no copybook at all is left to the models.
    """
    for location, holder in list(_holders(values)):
        try:
            spec = _COPYBOOK.validate_python(holder["copybook"])
        except ValidationError:
            continue
        place = find((*location, "copybook"))
        path = Path(place.file).parent / spec.file
        try:
            record = read_copybook(_text(path), file=spec.file, record=spec.record, redefines=spec.redefines)
        except ConfigError as error:
            flaws.append(Flaw(place, f"copybook {error}"))
            continue
        given = holder.get("columns")
        holder["columns"] = _columns(record.fields) | (given if isinstance(given, dict) else {})
        tables = {
            table.name: {
                "at": table.at,
                "every": table.every,
                "times": table.times,
                "columns": _columns(table.fields),
            }
            for table in record.tables
        }
        if tables:
            holder["repeat"] = tables | (holder.get("repeat") or {})
        if location[-1] == _FIXED and not record.is_text:
            holder.setdefault("length", record.length)


def _holders(values: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Find what names a copybook: the format of the feed, and those of its inputs."""
    inputs = values.get("inputs")
    formats: list[tuple[tuple[str | int, ...], Any]] = [(("format",), values.get("format"))]
    for name, source in (inputs if isinstance(inputs, dict) else {}).items():
        if isinstance(source, dict):
            formats.append((("inputs", name, "format"), source.get("format")))
    for location, layouts in formats:
        if not isinstance(layouts, dict):
            continue
        fixed, lines = layouts.get(_FIXED), layouts.get(_LINES)
        if isinstance(fixed, dict) and "copybook" in fixed:
            yield (*location, _FIXED), fixed
        records = lines.get("records") if isinstance(lines, dict) else None
        for name, record in (records if isinstance(records, dict) else {}).items():
            if isinstance(record, dict) and "copybook" in record:
                yield (*location, _LINES, "records", name), record


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path.name}: {error.strerror}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Comments in the code page of the day; names and clauses are ASCII in every one of them.
        return content.decode("cp1252", "replace")


def _columns(fields: Sequence[CopybookField]) -> dict[str, dict[str, Any]]:
    return {one.name: _column(one) for one in fields}


def _column(one: CopybookField) -> dict[str, Any]:
    column: dict[str, Any] = {"at": one.at, "width": one.width}
    if one.kind != "text":
        column |= {"type": one.kind, "decimals": one.decimals, "signed": one.signed}
    if one.kind == "zoned":
        column |= {"sign": one.sign, "separate": one.separate}
    return column
