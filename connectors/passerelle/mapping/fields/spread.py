"""Fields with several keys at once: attributes from free pairs, texts whose language the file names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import UNSET

from ...errors import Position
from ..conditions import Condition
from ..entities import Target
from ..generated import Careful, Code
from ..misses import Misses
from ..paths import ABSENT, Source, leaf_text
from ..pipeline import Pipeline
from ..repair import TextDoctor
from ..unreadable import Unreadable
from .base import Base, Field, Gaps
from .leaf import look_of
from .scope import FAULTY, Scope

__all__ = ["ANY", "KnownPair", "Localized", "Pairs"]

#: Stands for every name that a pair may have.
ANY = "*"

#: The quick reading has no place: its faults are read again.
_NOWHERE = Position("")


class KnownPair(NamedTuple):
    """What becomes of the pairs of one name: a field that reads the value within the pair.

    The attribute `*` has the name that the pair has.
    """

    field: Field
    attribute: str
    many: bool


class _Spread(Base):
    """What both share: they read elements within the record, one scope each, and say what they skip."""

    def __init__(
        self,
        to: str,
        target: Target,
        each: Source,
        sources: tuple[Source, ...],
        where: Condition | None,
        misses: Misses,
    ) -> None:
        super().__init__(to, target, None, Gaps(UNSET, UNSET))
        self.each = each
        self.sources = (each,)
        #: What is read within each element.
        self.inner_sources = sources
        self.where = where
        self.misses = misses

    @property
    def spreads(self) -> bool:
        """True: its value is laid over the other keys."""
        return True

    def elements(self, scope: Scope) -> list[Scope]:
        """Give a scope for each element; raises Unreadable."""
        values, path = scope.at(self.each)
        items = self.each.find_all(values)
        if items is ABSENT:
            return []
        return [
            Scope(
                {} if item is None or item == "" else item,
                scope.position,
                scope.header,
                scope,
                f"{path}[{number}]/" if self.each.names else scope.path,
            )
            for number, item in enumerate(items, 1)
        ]

    def careful(self, scope: Scope) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        before = len(scope.faults)
        made: dict[str, Any] = {}
        try:
            elements = self.elements(scope)
        except Unreadable as error:
            return scope.fault(scope.at(self.each)[1], error, None)
        for element in elements:
            try:
                if self.where is None or self.where.holds(*element.around()):
                    self.take(element, made)
            except Unreadable as error:
                element.fault(element.path.rstrip("/"), error, error.received)
        if len(scope.faults) > before:
            return FAULTY
        return made or UNSET

    def take(self, element: Scope, made: dict[str, Any]) -> None:
        """Read one element into the keys made so far."""
        raise NotImplementedError

    def text(self, source: Source, scope: Scope) -> str:
        """Read a text within an element; raises Unreadable."""
        values, _ = scope.at(source)
        try:
            found = source.find(values)
            return "" if found is ABSENT else leaf_text(found)
        except Unreadable as error:
            error.path = error.path or source.text
            raise

    def emit(self, code: Code, scopes: list[str]) -> str:
        """Add the fast lines; gives the variable that holds the value."""
        result = code.variable("a")
        code.line(f"{result} = {code.bind(self.quick)}(header, {', '.join(scopes)})")
        return result

    def quick(self, *around: Any) -> Any:
        """Read the value without places; any fault is left to the careful reading."""
        scope: Scope | None = None
        for values in around[1:]:
            scope = Scope(values, _NOWHERE, around[0], scope)
        value = UNSET if scope is None else self.careful(scope)
        if value is FAULTY:
            raise Careful
        return value


class Pairs(_Spread):
    """Attributes from pairs of a name and a value, for the names of a whitelist."""

    def __init__(
        self,
        to: str,
        target: Target,
        each: Source,
        name: tuple[Source, Pipeline],
        value: Source,
        known: Mapping[str, KnownPair],
        *,
        where: Condition | None,
        reject: bool,
        misses: Misses,
    ) -> None:
        inner = (name[0], value, *(source for pair in known.values() for source in pair.field.sources))
        super().__init__(to, target, each, inner, where, misses)
        self.name = name
        self.value = value
        self.known = known
        self.reject = reject

    def take(self, element: Scope, made: dict[str, Any]) -> None:
        """Read one pair."""
        source, pipeline = self.name
        name = self.text(source, element).strip()
        if name and pipeline.names:
            name = pipeline.convert(name)
        if not name:
            return
        pair = self.known.get(name) or self.known.get(ANY)
        if pair is None:
            if self.reject:
                error = Unreadable(
                    "unknown_name",
                    f"a name of {self.to} in the mapping",
                    "Add it to only, or have it corrected",
                )
                element.fault(element.at(source)[1], error, name)
            else:
                self.misses.note(self.to, name)
            return
        value = pair.field.careful(element)
        if value is FAULTY or value is UNSET:
            return
        attribute = name if pair.attribute == ANY else pair.attribute
        if pair.many:
            held = made.get(attribute, ())
            made[attribute] = held if value is None or value in held else (*held, value)
        elif attribute in made and made[attribute] != value:
            error = Unreadable(
                "duplicate_value", f"one value for {attribute}", "Say many: true if it is a set"
            )
            element.fault(element.at(self.value)[1], error, str(value))
        else:
            made[attribute] = value


class Localized(_Spread):
    """A localized text whose languages are named beside its texts."""

    def __init__(
        self,
        to: str,
        target: Target,
        each: Source,
        language: Source,
        text: Source,
        locales: Mapping[str, str],
        pipeline: Pipeline,
        doctor: TextDoctor,
        *,
        where: Condition | None,
        reject: bool,
        misses: Misses,
    ) -> None:
        super().__init__(to, target, each, (language, text), where, misses)
        self.language = language
        self.value = text
        self.locales = locales
        self.pipeline = pipeline
        self.doctor = doctor
        self.reject = reject

    def take(self, element: Scope, made: dict[str, Any]) -> None:
        """Read the text of one language."""
        language = self.text(self.language, element).strip()
        locale = self.locales.get(language)
        if locale is None:
            if self.reject:
                known = ", ".join(sorted(self.locales))
                error = Unreadable("unknown_language", f"one of {known}", "Add it to the mapping's names")
                element.fault(element.at(self.language)[1], error, language or None)
            else:
                self.misses.note(self.to, language)
            return
        path = element.at(self.value)[1]
        text = self.text(self.value, element)
        if not text or text.isspace():
            # The language is named and has no text: there is none, where the target can say so.
            if self.target.empty is not ...:
                made.setdefault(locale, self.target.empty)
            return
        try:
            value = self.pipeline.convert(look_of(self.pipeline, self.doctor)(text, self.value.text))
        except Unreadable as error:
            element.fault(path, error, text)
            return
        if made.get(locale, value) != value:
            twice = Unreadable("duplicate_value", f"one text for {locale}", "Two elements name this language")
            element.fault(path, twice, text)
        elif value:
            made[locale] = value
