"""Hooks: functions of your own that are asked before a record is created or updated."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, TypeVar

__all__ = ["HOOKABLE", "HOOKS", "Hook", "hook"]

#: Given the record that is wanted and the one that is there (None before a create); gives the record to be
#: wanted instead, or None to leave it alone.
Decide: TypeAlias = Callable[[Any, Any], Any]
D = TypeVar("D", bound=Decide)

#: Kinds of records that are compared with what a target holds; of orders it is said what happened.
HOOKABLE = (
    "product_type", "custom_type", "channel", "tax_category", "customer_group", "state", "product_selection",
    "store", "category", "product", "price", "stock",
)  # fmt: skip
_PARAMETERS = 2


class Hook(NamedTuple):
    """A named decision about records of some entities; `module` is where it was written."""

    name: str
    entities: tuple[str, ...]
    ask: Decide
    module: str


HOOKS: dict[str, Hook] = {}


def hook(name: str, entities: str | tuple[str, ...]) -> Callable[[D], D]:
    """Register a hook for records of one entity or several.

    ```python
    @hook("new_ones_hidden", "product")
    def new_ones_hidden(record: Product, live: Product | None) -> Product | None:
        \"\"\"Show nothing before somebody looked at it.\"\"\"
        return replace(record, published=False)
    ```

    It gets copies: of the record that the source says, and of what the target holds of the fields that the
    feed carries (None before a create). What it gives is wanted in the record's place, and is kept as that;
    None leaves the record alone; a ValueError puts it into quarantine with its words. The same two must give
    the same answer: no clock, no chance, no reading elsewhere. A mapping names the module (`functions`) and
    the hook (`hooks`).

    Raises:
        ValueError: there is a hook of that name, an entity has none, or it does not take two values.
    """
    named = (entities,) if isinstance(entities, str) else entities

    def register(decide: D) -> D:
        there = HOOKS.get(name)
        if there is not None:
            raise ValueError(
                f"there is a hook {name!r} already, in {there.module}: give this one another name"
            )
        unknown = [entity for entity in named if entity not in HOOKABLE]
        if unknown or not named:
            raise ValueError(
                f"hook {name!r}: no hook is asked about {', '.join(unknown) or 'nothing'}, only about "
                f"{', '.join(HOOKABLE)}"
            )
        if inspect.iscoroutinefunction(decide) or not _takes_two(decide):
            raise ValueError(f"hook {name!r} must be a plain function of two values: (record, live)")
        HOOKS[name] = Hook(name, named, decide, decide.__module__)
        return decide

    return register


def _takes_two(decide: Decide) -> bool:
    places = [
        one
        for one in inspect.signature(decide).parameters.values()
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
    ]
    needed = [one for one in places if one.default is one.empty]
    return len(needed) <= _PARAMETERS <= len(places)
