"""Elements to values: one walk over a record, and where an element stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..rows import Group, Value

__all__ = ["Walker", "forget_before"]


class Walker:
    """Turns elements into values (see `rows.Value` for the shapes).

    `attributes` keeps them; `local` leaves namespaces out of names. `namespaces` gives addresses the prefixes
    that paths use, whatever the file calls them; an address that is not among them stays in the name.
    """

    def __init__(self, *, attributes: bool, local: bool, namespaces: Mapping[str, str] | None = None) -> None:
        self.attributes = attributes
        self.local = local
        self.translated = local or bool(namespaces)
        self._addresses = {prefix: f"{{{address}}}" for prefix, address in (namespaces or {}).items()}
        self._prefixes = {address: prefix for prefix, address in self._addresses.items()}
        self._names: dict[str, str] = {}

    def name(self, tag: Any) -> str:
        """Give a tag the name that paths use."""
        if not self.translated:
            return str(tag)
        known = self._names.get(tag)
        if known is None:
            known = self._names[tag] = self._named(str(tag))
        return known

    def _named(self, tag: str) -> str:
        address, brace, local = tag.rpartition("}")
        if self.local or not brace:
            return local
        prefix = self._prefixes.get(address + brace)
        if prefix is None:
            return tag
        return f"{prefix}:{local}" if prefix else local

    def _tag(self, name: str) -> str:
        """Give the tag that a path means, for searching."""
        if self.local:
            return f"{{*}}{name}"
        prefix, _, local = name.rpartition(":")
        address = self._addresses.get(prefix)
        return name if address is None else address + local

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
            text: str | None = None if self.translated else element.get(last[1:])
            return text
        leaf = self._only(element, last)
        return None if leaf is None or len(leaf) else leaf.text or ""

    def _only(self, element: Any, name: str) -> Any:
        found = element.findall(self._tag(name))
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
            tag = self.name(child.tag) if self.translated else child.tag
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
