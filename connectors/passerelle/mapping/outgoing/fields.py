"""Fields that go out: each gives the text of one place in the file, from the record that is written."""

from __future__ import annotations

from collections.abc import Callable, Sized
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from ...records import Money
from ..pipeline import Pipeline
from ..unreadable import Unreadable
from .page import Scope
from .paths import RecordPath

__all__ = ["Constant", "Count", "Number", "Sum", "Text", "Total", "TotalCount", "Value"]


class Text(Protocol):
    """What gives a text; `varies` says whether it depends on the record."""

    @property
    def varies(self) -> bool:
        """True when it depends on the record."""
        ...

    def text(self, scope: Scope) -> str:
        """Give the text, empty when there is no value; what is wrong is noted in the scope."""
        ...


class Value:
    """A value of the record, or several made into one, or the first of several that is not empty."""

    varies = True

    def __init__(
        self,
        to: str,
        sources: tuple[RecordPath, ...],
        pipeline: Pipeline,
        *,
        first: bool = False,
        default: str | None = None,
        required: bool = False,
    ) -> None:
        self._to = to
        self._reads: list[Callable[[Any], Any]] = [source.read for source in sources]
        self._pipeline = pipeline
        self._first = first
        self._default = default
        self._required = required

    def text(self, scope: Scope) -> str:
        """Read, turn into text, or stand in for what is not there."""
        values = [read(scope.around) for read in self._reads]
        if self._first:
            values = [next((value for value in values if not _empty(value)), None)]
        if all(map(_empty, values)):
            return self._absent(scope)
        given = values[0] if len(values) == 1 else ["" if value is None else str(value) for value in values]
        if type(given) is date:
            given = given.isoformat()
        try:
            return str(self._pipeline.convert(given))
        except Unreadable as error:
            scope.fault(self._to, error, values[0] if len(values) == 1 else values)
            return ""

    def _absent(self, scope: Scope) -> str:
        if self._default is not None:
            return self._default
        if self._required:
            error = Unreadable("missing_value", f"a value for {self._to}", "The record does not say it")
            scope.fault(self._to, error, None)
        return ""


def _empty(value: Any) -> bool:
    return value is None or value == ""


class Constant:
    """A text that stands in the mapping."""

    varies = False

    def __init__(self, text: str) -> None:
        self._text = text

    def text(self, _scope: Scope) -> str:
        """Give it."""
        return self._text


class _Converted:
    """What ends in a pipeline."""

    varies = True

    def __init__(self, to: str, pipeline: Pipeline) -> None:
        self._to = to
        self._pipeline = pipeline

    def _converted(self, scope: Scope, value: Any) -> str:
        try:
            return str(self._pipeline.convert(value))
        except Unreadable as error:
            scope.fault(self._to, error, value)
            return ""


class Number(_Converted):
    """The number of an item in its list."""

    varies = False

    def __init__(self, to: str, start: int, step: int, pad: int, pipeline: Pipeline) -> None:
        super().__init__(to, pipeline)
        self._start = start
        self._step = step
        self._pad = pad

    def text(self, scope: Scope) -> str:
        """Count from the start, by the step."""
        number = self._start + self._step * (scope.number - 1)
        text = str(number)
        if self._pad:
            if len(text) > self._pad:
                scope.fault(self._to, Unreadable("too_long", f"at most {self._pad} digits"), number)
            return text.rjust(self._pad, "0")
        return self._converted(scope, number)


class Count(_Converted):
    """How many items a list of the record has."""

    def __init__(self, to: str, source: RecordPath, pipeline: Pipeline) -> None:
        super().__init__(to, pipeline)
        self._source = source

    def text(self, scope: Scope) -> str:
        """Count them."""
        found = self._source.read(scope.around)
        return self._converted(scope, len(found) if isinstance(found, Sized) else 0)


class Sum(_Converted):
    """Numbers of a record added up."""

    def __init__(self, to: str, source: RecordPath, pipeline: Pipeline) -> None:
        super().__init__(to, pipeline)
        self._source = source

    def text(self, scope: Scope) -> str:
        """Add them up."""
        return self._converted(scope, added(self._source.read(scope.around)))


class Total(_Converted):
    """What was added up over all records of the file, for its trailer; `place` is where the sum is kept."""

    def __init__(self, to: str, place: int, pipeline: Pipeline) -> None:
        super().__init__(to, pipeline)
        self._place = place

    def text(self, scope: Scope) -> str:
        """Give the sum."""
        return self._converted(scope, scope.page.sums[self._place])


class TotalCount(Total):
    """How many items a list had over all records of the file, for its trailer."""

    def text(self, scope: Scope) -> str:
        """Give the count."""
        return self._converted(scope, int(scope.page.sums[self._place]))


def added(found: Any) -> Decimal:
    """Add up what a path found: a number, an amount, or a list of them."""
    values = found if isinstance(found, list) else [found]
    return sum((_number(value) for value in values), Decimal(0))


def _number(value: Any) -> Decimal:
    if value is None:
        return Decimal(0)
    return value.amount if isinstance(value, Money) else Decimal(value)
