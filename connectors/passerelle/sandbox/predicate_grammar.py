"""The language of `where`: text to a tree of small frozen nodes.

Known: `= != <> < <= > >=`, `in`, `not in`, `and`, `or`, `not ( )`, `is [not] defined`, `is [not] empty`,
`contains any`, `contains all`, nested fields, localized keys (`fr-FR` bare or in back-ticks), `:variables`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeAlias, cast

import orjson
from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import VisitError

from .problems import invalid_input

__all__ = [
    "And",
    "Compare",
    "Contains",
    "Defined",
    "Empty",
    "FromVariable",
    "In",
    "Nested",
    "Node",
    "Not",
    "Operator",
    "Or",
    "Scalar",
    "Variable",
    "bind",
    "malformed",
    "parse",
]

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]
Scalar: TypeAlias = str | int | float | bool


class FromVariable(str):
    """A text that came as a query parameter: the field it is compared with says what it is."""

    __slots__ = ()


class Variable(NamedTuple):
    """`:name`, to be bound to the query parameters `var.name`."""

    name: str


class Compare(NamedTuple):
    """A field against one value."""

    field: str
    operator: Operator
    value: Scalar | Variable


class In(NamedTuple):
    """A field against several values; a lone variable stands for all its query parameters."""

    field: str
    values: tuple[Scalar | Variable, ...]
    negated: bool


class Defined(NamedTuple):
    """Whether a field is there."""

    field: str
    negated: bool


class Empty(NamedTuple):
    """Whether a list or an object holds nothing (or is not there)."""

    field: str
    negated: bool


class Contains(NamedTuple):
    """Whether a list of scalars holds any, or all, of some values."""

    field: str
    every: bool
    values: tuple[Scalar | Variable, ...]


class Nested(NamedTuple):
    """A predicate on what a field holds; of a list, one element must satisfy all of it."""

    field: str
    inner: Node


class Not(NamedTuple):
    """The opposite."""

    part: Node


class And(NamedTuple):
    """All parts."""

    parts: tuple[Node, ...]


class Or(NamedTuple):
    """At least one part."""

    parts: tuple[Node, ...]


Node: TypeAlias = Compare | In | Defined | Empty | Contains | Nested | Not | And | Or

# STRING_LIST reads a whole list of strings as one token: a client asks for 500 keys at a time, and token by
# token that would cost milliseconds.
_GRAMMAR = r"""
?start: disjunction
?disjunction: conjunction (_OR conjunction)*
?conjunction: negation (_AND negation)*
?negation: _NOT "(" disjunction ")" -> negated
         | "(" disjunction ")"
         | term
?term: field "(" disjunction ")"         -> nested
     | field OPERATOR value              -> compare
     | field _IN values                  -> is_in
     | field _NOT _IN values             -> is_not_in
     | field _IS _DEFINED                -> is_defined
     | field _IS _NOT _DEFINED           -> is_not_defined
     | field _IS _EMPTY                  -> is_empty
     | field _IS _NOT _EMPTY             -> is_not_empty
     | field _CONTAINS _ANY values       -> contains_any
     | field _CONTAINS _ALL values       -> contains_all
field: NAME | QUOTED_NAME
value: STRING | NUMBER | TRUE | FALSE | VARIABLE
values: STRING_LIST -> string_list
      | "(" value ("," value)* ")" -> value_list
      | VARIABLE -> value_list

