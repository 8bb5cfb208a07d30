"""Elements to values: one walk over a record, and where an element stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .rows import Group, Value

__all__ = ["Walker", "forget_before"]


class Walker:
    """Turns elements into values (see `rows.Value` for the shapes).

    `attributes` keeps them; `local` leaves namespaces out of names.
    """

    def __init__(self, *, attributes: bool, local: bool) -> None:
        self.attributes = attributes
        self.local = local

    def name(self, tag: Any) -> str:
        """Give a tag the name that paths use."""
        return str(tag).rpartition("}")[2] if self.local else str(tag)

    def place(self, element: Any) -> list[str]:
        """List the names from the root down to this element."""
        names: list[str] = []
        while element is not None:
            names.append(self.name(element.tag))
            element = element.getparent()
        return names[::-1]

    def text(self, element: Any, names: Sequence[str]) -> str | None:
        """Read the text at a path below an element; None when it is not there, or is no single text."""
        *above, last = names
        for name in above:
            element = self._only(element, name)
            if element is None:
                return None
        if last.startswith("@"):
            text: str | None = None if self.local else element.get(last[1:])
            return text
        leaf = self._only(element, last)
        return None if leaf is None or len(leaf) else leaf.text or ""

    def _only(self, element: Any, name: str) -> Any:
        found = element.findall(f"{{*}}{name}" if self.local else name)
        return found[0] if len(found) == 1 else None

    def group(self, element: Any) -> Group:
        """Turn an element with all that is below it into values."""
        values: Group = {}
        if self.attributes:
            for key, text in element.attrib.items():
                values[f"@{self.name(key)}"] = text
        for child in element:
            value: Value
            if len(child):
                value = self.group(child)
            elif self.attributes and child.attrib:
                value = self.group(child)
                value["#text"] = child.text or ""
            else:
                value = child.text or ""
            tag = self.name(child.tag) if self.local else child.tag
            if tag in values:
                value = _repeat(values[tag], value)
            values[tag] = value
        return values


def _repeat(before: Value, value: Value) -> Value:
    if isinstance(before, list):
        before.append(value)
        return before
    return [before, value]


def forget_before(element: Any) -> None:
    """Free everything that stands before an element and before its parents: it was read already."""
    while element is not None:
        above = element.getparent()
        while element.getprevious() is not None:
            del above[0]
        element = above
