"""Pipelines: the functions of one `via`, checked against each other and made into one conversion."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from pydantic import TypeAdapter, ValidationError

from .codes import CodeTable
from .decimals import read_auto
from .entities import Kind
from .functions import Convert, Function
from .paths import ABSENT, Source, leaf_text
from .spec import StepSpec
from .spec.fields import OperandSpec
from .unreadable import CORRECT_IT, Unreadable
from .yaml_source import nearest

__all__ = ["Location", "Operand", "Pipeline", "Report", "SourceReader", "build", "describe"]

Location: TypeAlias = tuple[str | int, ...]
#: Notes a flaw at a location in the mapping.
Report: TypeAlias = Callable[[Location, str], None]
#: Reads a path that stands at a location; None when a flaw was reported.
SourceReader: TypeAlias = Callable[[str, Location], "Source | None"]

#: Distinct raw values of one field that are kept with their results; stock and prices repeat theirs.
_REMEMBERED = 16_384
#: Texts of a few characters that come again and again; of longer ones so many would fill the memory.
_WORTH_REMEMBERING = frozenset({"code", "day"})
_DEFAULT = "default"
_EACH = "each"
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


class Operand(NamedTuple):
    """A value beside the field's own: where it stands, and how its raw text is read."""

    source: Source
    pipeline: Pipeline
    kind: Kind
    default: Any = None

    def read(self, raw: Any) -> Any:
        """Read the raw value; raises Unreadable with the operand's own path."""
        try:
            text = "" if raw is ABSENT else leaf_text(raw)
            if text and not text.isspace():
                value = self.pipeline.convert(text)
                return read_auto(value) if self.kind == "decimal" and isinstance(value, str) else value
        except Unreadable as error:
            raise self._told(error, raw) from error
        if self.default is not None:
            return self.default
        code = "missing_value" if raw is ABSENT else "empty_value"
        advice = f"Give it a default in the mapping, or: {CORRECT_IT}"
        raise self._told(Unreadable(code, "a value to reckon with", advice), raw)

    def _told(self, error: Unreadable, raw: Any) -> Unreadable:
        received = raw if isinstance(raw, str) else None
        return Unreadable(error.code, error.expected, error.advice, path=self.source.text, received=received)


