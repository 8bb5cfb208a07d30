"""Attribute types: how a value of each stands in a record and in the shop, and its form for comparing.

In a record: text, int or Decimal, bool, date and time as text, datetime, the key of an enum value, Money,
texts by locale, `{typeId, key}` for a reference, values by name for nested attributes, and lists of these for
sets. A record that was kept as JSON meanwhile has a number or a time as text, and Money as its parts: that is
understood as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from operator import eq
from typing import Any, Final, NamedTuple

from ...records import Money, minor_digits
from ..planning.pointed import PATHS, Pointed
from ..planning.wire import instant, moment, money

__all__ = ["LEFT_OUT", "Kind", "Nesting", "hashable", "kind_of"]

Json = dict[str, Any]

_LISTS = (list, tuple)
#: Types whose values stand in a set as they are.
_HASHABLE = frozenset({"boolean", "date", "number", "text", "time"})

#: What is written for a reference to something that is not there yet.
LEFT_OUT: Final = object()

#: The kinds of the attributes of a product type that is nested, by its id.
Nesting = Callable[[str], "Mapping[str, Kind]"]


class Kind(NamedTuple):
    """One attribute type.

    `write(value, waiting)` makes what is sent, or LEFT_OUT, and adds to `waiting` what a reference misses; it
    raises LookupError for an unknown enum key, TypeError or ValueError for a value of another type. `normal`
    makes live values and written ones comparable; `read` gives the record's form of a live value. `quick`
    sees without writing that a live value is what the record says; where it does not, they may still agree.
    `points` says that values may hold references.
    """

    name: str
    write: Callable[[Any, list[str]], Any]
    normal: Callable[[Any], Any]
    read: Callable[[Any], Any]
    quick: Callable[[Any, Any], bool] = eq
    points: bool = False
    choices: tuple[str, ...] = ()


def kind_of(described: Mapping[str, Any], pointed: Pointed, nesting: Nesting) -> Kind:
    """Compile commercetools' description of an attribute type."""
    name = described["name"]
    if name == "set":
        return _set(kind_of(described["elementType"], pointed, nesting))
    if name in ("enum", "lenum"):
        return _enum(name, tuple(choice["key"] for choice in described.get("values", ())))
    if name == "reference":
        return _reference(described["referenceTypeId"], pointed)
    if name == "nested":
        return _nested(described["typeReference"]["id"], nesting)
    plain = _PLAIN.get(name)
    if plain is None:
        return Kind(name, _as_is, _same, _same)
    return Kind(name, *plain, quick=_quick_texts if name == "ltext" else eq)


def hashable(value: Any) -> Any:
    """A comparable value that can stand in a set."""
    if isinstance(value, Mapping):
        return frozenset((name, hashable(part)) for name, part in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(hashable, value))
    return value


def _same(value: Any) -> Any:
    return value


def _as_is(value: Any, _waiting: list[str]) -> Any:
    return value


def _text(value: Any, _waiting: list[str]) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _day(value: Any, _waiting: list[str]) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise TypeError


def _clock(value: Any, _waiting: list[str]) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, time):
        return value.isoformat(timespec="milliseconds")
    raise TypeError


def _boolean(value: Any, _waiting: list[str]) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError


def _number(value: Any, _waiting: list[str]) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise TypeError
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(value) from error
    if not number.is_finite():
        raise ValueError(value)
    return int(number) if number == number.to_integral_value() else float(number)


def _read_number(live: Any) -> int | Decimal:
    number = Decimal(str(live))
    return int(number) if number == number.to_integral_value() else number


def _moment(value: Any, _waiting: list[str]) -> str:
    return instant(value if isinstance(value, datetime) else datetime.fromisoformat(value))


def _money(value: Any, _waiting: list[str]) -> Json:
    if isinstance(value, Money):
        return money(value)
    if not isinstance(value, Mapping):
        raise TypeError
    if "cent_amount" in value:
        return money(Money(**value))
    return money(_read_money(value))


def _read_money(live: Mapping[str, Any]) -> Money:
    if "currencyCode" not in live or "centAmount" not in live:
        raise ValueError(live)
    if live.get("type") == "highPrecision":
        return Money(live["centAmount"], live["currencyCode"], live["preciseAmount"], live["fractionDigits"])
    return Money(live["centAmount"], live["currencyCode"])


def _normal_money(value: Mapping[str, Any]) -> Any:
    if value.get("type") == "highPrecision":
        return value["currencyCode"], Decimal(value["preciseAmount"]).scaleb(-value["fractionDigits"])
    currency = value["currencyCode"]
    return currency, Decimal(value["centAmount"]).scaleb(-minor_digits(currency))


def _texts(value: Any, _waiting: list[str]) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError
    return {locale: text for locale, text in value.items() if text}


