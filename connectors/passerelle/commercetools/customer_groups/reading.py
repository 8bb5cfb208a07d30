"""A live customer group in a record's words."""

from __future__ import annotations

from ...records import CustomerGroup
from ..http.client import Json
from ..planning.custom_fields import CustomFields

__all__ = ["group_of"]


def group_of(body: Json, custom: CustomFields) -> CustomerGroup:
    """The record that would have made it."""
    return CustomerGroup(key=body["key"], name=body["name"], **custom.read(body))
