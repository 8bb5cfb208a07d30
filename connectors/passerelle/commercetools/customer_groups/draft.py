"""The draft of a customer group."""

from __future__ import annotations

from ...records import CustomerGroup
from ..http.client import Json
from ..planning.custom_fields import CustomFields
from ..planning.steps import required

__all__ = ["group_draft"]


def group_draft(record: CustomerGroup, custom: CustomFields) -> Json:
    """What drafts call `groupName` is `name` from then on; raises Refused when there is none."""
    required(record.key, name=record.name)
    return {"key": record.key, "groupName": record.name, **custom.draft(record)}
