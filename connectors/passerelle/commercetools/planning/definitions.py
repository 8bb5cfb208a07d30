"""What definitions of attributes and of custom fields have in common: their names, their order, their types.

One name has one type in the whole project, for good: `Shapes` knows them all before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from ...errors import Refused

__all__ = ["Definition", "Shapes", "arranged", "refuse_twins"]


class Definition(Protocol):
    """An attribute or a field of a record."""

    @property
    def name(self) -> str:
        """Its name."""
        ...


class Shapes:
    """The type that each name has, and where; the first one that is told holds.

    `what` is how messages call the thing that is defined: attribute, field.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._known: dict[str, tuple[str, str]] = {}

    def tell(self, owner: str, shapes: Iterable[tuple[str, str]]) -> None:
        """Take over names with their shapes; `owner` is the key of what has them."""
        for name, shape in shapes:
            self._known.setdefault(name, (shape, owner))

    def check(self, owner: str, name: str, shape: str) -> None:
        """Raise Refused when the name has another shape, here or elsewhere in the project."""
        held, where = self._known.get(name, (shape, owner))
        if held == shape:
            return
        if where == owner:
            raise Refused(
                f"{self._what} {name} of {owner} is {held} and should be {shape}: a type stays for good",
                code="type_change",
                advice=f"Give the {self._what} another name, carry its values, and remove the old one later",
            )
        raise Refused(
            f"{self._what} {name} is {held} in {where}, and should be {shape} in {owner}: one name has one "
            "type in the whole project",
            code="type_conflict",
            advice=f"Rename the {self._what}",
        )


def refuse_twins(owner: str, what: str, names: Sequence[str]) -> None:
    """Raise Refused when a name stands twice in a record."""
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise Refused(
            f"{owner} has {what} {', '.join(twins)} twice", code="duplicate", advice="Correct the source"
        )


def arranged(live: Sequence[Any], wanted: Sequence[Any]) -> list[Any] | None:
    """The live names in the record's order, others behind; None when they stand so already."""
    there = set(live)
    named = [name for name in wanted if name in there]
    ours = set(named)
    if [name for name in live if name in ours] == named:
        return None
    return [*named, *(name for name in live if name not in ours)]
