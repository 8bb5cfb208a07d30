"""Conditions of what goes out: the tests of incoming ones, asked of the record that is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ...records import Money
from ..conditions import Condition, compile_condition
from ..pipeline import Location, Report
from ..spec import ConditionSpec
from ..unreadable import Unreadable
from .page import Scope
from .paths import RecordPath

__all__ = ["OutCondition", "compile_out_condition"]


class OutCondition(NamedTuple):
    """A condition on the record; its paths are those of fields."""

    paths: tuple[RecordPath, ...]
    condition: Condition

    def holds(self, scope: Scope) -> bool:
        """Ask; a value that is compared as a number and is none is a fault, and it does not hold."""
        values: dict[str, Any] = {}
        for number, path in enumerate(self.paths):
            found = path.read(scope.around)
            if found is not None:
                values[f"V{number}"] = _raw(found)
        try:
            return self.condition.holds({}, values)
        except Unreadable as error:
            place = int((error.path or "V0")[1:])
            scope.fault(f"when {self.paths[place].text}", error, error.received)
            return False


def compile_out_condition(
    spec: ConditionSpec, parse: Callable[[str, Location], RecordPath | None], report: Report, at: Location
) -> OutCondition | None:
    """Compile a condition; None when a flaw was reported."""
    paths: list[RecordPath] = []
    named = _named(spec, parse, paths, at)
    if named is None:
        return None
    made = compile_condition(named, depth=0, header=None, report=report, at=at)
    return None if made is None else OutCondition(tuple(paths), made)


def _named(
    spec: ConditionSpec,
    parse: Callable[[str, Location], RecordPath | None],
    paths: list[RecordPath],
    at: Location,
) -> ConditionSpec | None:
    """Put a plain name in the place of each path, so that the tests of raw values can be asked."""
    if spec.path is not None:
        path = parse(spec.path, (*at, "path"))
        if path is None:
            return None
        paths.append(path)
        return spec.model_copy(update={"path": f"V{len(paths) - 1}"})
    if spec.not_ is not None:
        inner = _named(spec.not_, parse, paths, (*at, "not"))
        return None if inner is None else spec.model_copy(update={"not_": inner})
    name, word = ("all_", "all") if spec.all_ is not None else ("any_", "any")
    below = [
        _named(one, parse, paths, (*at, word, index)) for index, one in enumerate(getattr(spec, name) or ())
    ]
    known = tuple(one for one in below if one is not None)
    return spec.model_copy(update={name: known}) if len(known) == len(below) else None


def _raw(value: Any) -> Any:
    """Give a value as a file would bring it: numbers with a point, yes or no as true or false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Money):
        return f"{value.amount:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, tuple):
        return [_raw(item) for item in value]
    # Of a record only that it is there can be asked.
    return {"record": "there"} if hasattr(type(value), "__struct_fields__") else str(value)