_OR.2: /or(?![A-Za-z0-9_-])/i
_AND.2: /and(?![A-Za-z0-9_-])/i
_NOT.2: /not(?![A-Za-z0-9_-])/i
_IN.2: /in(?![A-Za-z0-9_-])/i
_IS.2: /is(?![A-Za-z0-9_-])/i
_DEFINED.2: /defined(?![A-Za-z0-9_-])/i
_EMPTY.2: /empty(?![A-Za-z0-9_-])/i
_CONTAINS.2: /contains(?![A-Za-z0-9_-])/i
_ANY.2: /any(?![A-Za-z0-9_-])/i
_ALL.2: /all(?![A-Za-z0-9_-])/i
TRUE.2: /true(?![A-Za-z0-9_-])/i
FALSE.2: /false(?![A-Za-z0-9_-])/i
OPERATOR: "<>" | "!=" | "<=" | ">=" | "=" | "<" | ">"
NAME: /[A-Za-z_][A-Za-z0-9_-]*/
QUOTED_NAME: /`[^`]+`/
STRING: /"(?:[^"\\]|\\.)*"/
NUMBER: /-?\d+(?:\.\d+)?(?![A-Za-z0-9_.])/
VARIABLE: /:[A-Za-z][A-Za-z0-9]*/
STRING_LIST.3: /\(\s*"(?:[^"\\]|\\.)*"(?:\s*,\s*"(?:[^"\\]|\\.)*")*\s*\)/
%import common.WS
%ignore WS
"""

_OPERATORS: dict[str, Operator] = {
    "=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}  # fmt: skip


class _Builder(Transformer[Token, Node]):
    def field(self, parts: list[Token]) -> str:
        return str(parts[0]).strip("`")

    def value(self, parts: list[Token]) -> Scalar | Variable:
        token = parts[0]
        if token.type == "VARIABLE":
            return Variable(token[1:])
        if token.type in ("TRUE", "FALSE"):
            return token.type == "TRUE"
        loaded: Scalar = orjson.loads(str(token))
        return loaded

    def string_list(self, parts: list[Token]) -> tuple[Scalar, ...]:
        return tuple(orjson.loads("[" + parts[0][1:-1] + "]"))

    def value_list(self, parts: list[Any]) -> tuple[Scalar | Variable, ...]:
        return tuple(Variable(p[1:]) if isinstance(p, Token) else p for p in parts)

    def compare(self, parts: list[Any]) -> Node:
        return Compare(parts[0], _OPERATORS[parts[1]], parts[2])

    def is_in(self, parts: list[Any]) -> Node:
        return In(parts[0], parts[1], negated=False)

    def is_not_in(self, parts: list[Any]) -> Node:
        return In(parts[0], parts[1], negated=True)

    def is_defined(self, parts: list[Any]) -> Node:
        return Defined(parts[0], negated=False)

    def is_not_defined(self, parts: list[Any]) -> Node:
        return Defined(parts[0], negated=True)

    def is_empty(self, parts: list[Any]) -> Node:
        return Empty(parts[0], negated=False)

    def is_not_empty(self, parts: list[Any]) -> Node:
        return Empty(parts[0], negated=True)

    def contains_any(self, parts: list[Any]) -> Node:
        return Contains(parts[0], every=False, values=parts[1])

    def contains_all(self, parts: list[Any]) -> Node:
        return Contains(parts[0], every=True, values=parts[1])

    def nested(self, parts: list[Any]) -> Node:
        return Nested(parts[0], parts[1])

    def negated(self, parts: list[Any]) -> Node:
        return Not(parts[0])

    def conjunction(self, parts: list[Any]) -> Node:
        return And(tuple(parts))

    def disjunction(self, parts: list[Any]) -> Node:
        return Or(tuple(parts))


_PARSER = Lark(_GRAMMAR, parser="lalr", transformer=_Builder(), maybe_placeholders=False)


def malformed(text: str, why: str) -> Exception:
    """The refusal of a predicate, with its text cut to a readable length."""
    shown = text if len(text) <= 200 else text[:200] + "…"  # noqa: PLR2004 - what fits into a log line
    return invalid_input(f"Malformed parameter: where: {why} In: {shown}")


@lru_cache(maxsize=512)
def parse(text: str) -> Node:
    """Read one predicate.

    Raises:
        Problem: 400 InvalidInput, with the column at which the text stops making sense.
    """
    try:
        # The transformer builds nodes while parsing; lark's types know only of its own trees.
        return cast("Node", _PARSER.parse(text))
    except UnexpectedInput as error:
        raise malformed(text, f"Syntax error while parsing 'where' at column {error.column}.") from error
    except (VisitError, orjson.JSONDecodeError) as error:
        raise malformed(text, "Syntax error while parsing 'where': not a literal.") from error


def bind(  # noqa: PLR0911 - one return a kind of node
    node: Node, variables: Mapping[str, Sequence[str]]
) -> Node:
    """Put the query's `var.…` parameters in the place of `:variables`.

    Raises:
        Problem: 400 InvalidInput when a variable has no value, or several where one is meant.
    """
    match node:
        case Compare(field, operator, Variable(name)):
            return Compare(field, operator, _one(name, variables))
        case In(_, values, _):
            return node._replace(values=_all(values, variables))
        case Contains(_, _, values):
            return node._replace(values=_all(values, variables))
        case Not(part):
            return Not(bind(part, variables))
        case Nested(field, inner):
            return Nested(field, bind(inner, variables))
        case And(parts) | Or(parts):
            return node._replace(parts=tuple(bind(part, variables) for part in parts))
    return node


def _given(name: str, variables: Mapping[str, Sequence[str]]) -> Sequence[Scalar]:
    texts = variables.get(name)
    if not texts:
        raise invalid_input(f"Malformed parameter: where: No value given for variable :{name} (var.{name}).")
    return [FromVariable(text) for text in texts]


def _one(name: str, variables: Mapping[str, Sequence[str]]) -> Scalar:
    values = _given(name, variables)
    if len(values) > 1:
        raise invalid_input(f"Malformed parameter: where: Several values given for variable :{name}.")
    return values[0]


def _all(
    values: Sequence[Scalar | Variable], variables: Mapping[str, Sequence[str]]
) -> tuple[Scalar | Variable, ...]:
    bound: list[Scalar] = []
    for value in values:
        bound.extend(_given(value.name, variables) if isinstance(value, Variable) else (value,))
    return tuple(bound)
