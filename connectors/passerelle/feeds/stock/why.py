"""Why a shop shows its stock: the claims on a SKU of all feeds under the stock law, from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ...ledger import HeldClaim
from ...mapping import Mapping
from ..workspace import Workspace

__all__ = ["claims_on", "zone_of"]


def claims_on(workspace: Workspace, sku: str, *, place: str | None = None) -> list[HeldClaim]:
    """Give the claims on a SKU by place; those of records that were taken away are left out."""
    with workspace.ledger() as ledger:
        claims = ledger.stock_claims.of_skus(None, [sku])
        gone = {
            (feed, key)
            for feed in {one.feed for one in claims}
            for key, known in ledger.wanted.get(feed, [one.key for one in claims if one.feed == feed]).items()
            if known.removed is not None
        }
    return sorted(
        (one for one in claims if (one.feed, one.key) not in gone and place in (None, one.place)),
        key=lambda one: (one.place or "", one.feed),
    )


def zone_of(workspace: Workspace, claims: Sequence[HeldClaim]) -> ZoneInfo:
    """Give the zone in which the first of these claims was counted, UTC without any."""
    mapping = workspace.mapping(claims[0].feed) if claims else None
    if not isinstance(mapping, Mapping):
        return ZoneInfo("UTC")
    law = mapping.spec.stock
    return ZoneInfo((law.zone if law is not None else None) or mapping.spec.files.visits.zone)