def _quick_texts(live: Any, wanted: Any) -> bool:
    if type(live) is not dict or type(wanted) is not dict:
        return False
    return all(live.get(locale, "") == text for locale, text in wanted.items())


def _quick_set(live: Any, wanted: Any) -> bool:
    return type(wanted) in _LISTS and len(live) == len(wanted) and set(live) == set(wanted)


def _quick_enums(live: Any, wanted: Any) -> bool:
    return (
        type(wanted) in _LISTS and len(live) == len(wanted) and {part["key"] for part in live} == set(wanted)
    )


def _quick_enum(live: Any, wanted: Any) -> bool:
    return type(live) is dict and live["key"] == wanted


def _enum(name: str, keys: tuple[str, ...]) -> Kind:
    known = frozenset(keys)

    def write(value: Any, _waiting: list[str]) -> str:
        key = value.get("key") if isinstance(value, Mapping) else value
        if not isinstance(key, str):
            raise TypeError
        if key not in known:
            raise LookupError(key)
        return key

    def normal(value: Any) -> Any:
        return value["key"] if isinstance(value, Mapping) else value

    return Kind(name, write, normal, normal, _quick_enum, choices=keys)


def _reference(type_id: str, pointed: Pointed) -> Kind:
    def write(value: Any, waiting: list[str]) -> Any:
        named = {"key": value} if isinstance(value, str) else value
        if not isinstance(named, Mapping) or named.get("typeId", type_id) != type_id:
            raise TypeError
        if isinstance(named.get("id"), str):
            return {"typeId": type_id, "id": named["id"]}
        key = named.get("key")
        if not isinstance(key, str) or type_id not in PATHS:
            raise TypeError
        found = pointed.id(type_id, key)
        if found is None:
            waiting.append(f"{type_id} {key}")
            return LEFT_OUT
        return {"typeId": type_id, "id": found}

    def normal(value: Any) -> Any:
        return value["typeId"], value["id"]

    def read(live: Any) -> Json:
        # A body that was kept has the key beside the id.
        key = live.get("key") or pointed.key(type_id, live["id"])
        return {"typeId": type_id, "id": live["id"]} if key is None else {"typeId": type_id, "key": key}

    def quick(live: Any, wanted: Any) -> bool:
        key = wanted.get("key") if type(wanted) is dict else wanted
        return type(key) is str and pointed.id(type_id, key) == live["id"]

    return Kind("reference", write, normal, read, quick, points=True)


def _set(element: Kind) -> Kind:
    def write(value: Any, waiting: list[str]) -> list[Any]:
        if not isinstance(value, list | tuple | frozenset | set):
            raise TypeError
        written = [part for part in (element.write(one, waiting) for one in value) if part is not LEFT_OUT]
        # A set holds nothing twice; what came first stays.
        return list({hashable(element.normal(part)): part for part in reversed(written)}.values())[::-1]

    def normal(value: Any) -> frozenset[Any]:
        return frozenset(hashable(element.normal(part)) for part in value)

    def read(live: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(element.read(part) for part in live)

    quick: Callable[[Any, Any], bool] = eq
    if element.name in _HASHABLE:
        quick = _quick_set
    elif element.name in ("enum", "lenum"):
        quick = _quick_enums
    return Kind("set", write, normal, read, quick, element.points, element.choices)


def _nested(type_id: str, nesting: Nesting) -> Kind:
    def pairs(value: Any) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        if isinstance(value, list | tuple):
            return {one["name"]: one["value"] for one in value}
        raise TypeError

    def write(value: Any, waiting: list[str]) -> list[Json]:
        kinds = nesting(type_id)
        written = [
            (name, kinds[name].write(part, waiting))
            for name, part in pairs(value).items()
            if part is not None
        ]
        return [{"name": name, "value": part} for name, part in written if part is not LEFT_OUT]

    def normal(value: Any) -> Any:
        kinds = nesting(type_id)
        return frozenset(
            (name, hashable(kinds[name].normal(part)) if name in kinds else hashable(part))
            for name, part in pairs(value).items()
        )

    def read(live: Any) -> Json:
        kinds = nesting(type_id)
        return {name: kinds[name].read(part) if name in kinds else part for name, part in pairs(live).items()}

    # Whether something points out of it is only known when the other product type is: always look.
    return Kind("nested", write, normal, read, points=True)


_PLAIN: dict[str, tuple[Callable[[Any, list[str]], Any], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "boolean": (_boolean, _same, _same),
    "date": (_day, _same, _same),
    "datetime": (_moment, moment, moment),
    "ltext": (_texts, _same, _same),
    "money": (_money, _normal_money, _read_money),
    "number": (_number, _same, _read_number),
    "text": (_text, _same, _same),
    "time": (_clock, _same, _same),
}
