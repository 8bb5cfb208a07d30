"""Between which moments the documents lie that can satisfy a predicate."""

from __future__ import annotations

from datetime import datetime

from .moments import moment_text
from .predicate_grammar import And, Compare, Node, Or

__all__ = ["TIMED", "moments_of"]

#: Fields that every document has, and that read on by time are asked for.
TIMED = ("createdAt", "lastModifiedAt")
_Bounds = tuple[str | None, str | None]


def moments_of(node: Node, field: str) -> _Bounds:
    """The earliest and the latest moment of a field, both of them in; None is no bound."""
    match node:
        case Compare(name, sign, str() as value) if name == field:
            return _compared(sign, value)
        case And(parts):
            bounds = [moments_of(part, field) for part in parts]
            lows = [low for low, _ in bounds if low is not None]
            highs = [high for _, high in bounds if high is not None]
            return max(lows, default=None), min(highs, default=None)
        case Or(parts):
            bounds = [moments_of(part, field) for part in parts]
            either = [low for low, _ in bounds], [high for _, high in bounds]
            lows = [low for low in either[0] if low is not None]
            highs = [high for high in either[1] if high is not None]
            return (
                min(lows) if len(lows) == len(parts) else None,
                max(highs) if len(highs) == len(parts) else None,
            )
        case _:
            return None, None


def _compared(sign: str, value: str) -> _Bounds:
    moment = moment_text(datetime.fromisoformat(value))
    match sign:
        case "=":
            return moment, moment
        case ">" | ">=":
            return moment, None
        case "<" | "<=":
            return None, moment
        case _:
            return None, None
