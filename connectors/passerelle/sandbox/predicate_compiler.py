"""A predicate's tree to a Python function, checked against the fields that the resource has."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from .field_tree import Leaf, Tree, child
from .moments import moment_text
from .predicate_grammar import (
    And,
    Compare,
    Contains,
    Defined,
    Empty,
    FromVariable,
    In,
    Nested,
    Node,
    Not,
    Operator,
    Or,
    Scalar,
    Variable,
)
from .problems import invalid_input

__all__ = ["Test", "compile_predicate"]

Test: TypeAlias = Callable[[dict[str, Any]], bool]

_ORDER: dict[Operator, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compile_predicate(node: Node, tree: Tree) -> Test:  # noqa: PLR0911 - one return a kind of node
    """Compile a bound predicate.

    A missing field satisfies `!=`, `not in`, `is not defined` and `is empty`, and nothing else.

    Raises:
        Problem: 400 InvalidInput for a field that does not exist or a literal of another type.
    """
    match node:
        case Compare(field, sign, value):
            return _compare(field, sign, _constant(field, value, _field(tree, field)))
        case In(field, values, negated):
            return _among(field, values, _field(tree, field), negated=negated)
        case Defined(field, negated):
            _field(tree, field)
            return _is_defined(field, negated=negated)
        case Empty(field, negated):
            _field(tree, field)
            return _is_empty(field, negated=negated)
        case Contains(field, every, values):
            return _contains(node, field, values, _field(tree, field), every=every)
        case Nested(field, inner):
            return _nested(field, compile_predicate(inner, _object(tree, field)))
        case _:
            return _combined(node, tree)


def _combined(node: Not | And | Or, tree: Tree) -> Test:
    match node:
        case Not(part):
            return _negated(compile_predicate(part, tree))
        case And(parts):
            return _every(tuple(compile_predicate(part, tree) for part in parts))
        case Or(parts):
            return _some(tuple(compile_predicate(part, tree) for part in parts))


def _field(tree: Tree, name: str) -> Tree:
    found = child(tree, name)
    if found is None:
        raise invalid_input(f"Malformed parameter: where: The field '{name}' does not exist.")
    return found


def _object(tree: Tree, name: str) -> Tree:
    found = _field(tree, name)
    if isinstance(found, Leaf) and found not in (Leaf.LOCALIZED, Leaf.ANY):
        raise invalid_input(f"Malformed parameter: where: The field '{name}' holds no fields.")
    return found


def _wrong(field: str, expected: str, value: object) -> Exception:
    return invalid_input(
        f"Malformed parameter: where: The field '{field}' is a {expected}, not comparable with {value!r}."
    )


def _constant(field: str, value: Scalar | Variable, kind: Tree) -> Scalar:
    if isinstance(value, Variable):
        raise invalid_input(f"Malformed parameter: where: No value given for variable :{value.name}.")
    if not isinstance(kind, Leaf) or kind in (Leaf.TEXTS, Leaf.LOCALIZED):
        raise _wrong(field, "object or a list", value)
    if isinstance(value, FromVariable):
        value = _from_variable(field, value, kind)
    return _as(field, value, kind)


def _from_variable(field: str, text: str, kind: Leaf) -> Scalar:
    match kind:
        case Leaf.NUMBER:
            try:
                return float(text) if "." in text else int(text)
            except ValueError as error:
                raise _wrong(field, "number", text) from error
        case Leaf.BOOLEAN:
            if text not in ("true", "false"):
                raise _wrong(field, "boolean", text)
            return text == "true"
        case _:
            return str(text)


def _as(field: str, value: Scalar, kind: Leaf) -> Scalar:
    match kind:
        case Leaf.TEXT if isinstance(value, str):
            return value
        case Leaf.NUMBER if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        case Leaf.BOOLEAN if isinstance(value, bool):
            return value
        case Leaf.TIME if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError as error:
                raise _wrong(field, "time", value) from error
            if moment.tzinfo is None:
                raise _wrong(field, "time with a zone", value)
            return moment_text(moment)
        case Leaf.ANY:
            return value
        case _:
            raise _wrong(field, kind.value, value)


def _same_kind(left: object, right: object) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool)
    return isinstance(left, str) == isinstance(right, str)


def _compare(field: str, sign: Operator, value: Scalar) -> Test:
    if sign == "=":
        return lambda doc: (found := doc.get(field)) == value and _same_kind(found, value)
    if sign == "!=":
        return lambda doc: not ((found := doc.get(field)) == value and _same_kind(found, value))
    if isinstance(value, bool):
        raise _wrong(field, "boolean without an order", value)
    order = _ORDER[sign]
    scalar = str if isinstance(value, str) else (int, float)

    def ordered(doc: dict[str, Any]) -> bool:
        found = doc.get(field)
        return isinstance(found, scalar) and not isinstance(found, bool) and order(found, value)

    return ordered


def _among(field: str, values: tuple[Scalar | Variable, ...], kind: Tree, *, negated: bool) -> Test:
    if kind is Leaf.TEXT and all(type(value) is str for value in values):
        # Hundreds of keys in one list: the common case, and the one that must be fast.
        strings = frozenset(values)
        return lambda doc: (doc.get(field) in strings) is not negated
    return _is_in(field, frozenset(_constant(field, value, kind) for value in values), negated=negated)


def _is_in(field: str, values: frozenset[Scalar], *, negated: bool) -> Test:
    # True and 1 are one key of a set and two values of JSON.
    typed = frozenset((isinstance(value, bool), value) for value in values)

    def found(doc: dict[str, Any]) -> bool:
        value = doc.get(field)
        if isinstance(value, dict | list) or value is None:
            return negated
        return ((isinstance(value, bool), value) in typed) is not negated

    return found


def _is_defined(field: str, *, negated: bool) -> Test:
    return lambda doc: (doc.get(field) is None) is negated


def _is_empty(field: str, *, negated: bool) -> Test:
    def empty(doc: dict[str, Any]) -> bool:
        value = doc.get(field)
        return (value is None or (isinstance(value, dict | list) and not value)) is not negated

    return empty


def _contains(
    node: Node, field: str, values: tuple[Scalar | Variable, ...], kind: Tree, *, every: bool
) -> Test:
    if kind not in (Leaf.TEXTS, Leaf.ANY):
        raise _wrong(field, "single value, not a list", node)
    wanted = [_constant(field, value, Leaf.ANY) for value in values]
    reduce = all if every else any

    def contains(doc: dict[str, Any]) -> bool:
        held = doc.get(field)
        return isinstance(held, list) and reduce(value in held for value in wanted)

    return contains


def _nested(field: str, inner: Test) -> Test:
    def nested(doc: dict[str, Any]) -> bool:
        held = doc.get(field)
        if isinstance(held, dict):
            return inner(held)
        if isinstance(held, list):
            return any(inner(element) for element in held if isinstance(element, dict))
        return False

    return nested


def _negated(test: Test) -> Test:
    return lambda doc: not test(doc)


def _every(tests: tuple[Test, ...]) -> Test:
    return lambda doc: all(test(doc) for test in tests)


def _some(tests: tuple[Test, ...]) -> Test:
    return lambda doc: any(test(doc) for test in tests)
