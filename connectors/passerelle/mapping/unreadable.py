"""Why a value cannot be read: a stable code, what was expected, what to do next."""

from __future__ import annotations

__all__ = ["CORRECT_IT", "Unreadable"]

#: What to do when nothing more special is known.
CORRECT_IT = "Have it corrected at the source and sent again"


class Unreadable(ValueError):  # named like the fault that the reader of a report sees
    """A function cannot make sense of a value; the field turns it into a `Fault` with its position."""

    def __init__(self, code: str, expected: str, advice: str = CORRECT_IT) -> None:
        super().__init__(expected)
        self.code = code
        self.expected = expected
        self.advice = advice
