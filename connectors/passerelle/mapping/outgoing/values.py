"""Compiling values: from what a field says of its value to what gives its text."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from ..codes import CodeTable
from ..entities import Kind, kind_of
from ..functions import WRITING
from ..pipeline import Location, Pipeline, Report, build, describe
from ..spec import ConditionSpec, OutFieldSpec
from .conditions import OutCondition, compile_out_condition
from .fields import Constant, Count, Number, Sum, Text, Total, TotalCount, Value, added
from .paths import RecordPath

__all__ = ["Addend", "Types", "ValueCompiler"]

_NUMBERS: tuple[Kind, ...] = ("money", "integer", "decimal")
_WRITTEN: tuple[Kind, ...] = ("text", "integer")

#: The types of the records around a field, the outermost first.
Types: TypeAlias = tuple[type, ...]
#: What one record adds to a sum of the trailer: from the path's answer.
Addend: TypeAlias = tuple[RecordPath, Callable[[Any], Decimal]]


class ValueCompiler:
    """Makes what gives texts; `summed` is the record type over which a trailer adds up, None elsewhere.

    `addends` are those sums, in the order in which fields ask for them.
    """

    def __init__(self, tables: Mapping[str, CodeTable], report: Report) -> None:
        self._tables = tables
        self._report = report
        self.summed: type[msgspec.Struct] | None = None
        self.addends: list[Addend] = []

    def text(self, sort: str, around: Types, spec: OutFieldSpec, to: str, at: Location) -> Text | None:
        """Compile a field whose value is a text; None when a flaw was reported."""
        match sort:
            case "value":
                return Constant(_constant(spec.value))
            case "position":
                return self._position(spec, to, at)
            case "count":
                return self._count(around, spec, to, at)
            case "sum":
                return self._sum(around, spec, to, at)
            case _:
                return self._value(around, spec, to, at)

    def item_text(self, item: Any, spec: OutFieldSpec, at: Location) -> Text | None:
        """Compile the text of each item of a list of texts."""
        kind = _kind(item)
        if kind is None:
            self._report((*at, "each"), f"{spec.each} holds no texts")
            return None
        pipeline = self._pipeline(spec, kind, at)
        if pipeline is None:
            return None
        return Value("", (RecordPath(".", lambda around: around.records[-1], item),), pipeline)

    def _value(self, around: Types, spec: OutFieldSpec, to: str, at: Location) -> Text | None:
        word, paths = ("from", spec.from_) if spec.from_ is not None else ("first_of", spec.first_of)
        sources = [self.path(path, around, (*at, word)) for path in paths or ()]
        known = tuple(source for source in sources if source is not None)
        if not known or len(known) < len(sources):
            return None
        kinds = {_kind(source.hint) for source in known}
        kind: Kind | None
        if spec.first_of is not None and len(kinds) > 1:
            self._report((*at, word), f"{spec.to}: the paths of first_of lead to values of several kinds")
            return None
        kind = "texts" if len(known) > 1 and spec.first_of is None else kinds.pop()
        if kind is None:
            self._report(
                (*at, word), f"{spec.to} comes from a list or a record: name one of its fields, or use each"
            )
            return None
        pipeline = self._pipeline(spec, kind, at)
        if pipeline is None:
            return None
        default = pipeline.default if spec.default is None else spec.default
        return Value(
            to,
            known,
            pipeline,
            first=spec.first_of is not None,
            default=None if default is ... else _constant(default),
            required=spec.required,
        )

    def _position(self, spec: OutFieldSpec, to: str, at: Location) -> Text | None:
        position = spec.position
        if position is None:
            return None
        if position.pad is not None and spec.via:
            self._report((*at, "via"), f"{spec.to}: pad of position, or via, not both")
            return None
        pipeline = self._pipeline(spec, "integer", at)
        if pipeline is None:
            return None
        return Number(to, position.start, position.step, position.pad or 0, pipeline)

    def _count(self, around: Types, spec: OutFieldSpec, to: str, at: Location) -> Text | None:
        path = self.path(spec.count or "", self._counted(around), (*at, "count"), through_lists=True)
        pipeline = self._pipeline(spec, "integer", at)
        if path is None or pipeline is None:
            return None
        if typing.get_origin(path.hint) is not tuple:
            self._report((*at, "count"), f"{spec.count} is no list")
            return None
        if self.summed is None:
            return Count(to, path, pipeline)
        self.addends.append((path, lambda found: Decimal(len(found or ()))))
        return TotalCount(to, len(self.addends) - 1, pipeline)

    def _sum(self, around: Types, spec: OutFieldSpec, to: str, at: Location) -> Text | None:
        path = self.path(spec.sum_ or "", self._counted(around), (*at, "sum"), through_lists=True)
        pipeline = self._pipeline(spec, "decimal", at)
        if path is not None and kind_of(path.hint) not in _NUMBERS:
            self._report((*at, "sum"), f"{spec.sum_} is no number")
            return None
        if path is None or pipeline is None:
            return None
        if self.summed is None:
            return Sum(to, path, pipeline)
        self.addends.append((path, added))
        return Total(to, len(self.addends) - 1, pipeline)

    def _counted(self, around: Types) -> Types:
        return around if self.summed is None else (self.summed,)

    def _pipeline(self, spec: OutFieldSpec, start: Kind, at: Location) -> Pipeline | None:
        pipeline = build(spec.via, start, WRITING, self._tables, self._report, (*at, "via"))
        if pipeline is not None and pipeline.kind not in _WRITTEN:
            self._report(
                (*at, "via"), f"{spec.to} is written from {describe(pipeline.kind)}: say how, with via"
            )
            return None
        return pipeline

    def condition(self, spec: ConditionSpec, around: Types, at: Location) -> OutCondition | None:
        """Compile a condition; None when a flaw was reported."""
        return compile_out_condition(
            spec, lambda path, place: self.path(path, around, place), self._report, at
        )

    def path(
        self, text: str, around: Types, at: Location, *, through_lists: bool = False
    ) -> RecordPath | None:
        """Read a path into the records; None when a flaw was reported."""
        try:
            return RecordPath.parse(text, around, through_lists=through_lists)
        except ValueError as error:
            self._report(at, str(error))
            return None


def _kind(hint: Any) -> Kind | None:
    """Give the kind of a value; one of a few words is a text, and so is a day (2026-11-01)."""
    words = typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else ()
    if hint is date or (words and all(isinstance(word, str) for word in words)):
        return "text"
    return kind_of(hint)


def _constant(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
