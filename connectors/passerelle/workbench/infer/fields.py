"""Fields of a draft: which column fills what, with the function that its texts ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..profile import Column, Profile
from .languages import siblings
from .roles import Role, roles, snake
from .yaml_text import flow

__all__ = ["ENTITIES", "Draft", "draft_fields"]

ENTITIES = ("product", "category", "price", "stock")
_KEY = re.compile("[A-Za-z0-9_-]{1,250}")
_IDENTIFIER = re.compile(r"\S{1,40}")
#: A name that says "identifier": its digits are no number.
_NAMED_ID = re.compile(r"(?:^|_)(?:id|code|no|nr|num|ean|gtin|ref|zip|postal|phone|tel|year)(?:_|$)")
_GTIN = re.compile("[0-9]{8}|[0-9]{12,14}")
_FEW = 20
_MOST_DIGITS = 9
_MOST_ATTRIBUTES = 40
_LINE = 110
_CODES = 8
_LONGEST = 30
#: A language for texts of which nothing says the language.
_LOCALE = "en"
_CURRENCY = "EUR"
#: Functions that a draft uses with a zone: where most partners are; the comment asks.
_ZONE = "Europe/Paris"


@dataclass(slots=True)
class Draft:
    """What stands under `entity`, `key` and `fields`; `rest` are the columns that no field reads."""

    entity: str
    why: list[str]
    key: list[str]
    key_notes: list[str]
    lines: list[str] = field(default_factory=list)
    rest: list[Column] = field(default_factory=list)


def draft_fields(found: Profile, entity: str) -> Draft:
    """Choose the entity unless it is given, and write a field for every column that has a place in it."""
    single = found.single()
    known = roles(single)
    chosen = entity or _entity(known)
    asked = "as asked for" if entity else "likely" if _evidence(known, chosen) else "unsure"
    evidence = ", ".join(f"{role} {column.path}" for role, column in known.items())
    why = [f"entity: {asked}: by the names of the columns: {evidence or 'none says what it is'}"]
    for role, other in (("amount", "price"), ("quantity", "stock")):
        column = known.get("amount" if role == "amount" else "quantity")
        if column is not None and chosen != other and not entity:
            why.append(f"  {column.path} wants a mapping of its own: infer --entity {other}")
    key, notes = _key(found, known, chosen)
    draft = Draft(chosen, why, [column.written for column in key], notes)
    used = {id(column) for column in key}
    writer = _Writer(draft, known, used, found, key[0])
    {"stock": writer.stock, "price": writer.price, "category": writer.category, "product": writer.product}[
        chosen
    ]()
    draft.rest = [column for column in found.columns.values() if id(column) not in used]
    return draft


def _entity(known: dict[Role, Column]) -> str:
    if "name" in known:
        return "category" if "parent" in known else "product"
    if "amount" in known:
        return "price"
    return "stock" if "quantity" in known else "product"


def _evidence(known: dict[Role, Column], entity: str) -> bool:
    needed: dict[str, Role] = {
        "stock": "quantity",
        "price": "amount",
        "category": "parent",
        "product": "name",
    }
    return needed[entity] in known


def _key(found: Profile, known: dict[Role, Column], entity: str) -> tuple[list[Column], list[str]]:
    """Find what names a record: one column without repeats, else the one that names it best with others."""
    columns = found.single()
    whole = [column for column in columns if column.filled == found.records]
    first = known.get("sku")
    if first is not None and first.unique and first.filled == found.records:
        others = [column.path for column in whole if _is_identifier(column) and column is not first]
        more = f"; or {', '.join(others[:3])}" if others else ""
        sure = "likely" if found.records >= _FEW else f"unsure, of {found.records} records"
        return [first], [f"key: {sure}: {first.path} is there in every record and never twice{more}"]
    with_roles: list[Role] = ["channel"] if entity == "stock" else ["currency", "from"]
    parts = [first] if first is not None else []
    parts += [known[role] for role in with_roles if role in known and entity in ("stock", "price")]
    if parts and first is not None and len(parts) > 1:
        paths = " and ".join(column.path for column in parts)
        return parts, [f"key: unsure: {paths} together; test shows whether two records share one"]
    unique = next((column for column in whole if _is_identifier(column)), None)
    if unique is not None and first is None:
        return [unique], [f"key: unsure: {unique.path} is there in every record and never twice"]
    best = first or unique or (whole or columns or list(found.columns.values()))[0]
    return [best], [f"key: unsure: {best.path} repeats in the sample: two records of one key are one record"]


def _is_identifier(column: Column) -> bool:
    return column.unique and all(_IDENTIFIER.fullmatch(text) for text in column.texts)


class _Writer:
    """Writes the lines of one entity."""

    def __init__(
        self, draft: Draft, known: dict[Role, Column], used: set[int], found: Profile, key: Column
    ) -> None:
        self._draft = draft
        self._known = known
        self._used = used
        self._found = found
        self._key = key
        self._names: set[str] = set()

    def _take(self, role: Role) -> Column | None:
        column = self._known.get(role)
        if column is not None:
            self._used.add(id(column))
        return column

    def _line(self, parts: dict[str, Any], note: str = "", *, depth: int = 0) -> None:
        text = f"{'  ' * depth}- {flow(parts)}"
        if note and len(text) + len(note) > _LINE:
            self._remark(note, depth=depth)
            note = ""
        self._draft.lines.append(f"{text}  # {note}" if note else text)

    def _remark(self, text: str, *, depth: int = 0) -> None:
        self._draft.lines.append(f"{'  ' * depth}# {text}")

    def stock(self) -> None:
        """SKU, quantity, and the channel where a column names one."""
        self._line({"to": "sku", "from": self._key.written, "via": "trim", "required": True})
        channel = self._take("channel")
        if channel is not None:
            self._line({"to": "supply_channel", "from": channel.written, "via": "trim"}, _codes(channel))
        quantity = self._take("quantity") or self._number()
        parts = {"to": "quantity", "from": quantity.written, "via": _decimal(quantity), "as": "integer"}
        self._line({**parts, "required": True}, _writing(quantity))

    def price(self) -> None:
        """SKU, amount with its currency, validity where columns name it."""
        self._line({"to": "sku", "from": self._key.written, "via": "trim", "required": True})
        amount = self._take("amount") or self._number()
        currency = self._take("currency")
        if currency is None:
            self._remark("unsure: no column holds a currency")
        money: dict[str, Any] = {
            "amount": amount.written,
            "currency": {"value": _CURRENCY} if currency is None else currency.written,
            "decimal": _pattern(amount),
        }
        if currency is not None:
            money["only"] = sorted(currency.texts)
        self._line({"to": "value", "money": money}, _writing(amount))
        for role, to in (("from", "valid_from"), ("until", "valid_until")):
            column = self._take("from" if role == "from" else "until")
            if column is not None:
                date = _date(column) | ({"end_of_day": True} if role == "until" else {})
                self._line({"to": to, "from": column.written, "via": date}, _writing(column))

    def category(self) -> None:
        """Key, name, slug, parent."""
        self._identity("cat-")
        parent = self._take("parent")
        if parent is not None:
            self._line({"to": "parent", "from": parent.written, "via": {"key": "cat-"}})

    def product(self) -> None:
        """Key, texts, and one variant a row or one for each element of a group; the rest as attributes."""
        self._identity("p-")
        description = self._take("description")
        if description is not None:
            self._texts("description", description)
        group = self._group()
        self._draft.lines += ["- to: variants", f"  each: {group or '.'}"]
        if group is None:
            self._remark(
                "unsure: one variant a row; rows of one style are brought together with group", depth=1
            )
        self._draft.lines += ["  required: true", "  fields:"]
        inner = [column for column in self._found.columns.values() if group and _below(column.path, group)]
        named = roles(inner).get("sku") if inner else self._key
        sku = named or self._key
        self._used.add(id(sku))
        self._line({"to": "sku", "from": _from(sku, group), "via": "trim", "required": True}, depth=2)
        for column in self._found.columns.values():
            free = id(column) not in self._used and column.kind != "empty"
            if free and self._fits(column, group) and len(self._names) < _MOST_ATTRIBUTES:
                self._attribute(column, group)

    def _fits(self, column: Column, group: str | None) -> bool:
        inside = group is not None and _below(column.path, group) and "/" not in column.path[len(group) + 1 :]
        times = inside or not self._found.repeats(column)
        return times and column is not self._known.get("amount") and column is not self._known.get("quantity")

    def _identity(self, prefix: str) -> None:
        key, name = self._key, self._take("name")
        if all(_KEY.fullmatch(text) for text in key.texts):
            self._line({"to": "key", "from": key.written, "via": {"key": prefix}, "required": True})
        else:
            note = "unsure: some codes have characters that a key cannot have"
            self._line({"to": "key", "from": key.written, "via": "slug", "required": True}, note)
        if name is not None:
            texts = self._texts("name", name, required=True)
            # A slug of a column of its own would not be unique for sure; name and key together are.
            for locale, column in texts.items():
                self._line({"to": f"slug.{locale}", "from": [column.written, key.written], "via": "slug"})

    def _texts(self, to: str, column: Column, *, required: bool = False) -> dict[str, Column]:
        """Write a text in every language that the names of columns say."""
        filled = [one for one in self._found.columns.values() if one.filled]
        found = siblings(column, filled)
        if not found:
            self._remark(f"unsure: the language of {column.path}")
            found = {_LOCALE: column}
        for locale, one in found.items():
            self._used.add(id(one))
            parts: dict[str, Any] = {"to": f"{to}.{locale}", "from": one.written, "via": "trim"}
            if one.filled < self._found.records:
                parts["when"] = {"path": one.written, "empty": False}
            elif required:
                parts["required"] = True
            self._line(parts)
        return found

    def _group(self) -> str | None:
        """Find the group of variants: it repeats, stands in every record, and names each element once."""
        weights: dict[str, int] = {}
        named: set[str] = set()
        for column in self._found.columns.values():
            group, _, _ = column.path.rpartition("/")
            if column.most > 1 and group and column.records == self._found.records:
                weights[group] = weights.get(group, 0) + 1
                if _is_identifier(column):
                    named.add(group)
        return max(named, key=lambda one: weights[one], default=None)

    def _attribute(self, column: Column, group: str | None) -> None:
        self._used.add(id(column))
        name = self._name(column.path)
        parts: dict[str, Any] = {"to": f"attributes.{name}", "from": _from(column, group)}
        if _is_gtin(column):
            self._line({**parts, "via": "ean"}, _examples(column), depth=2)
        elif column.kind == "integer" and column.longest <= _MOST_DIGITS and not _NAMED_ID.search(name):
            self._line({**parts, "via": _decimal(column), "as": "integer"}, _writing(column), depth=2)
        else:
            self._line({**parts, "via": "trim"}, _writing(column), depth=2)

    def _name(self, path: str) -> str:
        """Make a name that no other attribute has: with the group's name before it, then with a number."""
        above, _, last = path.rpartition("/")
        name = snake(last)
        if name in self._names and above:
            name = f"{snake(above)}_{name}"
        number = 2
        while name in self._names:
            name = f"{name.rstrip('0123456789_')}_{number}"
            number += 1
        self._names.add(name)
        return name

    def _number(self) -> Column:
        """Take any column of numbers, where no name says which one; the key where there is none."""
        for column in self._found.columns.values():
            free = id(column) not in self._used and not self._found.repeats(column)
            if free and column.kind in ("integer", "decimal"):
                self._used.add(id(column))
                self._remark(f"unsure: {column.path} is the first column of numbers")
                return column
        self._remark("unsure: there is no column of numbers: name the right one")
        return self._key