class Pipeline(NamedTuple):
    """One conversion: what it gives, whether that may be None, and its steps by name for explanations.

    `default` stands for absent and empty values; it is `...` when there is none. `convert` and every step
    take the value and behind it, for each of `operands`, the raw value that stands at its source (or
    `ABSENT`). A conversion may give `ABSENT` when it `skips`.
    """

    convert: Convert
    kind: Kind
    nullable: bool
    steps: tuple[tuple[str, Convert], ...]
    default: Any = ...
    operands: tuple[Operand, ...] = ()
    skips: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the functions in their order."""
        return tuple(name for name, _ in self.steps)


class _Builder:
    """Puts one pipeline together, step by step."""

    def __init__(
        self,
        registry: Mapping[str, Function],
        tables: Mapping[str, CodeTable],
        report: Report,
        source: SourceReader | None,
    ) -> None:
        self.registry = registry
        self.tables = tables
        self.report = report
        self.source = source
        self.sound = True
        self.nullable = self.skips = self.counts = False
        self.default: Any = ...
        #: Name, conversion, and whether it takes the raw values of the operands.
        self.made: list[tuple[str, Convert, bool]] = []
        self.operands: list[Operand] = []

    def flaw(self, at: Location, message: str) -> None:
        self.report(at, message)
        self.sound = False

    def add(self, step: StepSpec, kind: Kind, at: Location) -> Kind | None:
        """Add one step; gives the kind behind it, None when no further step can be checked."""
        if step.name == _DEFAULT:
            if len(step.argument) != 1 or step.options or isinstance(step.argument[0], dict | list):
                self.flaw(at, "default takes one value: {default: 0}")
            else:
                self.default = step.argument[0]
            return kind
        function = self.registry.get(step.name)
        if function is None:
            self.flaw(at, f"there is no function {step.name!r}; {nearest(step.name, self.registry)}")
            return None
        if self.sound and kind not in function.takes:
            takes = " or ".join(_KINDS[taken] for taken in function.takes)
            self.flaw(at, f"{step.name} takes {takes}, but gets {_KINDS[kind]}")
        arguments = _arguments(step, function, self.tables, self.flaw, at)
        if arguments is None:
            return function.gives
        if step.name == _EACH:
            self._add_each(arguments["via"], (*at, _EACH))
            return function.gives
        places = self._operands(function, arguments, step, at)
        try:
            convert = function.make(**arguments)
        except ValueError as error:
            self.flaw((*at, step.name), f"{function.name}: {error}")
            return function.gives
        self.nullable = self.nullable or function.nullable(arguments)
        self.skips = self.skips or function.skips(arguments)
        self.counts = self.counts or function.counts(arguments)
        self.made.append((step.name, self._with_operands(convert, places), bool(places)))
        return function.gives

    def _add_each(self, steps: Sequence[StepSpec], at: Location) -> None:
        inner = build(steps, "text", self.registry, self.tables, self.report, at)
        if inner is None:
            self.sound = False
            return
        if inner.kind != "text":
            self.flaw(at, f"each gives texts, but its functions give {_KINDS[inner.kind]}")
        convert = inner.convert
        self.counts = self.counts or any(name == "code" for name in inner.names)

        def run(texts: Sequence[str]) -> tuple[str, ...]:
            made = (convert(text) for text in texts if text and not text.isspace())
            return tuple(one for one in made if one is not None and one is not ABSENT and one != "")

        self.made.append((_EACH, run, False))

    def _operands(
        self, function: Function, arguments: Mapping[str, Any], step: StepSpec, at: Location
    ) -> list[int]:
        """Compile the parameters that are places; gives their positions among all operands."""
        places: list[int] = []
        for name, kind in function.operands.items():
            spec = arguments.get(name)
            if not isinstance(spec, OperandSpec):
                continue
            here = (*at, step.name if name == function.main else name)
            if self.source is None:
                self.flaw(here, f"{step.name} cannot read from the record here: write the value itself")
                continue
            source = self.source(spec.from_, (*here, "from"))
            inner = build(spec.via, "text", self.registry, self.tables, self.report, (*here, "via"))
            if source is None or inner is None:
                self.sound = False
                continue
            if inner.kind not in ((kind, "text", "integer") if kind == "decimal" else (kind,)):
                self.flaw((*here, "via"), f"{step.name} needs {_KINDS[kind]}, but gets {_KINDS[inner.kind]}")
                continue
            try:
                default = _operand_default(spec.default, kind)
            except ValueError as error:
                self.flaw((*here, "default"), str(error))
                continue
            places.append(len(self.operands))
            self.operands.append(Operand(source, inner, kind, default))
        return places

    def _with_operands(self, convert: Convert, places: list[int]) -> Convert:
        if not places:
            return convert
        operands = [(place, self.operands[place]) for place in places]
        if len(operands) == 1:
            ((place, operand),) = operands
            return lambda value, *raws: convert(value, operand.read(raws[place]))
        return lambda value, *raws: convert(value, *(one.read(raws[at]) for at, one in operands))


def _operand_default(default: str | int | None, kind: Kind) -> Any:
    if default is None or kind != "decimal":
        return None if default is None else str(default)
    try:
        return read_auto(str(default))
    except Unreadable as error:
        raise ValueError(f"default {default!r} is no number") from error


def build(
    steps: Sequence[StepSpec],
    start: Kind,
    registry: Mapping[str, Function],
    tables: Mapping[str, CodeTable],
    report: Report,
    at: Location,
    source: SourceReader | None = None,
) -> Pipeline | None:
    """Make a pipeline from its steps; None when a flaw was reported.

    `source` reads the paths of parameters that stand in the record; without it they are flaws.
    """
    builder = _Builder(registry, tables, report, source)
    kind: Kind = start
    for index, step in enumerate(steps):
        behind = builder.add(step, kind, (*at, index))
        if behind is None:
            return None
        kind = behind
    if not builder.sound:
        return None
    made, operands = builder.made, tuple(builder.operands)
    # With operands every step is called alike, whether it takes them or not.
    steps_made = tuple(
        (name, convert if takes_raws or not operands else _ignoring(convert))
        for name, convert, takes_raws in made
    )
    converts = [convert for _, convert in steps_made]
    convert = (
        _composed_with(converts) if operands else _composed(converts, gaps=builder.nullable or builder.skips)
    )
    worth_it = operands or kind != "text" or any(name in _WORTH_REMEMBERING for name, _ in steps_made)
    if made and start == "text" and worth_it and not builder.counts:
        convert = lru_cache(_REMEMBERED)(convert)
    return Pipeline(
        convert, kind, builder.nullable, steps_made, builder.default, operands, skips=builder.skips
    )


def _ignoring(convert: Convert) -> Convert:
    return lambda value, *_raws: convert(value)


def describe(kind: Kind) -> str:
    """Say what a kind is, for messages."""
    return _KINDS[kind]


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
        message = "; ".join(dict.fromkeys(str(fault["msg"]) for fault in error.errors()))
        raise ValueError(f"{parameter.name} {value!r}: {message}") from error


def _composed_with(converts: list[Convert]) -> Convert:
    """Run the steps one behind the other; each is handed the raw values of the operands."""

    def run_with(value: Any, *raws: Any) -> Any:
        for convert in converts:
            value = convert(value, *raws)
            if value is None or value is ABSENT:
                return value
        return value

    return run_with


def _composed(converts: list[Convert], *, gaps: bool) -> Convert:
    if not converts:
        return _as_it_is
    if len(converts) == 1:
        return converts[0]

    def run(value: Any) -> Any:
        for convert in converts:
            value = convert(value)
            if value is None or value is ABSENT:
                return value
        return value

    match converts:
        case [first, second] if not gaps:
            # The commonest length, without the loop.
            return lambda value: second(first(value))
        case _:
            return run


def _as_it_is(value: Any) -> Any:
    return value
