"""Pipelines: the functions of one `via`, checked against each other and made into one conversion."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from pydantic import TypeAdapter, ValidationError

from .codes import CodeTable
from .entities import Kind
from .functions import Convert, Function
from .spec import StepSpec
from .yaml_source import nearest

__all__ = ["Location", "Pipeline", "Report", "build"]

Location: TypeAlias = tuple[str | int, ...]
#: Notes a flaw at a location in the mapping.
Report: TypeAlias = Callable[[Location, str], None]

#: Distinct raw values of one field that are kept with their results; stock and prices repeat theirs.
_REMEMBERED = 16_384
_DEFAULT = "default"
_KINDS = {
    "text": "a text",
    "texts": "several texts",
    "decimal": "a decimal number",
    "integer": "a whole number",
    "instant": "an instant",
    "boolean": "a yes or no",
    "money": "an amount of money",
    "any": "any value",
}


class Pipeline(NamedTuple):
    """One conversion: what it gives, whether that may be None, and its steps by name for explanations.

    `default` stands for absent and empty values; it is `...` when there is none.
    """

    convert: Convert
    kind: Kind
    nullable: bool
    steps: tuple[tuple[str, Convert], ...]
    default: Any = ...

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the functions in their order."""
        return tuple(name for name, _ in self.steps)


def build(
    steps: Sequence[StepSpec],
    start: Kind,
    registry: Mapping[str, Function],
    tables: Mapping[str, CodeTable],
    report: Report,
    at: Location,
) -> Pipeline | None:
    """Make a pipeline from its steps; None when a flaw was reported."""
    kind = start
    nullable = False
    made: list[tuple[str, Convert]] = []
    default: Any = ...
    sound = True
    for index, step in enumerate(steps):
        here = (*at, index)
        if step.name == _DEFAULT:
            if len(step.argument) != 1 or step.options or isinstance(step.argument[0], dict | list):
                report(here, "default takes one value: {default: 0}")
                sound = False
            else:
                default = step.argument[0]
            continue
        function = registry.get(step.name)
        if function is None:
            report(here, f"there is no function {step.name!r}; {nearest(step.name, registry)}")
            return None
        if sound and kind not in function.takes:
            takes = " or ".join(_KINDS[taken] for taken in function.takes)
            report(here, f"{step.name} takes {takes}, but gets {_KINDS[kind]}")
            sound = False
        arguments = _arguments(step, function, tables, report, here)
        convert = None if arguments is None else _make(function, arguments, report, (*here, step.name))
        if convert is None or arguments is None:
            sound = False
            continue
        kind = function.gives
        nullable = nullable or function.nullable(arguments)
        made.append((step.name, convert))
    if not sound:
        return None
    convert = _composed([convert for _, convert in made], nullable=nullable)
    if made and start == "text" and (kind != "text" or any(name == "code" for name, _ in made)):
        convert = lru_cache(_REMEMBERED)(convert)
    return Pipeline(convert, kind, nullable, tuple(made), default)


def describe(kind: Kind) -> str:
    """Say what a kind is, for messages."""
    return _KINDS[kind]


def _make(function: Function, arguments: dict[str, Any], report: Report, at: Location) -> Convert | None:
    try:
        return function.make(**arguments)
    except ValueError as error:
        report(at, f"{function.name}: {error}")
        return None


def _arguments(
    step: StepSpec, function: Function, tables: Mapping[str, CodeTable], report: Report, at: Location
) -> dict[str, Any] | None:
    given: dict[str, Any] = dict(step.options)
    places: dict[str, Location] = {name: (*at, name) for name in given}
    if step.argument:
        if function.main is None:
            report(at, f"{step.name} takes no argument")
            return None
        given = {function.main: step.argument[0], **given}
        places[function.main] = (*at, step.name)
    sound = True
    for name in [name for name in given if name not in function.parameters]:
        report(places[name], f"{step.name} has no {name!r}; {nearest(name, function.parameters)}")
        sound = False
    arguments: dict[str, Any] = {}
    for name, parameter in function.parameters.items():
        if name in given:
            try:
                arguments[name] = _argument(parameter, given[name], tables)
            except ValueError as error:
                report(places[name], f"{step.name}: {error}")
                sound = False
        elif parameter.default is inspect.Parameter.empty:
            report(at, f"{step.name} needs its {name}")
            sound = False
    return arguments if sound else None


def _argument(parameter: inspect.Parameter, value: Any, tables: Mapping[str, CodeTable]) -> Any:
    wanted = parameter.annotation
    if wanted is CodeTable:
        if value not in tables:
            raise ValueError(f"there is no code table {value!r}; {nearest(str(value), tables)}")
        return tables[value]
    if wanted == tuple[str, ...]:
        value = tuple(value) if isinstance(value, list) else (value,)
    try:
        return TypeAdapter(wanted).validate_python(value, strict=True)
    except ValidationError as error:
        message = "; ".join(str(fault["msg"]) for fault in error.errors())
        raise ValueError(f"{parameter.name} {value!r}: {message}") from error


def _composed(converts: list[Convert], *, nullable: bool) -> Convert:
    if not converts:
        return _as_it_is
    if len(converts) == 1:
        return converts[0]

    def run(value: Any) -> Any:
        for convert in converts:
            value = convert(value)
            if value is None:
                return None
        return value

    match converts:
        case [first, second] if not nullable:
            # The commonest length, without the loop.
            return lambda value: second(first(value))
        case _:
            return run


def _as_it_is(value: Any) -> Any:
    return value
