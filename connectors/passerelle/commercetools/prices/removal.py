"""Removal: what becomes of a standalone price that its source no longer has."""

from __future__ import annotations

from ...errors import ConfigError
from ...sync.protocols import Change, FieldChange, Live, Removal
from ..planning.steps import updated
from .actions import change_active
from .reading import money_of

__all__ = ["plan_removal"]


def plan_removal(key: str, live: Live, policy: Removal) -> Change | None:
    """Plan purely: nothing, switched off, or deleted; None when nothing is left to do.

    Raises:
        ConfigError: the policy is one for other kinds of records.
    """
    match policy:
        case "keep":
            return None
        case "deactivate":
            return updated(key, live, change_active(live=live.body.get("active", True), wanted=False))
        case "delete":
            return Change(
                key=key,
                kind="delete",
                fields=(FieldChange("price", str(money_of(live.body["value"])), None),),
                target_id=live.id,
                version=live.version,
            )
    raise ConfigError(
        f"a price can be kept, deactivated or deleted, not {policy!r}",
        advice="Say `keep`, `deactivate` or `delete` in the mapping",
    )
