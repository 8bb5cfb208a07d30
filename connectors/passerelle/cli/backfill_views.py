"""Backfills as people see them: what one would do, where it stands, its batches; what guards allow now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ..feeds.allowances import COUNTED
from ..ledger import Allowance, Backfill, BackfillBatch
from ..operations.backfilling import Forecast
from .sheets import Block, Cell, Line, Sheet, Tone
from .words import Language, say

__all__ = ["allowances_view", "backfill_view", "backfills_view", "forecast_view", "told_time"]

_MINUTE = 60
_HOUR = 60
_SHOWN_FILES = 20
_SHOWN_BATCHES = 30
_TONES: dict[str, Tone] = {
    "done": "good",
    "planned": "warn",
    "waiting": "warn",
    "paused": "warn",
    "dead": "bad",
    "failed": "bad",
    "cancelled": "dim",
}


def told_time(seconds: float, lang: Language) -> str:
    """Say how long something takes, as exactly as it is known."""
    if seconds < _MINUTE:
        return say("backfill_under_a_minute", lang)
    minutes = round(seconds / _MINUTE)
    if minutes < _HOUR:
        return say("backfill_minutes", lang, count=minutes)
    return say("backfill_hours", lang, hours=minutes // _HOUR, minutes=minutes % _HOUR)


def forecast_view(told: Forecast, lang: Language, zone: ZoneInfo, *, why_unknown: str = "") -> list[Block]:
    """What a backfill would read, ask and take, and what begins meanwhile."""
    headline = say(
        "backfill_forecast",
        lang,
        feed=told.feed,
        files=len(told.files),
        read=told.read,
        compared=told.compared,
        calls=told.calls,
        time=told_time(told.seconds, lang),
    )
    basis = say("backfill_known", lang, runs=told.runs) if told.runs else say("backfill_assumed", lang)
    blocks: list[Block] = [Line(headline, "strong"), Line(basis, "dim")]
    if told.files:
        files = Sheet(
            say("backfill_files", lang),
            [say(name, lang) for name in ("file", "backfill_mode", "backfill_size", "records")],
            right=frozenset({2, 3}),
            caption=f"… +{len(told.files) - _SHOWN_FILES}" if len(told.files) > _SHOWN_FILES else "",
        )
        for file in told.files[-_SHOWN_FILES:]:
            count = str(file.records) if file.counted else say("backfill_about", lang, count=file.records)
            files.rows.append([file.name, file.mode or "", str(file.size), count])
        blocks.append(files)
    blocks += _collisions(told, lang, zone, why_unknown)
    return [*blocks, *(Line(f"· {note}", "dim") for note in told.notes)]


def _collisions(told: Forecast, lang: Language, zone: ZoneInfo, why_unknown: str) -> list[Block]:
    if why_unknown:
        return [Line(say("backfill_unknown_collisions", lang, why=why_unknown), "warn")]
    if not told.collisions:
        return [Line(say("backfill_no_collision", lang), "dim")]
    columns = ("backfill_schedule", "feed", "backfill_first", "backfill_times", "backfill_usual")
    sheet = Sheet(
        say("backfill_collisions", lang),
        [say(name, lang) for name in (*columns, "backfill_meaning")],
        right=frozenset({3}),
    )
    for one in told.collisions:
        sheet.rows.append(
            [
                say("backfill_expected", lang) if one.name == "expects" else one.name,
                one.feed,
                f"{one.first.astimezone(zone):%Y-%m-%d %H:%M}",
                str(one.times),
                "" if one.seconds is None else told_time(one.seconds, lang),
                Cell(say("backfill_same_feed", lang), "warn")
                if one.same_feed
                else say("backfill_other_feed", lang),
            ]
        )
    return [sheet]


def backfills_view(
    backfills: Sequence[tuple[Backfill, bool]], lang: Language, zone: dt.tzinfo | None = None
) -> list[Block]:
    """One row each; the second of a pair says whether a living process carries it."""
    if not backfills:
        return [Line(say("backfill_none", lang))]
    columns = ("backfill_number", "feed", "backfill_what", "state", "backfill_done")
    sheet = Sheet(
        say("backfills_title", lang),
        [say(name, lang) for name in (*columns, "backfill_asked_at", "backfill_asked_by")],
        right=frozenset({0, 4}),
    )
    for one, alive in backfills:
        sheet.rows.append(
            [
                str(one.id),
                one.feed,
                asked_told(one, lang),
                state_told(one, lang, alive=alive),
                f"{one.done}/{one.total}",
                f"{one.asked_at.astimezone(zone):%Y-%m-%d %H:%M}",
                one.asked_by,
            ]
        )
    return [sheet]


def backfill_view(
    one: Backfill, batches: Sequence[BackfillBatch], lang: Language, *, alive: bool
) -> list[Block]:
    """Where one stands, its batches, and what can be done."""
    state = state_told(one, lang, alive=alive)
    pace = [batch for batch in batches if batch.finished_at is not None]
    seconds, written = sum(batch.seconds for batch in pace), sum(batch.records for batch in pace)
    left = (one.total - one.done) * seconds / written if written else 0.0
    told = say("backfill_left", lang, done=one.done, total=one.total, time=told_time(left, lang))
    blocks: list[Block] = [
        Line(say("backfill_title", lang, number=one.id, feed=one.feed), "strong"),
        Line(f"{asked_told(one, lang)} · {one.asked_by}", "dim"),
        Line(state.text if one.is_over else f"{state.text} · {told}", state.tone),
    ]
    if one.message:
        blocks.append(Line(one.message))
    if batches:
        counted = ("created", "updated", "unchanged", "reads", "writes")
        columns = ("backfill_batch", "records", *counted, "backfill_seconds")
        sheet = Sheet(
            say("backfill_batches", lang),
            [say(name, lang) for name in columns],
            right=frozenset(range(len(columns))),
            caption=f"… +{len(batches) - _SHOWN_BATCHES}" if len(batches) > _SHOWN_BATCHES else "",
        )
        for batch in batches[-_SHOWN_BATCHES:]:
            counts = batch.counts or {}
            over = batch.finished_at is not None
            took = f"{batch.seconds:.1f}" if over else Cell(say("backfill_interrupted", lang), "bad")
            numbers = [str(counts.get(name, "")) for name in counted]
            sheet.rows.append([str(batch.number), str(batch.records), *numbers, took])
        blocks.append(sheet)
    return [*blocks, *_advice(one, lang, alive=alive)]


def _advice(one: Backfill, lang: Language, *, alive: bool) -> list[Block]:
    if one.wish and alive:
        return [Line(say(f"backfill_wishes_{one.wish}", lang), "warn")]
    if one.is_over or alive:
        return []
    word = {"planned": "backfill_carry_out", "waiting": "backfill_decide"}.get(one.state, "backfill_go_on")
    return [Line(say(word, lang, number=one.id, plan=one.plan_id), "warn")]


def state_told(one: Backfill, lang: Language, *, alive: bool) -> Cell:
    """Say where it stands; one that nobody carries although it should be at work was interrupted."""
    state = "dead" if one.state in {"running", "planning"} and not alive else one.state
    word = "backfill_state_done" if state == "done" else f"backfill_{state}"
    return Cell(say(word, lang), _TONES.get(state, ""))


def asked_told(one: Backfill, lang: Language) -> str:
    """Say in one line what was asked for."""
    asked, parts = one.asked, []
    if asked.get("skus"):
        parts.append(say("backfill_skus", lang, count=len(asked["skus"])))
    if asked.get("since") or asked.get("until"):
        since, until = asked.get("since") or "…", asked.get("until") or "…"
        parts.append(say("backfill_window", lang, since=since, until=until))
    if asked.get("as_of"):
        parts.append(say("backfill_as_of", lang, day=asked["as_of"]))
    if asked.get("files"):
        parts.append(say("backfill_named_files", lang, count=len(asked["files"])))
    if asked.get("dry_run"):
        parts.append(say("backfill_dry", lang))
    return ", ".join(parts)


def allowances_view(
    allowances: Sequence[Allowance], lang: Language, zone: dt.tzinfo | None = None
) -> list[Block]:
    """What guards allow for a while; nothing when they allow what the mappings say."""
    if not allowances:
        return []
    columns = ("feed", "allowance_rule", "allowance_allowed", "allowance_until", "allowance_by")
    sheet = Sheet(
        say("allowances_title", lang),
        [say(name, lang) for name in (*columns, "allowance_reason")],
        right=frozenset({2}),
    )
    for one in allowances:
        allowed = f"{one.allowed:.0f}" if one.rule in COUNTED else f"{one.allowed * 100:g} %"
        until = f"{one.until.astimezone(zone):%Y-%m-%d %H:%M}"
        sheet.rows.append([one.feed, one.rule, allowed, until, one.given_by, one.reason])
    return [sheet]
