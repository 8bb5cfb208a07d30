"""Outgoing mappings: canonical records to the XML that a partner expects, in the words of incoming ones."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple, Protocol

import msgspec

from ..errors import DataError, Fault, Position
from ..formats import Group, Replacement, Value
from ..records import Money, Order
from .codes import CodeTable
from .entities import Kind, kind_of
from .functions import WRITING
from .opening import open_writer
from .paths import Source
from .pipeline import Location, Pipeline, Report, build, describe
from .spec import FieldSpec, OutgoingSpec
from .unreadable import Unreadable
from .yaml_source import nearest

__all__ = ["OutgoingCompiler", "OutgoingMapping", "Sheet", "Written"]


class Sheet(msgspec.Struct, frozen=True):
    """What the header of a file may say: its sequence number and when it is written."""

    sequence: int
    written_at: datetime


class Totals(msgspec.Struct, frozen=True):
    """What the trailer of a file may say: how many records were written."""

    count: int


class Written(NamedTuple):
    """A written file: how many records, the trailer as written, and what its charset could not hold."""

    records: int
    trailer: Group
    replaced: tuple[Replacement, ...]


class _Out(Protocol):
    to: str

    def value(self, record: Any, place: _Place) -> Value | Any: ...


class _Place:
    """Where the writing is: faults found, and the position in a list."""

    def __init__(self, name: str, faults: list[Fault], path: str = "", number: int = 0) -> None:
        self.name = name
        self.faults = faults
        self.path = path
        self.number = number

    def fault(self, to: str, error: Unreadable, received: Any) -> None:
        position = Position(self.name, path=f"{self.path}{to}")
        text = None if received is None else str(received)
        self.faults.append(Fault(error.code, position, text, error.expected, error.advice))


class _Leaf:
    def __init__(
        self, spec: FieldSpec, sources: tuple[Callable[[Any], Any], ...], pipeline: Pipeline
    ) -> None:
        self.to = spec.to
        self.required = spec.required
        self.sources = sources
        self.pipeline = pipeline

    def value(self, record: Any, place: _Place) -> Value:
        values = [source(record) for source in self.sources]
        if all(value is None or value == "" for value in values):
            if self.pipeline.default is not ...:
                return str(self.pipeline.default)
            if self.required:
                error = Unreadable("missing_value", f"a value for {self.to}", "The record does not say it")
                place.fault(self.to, error, None)
            return ""
        try:
            given = (
                values[0] if len(values) == 1 else ["" if value is None else str(value) for value in values]
            )
            return str(self.pipeline.convert(given))
        except Unreadable as error:
            place.fault(self.to, error, values[0] if len(values) == 1 else values)
            return ""


class _Constant:
    def __init__(self, to: str, text: str) -> None:
        self.to = to
        self.text = text

    def value(self, _record: Any, _place: _Place) -> Value:
        return self.text


class _Position:
    def __init__(self, to: str, pipeline: Pipeline) -> None:
        self.to = to
        self.pipeline = pipeline

    def value(self, _record: Any, place: _Place) -> Value:
        try:
            return str(self.pipeline.convert(place.number))
        except Unreadable as error:
            place.fault(self.to, error, place.number)
            return ""


class _Each:
    def __init__(self, spec: FieldSpec, source: Callable[[Any], Any], fields: tuple[_Out, ...]) -> None:
        self.to = spec.to
        self.required = spec.required
        self.source = source
        self.fields = fields

    def value(self, record: Any, place: _Place) -> Value:
        items = list(self.source(record) or ())
        if not items and self.required:
            place.fault(self.to, Unreadable("empty_list", f"at least one {self.to}"), None)
        return [
            _tree(
                self.fields,
                item,
                _Place(place.name, place.faults, f"{place.path}{self.to}[{number}]/", number),
            )
            for number, item in enumerate(items, 1)
        ]


class _Sum:
    def __init__(self, to: str, source: Callable[[Any], Any], pipeline: Pipeline) -> None:
        self.to = to
        self.source = source
        self.pipeline = pipeline
        self.total = Decimal(0)

    def add(self, record: Any) -> None:
        value = self.source(record)
        if isinstance(value, Money):
            value = value.amount
        if value is not None:
            self.total += value

    def value(self, _record: Any, place: _Place) -> Value:
        try:
            return str(self.pipeline.convert(self.total))
        except Unreadable as error:
            place.fault(self.to, error, self.total)
            return ""


class OutgoingMapping:
    """How one kind of record is written for a partner; made by `load_mapping`."""

    def __init__(
        self,
        spec: OutgoingSpec,
        *,
        file: str,
        header: tuple[_Out, ...],
        fields: tuple[_Out, ...],
        trailer: tuple[_Out, ...],
    ) -> None:
        self.spec = spec
        self.file = file
        self.feed = spec.feed
        self.entity = spec.entity
        self._header = header
        self._fields = fields
        self._trailer = trailer

    def tree(self, record: Any, *, name: str = "") -> Group:
        """Turn a record into the values of its element; `name` is what faults call it.

        Raises:
            DataError: everything that the partner requires and the record does not have.
        """
        place = _Place(name or self._name(record), [])
        values = _tree(self._fields, record, place)
        if place.faults:
            raise DataError(tuple(place.faults), record_key=place.name)
        return values

    def write(
        self, records: Iterable[Any], stream: BinaryIO, *, sequence: int, written_at: datetime
    ) -> Written:
        """Write a whole file: header, one element a record, trailer. The same records give the same bytes.

        Raises:
            DataError: one of the records lacks something (ask `tree` for each of them first).
        """
        sums = [field for field in self._trailer if isinstance(field, _Sum)]
        for field in sums:
            field.total = Decimal(0)
        count = 0
        with open_writer(self.spec.format, stream, file=self.feed) as writer:
            writer.write_header(self._group(self._header, Sheet(sequence, written_at)))
            for record in records:
                writer.write(self.tree(record))
                count += 1
                for field in sums:
                    field.add(record)
            trailer = self._group(self._trailer, Totals(count))
            writer.write_trailer(trailer)
        return Written(count, trailer, tuple(writer.replaced))

    def _group(self, fields: tuple[_Out, ...], record: Any) -> Group:
        place = _Place(self.feed, [])
        values = _tree(fields, record, place)
        if place.faults:
            raise DataError(tuple(place.faults))
        return values

    def _name(self, record: Any) -> str:
        return f"{self.entity} {getattr(record, 'order_number', '?')}"


def _tree(fields: Sequence[_Out], record: Any, place: _Place) -> Group:
    tree: Group = {}
    for field in fields:
        *groups, last = field.to.split("/")
        below = tree
        for name in groups:
            inner = below.setdefault(name, {})
            if isinstance(inner, dict):
                below = inner
        below[last] = field.value(record, place)
    return tree


class OutgoingCompiler(NamedTuple):
    """Makes the fields of one outgoing feed."""

    tables: Mapping[str, CodeTable]
    report: Report

    def fields(
        self,
        record: type[msgspec.Struct],
        specs: tuple[FieldSpec, ...],
        at: Location,
        sums: type | None = None,
    ) -> tuple[_Out, ...]:
        """Compile fields that read from a record type; what is wrong is reported and left out."""
        made: list[_Out] = []
        met: set[str] = set()
        for index, spec in enumerate(specs):
            here = (*at, index)
            try:
                Source.parse(spec.to, depth=0, header=None)
            except ValueError as error:
                self.report((*here, "to"), str(error))
                continue
            if spec.to in met or any(f"{other}/" in f"{spec.to}/" for other in met):
                self.report((*here, "to"), f"{spec.to} is written already")
                continue
            met.add(spec.to)
            field = self._field(record, spec, here, sums)
            if field is not None:
                made.append(field)
        return tuple(made)

    def _field(
        self, record: type[msgspec.Struct], spec: FieldSpec, at: Location, sums: type | None
    ) -> _Out | None:
        sorts = {
            "from": spec.from_ is not None,
            "each": spec.each is not None,
            "value": spec.is_constant,
            "position": spec.position,
            "sum": spec.sum is not None,
        }
        given = [name for name, said in sorts.items() if said]
        if len(given) != 1:
            self.report(at, f"{spec.to} needs one of {', '.join(sorts)}, not {' and '.join(given) or 'none'}")
            return None
        match given[0]:
            case "value":
                return _Constant(spec.to, "" if spec.value is None else str(spec.value))
            case "position":
                pipeline = self._pipeline(spec, "integer", at)
                return None if pipeline is None else _Position(spec.to, pipeline)
            case "each":
                return self._each(record, spec, at)
            case "sum":
                return self._sum(spec, at, sums)
            case _:
                return self._leaf(record, spec, at)

    def _leaf(self, record: type[msgspec.Struct], spec: FieldSpec, at: Location) -> _Out | None:
        sources = [self._followed(record, path, (*at, "from")) for path in spec.from_ or ()]
        if any(source is None for source in sources):
            return None
        known = [source for source in sources if source is not None]
        kind: Kind | None = kind_of(known[0][1]) if len(known) == 1 else "texts"
        if kind is None:
            self.report(
                (*at, "from"), f"{spec.to} comes from a list or a record: name one of its fields, or use each"
            )
            return None
        pipeline = self._pipeline(spec, kind, at)
        return None if pipeline is None else _Leaf(spec, tuple(source for source, _ in known), pipeline)

    def _each(self, record: type[msgspec.Struct], spec: FieldSpec, at: Location) -> _Out | None:
        source = self._followed(record, spec.each or "", (*at, "each"))
        if source is None:
            return None
        items = typing.get_args(source[1])
        if typing.get_origin(source[1]) is not tuple or not msgspec.inspect.is_struct_type(items[0]):
            self.report((*at, "each"), f"{spec.each} is no list of records")
            return None
        fields = self.fields(items[0], spec.fields or (), (*at, "fields"))
        return _Each(spec, source[0], fields)

    def _sum(self, spec: FieldSpec, at: Location, sums: type | None) -> _Out | None:
        if sums is None:
            self.report((*at, "sum"), "sum is for the trailer")
            return None
        source = self._followed(sums, spec.sum or "", (*at, "sum"))
        if source is None:
            return None
        if kind_of(source[1]) not in ("money", "integer", "decimal"):
            self.report((*at, "sum"), f"{spec.sum} is no number")
            return None
        pipeline = self._pipeline(spec, "decimal", at)
        return None if pipeline is None else _Sum(spec.to, source[0], pipeline)

    def _pipeline(self, spec: FieldSpec, start: Kind, at: Location) -> Pipeline | None:
        pipeline = build(spec.via, start, WRITING, self.tables, self.report, (*at, "via"))
        if pipeline is not None and pipeline.kind not in ("text", "integer"):
            self.report(
                (*at, "via"), f"{spec.to} is written from {describe(pipeline.kind)}: say how, with via"
            )
            return None
        return pipeline

    def _followed(self, record: type, path: str, at: Location) -> tuple[Callable[[Any], Any], Any] | None:
        """Follow a dotted path through record types; gives how to read it, and its type without None."""
        hint: Any = record
        names = path.split(".")
        for name in names:
            known = _attributes(hint)
            if name not in known:
                self.report(at, f"{getattr(hint, '__name__', hint)} has no {name!r}; {nearest(name, known)}")
                return None
            hint = known[name]
        return _follow(tuple(names)), hint


def _attributes(hint: Any) -> dict[str, Any]:
    if not (isinstance(hint, type) and msgspec.inspect.is_struct_type(hint)):
        return {}
    known = {name: _without_none(inner) for name, inner in typing.get_type_hints(hint).items()}
    return known | {"amount": Decimal} if hint is Money else known


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        options = [option for option in typing.get_args(hint) if option is not types.NoneType]
        return options[0] if len(options) == 1 else hint
    return hint


def _follow(names: tuple[str, ...]) -> Callable[[Any], Any]:
    def read(record: Any) -> Any:
        for name in names:
            if record is None:
                return None
            record = getattr(record, name)
        return record

    return read


OUTGOING: Mapping[str, type[msgspec.Struct]] = {"order": Order}
