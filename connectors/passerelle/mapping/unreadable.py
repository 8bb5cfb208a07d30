"""Why a value cannot be read: a stable code, what was expected, what to do next."""

from __future__ import annotations

__all__ = ["CORRECT_IT", "Unreadable"]

#: What to do when nothing more special is known.
CORRECT_IT = "Have it corrected at the source and sent again"


class Unreadable(ValueError):  # named like the fault that the reader of a report sees
    """A function cannot make sense of a value; the field turns it into a `Fault` with its position.

    `path` and `received` are given where another value than the field's own is the wrong one: a price
    quantity, the value that a condition tests.
    """

    def __init__(
        self,
        code: str,
        expected: str,
        advice: str = CORRECT_IT,
        *,
        path: str | None = None,
        received: str | None = None,
    ) -> None:
        super().__init__(expected)
        self.code = code
        self.expected = expected
        self.advice = advice
        self.path = path
        self.received = received