def _below(path: str, group: str) -> bool:
    return path.startswith(f"{group}/")


def _from(column: Column, group: str | None) -> str:
    if group is None:
        return column.written
    if not _below(column.path, group):
        return f"../{column.written}"
    return column.written.removeprefix(f"{group}/")


def _is_gtin(column: Column) -> bool:
    return bool(column.texts) and all(map(_has_check_digit, column.texts))


def _has_check_digit(text: str) -> bool:
    # From the right: weights 1 and 3 in turn (GS1 General Specifications, check digit).
    if _GTIN.fullmatch(text) is None:
        return False
    return (sum(map(int, text[::-2])) + 3 * sum(map(int, text[-2::-2]))) % 10 == 0


def _pattern(column: Column) -> str:
    return column.decimals[0] if column.decimals else "1234.5"


def _decimal(column: Column) -> dict[str, Any]:
    return {"decimal": _pattern(column)}


def _date(column: Column) -> dict[str, Any]:
    date: dict[str, Any] = {"date": column.dates[0] if column.dates else "AAAAMMJJ", "zone": _ZONE}
    if column.date_sentinels:
        date["none"] = list(column.date_sentinels)
    return date


def _writing(column: Column) -> str:
    """Say what a column looks like, and what else it may be."""
    match column.kind:
        case "date":
            ways = ", ".join(column.dates[1:4])
            zone = f"unsure: the zone; a date written {column.dates[0]}"
            return f"{zone}, or {ways}" if ways else zone
        case "integer":
            return f"whole numbers, {_examples(column)}"
        case "decimal":
            if column.rivals:
                ways = " or ".join((_pattern(column), *column.rivals))
                return f"unsure: numbers like {ways}, {_examples(column)}"
            return f"numbers like {_pattern(column)}, {_examples(column)}"
        case "code":
            return _codes(column)
        case _:
            return f"text of up to {column.longest} characters, e.g. {column.examples(1)[0][:_LONGEST]}"


def _examples(column: Column) -> str:
    return f"e.g. {', '.join(column.examples(2))}"


def _codes(column: Column) -> str:
    counted = ", ".join(f"{text[:_LONGEST]} {count}" for text, count in column.texts.most_common(_CODES))
    more = ", …" if column.distinct > _CODES else ""
    return f"codes: {counted}{more}"
