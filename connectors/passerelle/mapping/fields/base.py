"""What all compiled fields share: their target, what absent and empty become, how a value is fetched."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from ..entities import Target
from ..generated import Code
from ..paths import ABSENT, Source, dig
from ..unreadable import CORRECT_IT, Unreadable
from .scope import Scope

__all__ = ["Base", "Field", "Gaps", "fetched", "unwrapped"]


class Gaps(NamedTuple):
    """What a field gives when nothing is there: for an absent element, an empty one, and "there is none".

    `...` makes it a fault.
    """

    absent: Any
    empty: Any
    none: Any = None

    @classmethod
    def of(cls, target: Target, *, required: bool = False, default: Any = ...) -> Gaps:
        """Take what the target says, unless the field is required or has a default."""
        none = None if target.nullable else ...
        if default is not ...:
            return cls(default, default, none if target.nullable else default)
        if required:
            return cls(..., ..., none)
        return cls(target.absent, target.empty, none)


class Field(Protocol):
    """One field of a mapping: `to` names it in reports, `sources` are all the places that it reads."""

    to: str
    target: Target
    key: str | None
    sources: tuple[Source, ...]

    @property
    def spreads(self) -> bool:
        """True when its value is several keys at once (attributes, locales), laid over the others."""
        ...

    @property
    def sure(self) -> bool:
        """True when it always has a value, whatever the record holds."""
        ...

    def careful(self, scope: Scope, /) -> Any:
        """Read the value, or note every fault and give FAULTY."""
        ...

    def emit(self, code: Code, scopes: list[str], /) -> str:
        """Add the fast lines; gives the name of the variable that holds the value."""
        ...


class Base:
    """What all fields know."""

    sources: tuple[Source, ...] = ()

    def __init__(self, to: str, target: Target, key: str | None, gaps: Gaps) -> None:
        self.to = to
        self.target = target
        self.key = key
        self.gaps = gaps

    @property
    def absent(self) -> Any:
        """What an absent element becomes; `...` for a fault."""
        return self.gaps.absent

    @property
    def empty(self) -> Any:
        """What an empty element becomes; `...` for a fault."""
        return self.gaps.empty

    @property
    def spreads(self) -> bool:
        """False: its value is one."""
        return False

    @property
    def sure(self) -> bool:
        """False: it may say nothing."""
        return False

    def missing(self) -> Unreadable:
        """Say that the element is not there."""
        return Unreadable(
            "missing_value", f"a value for {self.to}", f"The element is not there. {CORRECT_IT}"
        )

    def blank(self) -> Unreadable:
        """Say that the element is empty."""
        return Unreadable("empty_value", f"a value for {self.to}", f"The element is empty. {CORRECT_IT}")

    def when_absent(self, scope: Scope, path: str) -> Any:
        """Give what an absent element becomes, or note the fault."""
        return scope.fault(path, self.missing(), None) if self.absent is ... else self.absent

    def when_empty(self, scope: Scope, path: str, received: str | None) -> Any:
        """Give what an empty element becomes, or note the fault."""
        return scope.fault(path, self.blank(), received) if self.empty is ... else self.empty

    def line_for(self, code: Code, result: str, value: Any) -> str:
        """Give the line that takes what stands for nothing, or gives up where that is a fault."""
        return "raise Careful" if value is ... else f"{result} = {code.bind(value)}"


def fetched(code: Code, source: Source, scopes: list[str], *, strict: bool) -> str:
    """Give the expression that fetches a raw value; a strict one gives up when it is absent."""
    scope = "header" if source.in_header else scopes[-1 - source.climb]
    if source.picks:
        return f"{code.bind(source.find)}({scope})"
    if len(source.names) != 1:
        return f"{code.bind(dig)}({scope}, {code.bind(source.names)})" if source.names else scope
    name = code.bind(source.names[0])
    return f"{scope}[{name}]" if strict else f"{scope}.get({name}, {code.bind(ABSENT)})"


def unwrapped(code: Code, text: str) -> None:
    """Take the text of an element that has attributes, in feeds that read attributes."""
    if code.attributed:
        code.line(f"if type({text}) is dict:")
        code.line(f"    {text} = {text}['#text']")
