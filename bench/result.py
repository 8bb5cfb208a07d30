"""One measured figure and the limit it is held against."""

from __future__ import annotations

import msgspec

__all__ = ["Result", "figure", "missing"]


class Result(msgspec.Struct, frozen=True):
    """A figure; without a limit it is told, not judged."""

    name: str
    value: float
    unit: str
    limit: float | None
    holds: bool


def figure(name: str, value: float, unit: str, limit: float | None = None) -> Result:
    """Judge a value against its limit: it holds when it is not above."""
    return Result(name, round(value, 4), unit, limit, limit is None or value <= limit)


def missing(name: str, unit: str, limit: float) -> Result:
    """Say that a figure could not be measured; what is not measured does not hold."""
    return Result(f"{name} (NOT MEASURED)", -1, unit, limit, holds=False)
