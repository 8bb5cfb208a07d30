"""Fields from texts: one, several that a function joins, or a constant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from ..entities import Target
from ..generated import Code
from ..paths import ABSENT, Source, leaf_text
from ..pipeline import Pipeline
from ..repair import TextDoctor
from ..unreadable import Unreadable
from .base import Base, Gaps, fetched, unwrapped
from .scope import FAULTY, Scope

__all__ = ["Constant", "Leaf", "look_of", "looked_at", "operand_values"]


def looked_at(pipeline: Pipeline) -> bool:
    """Tell whether the raw text is looked at for damage: codes and days are read as they stand."""
    return pipeline.kind in ("text", "texts") and not {"code", "day"} & set(pipeline.names)


def look_of(pipeline: Pipeline, doctor: TextDoctor) -> Callable[[str, str], str]:
    """Give how the raw text is looked at: control characters are no damage where a function drops them."""
    return doctor.mend if "strip_control" in pipeline.names else doctor.see


def operand_values(pipeline: Pipeline, scope: Scope) -> list[Any] | None:
    """Fetch the raw values of the operands; None when a fault was noted."""
    raws: list[Any] = []
    sound = True
    for operand in pipeline.operands:
        values, path = scope.at(operand.source)
        try:
            found = operand.source.find(values)
            raws.append(found if found is ABSENT else leaf_text(found))
        except Unreadable as error:
            scope.fault(path, error, None)
            sound = False
    return raws if sound else None


def emit_operands(code: Code, pipeline: Pipeline, scopes: list[str]) -> str:
    """Give the arguments that follow the value: the raw values of the operands."""
    arguments = ""
    for operand in pipeline.operands:
        raw = code.variable("x")
        code.line(f"{raw} = {fetched(code, operand.source, scopes, strict=False)}")
        unwrapped(code, raw)
        arguments += f", {raw}"
    return arguments


class Leaf(Base):
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
        required: bool = False,
        gaps: Gaps | None = None,
    ) -> None:
        super().__init__(
            to, target, key, gaps or Gaps.of(target, required=required, default=pipeline.default)
        )
        self.origins = sources
        self.sources = (*sources, *(operand.source for operand in pipeline.operands))
        self.pipeline = pipeline
        self.doctor = doctor
        self.seen = looked_at(pipeline)

    @property
    def sure(self) -> bool:
        """True when it always has a value."""
        told = (self.gaps.absent, self.gaps.empty, *((self.gaps.none,) if self.pipeline.nullable else ()))
        return all(value is not UNSET for value in told)

    def careful(self, scope: Scope) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        texts: list[str] = []
        absent, blank, faulty = 0, 0, False
        path = ""
        for source in self.origins:
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
                    text = look_of(self.pipeline, self.doctor)(text, source.text)
                texts.append(text)
            except Unreadable as error:
                scope.fault(path, error, text)
                faulty = True
        if faulty:
            return FAULTY
        if absent == len(self.origins):
            return self.when_absent(scope, path)
        if absent + blank == len(self.origins):
            return self.when_empty(scope, path, texts[-1])
        return self._converted(texts, scope, path)

    def _converted(self, texts: list[str], scope: Scope, path: str) -> Any:
        raws = operand_values(self.pipeline, scope)
        if raws is None:
            return FAULTY
        try:
            value = self.pipeline.convert(texts if len(self.origins) > 1 else texts[0], *raws)
        except Unreadable as error:
            return scope.fault(path, error, " + ".join(texts))
        if value == "":
            return self.when_empty(scope, path, texts[-1])
        if value is None:
            return scope.fault(path, self.blank(), texts[-1]) if self.gaps.none is ... else self.gaps.none
        return self.when_absent(scope, path) if value is ABSENT else value

    def emit(self, code: Code, scopes: list[str]) -> str:
        """Add the fast lines; gives the variable that holds the value."""
        result = code.variable("a")
        if len(self.origins) > 1:
            self._emit_several(code, scopes, result)
            return result
        text = code.variable("x")
        strict = self.absent is ...
        (source,) = self.origins
        code.line(f"{text} = {fetched(code, source, scopes, strict=strict)}")
        if strict:
            unwrapped(code, text)
            self._emit_value(code, text, result, scopes)
            return result
        code.line(f"if {text} is {code.bind(ABSENT)}:")
        code.line(f"    {result} = {code.bind(self.absent)}")
        code.line("else:")
        code.indent()
        unwrapped(code, text)
        self._emit_value(code, text, result, scopes)
        code.dedent()
        return result

    def _emit_value(self, code: Code, text: str, result: str, scopes: list[str]) -> None:
        names, kind = self.pipeline.names, self.pipeline.kind
        if self.seen:
            self._emit_look(code, text, self.origins[0])
        if names == ("trim",):
            code.line(f"{result} = {text}.strip()")
            self._emit_empty(code, f"not {result}", result)
        elif kind in ("text", "texts") or self.empty is not ...:
            code.line(f"if {text} == '' or {text}.isspace():")
            code.line(f"    {self.line_for(code, result, self.empty)}")
            code.line("else:")
            code.indent()
            self._emit_converted(code, text, result, scopes)
            code.dedent()
        else:
            # Every reading of a number or a date gives up on a blank text.
            self._emit_converted(code, text, result, scopes)

    def _emit_converted(self, code: Code, text: str, result: str, scopes: list[str]) -> None:
        if not self.pipeline.names:
            code.line(f"{result} = {text}")
            return
        operands = emit_operands(code, self.pipeline, scopes)
        code.line(f"{result} = {code.bind(self.pipeline.convert)}({text}{operands})")
        self._emit_gaps(code, result)

    def _emit_gaps(self, code: Code, result: str) -> None:
        if self.pipeline.kind == "text":
            self._emit_empty(code, f"{result} == ''", result)
        if self.pipeline.nullable and self.gaps.none is not None:
            code.line(f"if {result} is None:")
            code.line(f"    {self.line_for(code, result, self.gaps.none)}")
        if self.pipeline.skips:
            code.line(f"if {result} is {code.bind(ABSENT)}:")
            code.line(f"    {self.line_for(code, result, self.absent)}")

    def _emit_look(self, code: Code, text: str, source: Source) -> None:
        code.line(f"if not ({text}.isascii() and {text}.isprintable()):")
        code.line(
            f"    {text} = {code.bind(look_of(self.pipeline, self.doctor))}({text}, {code.bind(source.text)})"
        )

    def _emit_empty(self, code: Code, condition: str, result: str) -> None:
        code.line(f"if {condition}:")
        code.line(f"    {self.line_for(code, result, self.empty)}")

    def _emit_several(self, code: Code, scopes: list[str], result: str) -> None:
        texts = []
        for source in self.origins:
            text = code.variable("x")
            texts.append(text)
            code.line(f"{text} = {fetched(code, source, scopes, strict=True)}")
            unwrapped(code, text)
            code.line(f"if {text} == '' or {text}.isspace():")
            code.line("    raise Careful")
            if self.seen:
                self._emit_look(code, text, source)
        operands = emit_operands(code, self.pipeline, scopes)
        code.line(f"{result} = {code.bind(self.pipeline.convert)}([{', '.join(texts)}]{operands})")
        self._emit_gaps(code, result)


class Constant(Base):
    """A value that stands in the mapping."""

    def __init__(self, to: str, target: Target, key: str | None, value: Any) -> None:
        super().__init__(to, target, key, Gaps(value, value))
        self.value = value

    @property
    def sure(self) -> bool:
        """True: it always has a value."""
        return True

    def careful(self, _scope: Scope) -> Any:
        """Give the value."""
        return self.value

    def emit(self, code: Code, _scopes: list[str]) -> str:
        """Give the name under which the value is bound."""
        return code.bind(self.value)
