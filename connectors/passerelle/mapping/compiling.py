"""Compiling: from a feed's spec to its fields, with every flaw noted where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .codes import CodeTable
from .decimals import DecimalPattern
from .entities import Kind, Shape, Target
from .fields import Constant, Each, EachText, Field, Leaf, MoneyField, Record
from .functions import READING
from .paths import Source, listed
from .pipeline import Location, Pipeline, Report, build, describe
from .repair import TextDoctor
from .spec import FieldSpec, StepSpec
from .yaml_source import nearest

__all__ = ["Compiler", "all_sources", "full_paths", "raw_paths"]

_SORTS = ("from", "each", "money", "value")
_LITERALS: Mapping[Kind, type] = {"text": str, "integer": int, "boolean": bool}


class Compiler(NamedTuple):
    """Makes the fields of one incoming feed."""

    tables: Mapping[str, CodeTable]
    doctor: TextDoctor
    header: str | None
    report: Report

    def record(self, shape: Shape, specs: tuple[FieldSpec, ...], at: Location, depth: int = 0) -> Record:
        """Compile the fields of one record type; what is wrong is reported and left out."""
        fields: list[Field] = []
        first: dict[str, int] = {}
        for index, spec in enumerate(specs):
            here = (*at, index)
            if spec.to in first:
                self.report((*here, "to"), f"{spec.to} has a field already, the {first[spec.to] + 1}.")
                continue
            first[spec.to] = index
            field = self._field(shape, spec, here, depth)
            if field is not None:
                fields.append(field)
        named = {to.partition(".")[0] for to in first}
        missing = [name for name, target in shape.targets.items() if target.mandatory and name not in named]
        if missing:
            self.report(at, f"{shape.record.__name__} cannot be made without {', '.join(missing)}")
        return Record(shape, tuple(fields))

    def source(self, path: str, depth: int, at: Location) -> Source | None:
        """Read a path."""
        try:
            return Source.parse(path, depth=depth, header=self.header)
        except ValueError as error:
            self.report(at, str(error))
            return None

    def _field(self, shape: Shape, spec: FieldSpec, at: Location, depth: int) -> Field | None:
        try:
            target, key = shape.find(spec.to)
        except ValueError as error:
            self.report((*at, "to"), f"{error}; {nearest(spec.to, shape.names())}")
            return None
        given = [spec.from_, spec.each, spec.money, spec.value if spec.is_constant else None]
        sorts = [name for name, value in zip(_SORTS, given, strict=True) if value is not None]
        if spec.is_constant and spec.value is None:
            sorts.append("value")
        if len(sorts) != 1:
            self.report(
                at, f"{spec.to} needs one of from, each, money and value, not {' and '.join(sorts) or 'none'}"
            )
            return None
        if spec.position or spec.sum is not None:
            self.report(at, "position and sum are for what goes out")
            return None
        if sorts[0] in ("from", "value") and target.nature in ("records", "texts"):
            self.report((*at, sorts[0]), f"{spec.to} is a list: read it with each")
            return None
        return self._of_sort(sorts[0], target, key, spec, at, depth)

    def _of_sort(
        self, sort: str, target: Target, key: str | None, spec: FieldSpec, at: Location, depth: int
    ) -> Field | None:
        match sort:
            case "each":
                return self._each(target, spec, at, depth)
            case "money":
                return self._money(target, spec, at, depth)
            case "value":
                return self._constant(target, key, spec, at)
            case _:
                return self._leaf(target, key, spec, at, depth)

    def _leaf(
        self, target: Target, key: str | None, spec: FieldSpec, at: Location, depth: int
    ) -> Field | None:
        sources = [self.source(path, depth, (*at, "from")) for path in spec.from_ or ()]
        start: Kind = "texts" if len(sources) > 1 else "text"
        pipeline = self._pipeline(spec, start, at)
        if pipeline is None or None in sources or not self._fits(target, pipeline, spec, at):
            return None
        known = tuple(source for source in sources if source is not None)
        return Leaf(spec.to, target, key, known, pipeline, self.doctor, required=spec.required)

    def _each(self, target: Target, spec: FieldSpec, at: Location, depth: int) -> Field | None:
        source = self.source(spec.each or "", depth, (*at, "each"))
        if target.nature == "records" and target.item is not None:
            if spec.fields is None or spec.via:
                self.report(at, f"{spec.to} holds records: give their fields")
                return None
            record = self.record(target.item, spec.fields, (*at, "fields"), depth + 1)
            return None if source is None else Each(spec.to, target, source, record, required=spec.required)
        if target.nature != "texts" or spec.fields is not None:
            self.report((*at, "each"), f"{spec.to} is no list of records")
            return None
        pipeline = self._pipeline(spec, "text", at)
        if pipeline is None or source is None:
            return None
        if pipeline.kind != "text" or pipeline.default is not ...:
            self.report((*at, "via"), f"{spec.to} is a list of texts, without default")
            return None
        return EachText(spec.to, target, source, pipeline, self.doctor, required=spec.required)

    def _money(self, target: Target, spec: FieldSpec, at: Location, depth: int) -> Field | None:
        money = spec.money
        if money is None or target.kind != "money":
            self.report((*at, "money"), f"{spec.to} is {describe(target.kind)}, not money")
            return None
        amount = self.source(money.amount, depth, (*at, "money", "amount"))
        currency = self.source(money.currency, depth, (*at, "money", "currency"))
        try:
            pattern = DecimalPattern(money.decimal)
        except ValueError as error:
            self.report((*at, "money", "decimal"), str(error))
            return None
        if spec.via or spec.as_ is not None:
            self.report(at, "money takes no via and no as")
            return None
        if amount is None or currency is None:
            return None
        return MoneyField(spec.to, target, amount, currency, pattern, money.only, required=spec.required)

    def _constant(self, target: Target, key: str | None, spec: FieldSpec, at: Location) -> Field | None:
        if spec.value is None:
            sound = target.nullable
        elif target.kind == "any":
            sound = True
        else:
            wanted = _LITERALS.get(target.kind)
            sound = wanted is not None and type(spec.value) is wanted
        if not sound or spec.via:
            self.report((*at, "value"), f"{spec.to} is {describe(target.kind)}, not {spec.value!r}")
            return None
        return Constant(spec.to, target, key, spec.value)

    def _pipeline(self, spec: FieldSpec, start: Kind, at: Location) -> Pipeline | None:
        steps = list(spec.via)
        if spec.as_ is not None:
            steps.append(StepSpec(name=spec.as_))
        if start == "texts" and not steps:
            self.report((*at, "from"), "several sources need a function that makes one of them: join or slug")
            return None
        return build(steps, start, READING, self.tables, self.report, (*at, "via"))

    def _fits(self, target: Target, pipeline: Pipeline, spec: FieldSpec, at: Location) -> bool:
        kind = pipeline.kind
        fits = kind == target.kind or (target.kind == "any" and kind in _LITERALS)
        if not fits:
            hint = ": add as: integer" if "integer" in (target.kind, "any") and kind == "decimal" else ""
            hint = hint or (": add as: integer" if target.kind in ("integer", "any") else "")
            self.report(
                (*at, "to"),
                f"{spec.to} is {describe(target.kind)}, but its field gives {describe(kind)}{hint}",
            )
        if pipeline.nullable and not target.nullable:
            self.report((*at, "via"), f"{spec.to} cannot be none")
            fits = False
        if pipeline.default is not ... and not self._default_fits(target, pipeline.default):
            self.report((*at, "via"), f"default {pipeline.default!r} is not {describe(target.kind)}")
            fits = False
        return fits

    def _default_fits(self, target: Target, default: Any) -> bool:
        if default is None:
            return target.nullable
        wanted = _LITERALS.get(target.kind)
        return target.kind == "any" or (wanted is not None and type(default) is wanted)


def raw_paths(record: Record, around: tuple[str, ...] = ()) -> list[str]:
    """List the raw paths below the record that the fields read, groups written out."""
    paths: list[str] = []
    for field in record.fields:
        for source in field.sources:
            paths += full_paths(source, around)
        if isinstance(field, Each):
            inside = next(iter(full_paths(field.source, around)), around[-1] if around else "")
            paths += raw_paths(field.record, (*around, inside))
    return paths


def full_paths(source: Source, around: tuple[str, ...] = ()) -> list[str]:
    """Write out what a source reads; `around` are the written-out paths of the groups it stands in."""
    if source.in_header:
        return []
    above = around[: len(around) - source.climb] if source.climb else around
    return [listed((*(name for name in above[-1:] if name), *names)) for names in source.reads()]


def all_sources(record: Record) -> list[Source]:
    """List every source of the fields, those of nested records too."""
    sources: list[Source] = []
    for field in record.fields:
        sources += field.sources
        if isinstance(field, Each):
            sources += all_sources(field.record)
    return sources
