"""Records and lists of records: fields put together to a canonical record."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from ..conditions import Condition
from ..entities import Shape, Target
from ..generated import Code
from ..paths import ABSENT, Source
from ..unreadable import Unreadable
from .base import Base, Field, Gaps
from .leaf import Constant, Leaf
from .scope import FAULTY, Scope

__all__ = ["Each", "Record"]


class Each(Base):
    """A list of records from a group that repeats, or from the record itself.

    Only the elements for which `where` holds count; the first for which `first` holds becomes the first.
    """

    def __init__(
        self,
        to: str,
        target: Target,
        source: Source,
        record: Record,
        gaps: Gaps,
        *,
        where: Condition | None = None,
        first: Condition | None = None,
    ) -> None:
        super().__init__(to, target, None, gaps)
        self.source = source
        self.sources = (source,)
        self.record = record
        self.where = where
        self.first = first

    def careful(self, scope: Scope) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        values, path = scope.at(self.source)
        try:
            items = self.source.find_all(values)
        except Unreadable as error:
            return scope.fault(path, error, None)
        if items is ABSENT:
            return self.when_absent(scope, path)
        elements = [
            (
                number,
                Scope(item or {}, scope.position, scope.header, scope, self._inside(scope, path, number)),
            )
            for number, item in enumerate(items, 1)
        ]
        chosen = self._chosen(elements)
        if chosen is None:
            return FAULTY
        if not chosen and (self.target.never_empty or self.absent is ...):
            return scope.fault(path, Unreadable("empty_list", f"at least one of {self.to}"), None)
        made = [self.record.careful(element) for _, element in chosen]
        unique = self.target.unique
        if unique is not None and FAULTY not in made:
            self._check_unique(made, [number for number, _ in chosen], unique, scope, path)
        return FAULTY if FAULTY in made else tuple(made)

    def _inside(self, scope: Scope, path: str, number: int) -> str:
        return f"{path}[{number}]/" if self.source.names else scope.path

    def _chosen(self, elements: list[tuple[int, Scope]]) -> list[tuple[int, Scope]] | None:
        """Leave out what does not count, put what comes first in front; None when a condition has a fault."""
        sound = True
        chosen: list[tuple[int, Scope]] = []
        firsts: list[tuple[int, Scope]] = []
        for number, element in elements:
            try:
                around = element.around()
                if self.where is not None and not self.where.holds(*around):
                    continue
                is_first = self.first is not None and not firsts and self.first.holds(*around)
            except Unreadable as error:
                element.fault(element.path, error, error.received)
                sound = False
                continue
            (firsts if is_first else chosen).append((number, element))
        return [*firsts, *chosen] if sound else None

    def _in_order(self, items: list[Any], *around: Any) -> list[Any]:
        """Choose as `_chosen` does, without places; raises Unreadable."""
        chosen: list[Any] = []
        firsts: list[Any] = []
        for item in items:
            if self.where is not None and not self.where.holds(*around, item or {}):
                continue
            is_first = self.first is not None and not firsts and self.first.holds(*around, item or {})
            (firsts if is_first else chosen).append(item)
        return [*firsts, *chosen]

    def _check_unique(
        self, made: list[Any], numbers: list[int], unique: str, scope: Scope, path: str
    ) -> None:
        met: dict[Any, int] = {}
        for number, record in zip(numbers, made, strict=True):
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
        self._emit_found(code, items, scope)
        code.line(f"if {items} is {code.bind(ABSENT)}:")
        code.line(f"    {self.line_for(code, result, self.absent)}")
        code.line("else:")
        code.indent()
        if self.where is not None or self.first is not None:
            code.line(f"{items} = {code.bind(self._in_order)}({items}, header, {', '.join(scopes)})")
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
            different = f"len({{item.{self.target.unique} for item in {made}}})"
            code.line(f"if len({made}) > 1 and {different} != len({made}):")
            code.line("    raise Careful")
        code.line(f"{result} = tuple({made})")
        code.dedent()
        return result

    def _emit_found(self, code: Code, items: str, scope: str) -> None:
        """Find what repeats; one name below the record is by far the commonest way there."""
        find = f"{code.bind(self.source.find_all)}({scope})"
        if self.source.picks or len(self.source.names) != 1:
            code.line(f"{items} = {find}")
            return
        code.line(
            f"{items} = {scope}.get({code.bind(self.source.names[0])}) if type({scope}) is dict else None"
        )
        code.line(f"if type({items}) is dict:")
        code.line(f"    {items} = [{items}]")
        code.line(f"elif type({items}) is not list:")
        code.line(f"    {items} = {find}")


class Record:
    """A record type with its fields: puts a canonical record together."""

    def __init__(self, shape: Shape, fields: tuple[Field, ...]) -> None:
        self.shape = shape
        self.fields = fields
        # An element that is only a text can be read when some field asks for the element itself.
        self._takes_texts = any(
            source.climb == 0 and not source.names and not source.in_header
            for field in fields
            for source in field.sources
        )

    def careful(self, scope: Scope) -> Any:
        """Read every field, so that every fault is found."""
        before = len(scope.faults)
        if not isinstance(scope.values, dict) and not (self._takes_texts and isinstance(scope.values, str)):
            error = Unreadable("not_a_group", "an element with elements below it")
            received = scope.values if isinstance(scope.values, str) else None
            return scope.fault(scope.path.rstrip("/"), error, received)
        arguments: dict[str, Any] = {}
        faulty = False
        for field in self.fields:
            value = field.careful(scope)
            if value is FAULTY:
                faulty = True
            else:
                _put(arguments, field, value)
        if faulty or len(scope.faults) > before:
            return FAULTY
        for name, target in self.shape.targets.items():
            if target.nature == "group" and target.item is not None and name in arguments:
                arguments[name] = target.item.record(**arguments[name])
        return self.shape.record(**arguments)

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
            if field.key is None and not field.spreads:
                plain.append(f"{field.target.name}={variable}")
            else:
                keyed.setdefault(field.target.name, []).append((field, variable))
        for name, parts in keyed.items():
            plain.append(f"{name}={_emit_keyed(code, parts, self.shape.targets[name])}")
        record = code.variable("r")
        code.line(f"{record} = {code.bind(self.shape.record)}({', '.join(plain)})")
        return record


def _put(arguments: dict[str, Any], field: Field, value: Any) -> None:
    """Put a value where it belongs; of keys, what is absent is left out."""
    name = field.target.name
    if field.spreads:
        if value is not UNSET:
            arguments[name] = {**arguments.get(name, {}), **value}
    elif field.key is None:
        arguments[name] = value
    elif value is not UNSET:
        arguments.setdefault(name, {})[field.key] = value


def _emit_keyed(code: Code, parts: list[tuple[Field, str]], target: Target) -> str:
    """Put a localized text, the attributes or a group together; what is absent is left out."""
    result = code.variable("d")
    sure = [variable for field, variable in parts if field.sure and not field.spreads]
    if len(sure) == len(parts):
        inside = ", ".join(f"{code.bind(field.key)}: {variable}" for field, variable in parts)
        code.line(f"{result} = {{{inside}}}")
    else:
        # What is always there needs no question; the order stays that of the mapping.
        first = next(place for place, (field, _) in enumerate(parts) if not field.sure or field.spreads)
        inside = ", ".join(f"{code.bind(field.key)}: {variable}" for field, variable in parts[:first])
        code.line(f"{result} = {{{inside}}}")
        for field, variable in parts[first:]:
            put = f"{result}[{code.bind(field.key)}] = {variable}"
            if field.sure and not field.spreads:
                code.line(put)
                continue
            code.line(f"if {variable} is not {code.bind(UNSET)}:")
            code.line(f"    {result}.update({variable})" if field.spreads else f"    {put}")
        if not sure:
            code.line(f"if not {result}:")
            code.line(f"    {result} = {code.bind(target.absent if target.nature == 'group' else UNSET)}")
    if target.nature == "group" and target.item is not None:
        made = f"{code.bind(target.item.record)}(**{result})"
        unless = "" if sure else f" if type({result}) is dict else {result}"
        code.line(f"{result} = {made}{unless}")
    return result
