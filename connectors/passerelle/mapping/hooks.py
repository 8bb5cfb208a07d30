"""The hooks of a feed: who is asked about its records, what they may see, and which version of them it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from .functions.hooks import HOOKS, Hook
from .functions.own import modules_digest
from .pipeline import Report
from .spec import FieldSpec, MappingSpec
from .yaml_source import nearest

__all__ = ["Hooks", "Moment", "compile_hooks"]

#: When a hook is asked.
Moment: TypeAlias = Literal["before_create", "before_update"]


class Hooks(NamedTuple):
    """Who is asked before a create and before an update.

    `version` (8 bytes) tells two versions of them apart. `carries` are the fields that the feed carries, as
    mappings name them (`name.fr-FR`, `variants.attributes.colour`); `lists` those made of others
    (`variants`).
    """

    before_create: Hook | None
    before_update: Hook | None
    version: bytes
    carries: frozenset[str]
    lists: frozenset[str]

    def at(self, moment: Moment) -> Hook | None:
        """Give the hook that is asked at a moment, None when nobody is."""
        return self.before_create if moment == "before_create" else self.before_update

    def named(self) -> Iterator[tuple[Moment, Hook]]:
        """Give those that there are."""
        if self.before_create is not None:
            yield "before_create", self.before_create
        if self.before_update is not None:
            yield "before_update", self.before_update

    def is_carried(self, field: str) -> bool:
        """Say whether the feed carries a field, as mappings name it: it, or all that it is part of."""
        if field in self.lists:
            return True
        while field:
            if field in self.carries:
                return True
            field = field.rpartition(".")[0]
        return False


def compile_hooks(spec: MappingSpec, modules: Sequence[str], report: Report) -> Hooks | None:
    """Find the hooks that a feed names in its modules; None when it names none, or a flaw was reported."""
    if spec.hooks is None:
        return None
    found: dict[str, Hook | None] = {}
    asked: tuple[tuple[Moment, str | None], ...] = (
        ("before_create", spec.hooks.before_create),
        ("before_update", spec.hooks.before_update),
    )
    for moment, name in asked:
        found[moment] = None if name is None else _found(spec, moment, name, modules, report)
    if spec.stock is not None:
        report(("hooks",), "what a feed under the stock law shows follows from its law: say stock or hooks")
    if any(field.to == "movement" for field in spec.fields):
        report(("hooks",), "a movement happened as it did: no hook changes it")
    if not spec.creates and spec.hooks.before_create is not None:
        report(("hooks", "before_create"), "a feed that only completes what others create creates nothing")
    there = [one for one in found.values() if one is not None]
    carries, lists = _carried(spec.fields, "")
    named = "|".join(f"{moment}={one.name}" for moment, one in found.items() if one is not None)
    digest = hashlib.blake2b(named.encode(), digest_size=8)
    digest.update(modules_digest(one.module for one in there))
    return Hooks(
        found["before_create"], found["before_update"], digest.digest(), frozenset(carries), frozenset(lists)
    )


def _found(
    spec: MappingSpec, moment: Moment, name: str, modules: Sequence[str], report: Report
) -> Hook | None:
    known = {
        one.name: one
        for one in HOOKS.values()
        if any(one.module == module or one.module.startswith(f"{module}.") for module in modules)
    }
    hook = known.get(name)
    if hook is None:
        there = nearest(name, list(known)) if known else "name the module that registers it in functions"
        report(("hooks", moment), f"no hook {name!r} in the modules of functions; {there}")
    elif spec.entity not in hook.entities:
        report(
            ("hooks", moment),
            f"hook {name!r} is asked about {' and '.join(hook.entities)}, not about {spec.entity}",
        )
    return hook


def _carried(fields: Iterable[FieldSpec], within: str) -> tuple[set[str], set[str]]:
    carries: set[str] = set()
    lists: set[str] = set()
    for field in fields:
        to = f"{within}{field.to}"
        if field.fields is None:
            carries.add(to)
            continue
        lists.add(to)
        inner_carries, inner_lists = _carried(field.fields, f"{to}.")
        carries |= inner_carries
        lists |= inner_lists
    return carries, lists
