"""Fields with a choice: one that is read under a condition, the first of several that has a value."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..conditions import Condition
from ..entities import Target
from ..generated import Code
from ..paths import ABSENT
from ..unreadable import Unreadable
from .base import Base, Field, Gaps
from .scope import Scope

__all__ = ["Alternative", "Conditional", "FirstOf"]


class Conditional(Base):
    """A field that is read when a condition holds; otherwise it says nothing, or its default."""

    def __init__(self, field: Field, condition: Condition, otherwise: Any) -> None:
        super().__init__(field.to, field.target, field.key, Gaps(otherwise, otherwise))
        self.field = field
        self.condition = condition
        self.sources = (*condition.sources, *field.sources)

    @property
    def spreads(self) -> bool:
        """As the field that it reads."""
        return self.field.spreads

    def careful(self, scope: Scope) -> Any:
        """Ask the condition, then read the value or give what stands in."""
        try:
            holds = self.condition.holds(*scope.around())
        except Unreadable as error:
            return scope.fault(error.path or "", error, error.received)
        return self.field.careful(scope) if holds else self.absent

    def emit(self, code: Code, scopes: list[str]) -> str:
        """Add the fast lines; gives the variable that holds the value."""
        result = code.variable("a")
        code.line(f"if {code.bind(self.condition.holds)}(header, {', '.join(scopes)}):")
        code.indent()
        value = self.field.emit(code, scopes)
        code.line(f"{result} = {value}")
        code.dedent()
        code.line("else:")
        code.line(f"    {result} = {code.bind(self.absent)}")
        return result


class Alternative(NamedTuple):
    """One place that is tried: its field gives ABSENT when it has no value."""

    field: Field
    condition: Condition | None


class FirstOf(Base):
    """The first of several places that has a value; those before it may be absent, empty or ruled out."""

    def __init__(
        self, to: str, target: Target, key: str | None, alternatives: tuple[Alternative, ...], gaps: Gaps
    ) -> None:
        super().__init__(to, target, key, gaps)
        self.alternatives = alternatives
        self.sources = tuple(
            source
            for field, condition in alternatives
            for source in (*(condition.sources if condition is not None else ()), *field.sources)
        )

    def careful(self, scope: Scope) -> Any:
        """Try one after the other; a fault of one that has a value is the field's fault."""
        path = ""
        for field, condition in self.alternatives:
            try:
                if condition is not None and not condition.holds(*scope.around()):
                    continue
            except Unreadable as error:
                return scope.fault(error.path or "", error, error.received)
            value = field.careful(scope)
            if value is not ABSENT:
                return value
            path = path or (scope.at(field.sources[0])[1] if field.sources else "")
        return self.when_absent(scope, path)

    def emit(self, code: Code, scopes: list[str]) -> str:
        """Add the fast lines; gives the variable that holds the value."""
        result = code.variable("a")
        nothing = code.bind(ABSENT)
        code.line(f"{result} = {nothing}")
        for field, condition in self.alternatives:
            asked = f"{result} is {nothing}"
            if condition is not None:
                asked += f" and {code.bind(condition.holds)}(header, {', '.join(scopes)})"
            code.line(f"if {asked}:")
            code.indent()
            value = field.emit(code, scopes)
            code.line(f"{result} = {value}")
            code.dedent()
        code.line(f"if {result} is {nothing}:")
        code.line(f"    {self.line_for(code, result, self.absent)}")
        return result
