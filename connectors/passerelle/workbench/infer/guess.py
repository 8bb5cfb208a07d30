"""Guesses: a value with how sure it is, why, and what else it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

__all__ = ["Guess", "Layout", "Sure"]

#: `certain` stands in the file itself; `likely` has evidence and a weaker rival; `unsure` asks for a person.
Sure: TypeAlias = Literal["certain", "likely", "unsure"]


class Guess(NamedTuple):
    """One guess; `others` are what it may be as well, the likeliest first."""

    value: str
    sure: Sure
    why: str
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        others = f"; or {', '.join(self.others)}" if self.others else ""
        return f"{self.sure}: {self.why}{others}"


@dataclass(slots=True)
class Layout:
    """How the rows seem to stand in a file: what goes under `format`, and what is to be said about it.

    `controls` goes under `controls`; a None in `spec` never stands in the draft.
    """

    name: str
    spec: Mapping[str, Any]
    sure: Sure
    why: str
    notes: list[str] = field(default_factory=list)
    controls: dict[str, str] = field(default_factory=dict)
