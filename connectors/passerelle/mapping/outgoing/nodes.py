"""Nodes: the shape of what is written, made once from the `to` of all fields, filled for each record."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from ...formats import Group
from ...formats import Value as Tree
from ..paths import ABSENT
from ..unreadable import Unreadable
from .conditions import OutCondition
from .fields import Text
from .page import Scope
from .paths import RecordPath

__all__ = ["Branch", "Item", "Items", "Leaf", "Node", "Texts"]


class Node(Protocol):
    """A name in the file with what stands there."""

    @property
    def varies(self) -> bool:
        """True when something in it depends on the record."""
        ...

    def value(self, scope: Scope) -> tuple[Any, bool]:
        """Give the value, ABSENT where the name is left out, and whether it says something of the record."""
        ...


class Leaf(NamedTuple):
    """A text, perhaps with attributes."""

    content: Text
    attributes: tuple[tuple[str, Node], ...]
    omit: bool
    when: OutCondition | None

    @property
    def varies(self) -> bool:
        """True when the text or an attribute depends on the record."""
        return self.content.varies or any(node.varies for _, node in self.attributes)

    def value(self, scope: Scope) -> tuple[Any, bool]:
        """Give the text, or the text with its attributes."""
        if self.when is not None and not self.when.holds(scope):
            return ABSENT, False
        text = self.content.text(scope)
        if not text and self.omit and self.content.varies:
            return ABSENT, False
        said = self.content.varies and bool(text)
        if not self.attributes:
            return text, said
        tree: Group = {}
        for name, node in self.attributes:
            attribute, spoke = node.value(scope)
            said = said or spoke
            if attribute is not ABSENT:
                tree[name] = attribute
        tree["#text"] = text
        return (tree if len(tree) > 1 else text), said


class Branch(NamedTuple):
    """A group: what stands below one name."""

    nodes: tuple[tuple[str, Node], ...]
    omit: bool
    when: OutCondition | None = None

    @property
    def varies(self) -> bool:
        """True when anything below depends on the record."""
        return any(node.varies for _, node in self.nodes)

    def tree(self, scope: Scope) -> tuple[Group, bool]:
        """Fill the names."""
        tree: Group = {}
        said = False
        for name, node in self.nodes:
            value, spoke = node.value(scope)
            said = said or spoke
            if value is not ABSENT:
                tree[name] = value
        return tree, said

    def value(self, scope: Scope) -> tuple[Any, bool]:
        """Give the group; with `omit`, one that says nothing of the record is left out."""
        if self.when is not None and not self.when.holds(scope):
            return ABSENT, False
        tree, said = self.tree(scope)
        if self.omit and not said and (self.varies or not tree):
            return ABSENT, False
        return shaped(tree), said


def shaped(tree: Group) -> Tree:
    """Give a group the shape in which a reader would bring it."""
    if not tree:
        return ""
    if "#text" in tree:
        return tree["#text"] if len(tree) == 1 else tree
    return tree | {"#text": ""} if all(name[0] == "@" for name in tree) else tree


class Item(NamedTuple):
    """What `list` writes once, or once for each item of a list of the record."""

    source: RecordPath | None
    branch: Branch

    def values(self, scope: Scope, to: str, start: int) -> list[tuple[Any, bool]]:
        """Give the items, numbered from `start`."""
        if self.source is None:
            value, said = self.branch.value(scope.below(to, start))
            # An item of constants alone that stands in a list is meant to be there: we are the buyer.
            return [(value, said or not self.branch.varies)]
        found = self.source.read(scope.around) or ()
        return [
            self.branch.value(scope.below(to, number, record)) for number, record in enumerate(found, start)
        ]


class Items(NamedTuple):
    """A name that repeats: `each`, or `list`."""

    to: str
    items: tuple[Item, ...]
    required: bool
    when: OutCondition | None
    #: One item is a list of one, where the format tells the two apart (JSON).
    stays_list: bool = False

    @property
    def varies(self) -> bool:
        """True when the items depend on the record."""
        return any(item.source is not None or item.branch.varies for item in self.items)

    def value(self, scope: Scope) -> tuple[Any, bool]:
        """Give one item as it is (or as a list of one), several as a list, none as an absent name."""
        if self.when is not None and not self.when.holds(scope):
            return ABSENT, False
        made: list[tuple[Any, bool]] = []
        for item in self.items:
            found = item.values(scope, self.to, len(made) + 1)
            made += [(value, said) for value, said in found if value is not ABSENT]
        values: list[Tree] = [value for value, _ in made]
        listed = _listed(self.to, values, scope, required=self.required, stays_list=self.stays_list)
        return listed, any(said for _, said in made)


class Texts(NamedTuple):
    """A name that repeats with a text each: `each` over a list of texts."""

    to: str
    source: RecordPath
    content: Text
    required: bool
    when: OutCondition | None
    stays_list: bool = False

    @property
    def varies(self) -> bool:
        """A list of the record depends on the record."""
        return True

    def value(self, scope: Scope) -> tuple[Any, bool]:
        """Give the texts."""
        if self.when is not None and not self.when.holds(scope):
            return ABSENT, False
        found = self.source.read(scope.around) or ()
        texts: list[Tree] = [
            self.content.text(scope.below(self.to, number, text)) for number, text in enumerate(found, 1)
        ]
        listed = _listed(self.to, texts, scope, required=self.required, stays_list=self.stays_list)
        return listed, bool(texts)


def _listed(to: str, values: list[Tree], scope: Scope, *, required: bool, stays_list: bool) -> Any:
    if not values and required:
        scope.fault(to, Unreadable("empty_list", f"at least one {to}"), None)
    if not values:
        return ABSENT
    return values[0] if len(values) == 1 and not stays_list else values
