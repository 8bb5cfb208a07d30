"""An order that was placed elsewhere, as a person reads it: who sent it, when, whether the shop has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...ledger import PlacedElsewhere
from ..sheets import Block, Line
from ..words import Language, say
from .views import moment, money

__all__ = ["elsewhere_json", "elsewhere_view"]


def elsewhere_view(placed: PlacedElsewhere, lang: Language) -> Iterator[Block]:
    """Everything that is kept of it: it has no life here."""
    yield Line(say("order_title", lang, number=placed.number), "strong")
    yield Line(
        say(
            "placed_elsewhere",
            lang,
            pieces=placed.pieces,
            total=money(placed.total, placed.currency),
            placed=moment(placed.placed_at),
            sender=placed.sender_number or placed.number,
        )
    )
    where = placed.feed if placed.file is None else f"{placed.feed}, {placed.file}"
    where += "" if placed.line is None else f":{placed.line}"
    yield Line(say("placed_came", lang, where=where, run=placed.run_id or "—"))
    if placed.state == "done":
        shop = placed.shop_id or "—"
        yield Line(say("placed_done", lang, since=moment(placed.at), shop=shop), "good")
    elif placed.in_doubt:
        yield Line(say("placed_in_doubt", lang, feed=placed.feed), "bad")
    else:
        yield Line(say("placed_claimed", lang, since=moment(placed.at)), "warn")
    yield Line(say("placed_theirs", lang), "dim")


def elsewhere_json(placed: PlacedElsewhere) -> dict[str, Any]:
    """The same for machines."""
    return {"placed_elsewhere": placed}
