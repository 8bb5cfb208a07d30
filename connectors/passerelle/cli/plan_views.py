"""Plans as people see them: what would change, grouped and counted, field by field, old → new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from ..ledger import StoredPlan
from ..sync import PlanRow, PlanSummary, summary_of
from ..sync.guard_words import guard_told
from .sheets import Block, Cell, Line, Sheet, Tone
from .words import Language, cause, say

__all__ = ["headline", "plan_view", "plans_view"]

#: Kinds in the order in which a person wants to see them.
_KINDS = ("delete", "unpublish", "deactivate", "zero", "replace", "update", "create")
_STATES: dict[str, Tone] = {
    "stored": "warn",
    "expired": "dim",
    "approved": "warn",
    "applied": "good",
    "refused": "bad",
}
_FILES = 5


def headline(plan: StoredPlan, lang: Language) -> str:
    """The plan in one line: `Prices: 412 to change, 3 of them by more than 40 % · 9 to delete`."""
    summary = summary_of(plan)
    parts: list[str] = []
    for kind in _KINDS:
        count = summary.kinds.get(kind, 0)
        if not count:
            continue
        part = say(f"kind_{kind}", lang, count=count)
        if kind == "update" and summary.far:
            part += ", " + _far(summary, plan, lang)
        parts.append(part)
    if summary.zeroed:
        parts.append(say("of_them_zero", lang, count=summary.zeroed))
    if summary.waiting:
        parts.append(say("of_them_waiting", lang, count=summary.waiting))
    noun = say(_noun(plan), lang)
    colon = " : " if lang == "fr" else ": "
    if parts:
        return f"{noun}{colon}{' · '.join(parts)}"
    if plan.facts.get("guard"):
        return f"{noun}{colon}{say('may_it_pass', lang)}"
    return say("nothing_to_decide", lang)


def _far(summary: PlanSummary, plan: StoredPlan, lang: Language) -> str:
    """How many records have prices that move far; a product may have several, a price is one."""
    records, share = summary.far_records or summary.far, _percent(summary.far_by)
    if _noun(plan) == "noun_price" and records == summary.far:
        return say("of_them_far", lang, count=records, share=share)
    return say("of_them_prices_far", lang, count=records, prices=summary.far, share=share)


def plan_view(
    plan: StoredPlan, rows: Iterable[PlanRow], lang: Language, *, shown: int, now: dt.datetime | None = None
) -> list[Block]:
    """Everything about one plan; of each kind of change the first `shown` rows."""
    facts, summary = plan.facts, summary_of(plan)
    title = say("plan_title", lang, number=plan.id, feed=plan.feed, hash=plan.short)
    blocks: list[Block] = [Line(title, "dim"), Line(headline(plan, lang), "strong")]
    files = [str(file["name"]) for file in facts.get("files", ())]
    if files:
        more = f" … +{len(files) - _FILES}" if len(files) > _FILES else ""
        blocks.append(Line(say("plan_of", lang, files=", ".join(files[:_FILES]) + more), "dim"))
    if facts.get("undoes"):
        blocks.append(Line(say("plan_undoes", lang, run=facts["undoes"]), "dim"))
    for said in guard_told(facts, lang):
        blocks.append(Line(say("plan_guard", lang, text=said.what), "bad"))
        if said.advice:
            blocks.append(Line(f"→ {said.advice}"))
    if summary.jumps:
        blocks.append(_jumps(summary, lang))
    blocks += _changes(summary, rows, lang, shown)
    if len(summary.fields) > 1:
        counts = Sheet(
            say("plan_fields_title", lang), [say("field", lang), say("records", lang)], right=frozenset({1})
        )
        counts.rows += [[field, str(count)] for field, count in summary.fields.items()]
        blocks.append(counts)
    blocks += _put_aside(facts, lang)
    blocks += _closing(plan, lang, now or dt.datetime.now(dt.UTC))
    return blocks


def plans_view(plans: Sequence[StoredPlan], lang: Language, *, now: dt.datetime | None = None) -> list[Block]:
    """One line a plan, the newest first."""
    if not plans:
        return [Line(say("no_plans", lang), "dim")]
    columns = ("number", "hash", "feed", "origin", "made_at", "state", "what", "decided")
    sheet = Sheet(say("plans_title", lang), [say(column, lang) for column in columns])
    sheet.right, sheet.whole = frozenset({0}), frozenset({0, 1, 2, 4, 5})
    for plan in plans:
        state = _state(plan, now or dt.datetime.now(dt.UTC))
        decided = "" if plan.decided_by is None else f"{plan.decided_by}, {_when(plan.decided_at)}"
        if plan.reason:
            decided += f": {plan.reason}"
        sheet.rows.append(
            [
                Cell(str(plan.id), "strong"),
                plan.short,
                plan.feed,
                say(f"origin_{plan.origin}", lang),
                _when(plan.created_at),
                Cell(say(f"state_{state}", lang), _STATES[state]),
                headline(plan, lang),
                decided,
            ]
        )
    return [sheet]


def _changes(summary: PlanSummary, rows: Iterable[PlanRow], lang: Language, shown: int) -> list[Block]:
    columns = [say(column, lang) for column in ("key", "field", "old", "new")]
    sheets = {
        kind: Sheet(say(f"kind_{kind}", lang, count=summary.kinds[kind]), columns, whole=frozenset({0, 1}))
        for kind in _KINDS
        if summary.kinds.get(kind)
    }
    for row in rows:
        sheet = sheets.get(row.kind)
        if sheet is None:
            continue
        if len(sheet.rows) < shown:
            sheet.rows.append([row.key, row.field, Cell(row.old or "—", "bad"), Cell(row.new or "—", "good")])
        else:
            sheet.caption = say("first_rows", lang, shown=shown)
            if all(one.caption for one in sheets.values()):
                break
    return list(sheets.values())


def _jumps(summary: PlanSummary, lang: Language) -> Sheet:
    columns = [say(column, lang) for column in ("key", "field", "old", "new", "share")]
    sheet = Sheet(say("jumps_title", lang), columns, right=frozenset({4}), whole=frozenset({0, 1, 4}))
    for jump in summary.jumps:
        sheet.rows.append(
            [jump.key, jump.field, jump.old or "—", jump.new or "—", Cell(f"{jump.by * 100:+.0f} %", "warn")]
        )
    return sheet


def _put_aside(facts: dict[str, Any], lang: Language) -> list[Block]:
    """What the file holds and the plan does not: waiting and rejected records, by cause."""
    counts, rejects = facts.get("counts", {}), facts.get("rejects", ())
    if not rejects:
        return []
    columns = [say(column, lang) for column in ("cause", "count", "example", "advice")]
    sheet = Sheet(say("rejects_title", lang), columns, right=frozenset({1}))
    for row in rejects:
        sheet.rows.append(
            [cause(row["code"], lang), str(row["count"]), row["example"], row.get("advice", "")]
        )
    told = say("plan_put_aside", lang, parked=counts.get("parked", 0), rejected=counts.get("quarantined", 0))
    return [sheet, Line(told, "dim")]


def _closing(plan: StoredPlan, lang: Language, now: dt.datetime) -> list[Block]:
    state = _state(plan, now)
    blocks: list[Block] = []
    if plan.decided_by is not None:
        told = say(
            "plan_decided",
            lang,
            state=say(f"state_{state}", lang),
            who=plan.decided_by,
            when=_when(plan.decided_at),
            reason=plan.reason or say("no_reason", lang),
        )
        blocks.append(Line(told, _STATES[state]))
    if plan.facts.get("outcome"):
        names = ("created", "updated", "removed", "moved")
        counts = {name: plan.facts["outcome"].get(name, 0) for name in names}
        blocks.append(Line(say("plan_outcome", lang, **counts)))
    if plan.origin == "undo" and state in {"stored", "approved"}:
        blocks.append(Line(say("undo_returns", lang), "warn"))
    if state in {"stored", "approved"}:
        word = "how_to_apply_guarded" if plan.facts.get("guard") else "how_to_apply"
        if not summary_of(plan).kinds:
            word = "how_to_let_pass"
        told = say(word, lang, hash=plan.short, until=_when(plan.expires_at), feed=plan.feed)
        blocks.append(Line(told, "strong"))
    elif state == "expired":
        blocks.append(Line(f"{say('state_expired', lang)}: {_when(plan.expires_at)}", "dim"))
    return blocks


def _state(plan: StoredPlan, now: dt.datetime) -> str:
    return "expired" if plan.is_expired(now) else plan.state


def _noun(plan: StoredPlan) -> str:
    entity = str(plan.facts.get("entity", ""))
    return f"entity_{entity}" if entity in {"category", "product", "price", "stock"} else "entity_record"


def _when(moment: dt.datetime | None) -> str:
    return "—" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _percent(share: float) -> str:
    return f"{share * 100:g}"
