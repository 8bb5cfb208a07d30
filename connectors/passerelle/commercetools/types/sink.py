"""Custom types: each found by its key, its fields by their names, which hold for the whole project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...records import CustomType
from ...sync.protocols import Change, Live
from ..http.client import Client, Json
from ..planning.definitions import Shapes
from ..planning.keyed_sink import KeyedSink
from ..planning.steps import Step
from .actions import custom_type_steps, left_over
from .draft import custom_type_draft, fields_of, refuse_unclear
from .field_types import live_shape, shape
from .reading import custom_type_of

__all__ = ["CustomTypeSink"]


class CustomTypeSink(KeyedSink[CustomType]):
    """Carries custom types.

    `remove` takes away fields that the record does not name, with their values; without it they stay, and
    `left` tells of them by the type's key. Values of enums always stay: no action removes or renames them.
    """

    entity = "custom_type"
    record_type = CustomType
    path = "types"

    def __init__(self, client: Client, *, remove: bool = False, **settings: Any) -> None:
        super().__init__(client, **settings)
        self._remove = remove and not self.additive
        self._shapes = Shapes("field")
        self.left: dict[str, list[str]] = {}

    async def prepare(self) -> None:
        """Read all types: which field has which type, before anything is written."""
        self._take([found async for found in self._client.query(self.path)])

    async def completed(self, found: Sequence[Json], records: Sequence[CustomType]) -> Sequence[Json]:
        """Note what the records want of names and types, and what they do not name."""
        self._take(found)
        by_key = {body["key"]: body for body in found}
        for record in records:
            self._shapes.tell(record.key, [(one.name, shape(one)) for one in fields_of(record)])
            if record.key in by_key:
                named = left_over(record, by_key[record.key])
                self.left[record.key] = [name for name in named if "=" in name or not self._remove]
        return found

    def plan(self, record: CustomType, live: Live | None) -> Change | None:
        """Compare a type with the live one.

        Raises:
            Refused: a field has another type, here or elsewhere in the project, or something that stays for
                good should change.
        """
        refuse_unclear(record)
        for field in fields_of(record):
            self._shapes.check(record.key, field.name, shape(field))
        return super().plan(record, live)

    def draft(self, record: CustomType) -> Json:
        """The draft."""
        return custom_type_draft(record)

    def steps(self, record: CustomType, live: Json) -> Iterable[Step]:
        """Name, description and fields."""
        return custom_type_steps(record, live, remove=self._remove, keep=self.additive)

    def record_of(self, live: Live) -> CustomType:
        """The record that would have made the type."""
        return custom_type_of(live.body)

    def remarks(self) -> list[str]:
        """What the records do not name and the shop keeps, a sentence for each custom type."""
        return [
            f"custom type {key} keeps what the feed does not name: {', '.join(left)}"
            "; `remove: true` in the feed takes fields away, with their values"
            for key, left in self.left.items()
            if left
        ]

    def _take(self, found: Sequence[Json]) -> None:
        for one in found:
            fields = one.get("fieldDefinitions", ())
            self._shapes.tell(one["key"], [(field["name"], live_shape(field["type"])) for field in fields])
