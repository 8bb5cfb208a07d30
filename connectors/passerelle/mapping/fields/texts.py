"""Fields from several texts of one record: lists of texts, all texts at some places, lines in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...formats import Value
from ..conditions import Condition
from ..entities import Target
from ..generated import Code
from ..paths import ABSENT, Source, leaf_text
from ..pipeline import Pipeline
from ..repair import TextDoctor
from ..unreadable import Unreadable
from .base import Base, Gaps
from .leaf import emit_operands, look_of, looked_at, operand_values
from .scope import FAULTY, Scope

__all__ = ["EachText", "Gathered", "Lines"]


class EachText(Base):
    """A list of texts from an element that repeats.

    Only the elements for which `where` holds count; what a function makes none of is left out.
    """

    def __init__(
        self,
        to: str,
        target: Target,
        key: str | None,
        source: Source,
        pipeline: Pipeline,
        doctor: TextDoctor,
        gaps: Gaps,
        where: Condition | None = None,
    ) -> None:
        super().__init__(to, target, key, gaps)
        self.where = where
        self.source = source
        self.sources = (source,)
        self.pipeline = pipeline
        self.doctor = doctor
        self.seen = looked_at(pipeline)

    def careful(self, scope: Scope) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        values, path = scope.at(self.source)
        try:
            items = self.source.find_all(values)
        except Unreadable as error:
            return scope.fault(path, error, None)
        if items is ABSENT:
            return self.when_absent(scope, path)
        around = scope.around()
        result = [
            self._item(item, around, scope, f"{path}[{number}]") for number, item in enumerate(items, 1)
        ]
        if FAULTY in result:
            return FAULTY
        texts = tuple(text for text in result if text is not ABSENT)
        return texts if texts or self.absent is not ... else scope.fault(path, self.blank(), None)

    def _item(self, item: Value, around: Sequence[Any], scope: Scope, path: str) -> Any:
        try:
            if not self._counts(around, item):
                return ABSENT
        except Unreadable as error:
            if error.path is not None and not error.path.startswith(("/", "../")):
                error.path = path if error.path == "." else f"{path}/{error.path}"
            return scope.fault(path, error, error.received)
        try:
            return self._one(item)
        except Unreadable as error:
            return scope.fault(path, error, item if isinstance(item, str) else None)

    def _counts(self, around: Sequence[Any], item: Value) -> bool:
        return self.where is None or self.where.holds(*around, item)

    def _one(self, item: Value) -> Any:
        """Give the text of an element, ABSENT where a function says that there is none."""
        text = leaf_text(item)
        if not text or text.isspace():
            raise self.blank()
        value = self.pipeline.convert(self.doctor.see(text, self.source.text) if self.seen else text)
        if value == "":
            raise self.blank()
        return ABSENT if value is None else value

    def _all(self, items: list[Value], *around: Any) -> tuple[Any, ...]:
        """Give the texts of all elements that count; raises Unreadable."""
        made = [self._one(item) for item in items if self._counts(around, item)]
        return tuple([text for text in made if text is not ABSENT])

    def emit(self, code: Code, scopes: list[str]) -> str:
        """Add the fast lines; gives the variable that holds the value."""
        items, result = code.variable("x"), code.variable("a")
        scope = scopes[-1 - self.source.climb]
        code.line(f"{items} = {code.bind(self.source.find_all)}({scope})")
        code.line(f"if {items} is {code.bind(ABSENT)}:")
        code.line(f"    {self.line_for(code, result, self.absent)}")
        code.line("else:")
        gather: Callable[..., Any] = self._all
        code.line(f"    {result} = {code.bind(gather)}({items}, header, {', '.join(scopes)})")
        if self.absent is ...:
            code.line(f"    if not {result}:")
            code.line("        raise Careful")
        return result


class Lines(NamedTuple):
    """Lines of a text: the element that repeats, the text in it, and the number that orders them."""

    each: Source
    text: Source
    by: Source | None
    where: Condition | None

    def gather(self, around: list[Any]) -> Any:
        """Collect the texts in their order; ABSENT when the element is not there.

        Lines whose numbers are all whole are ordered as numbers, others as texts; what is equal stays as it
        comes. `around` is the header and the records, the outermost first.
        """
        start = around[0] if self.each.in_header else around[-1 - self.each.climb]
        items = self.each.find_all(start)
        if items is ABSENT:
            return ABSENT
        if self.where is not None:
            items = [item for number, item in enumerate(items, 1) if self._counts(around, item, number)]
        if self.by is not None:
            items = _ordered(items, self.by)
        return [_text(self.text.find(item)) for item in items]

    def _counts(self, around: list[Any], item: Any, number: int) -> bool:
        try:
            return self.where is None or self.where.holds(*around, item)
        except Unreadable as error:
            if error.path is not None and not error.path.startswith(("/", "../")):
                error.path = f"{self.each.text}[{number}]/{error.path}"
            raise


def _text(found: Any) -> str:
    return "" if found is ABSENT else leaf_text(found)


def _ordered(items: list[Any], by: Source) -> list[Any]:
    numbers = [_text(by.find(item)).strip() for item in items]
    if all(number.isdecimal() for number in numbers):
        places = sorted(range(len(items)), key=lambda place: int(numbers[place]))
    else:
        places = sorted(range(len(items)), key=numbers.__getitem__)
    return [items[place] for place in places]


class Gathered(Base):
    """A field from several texts that are collected, then go through functions together."""

    def __init__(
        self,
        to: str,
        target: Target,
        key: str | None,
        origins: tuple[Source, ...] | Lines,
        pipeline: Pipeline,
        doctor: TextDoctor,
        gaps: Gaps,
    ) -> None:
        super().__init__(to, target, key, gaps)
        self.origins = origins
        self.pipeline = pipeline
        self.doctor = doctor
        self.seen = looked_at(pipeline)
        self._first = origins.each if isinstance(origins, Lines) else origins[0]
        own = (origins.each,) if isinstance(origins, Lines) else origins
        self.sources = (*own, *(operand.source for operand in pipeline.operands))

    def careful(self, scope: Scope) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        path = scope.at(self._first)[1]
        raws = operand_values(self.pipeline, scope)
        if raws is None:
            return FAULTY
        try:
            texts = self._gather(*scope.around())
            if texts is ABSENT:
                return self.when_absent(scope, path)
            if not any(texts):
                return self.when_empty(scope, path, None)
            value = self.pipeline.convert(texts, *raws)
        except Unreadable as error:
            return scope.fault(path, error, None)
        if value == "" or value is None or value == ():
            return self.when_empty(scope, path, None)
        return self.when_absent(scope, path) if value is ABSENT else value

    def _gather(self, *around: Any) -> Any:
        """Collect the texts: ABSENT when all places are, those without a text left empty."""
        origins = self.origins
        texts = origins.gather(list(around)) if isinstance(origins, Lines) else self._all_of(around)
        if texts is ABSENT:
            return ABSENT
        if not self.seen:
            return tuple(texts)
        look = look_of(self.pipeline, self.doctor)
        return tuple([look(text, self._first.text) if text else "" for text in texts])

    def _all_of(self, around: tuple[Any, ...]) -> Any:
        texts: list[str] = []
        absent = True
        origins = () if isinstance(self.origins, Lines) else self.origins
        for source in origins:
            found = source.find_all(around[0] if source.in_header else around[-1 - source.climb])
            if found is not ABSENT:
                absent = False
                texts += [text for text in map(leaf_text, found) if text and not text.isspace()]
        return ABSENT if absent else texts

    def emit(self, code: Code, scopes: list[str]) -> str:
        """Add the fast lines; gives the variable that holds the value."""
        texts, result = code.variable("x"), code.variable("a")
        gather: Callable[..., Any] = self._gather
        code.line(f"{texts} = {code.bind(gather)}(header, {', '.join(scopes)})")
        code.line(f"if {texts} is {code.bind(ABSENT)}:")
        code.line(f"    {self.line_for(code, result, self.absent)}")
        code.line(f"elif not any({texts}):")
        code.line(f"    {self.line_for(code, result, self.empty)}")
        code.line("else:")
        code.indent()
        operands = emit_operands(code, self.pipeline, scopes)
        code.line(f"{result} = {code.bind(self.pipeline.convert)}({texts}{operands})")
        code.line(f"if {result} == '' or {result} is None or {result} == ():")
        code.line(f"    {self.line_for(code, result, self.empty)}")
        if self.pipeline.skips:
            code.line(f"elif {result} is {code.bind(ABSENT)}:")
            code.line(f"    {self.line_for(code, result, self.absent)}")
        code.dedent()
        return result
