"""Which documents can satisfy a predicate at all: its equalities answered by the indexes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from .predicate_grammar import And, Compare, In, Nested, Node, Or, Scalar, Variable
from .store import Collection

__all__ = ["Paths", "candidates", "ids_above"]

#: Field path in a predicate to the name of the index that answers it.
Paths: TypeAlias = Mapping[tuple[str, ...], str]


def candidates(  # noqa: PLR0911 - one return a kind of node
    node: Node, paths: Paths, collection: Collection, prefix: tuple[str, ...] = ()
) -> set[str] | None:
    """Ids among which all matches are; None when no index helps and every document must be looked at."""
    match node:
        case Compare(field, "=", value):
            return _lookup((*prefix, field), (value,), paths, collection)
        case In(field, values, False):
            return _lookup((*prefix, field), values, paths, collection)
        case Nested(field, inner):
            return candidates(inner, paths, collection, (*prefix, field))
        case And(parts):
            found = [
                ids for part in parts if (ids := candidates(part, paths, collection, prefix)) is not None
            ]
            return min(found, key=len) if found else None
        case Or(parts):
            union: set[str] = set()
            for part in parts:
                ids = candidates(part, paths, collection, prefix)
                if ids is None:
                    return None
                union |= ids
            return union
        case _:
            return None


def _lookup(
    path: tuple[str, ...], values: tuple[Scalar | Variable, ...], paths: Paths, collection: Collection
) -> set[str] | None:
    if path == ("id",):
        return {value for value in values if isinstance(value, str) and value in collection.docs}
    index = paths.get(path)
    if index is None:
        return None
    return {found for value in values for found in collection.found(index, value)}


def ids_above(node: Node) -> tuple[str, bool, bool] | None:
    """The lower bound that a predicate sets for the id: the id, whether it is in, whether that is all."""
    match node:
        case Compare("id", ">" | ">=" as sign, str() as bound):
            return str(bound), sign == ">=", True
        case And(parts):
            for part in parts:
                above = ids_above(part)
                if above is not None:
                    return above[0], above[1], False
    return None
