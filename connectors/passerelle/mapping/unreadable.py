"""Why a value cannot be read: a stable code, what was expected, what to do next."""

from __future__ import annotations

__all__ = ["Unreadable"]


class Unreadable(ValueError):  # named like the fault that the reader of a report sees
    """A function cannot make sense of a value; the field turns it into a `Fault` with its position."""

    def __init__(self, code: str, expected: str, advice: str = "") -> None:
        super().__init__(expected)
        self.code = code
        self.expected = expected
        self.advice = advice
