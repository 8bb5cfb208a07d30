"""Generated source: the fast reading of a record, one straight line of Python per field.

A mapping is compiled once. Texts of the YAML never become code: every name and constant of a mapping is
bound to a name of ours (`c1`, `c2`, …) in the function's globals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Careful", "Code"]


class Careful(ValueError):  # not a fault: the careful reading decides
    """The fast reading met something unusual; the careful one reads the record again and says what it is."""


class Code:
    """Collects lines of one function, and what their names mean."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"Careful": Careful}
        self._lines: list[str] = []
        self._depth = 1
        self._count = 0
        #: True when elements may bring attributes beside their text.
        self.attributed = False

    def bind(self, value: Any) -> str:
        """Give a value a name that lines can use."""
        name = self.variable("c")
        self.names[name] = value
        return name

    def variable(self, letter: str) -> str:
        """Give a fresh name."""
        self._count += 1
        return f"{letter}{self._count}"

    def line(self, text: str) -> None:
        """Add a line at the present depth."""
        self._lines.append("    " * self._depth + text)

    def indent(self) -> None:
        """Go one level deeper, after a line that ends with a colon."""
        self._depth += 1

    def dedent(self) -> None:
        """Come back one level."""
        self._depth -= 1

    def text(self, name: str, arguments: str) -> str:
        """Give the source of the function."""
        return "\n".join([f"def {name}({arguments}):", *self._lines, ""])

    def function(self, name: str, arguments: str) -> Callable[..., Any]:
        """Compile the lines to a function."""
        source = compile(self.text(name, arguments), f"<mapping {name}>", "exec")
        exec(source, self.names)  # noqa: S102  # our own lines; the mapping's texts are bound, never pasted
        made: Callable[..., Any] = self.names[name]
        return made
