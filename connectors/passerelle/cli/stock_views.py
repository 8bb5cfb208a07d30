"""Why the shop shows this number: the claims on a SKU with the steps of the stock law, for people."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ..fulfilment.availability import Reason
from ..ledger import HeldClaim
from .sheets import Block, Cell, Line, Sheet
from .words import Language, say

__all__ = ["reasons_told", "stock_view"]


def stock_view(sku: str, claims: Sequence[HeldClaim], zone: ZoneInfo, lang: Language) -> list[Block]:
    """Show one row a place: what is for sale, what the shop was told, each step from the file's number."""
    if not claims:
        return [
            Line(say("stock_unknown", lang, sku=sku), "bad"),
            Line(say("stock_unknown_advice", lang), "dim"),
        ]
    columns = ("stock_place", "stock_for_sale", "stock_told", "stock_why", "file", "stock_since", "feed")
    sheet = Sheet(
        say("stock_title", lang, sku=sku),
        [say(name, lang) for name in columns],
        right=frozenset({1, 2}),
        whole=frozenset({0}),
    )
    for one in claims:
        sheet.rows.append(
            [
                Cell(one.place or say("stock_pool", lang), "strong"),
                Cell(str(one.available), "good" if one.available else "warn"),
                str(one.written),
                reasons_told(one, zone, lang),
                one.file or "",
                "" if one.since is None else f"{one.since.astimezone(zone):%Y-%m-%d %H:%M}",
                one.feed,
            ]
        )
    return [sheet]


def reasons_told(claim: HeldClaim, zone: ZoneInfo, lang: Language) -> str:
    """Say in one line how the number came to be: `12 counted …, 2 sold that it does not know of → 10`."""
    parts = [_told(reason, claim, zone, lang) for reason in claim.because]
    return f"{', '.join(parts)} → {claim.available}"


def _told(reason: Reason, claim: HeldClaim, zone: ZoneInfo, lang: Language) -> str:
    if reason.what == "claimed":
        if claim.at is None:
            return say("stock_claimed_ever", lang, count=reason.pieces)
        return say(
            "stock_claimed", lang, count=reason.pieces, at=f"{claim.at.astimezone(zone):%Y-%m-%d %H:%M}"
        )
    text = reason.text or say("stock_no_reason", lang)
    return say(f"stock_{reason.what}", lang, count=abs(reason.pieces), text=text)
