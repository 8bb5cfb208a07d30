"""Values of custom fields: how each type stands in a record and in the shop, and when the two are the same.

In a record: text, bool, int or Decimal, datetime, the key of an enum value, Money, texts by locale,
`{typeId, key}` or just the key of what is referred to, and tuples of these for sets. A record that was kept
as JSON meanwhile has a number or a time as text, and Money as its parts: that is understood as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ...errors import ReferenceMissing, Refused
from ...records import Money, minor_digits
from .pointed import Pointed
from .wire import instant, merged, moment, money

__all__ = ["pointed_ids", "pointed_keys", "read_value", "same_value", "sent_value"]

Kind = Mapping[str, Any]
_REFERENCE = "Reference"
_SEVERAL = (list, tuple, set, frozenset)


def same_value(kind: Kind, live: Any, sent: Any) -> bool:
    """Whether the shop shows already what would be sent: 12.0 is 12, sets know no order."""
    return bool(_comparable(kind, live) == _comparable(kind, sent))


def sent_value(field: str, kind: Kind, live: Any, wanted: Any, pointed: Pointed) -> Any:
    """The value as the API takes it; None when nothing is left of it (a text without locales).

    A localized text keeps the live locales that the record does not name.

    Raises:
        Refused: the value is not of the field's type.
        ReferenceMissing: the enum has no such key, or what is referred to is not there.
    """
    if kind["name"] == "LocalizedString" and isinstance(wanted, Mapping):
        return merged(live, dict(wanted)) or None
    if kind["name"] == "Set" and isinstance(wanted, _SEVERAL):
        return _without_twins(kind, [_sent(field, kind["elementType"], one, pointed) for one in wanted])
    return _sent(field, kind, wanted, pointed)


def read_value(kind: Kind, live: Any, pointed: Pointed) -> Any:
    """The value in a record's words, as `sent_value` understands it."""
    match kind["name"]:
        case "Set":
            return tuple(read_value(kind["elementType"], one, pointed) for one in live)
        case "Number":
            number = Decimal(str(live))
            return int(number) if number == number.to_integral_value() else number
        case "DateTime":
            return moment(live)
        case "Money":
            return _money_of(live)
        case "Reference":
            key = pointed.key(live["typeId"], live["id"])
            return {"typeId": live["typeId"], **({"id": live["id"]} if key is None else {"key": key})}
        case _:
            return live


def pointed_keys(kind: Kind, wanted: Any) -> Iterator[tuple[str, str]]:
    """Each (type id, key) that a record's value refers to."""
    if kind["name"] == "Set" and isinstance(wanted, _SEVERAL):
        for one in wanted:
            yield from pointed_keys(kind["elementType"], one)
    elif kind["name"] == _REFERENCE:
        if isinstance(wanted, str):
            yield kind["referenceTypeId"], wanted
        elif isinstance(wanted, Mapping) and isinstance(wanted.get("key"), str):
            yield kind["referenceTypeId"], wanted["key"]


def pointed_ids(kind: Kind, live: Any) -> Iterator[tuple[str, str]]:
    """Each (type id, id) that a live value refers to."""
    if kind["name"] == "Set":
        for one in live:
            yield from pointed_ids(kind["elementType"], one)
    elif kind["name"] == _REFERENCE:
        yield live["typeId"], live["id"]


def _comparable(kind: Kind, value: Any) -> Any:
    """A value that is equal exactly when the shop would show the same."""
    if value is None:
        return None
    if kind["name"] == "Set":
        return frozenset(_hashable(_comparable(kind["elementType"], one)) for one in value)
    normal = _NORMAL.get(kind["name"])
    return value if normal is None else normal(value)


def _without_twins(kind: Kind, values: list[Any]) -> list[Any]:
    """A set holds nothing twice; what came first stays."""
    return list({_hashable(_comparable(kind["elementType"], value)): value for value in values}.values())


def _hashable(value: Any) -> Any:
    return frozenset(value.items()) if isinstance(value, Mapping) else value


