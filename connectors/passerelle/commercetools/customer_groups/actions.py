"""Update actions of a customer group."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import CustomerGroup
from ..http.client import Json
from ..planning.custom_fields import CustomFields
from ..planning.steps import Step
from ..planning.texts import value_step

__all__ = ["group_steps"]


def group_steps(record: CustomerGroup, live: Json, custom: CustomFields) -> Iterator[Step]:
    """Name and custom fields."""
    yield from value_step("changeName", "name", live["name"], record.name)
    yield from custom.steps(record, live)
