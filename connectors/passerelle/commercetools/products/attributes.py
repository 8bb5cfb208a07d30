"""Attribute values: how each type stands in a record and in the shop, and when the two are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ...errors import ReferenceMissing, Refused
from ...records import Money
from ..planning.wire import instant, merged, moment, money

__all__ = ["Attribute", "Attributes"]


class Attribute(NamedTuple):
    """One attribute definition of a product type; `type` is commercetools' description of it."""

    name: str
    type: dict[str, Any]
    same_for_all: bool

    def same(self, live: Any, wanted: Any) -> bool:
        """Whether the live value says what the record says.

        12.0 is 12, {key, label} is its key, sets know no order, and of a localized text only the record's
        locales count.
        """
        return bool(_comparable(self.type, live) == _comparable(self.type, self.sent(live, wanted)))

    def sent(self, live: Any, wanted: Any) -> Any:
        """The value as an update action or a draft takes it; `live` is None when there is none yet.

        Raises:
            Refused: the value is not of the attribute's type.
            ReferenceMissing: the enum has no such key.
        """
        if self.type["name"] == "ltext" and isinstance(wanted, Mapping):
            return merged(live, dict(wanted))
        return _sent(self.name, self.type, wanted)

    def shown(self, value: Any) -> Any:
        """The value as a report shows it: an enum by its key."""
        if value is None:
            return None
        if isinstance(value, list | tuple):
            element = self.type.get("elementType", self.type)
            return [_key(element, part) for part in value]
        return _key(self.type, value)


class Attributes:
    """The attribute definitions of one product type."""

    def __init__(self, product_type: Mapping[str, Any]) -> None:
        self.product_type: str = product_type.get("key", product_type["id"])
        self._by_name = {
            definition["name"]: Attribute(
                definition["name"],
                definition["type"],
                definition.get("attributeConstraint") == "SameForAll",
            )
            for definition in product_type.get("attributes", ())
        }

    def shared(self) -> frozenset[str]:
        """Name the attributes that all variants share (SameForAll)."""
        return frozenset(name for name, attribute in self._by_name.items() if attribute.same_for_all)

    def __getitem__(self, name: str) -> Attribute:
        attribute = self._by_name.get(name)
        if attribute is None:
            raise Refused(
                f"product type {self.product_type} has no attribute {name}; it has "
                f"{', '.join(self._by_name) or 'none'}",
                code="unknown_attribute",
                advice="Correct the mapping, or add the attribute to the project model and run the setup",
            )
        return attribute


def _key(kind: Mapping[str, Any], value: Any) -> Any:
    if kind["name"] in {"enum", "lenum"} and isinstance(value, Mapping):
        return value["key"]
    return value


def _comparable(kind: Mapping[str, Any], value: Any) -> Any:  # noqa: PLR0911 - one return a type
    """A value that is equal exactly when the shop would show the same."""
    if value is None:
        return None
    match kind["name"]:
        case "number":
            return Decimal(str(value))
        case "enum" | "lenum":
            return _key(kind, value)
        case "set":
            return frozenset(_hashable(_comparable(kind["elementType"], part)) for part in value)
        case "datetime":
            return moment(value)
        case "money":
            return (value["currencyCode"], value["centAmount"])
        case "reference":
            # A key that is not there yet has no id: it is no live value.
            return (value["typeId"], value.get("id", value.get("key")))
        case _:
            return value


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return frozenset((name, _hashable(part)) for name, part in value.items())
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return value


def _sent(name: str, kind: Mapping[str, Any], value: Any) -> Any:
    try:
        return _WRITERS[kind["name"]](kind, value)
    except LookupError as error:
        raise ReferenceMissing(
            f"attribute {name} has no value {error.args[0]!r}; it has {', '.join(_choices(kind)[:20])}",
            reference=f"{name}={error.args[0]}",
            advice="Add it to the code table of the project model and run the project setup",
        ) from error
    except (TypeError, ValueError) as error:
        raise Refused(
            f"attribute {name} is of type {kind['name']}, the record has {value!r}",
            code="invalid_attribute",
            advice="Convert the value in the mapping",
        ) from error


def _choices(kind: Mapping[str, Any]) -> list[str]:
    kind = kind.get("elementType", kind)
    return [choice["key"] for choice in kind.get("values", ())]


def _text(_kind: Mapping[str, Any], value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _boolean(_kind: Mapping[str, Any], value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError


def _number(_kind: Mapping[str, Any], value: Any) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise TypeError


def _choice(kind: Mapping[str, Any], value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    if value not in _choices(kind):
        raise LookupError(value)
    return value


def _datetime(_kind: Mapping[str, Any], value: Any) -> str:
    return instant(value if isinstance(value, datetime) else moment(value))


def _money(_kind: Mapping[str, Any], value: Any) -> dict[str, Any]:
    return money(value) if isinstance(value, Money) else dict(value)


def _set(kind: Mapping[str, Any], value: Any) -> list[Any]:
    if not isinstance(value, list | tuple | frozenset | set):
        raise TypeError
    write = _WRITERS[kind["elementType"]["name"]]
    return [write(kind["elementType"], part) for part in value]


def _mapping(_kind: Mapping[str, Any], value: Any) -> dict[str, Any]:
    return dict(value)


def _as_is(_kind: Mapping[str, Any], value: Any) -> Any:
    return value


_WRITERS: dict[str, Callable[[Mapping[str, Any], Any], Any]] = {
    "boolean": _boolean,
    "date": _text,
    "datetime": _datetime,
    "enum": _choice,
    "lenum": _choice,
    "ltext": _mapping,
    "money": _money,
    "nested": _as_is,
    "number": _number,
    "reference": _mapping,
    "set": _set,
    "text": _text,
    "time": _text,
}
