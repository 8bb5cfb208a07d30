"""What the ERP changed in an order, as a person reads it: totals before and after, how each edit stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...ledger import KeptEdit
from ..sheets import Block, Line, Tone
from ..words import Language, say
from .views import moment, money

__all__ = ["edits_view"]


def edits_view(edits: Sequence[KeptEdit], lang: Language) -> Iterator[Block]:
    """One line an edit, and what to do about one that is in doubt; nothing when there is none."""
    if not edits:
        return
    yield Line("")
    yield Line(say("order_edits_title", lang), "strong")
    for one in edits:
        where = ", ".join(part for part in (one.feed, one.file) if part)
        where += "" if one.line is None else f":{one.line}"
        told = say(
            "order_edit",
            lang,
            key=one.key,
            before=money(one.before, one.currency),
            after=money(one.after, one.currency),
            difference=money(one.after - one.before, one.currency),
            where=where,
        )
        tone, stands = _stands(one, lang)
        yield Line(f"{told} · {stands}", tone, indent=1)


def _stands(one: KeptEdit, lang: Language) -> tuple[Tone, str]:
    if one.in_doubt:
        return "bad", say("order_edit_in_doubt", lang, feed=one.feed)
    if one.state == "claimed":
        return "warn", say("order_edit_claimed", lang, since=moment(one.at))
    done = say("order_edit_done", lang, since=moment(one.at))
    if one.revision is None:
        return "good", done
    return "good", f"{done}, {say('order_edit_revision', lang, revision=one.revision)}"
