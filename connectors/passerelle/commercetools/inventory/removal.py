"""Removal: what becomes of the entry of a stock level that its source no longer has."""

from __future__ import annotations

from ...errors import ConfigError
from ...sync.protocols import Change, FieldChange, Live, Removal
from ..planning.steps import updated
from .actions import change_quantity
from .settings import QuantityMeans

__all__ = ["plan_removal"]


def plan_removal(key: str, live: Live, policy: Removal, means: QuantityMeans) -> Change | None:
    """Plan purely: nothing, no pieces any more, or no entry; None when nothing is left to do.

    Raises:
        ConfigError: the policy is one for other kinds of records.
    """
    match policy:
        case "keep":
            return None
        case "zero":
            return updated(key, live, change_quantity(live.body, 0, means))
        case "delete":
            return Change(
                key=key,
                kind="delete",
                fields=(FieldChange("quantity", live.body["quantityOnStock"], None),),
                target_id=live.id,
                version=live.version,
            )
    raise ConfigError(
        f"stock can be kept, set to zero or deleted, not {policy!r}",
        advice="Say `keep`, `zero` or `delete` in the mapping",
    )
