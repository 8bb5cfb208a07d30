"""Compiled fields: each reads its value carefully, with every fault in its place, or emits its fast lines.

The careful reading is what the mapping means; the fast one is the same for records without surprises, and
gives up (`Careful`, or any error of a wrong type) on everything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from msgspec import UNSET

from ..errors import Fault, Position
from ..formats import Group, Value
from ..records import Money
from .decimals import DecimalPattern
from .entities import Shape, Target
from .generated import Code
from .paths import ABSENT, Mark, Source, dig, leaf_text
from .pipeline import Pipeline
from .repair import TextDoctor
from .unreadable import CORRECT_IT, Unreadable

__all__ = ["Constant", "Each", "EachText", "Field", "Leaf", "MoneyField", "Record", "Scope", "dig"]


_CURRENCY = re.compile("[A-Z]{3}")


FAULTY = Mark("FAULTY")


class Scope:
    """The record or group that is read carefully, with what is around it and the faults found so far."""

    def __init__(
        self, values: Value, position: Position, header: Group, parent: Scope | None = None, path: str = ""
    ) -> None:
        self.values = values
        self.position = position
        self.header = header
        self.parent = parent
        self.path = path
        self.faults: list[Fault] = [] if parent is None else parent.faults

    def at(self, source: Source) -> tuple[Any, str]:
        """Give the values that a source starts from, and its path in the file."""
        if source.in_header:
            return self.header, source.text
        scope: Scope = self
        for _ in range(source.climb):
            if scope.parent is not None:
                scope = scope.parent
        return scope.values, scope.path + source.below

    def fault(self, path: str, error: Unreadable, received: str | None) -> Any:
        """Note a fault once; gives FAULTY."""
        if error.path is not None:
            path, received = self.path + error.path, error.received
        fault = Fault(error.code, self.position._replace(path=path), received, error.expected, error.advice)
        if fault not in self.faults:
            self.faults.append(fault)
        return FAULTY


class Field(Protocol):
    """One field of a mapping: `to` names it in reports, `sources` are all the places that it reads."""

    to: str
    target: Target
    key: str | None
    sources: tuple[Source, ...]

    def careful(self, scope: Scope, /) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        ...

    def emit(self, code: Code, scopes: list[str], /) -> str:
        """Add the fast lines; gives the name of the variable that holds the value."""
        ...


def _got(code: Code, source: Source, scopes: list[str], *, strict: bool) -> str:
    """Give the expression that fetches a raw value."""
    scope = "header" if source.in_header else scopes[-1 - source.climb]
    if source.picks:
        return f"{code.bind(source.find)}({scope})"
    if len(source.names) != 1:
        return f"{code.bind(dig)}({scope}, {code.bind(source.names)})" if source.names else scope
    name = code.bind(source.names[0])
    return f"{scope}[{name}]" if strict else f"{scope}.get({name}, {code.bind(ABSENT)})"


class _Base:
    """What all fields know: their target, and what absent and empty values become."""

    sources: tuple[Source, ...] = ()

    def __init__(
        self, to: str, target: Target, key: str | None, *, required: bool, default: Any = ...
    ) -> None:
        self.to = to
        self.target = target
        self.key = key
        self.absent: Any = ... if required else target.absent
        self.empty: Any = ... if required else target.empty
        if default is not ...:
            self.absent = self.empty = default

    def _missing(self) -> Unreadable:
        return Unreadable(
            "missing_value", f"a value for {self.to}", f"The element is not there. {CORRECT_IT}"
        )

    def _blank(self) -> Unreadable:
        return Unreadable("empty_value", f"a value for {self.to}", f"The element is empty. {CORRECT_IT}")


class Leaf(_Base):
    """A field from one text, or from several that a function joins."""

    def __init__(
        self,
        to: str,
        target: Target,
        key: str | None,
        sources: tuple[Source, ...],
        pipeline: Pipeline,
        doctor: TextDoctor,
        *,
        required: bool,
    ) -> None:
        super().__init__(to, target, key, required=required, default=pipeline.default)
        self.sources = sources
        self.pipeline = pipeline
        self.doctor = doctor
        # A code is looked up as it stands; only what is shown to people is looked at.
        self.seen = pipeline.kind == "text" and "code" not in pipeline.names

    def careful(self, scope: Scope) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        texts: list[str] = []
        absent, blank, faulty = 0, 0, False
        path = ""
        for source in self.sources:
            values, path = scope.at(source)
            text: Any = None
            try:
                value = source.find(values)
                if value is ABSENT:
                    absent += 1
                    texts.append("")
                    continue
                text = leaf_text(value)
                if not text or text.isspace():
                    blank += 1
                elif self.seen:
                    text = self.doctor.see(text, source.text)
                texts.append(text)
            except Unreadable as error:
                scope.fault(path, error, text)
                faulty = True
        if faulty:
            return FAULTY
        if absent == len(self.sources):
            return scope.fault(path, self._missing(), None) if self.absent is ... else self.absent
        if absent + blank == len(self.sources):
            return scope.fault(path, self._blank(), texts[-1]) if self.empty is ... else self.empty
        return self._converted(texts, scope, path)

    def _converted(self, texts: list[str], scope: Scope, path: str) -> Any:
        try:
            value = self.pipeline.convert(texts if len(self.sources) > 1 else texts[0])
        except Unreadable as error:
            return scope.fault(path, error, " + ".join(texts))
        if value == "":
            return scope.fault(path, self._blank(), texts[-1]) if self.empty is ... else self.empty
        return value

    def emit(self, code: Code, scopes: list[str]) -> str:
        """Add the fast lines; gives the variable that holds the value."""
        result = code.variable("a")
        if len(self.sources) > 1:
            self._emit_several(code, scopes, result)
            return result
        text = code.variable("x")
        strict = self.absent is ...
        code.line(f"{text} = {_got(code, self.sources[0], scopes, strict=strict)}")
        if strict:
            self._emit_value(code, text, result)
            return result
        code.line(f"if {text} is {code.bind(ABSENT)}:")
        code.line(f"    {result} = {code.bind(self.absent)}")
        code.line("else:")
        code.indent()
        self._emit_value(code, text, result)
        code.dedent()
        return result

    def _emit_value(self, code: Code, text: str, result: str) -> None:
        names, kind = self.pipeline.names, self.pipeline.kind
        if self.seen:
            self._emit_look(code, text, self.sources[0])
        if names == ("trim",):
            code.line(f"{result} = {text}.strip()")
            self._emit_empty(code, f"not {result}", result)
        elif kind == "text" or self.empty is not ...:
            code.line(f"if {text} == '' or {text}.isspace():")
            code.line(f"    {self._on_empty(code, result)}")
            code.line("else:")
            value = f"{code.bind(self.pipeline.convert)}({text})" if names else text
            code.line(f"    {result} = {value}")
            if kind == "text" and names:
                code.indent()
                self._emit_empty(code, f"{result} == ''", result)
                code.dedent()
        else:
            # Every reading of a number or a date gives up on a blank text.
            code.line(f"{result} = {code.bind(self.pipeline.convert)}({text})")

    def _emit_look(self, code: Code, text: str, source: Source) -> None:
        code.line(f"if not ({text}.isascii() and {text}.isprintable()):")
        code.line(f"    {text} = {code.bind(self.doctor.see)}({text}, {code.bind(source.text)})")

    def _emit_empty(self, code: Code, condition: str, result: str) -> None:
        code.line(f"if {condition}:")
        code.line(f"    {self._on_empty(code, result)}")

    def _on_empty(self, code: Code, result: str) -> str:
        return "raise Careful" if self.empty is ... else f"{result} = {code.bind(self.empty)}"

    def _emit_several(self, code: Code, scopes: list[str], result: str) -> None:
        texts = []
        for source in self.sources:
            text = code.variable("x")
            texts.append(text)
            code.line(f"{text} = {_got(code, source, scopes, strict=True)}")
            code.line(f"if {text} == '' or {text}.isspace():")
            code.line("    raise Careful")
            if self.seen:
                self._emit_look(code, text, source)
        code.line(f"{result} = {code.bind(self.pipeline.convert)}([{', '.join(texts)}])")
        self._emit_empty(code, f"{result} == ''", result)


class EachText(_Base):
    """A list of texts from an element that repeats."""

    def __init__(
        self,
        to: str,
        target: Target,
        source: Source,
        pipeline: Pipeline,
        doctor: TextDoctor,
        *,
        required: bool,
    ) -> None:
        super().__init__(to, target, None, required=required)
        self.source = source
        self.sources = (source,)
        self.pipeline = pipeline
        self.doctor = doctor
        self.seen = pipeline.kind == "text" and "code" not in pipeline.names

    def careful(self, scope: Scope) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        values, path = scope.at(self.source)
        try:
            items = self.source.find_all(values)
        except Unreadable as error:
            return scope.fault(path, error, None)
        if items is ABSENT:
            return scope.fault(path, self._missing(), None) if self.absent is ... else self.absent
        result = [self._item(item, scope, f"{path}[{number}]") for number, item in enumerate(items, 1)]
        return FAULTY if FAULTY in result else tuple(result)

    def _item(self, item: Value, scope: Scope, path: str) -> Any:
        try:
            return self._one(item)
        except Unreadable as error:
            return scope.fault(path, error, item if isinstance(item, str) else None)

    def _one(self, item: Value) -> Any:
        text = leaf_text(item)
        if not text or text.isspace():
            raise self._blank()
        value = self.pipeline.convert(self.doctor.see(text, self.source.text) if self.seen else text)
        if value == "" or value is None:
            raise self._blank()
        return value

    def emit(self, code: Code, scopes: list[str]) -> str:
        """Add the fast lines; gives the variable that holds the value."""
        items, result = code.variable("x"), code.variable("a")
        scope = scopes[-1 - self.source.climb]
        code.line(f"{items} = {code.bind(self.source.find_all)}({scope})")
        code.line(f"if {items} is {code.bind(ABSENT)}:")
        missing = "raise Careful" if self.absent is ... else f"{result} = {code.bind(self.absent)}"
        code.line(f"    {missing}")
        code.line("else:")
        code.line(f"    {result} = tuple([{code.bind(self._one)}(item) for item in {items}])")
        return result


class MoneyField(_Base):
    """An amount with its currency, exact in minor units."""

    def __init__(
        self,
        to: str,
        target: Target,
        amount: Source,
        currency: Source,
        pattern: DecimalPattern,
        only: Sequence[str],
        *,
        required: bool,
    ) -> None:
        super().__init__(to, target, None, required=required)
        self.amount = amount
        self.currency = currency
        self.sources = (amount, currency)
        self.pattern = pattern
        self.only = frozenset(only)
        self._both = lru_cache(16_384)(self._money)

    def _money(self, amount: str, currency: str) -> Money:
        return self._priced(amount, self._checked(currency))

    def _checked(self, currency: str) -> str:
        currency = currency.strip()
        if self.only and currency not in self.only:
            raise Unreadable("unknown_currency", " or ".join(sorted(self.only)))
        if _CURRENCY.fullmatch(currency) is None:
            raise Unreadable("unknown_currency", "three letters of ISO 4217")
        return currency

    def _priced(self, amount: str, currency: str) -> Money:
        number = self.pattern.read(amount)
        try:
            return Money.of(number, currency)
        except ValueError as error:
            raise Unreadable(
                "too_many_decimals", f"an amount with the decimals of {currency}", str(error)
            ) from error

    def careful(self, scope: Scope) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        amount = self._text(scope, self.amount)
        currency = self._text(scope, self.currency)
        if isinstance(currency, str):
            currency = self._try(scope, self.currency, currency, self._checked)
        if not isinstance(amount, str):
            return FAULTY if currency is FAULTY else amount
        if not isinstance(currency, str):
            # The amount is still read, so that its own fault is told as well.
            self._try(scope, self.amount, amount, self.pattern.read)
            return FAULTY
        return self._try(scope, self.amount, amount, lambda text: self._priced(text, currency))

    def _try(self, scope: Scope, source: Source, text: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(text)
        except Unreadable as error:
            return scope.fault(scope.at(source)[1], error, text)

    def _text(self, scope: Scope, source: Source) -> Any:
        values, path = scope.at(source)
        try:
            value = source.find(values)
            if value is ABSENT:
                return scope.fault(path, self._missing(), None) if self.absent is ... else self.absent
            text = leaf_text(value)
        except Unreadable as error:
            return scope.fault(path, error, None)
        if not text or text.isspace():
            return scope.fault(path, self._blank(), text) if self.empty is ... else self.empty
        return text

    def emit(self, code: Code, scopes: list[str]) -> str:
        """Add the fast lines; gives the variable that holds the value."""
        result = code.variable("a")
        amount = _got(code, self.amount, scopes, strict=True)
        currency = _got(code, self.currency, scopes, strict=True)
        code.line(f"{result} = {code.bind(self._both)}({amount}, {currency})")
        return result


class Constant(_Base):
    """A value that stands in the mapping."""

    def __init__(self, to: str, target: Target, key: str | None, value: Any) -> None:
        super().__init__(to, target, key, required=False)
        self.value = value

    def careful(self, _scope: Scope) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        return self.value

    def emit(self, code: Code, _scopes: list[str]) -> str:
        """Add the fast lines; gives the variable that holds the value."""
        return code.bind(self.value)


class Each(_Base):
    """A list of records from a group that repeats."""

    def __init__(self, to: str, target: Target, source: Source, record: Record, *, required: bool) -> None:
        super().__init__(to, target, None, required=required)
        self.source = source
        self.sources = (source,)
        self.record = record

    def careful(self, scope: Scope) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        values, path = scope.at(self.source)
        try:
            items = self.source.find_all(values)
        except Unreadable as error:
            return scope.fault(path, error, None)
        if items is ABSENT:
            return scope.fault(path, self._missing(), None) if self.absent is ... else self.absent
        if not items and (self.target.never_empty or self.absent is ...):
            return scope.fault(path, Unreadable("empty_list", f"at least one of {self.to}"), None)
        made = []
        for number, item in enumerate(items, 1):
            inside = f"{path}[{number}]/" if self.source.names else path
            below = Scope(item or {}, scope.position, scope.header, scope, inside)
            made.append(self.record.careful(below))
        unique = self.target.unique
        if unique is not None and FAULTY not in made:
            self._check_unique(made, unique, scope, path)
        return FAULTY if FAULTY in made else tuple(made)

    def _check_unique(self, made: list[Any], unique: str, scope: Scope, path: str) -> None:
        met: dict[Any, int] = {}
        for number, record in enumerate(made, 1):
            value = getattr(record, unique)
            if value in met:
                error = Unreadable(
                    "duplicate_value", f"a {unique} that stands once, not also in [{met[value]}]"
                )
                scope.fault(f"{path}[{number}]", error, str(value))
            met.setdefault(value, number)

    def emit(self, code: Code, scopes: list[str]) -> str:
        """Add the fast lines; gives the variable that holds the value."""
        items, made, result = code.variable("x"), code.variable("l"), code.variable("a")
        scope = scopes[-1 - self.source.climb]
        # What comes from around the group is the same for each of its elements.
        outer = self.record.emit_outer(code, scopes)
        code.line(f"{items} = {code.bind(self.source.find_all)}({scope})")
        code.line(f"if {items} is {code.bind(ABSENT)}:")
        missing = "raise Careful" if self.absent is ... else f"{result} = {code.bind(self.absent)}"
        code.line(f"    {missing}")
        code.line("else:")
        code.indent()
        code.line(f"{made} = []")
        inner = code.variable("v")
        code.line(f"for {inner} in {items}:")
        code.indent()
        value = self.record.emit(code, [*scopes, inner], outer)
        code.line(f"{made}.append({value})")
        code.dedent()
        if self.target.never_empty or self.absent is ...:
            code.line(f"if not {made}:")
            code.line("    raise Careful")
        if self.target.unique is not None:
            code.line(f"if len({{item.{self.target.unique} for item in {made}}}) != len({made}):")
            code.line("    raise Careful")
        code.line(f"{result} = tuple({made})")
        code.dedent()
        return result


class Record:
    """A record type with its fields: puts a canonical record together."""

    def __init__(self, shape: Shape, fields: tuple[Field, ...]) -> None:
        self.shape = shape
        self.fields = fields

    def careful(self, scope: Scope) -> Any:
        """Read every field, so that every fault is found."""
        before = len(scope.faults)
        if not isinstance(scope.values, dict):
            error = Unreadable("not_a_group", "an element with elements below it")
            received = scope.values if isinstance(scope.values, str) else None
            return scope.fault(scope.path.rstrip("/"), error, received)
        arguments: dict[str, Any] = {}
        faulty = False
        for field in self.fields:
            value = field.careful(scope)
            if value is FAULTY:
                faulty = True
            elif field.key is None:
                arguments[field.target.name] = value
            elif value is not UNSET:
                arguments.setdefault(field.target.name, {})[field.key] = value
        return FAULTY if faulty or len(scope.faults) > before else self.shape.record(**arguments)

    def emit_outer(self, code: Code, scopes: list[str]) -> dict[int, str]:
        """Add the lines of the fields that read nothing of the group itself; variables by place."""
        return {
            place: field.emit(code, [*scopes, "nothing"])
            for place, field in enumerate(self.fields)
            if isinstance(field, Constant)
            or (isinstance(field, Leaf) and all(source.climb or source.in_header for source in field.sources))
        }

    def emit(self, code: Code, scopes: list[str], outer: dict[int, str] | None = None) -> str:
        """Add the lines of all fields; gives the variable that holds the record."""
        known = outer or {}
        plain: list[str] = []
        keyed: dict[str, list[tuple[Field, str]]] = {}
        for place, field in enumerate(self.fields):
            variable = known[place] if place in known else field.emit(code, scopes)
            if field.key is None:
                plain.append(f"{field.target.name}={variable}")
            else:
                keyed.setdefault(field.target.name, []).append((field, variable))
        for name, parts in keyed.items():
            plain.append(f"{name}={_emit_keyed(code, parts)}")
        record = code.variable("r")
        code.line(f"{record} = {code.bind(self.shape.record)}({', '.join(plain)})")
        return record


def _emit_keyed(code: Code, parts: list[tuple[Field, str]]) -> str:
    """Put a localized text or the attributes together; what is absent is left out."""
    result = code.variable("d")
    sure = [variable for field, variable in parts if _always(field)]
    if len(sure) == len(parts):
        inside = ", ".join(f"{code.bind(field.key)}: {variable}" for field, variable in parts)
        code.line(f"{result} = {{{inside}}}")
        return result
    code.line(f"{result} = {{}}")
    for field, variable in parts:
        code.line(f"if {variable} is not {code.bind(UNSET)}:")
        code.line(f"    {result}[{code.bind(field.key)}] = {variable}")
    if not sure:
        code.line(f"if not {result}:")
        code.line(f"    {result} = {code.bind(UNSET)}")
    return result


def _always(field: Field) -> bool:
    return isinstance(field, Constant) or (isinstance(field, Leaf) and field.absent is not UNSET)