def _sent(field: str, kind: Kind, value: Any, pointed: Pointed) -> Any:
    if kind["name"] == _REFERENCE:
        return _reference(field, kind, value, pointed)
    write = _WRITERS.get(kind["name"])
    if write is None:
        raise Refused(
            f"field {field} is of type {kind['name']}, which is not known here",
            code="unknown_field_type",
            advice="Take the field out of the mapping",
        )
    try:
        return write(kind, value)
    except LookupError as error:
        choices = ", ".join(choice["key"] for choice in kind.get("values", ()))
        raise ReferenceMissing(
            f"field {field} has no value {error.args[0]!r}; it has {choices or 'none'}",
            reference=f"{field}={error.args[0]}",
            advice="Add it to the custom type, by its feed or by the project model",
        ) from error
    except (TypeError, ValueError, InvalidOperation) as error:
        raise _invalid(field, kind, value) from error


def _reference(field: str, kind: Kind, value: Any, pointed: Pointed) -> dict[str, str]:
    type_id = kind["referenceTypeId"]
    named = {"key": value} if isinstance(value, str) else value
    if not isinstance(named, Mapping) or named.get("typeId", type_id) != type_id:
        raise _invalid(field, kind, value)
    if isinstance(named.get("id"), str):
        return {"typeId": type_id, "id": named["id"]}
    key = named.get("key")
    if not isinstance(key, str):
        raise _invalid(field, kind, value)
    found = pointed.id(type_id, key)
    if found is None:
        raise ReferenceMissing(
            f"field {field} points to {type_id} {key}, which is not there",
            reference=key,
            advice=f"Let the feed that brings {type_id} {key} run first",
        )
    return {"typeId": type_id, "id": found}


def _invalid(field: str, kind: Kind, value: Any) -> Refused:
    return Refused(
        f"field {field} is of type {kind['name']}, the record has {value!r}",
        code="invalid_field",
        advice="Convert the value in the mapping",
    )


def _text(_kind: Kind, value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _boolean(_kind: Kind, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError


def _number(_kind: Kind, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise TypeError
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError
    return int(number) if number == number.to_integral_value() else float(number)


def _choice(kind: Kind, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    if all(choice["key"] != value for choice in kind.get("values", ())):
        raise LookupError(value)
    return value


def _moment(_kind: Kind, value: Any) -> str:
    return instant(value if isinstance(value, datetime) else datetime.fromisoformat(value))


def _money(_kind: Kind, value: Any) -> dict[str, Any]:
    if isinstance(value, Money):
        return money(value)
    if "cent_amount" in value:
        return money(Money(**value))
    return money(_money_of(value))


def _money_of(live: Mapping[str, Any]) -> Money:
    precise = live.get("type") == "highPrecision"
    return Money(
        live["centAmount"],
        live["currencyCode"],
        live["preciseAmount"] if precise else None,
        live["fractionDigits"] if precise else None,
    )


def _amount(value: Mapping[str, Any]) -> Decimal:
    if value.get("type") == "highPrecision":
        return Decimal(int(value["preciseAmount"])).scaleb(-int(value["fractionDigits"]))
    return Decimal(int(value["centAmount"])).scaleb(-minor_digits(value["currencyCode"]))


def _texts(_kind: Kind, value: Any) -> dict[str, str]:
    return dict(value)


_WRITERS: dict[str, Callable[[Kind, Any], Any]] = {
    "Boolean": _boolean,
    "Date": _text,
    "DateTime": _moment,
    "Enum": _choice,
    "LocalizedEnum": _choice,
    "LocalizedString": _texts,
    "Money": _money,
    "Number": _number,
    "String": _text,
    "Time": _text,
}

_NORMAL: dict[str, Callable[[Any], Any]] = {
    "DateTime": moment,
    "Money": lambda value: (value["currencyCode"], _amount(value)),
    "Number": lambda value: Decimal(str(value)),
    "Reference": lambda value: (value["typeId"], value["id"]),
}
