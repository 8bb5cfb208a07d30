"""Custom fields: the type and the fields of a record against the live `custom`, of resources and their parts.

A record says nothing of them (both UNSET), that there are none (`custom_type` None), or which type it has and
what some fields hold; a field of None is removed, one that is not named stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from msgspec import UNSET, UnsetType

from ...errors import ReferenceMissing, Refused
from ...sync.protocols import FieldChange
from ..http.client import Client
from .field_values import pointed_ids, pointed_keys, read_value, same_value, sent_value
from .pointed import Pointed
from .references import References
from .steps import Step

__all__ = ["CustomActions", "CustomFields", "Customized"]

Json = dict[str, Any]


class Customized(Protocol):
    """A record with custom fields, or a part of one."""

    @property
    def custom_type(self) -> str | UnsetType | None:
        """The key of the type."""
        ...

    @property
    def custom(self) -> dict[str, Any] | UnsetType:
        """Values by the names of the fields."""
        ...


class CustomActions(NamedTuple):
    """How the two actions are called, what else they take to find a part, and how a report names the part.

    `CustomActions("setAssetCustomType", "setAssetCustomField", {"assetKey": "care"}, "assets[care].")`.
    """

    set_type: str = "setCustomType"
    set_field: str = "setCustomField"
    owner: Mapping[str, Any] = {}
    where: str = ""


_OWN = CustomActions()


class CustomFields:
    """The custom types of a project as far as they were met, and what their fields point to."""

    def __init__(self, client: Client) -> None:
        self._types = References(client, "types")
        self._pointed = Pointed(client)

    async def learn(self, records: Iterable[Customized], live: Iterable[Json] = ()) -> None:
        """Read what `steps`, `draft` and `read` need for these records and live resources (or parts).

        At most one query for types and two for each kind of resource that fields point to; none when all is
        known.
        """
        records = [one for one in records if one.custom_type is not UNSET or one.custom is not UNSET]
        customs = [one["custom"] for one in live if "custom" in one]
        if not records and not customs:
            return
        await self._types.learn(
            keys=[one.custom_type for one in records if isinstance(one.custom_type, str)],
            ids=[custom["type"]["id"] for custom in customs],
        )
        await self._pointed.learn(
            keys=[pair for one in records for pair in self._keys_of(one)],
            ids=[pair for custom in customs for pair in self._ids_of(custom)],
        )

    def steps(self, record: Customized, live: Json, actions: CustomActions = _OWN) -> Iterator[Step]:
        """What makes the live resource (or part) carry the record's type and fields.

        Raises:
            ReferenceMissing: the type, an enum value, or what a field points to is not there.
            Refused: a field or value that the type does not know; fields, and no type anywhere.
        """
        wanted, fields = record.custom_type, _named(record)
        held: Json | None = live.get("custom")
        if wanted is None:
            if held is not None:
                old = self._type_text(held)
                yield Step.of(
                    {"action": actions.set_type, **actions.owner}, f"{actions.where}customType", old, None
                )
            return
        if isinstance(wanted, UnsetType):
            if held is None:
                self._refuse_typeless(fields)
                return
        elif held is None or self._type_text(held) != wanted:
            yield self._new_type(wanted, fields, held, actions)
            return
        kinds = self._kinds_by_id(held["type"]["id"])
        for name, value in fields.items():
            yield from self._field(name, value, kinds, held["fields"], actions)

    def draft(self, record: Customized) -> Json:
        """`{"custom": …}` for a draft, empty when the record has none; raises as `steps` does."""
        wanted, fields = record.custom_type, _named(record)
        if not isinstance(wanted, str):
            if wanted is UNSET:
                self._refuse_typeless(fields)
            return {}
        return {"custom": {"type": _identifier(wanted), "fields": self._values(wanted, fields)}}

    @staticmethod
    def draft_fields(record: Customized, where: str = "") -> Iterator[FieldChange]:
        """The custom fields of a new resource, as a person reads them."""
        if isinstance(record.custom_type, str):
            yield FieldChange(f"{where}customType", None, record.custom_type)
            for name, value in _named(record).items():
                if value is not None:
                    yield FieldChange(f"{where}custom.{name}", None, value)

    def read(self, live: Json) -> Json:
        """`custom_type` and `custom` of a record, from a live resource (or part) that was learnt."""
        held = live.get("custom")
        if held is None:
            return {"custom_type": None}
        kinds = self._kinds_by_id(held["type"]["id"])
        fields = {
            name: read_value(kinds[name], value, self._pointed) if name in kinds else value
            for name, value in held["fields"].items()
        }
        return {"custom_type": self._type_text(held), "custom": fields}

    def _keys_of(self, record: Customized) -> Iterator[tuple[str, str]]:
        known = (
            [self._types.get(record.custom_type)]
            if isinstance(record.custom_type, str)
            # The type is the live one's: whichever of those that we know has the field.
            else self._types.all()
        )
        for custom_type in known:
            kinds = {} if custom_type is None else _kinds(custom_type)
            for name, value in _named(record).items():
                if name in kinds:
                    yield from pointed_keys(kinds[name], value)

    def _ids_of(self, custom: Json) -> Iterator[tuple[str, str]]:
        kinds = self._kinds_by_id(custom["type"]["id"])
        for name, value in custom["fields"].items():
            if name in kinds:
                yield from pointed_ids(kinds[name], value)

    def _kinds_by_id(self, type_id: str) -> dict[str, Json]:
        key = self._types.named({"id": type_id}).get("key")
        custom_type = None if key is None else self._types.get(key)
        return {} if custom_type is None else _kinds(custom_type)

    def _type_text(self, held: Json) -> str:
        named = self._types.named(held["type"])
        text: str = named.get("key", named["id"])
        return text

    def _new_type(self, wanted: str, fields: Json, held: Json | None, actions: CustomActions) -> Step:
        values = self._values(wanted, fields)
        old = None if held is None else self._type_text(held)
        action = {
            "action": actions.set_type,
            **actions.owner,
            "type": _identifier(wanted),
            "fields": values,
        }
        changes = [FieldChange(f"{actions.where}customType", old, wanted)]
        before = {} if held is None else held["fields"]
        changes += [
            FieldChange(f"{actions.where}custom.{name}", before.get(name), values.get(name))
            for name in dict.fromkeys((*before, *values))
        ]
        return Step(action, tuple(changes))

    def _values(self, type_key: str, fields: Json) -> Json:
        custom_type = self._types.get(type_key)
        if custom_type is None:
            raise ReferenceMissing(
                f"there is no custom type {type_key}",
                reference=type_key,
                advice="Declare it in the project model and run the setup, or run the feed of types first",
            )
        kinds = _kinds(custom_type)
        values: Json = {}
        for name, value in fields.items():
            kind = _kind(kinds, name)
            sent = None if value is None else sent_value(name, kind, None, value, self._pointed)
            if sent is not None:
                values[name] = sent
        return values

    def _field(
        self, name: str, wanted: Any, kinds: Mapping[str, Json], held: Json, actions: CustomActions
    ) -> Iterator[Step]:
        kind, live = _kind(kinds, name), held.get(name)
        sent = None if wanted is None else sent_value(name, kind, live, wanted, self._pointed)
        if same_value(kind, live, sent):
            return
        action = {"action": actions.set_field, **actions.owner, "name": name}
        if sent is not None:
            action["value"] = sent
        yield Step.of(action, f"{actions.where}custom.{name}", live, sent)

    @staticmethod
    def _refuse_typeless(fields: Json) -> None:
        given = [name for name, value in fields.items() if value is not None]
        if given:
            raise Refused(
                f"custom fields {', '.join(given)} need a custom type: neither record nor shop has one",
                code="custom_type_missing",
                advice="Map custom_type to the key of the type",
            )


def _named(record: Customized) -> Json:
    return {} if isinstance(record.custom, UnsetType) else record.custom


def _identifier(type_key: str) -> Json:
    return {"typeId": "type", "key": type_key}


def _kinds(custom_type: Json) -> dict[str, Json]:
    return {definition["name"]: definition["type"] for definition in custom_type["fieldDefinitions"]}


def _kind(kinds: Mapping[str, Json], name: str) -> Json:
    kind = kinds.get(name)
    if kind is None:
        raise Refused(
            f"the custom type has no field {name}; it has {', '.join(kinds) or 'none'}",
            code="unknown_field",
            advice="Correct the mapping, or add the field to the custom type",
        )
    return kind
