"""Peak mode as people see it: until when it is on, what it changes, what was before."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from rich.console import Console

from ..feeds.peak import PeakNow, told_time
from ..feeds.peak_rules import PeakLane, PeakProfile, PeakStock
from ..ledger import PeakPeriod
from ..operations.peak import PeakStatus
from .sheets import Block, Line, Sheet, terminal
from .words import Language, say

__all__ = ["peak_line", "peak_told", "print_peak"]

_MINUTES = 60
_HOUR = 3600


def print_peak(status: PeakStatus, *, as_json: bool, lang: Language, past: bool = True) -> None:
    """Print it; with `as_json` one JSON document instead."""
    if as_json:
        document = {
            "on": status.now is not None,
            "now": None if status.now is None else status.now.period,
            "coming": status.coming,
            "past": status.past,
        }
        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
        return
    Console().print(terminal(_view(status, lang, past=past)))


def peak_line(peak: PeakNow, lang: Language) -> str:
    """Say in one line that peak mode is on."""
    return _line("peak_is_on", peak.period, peak.profile.zone, lang)


def peak_told(peak: PeakNow | None) -> dict[str, Any] | None:
    """Give what a machine is told of peak mode beside other facts."""
    if peak is None:
        return None
    period = peak.period
    return {"profile": period.profile, "since": period.since, "until": period.until, "reason": period.reason}


def _view(status: PeakStatus, lang: Language, *, past: bool) -> list[Block]:
    blocks: list[Block] = []
    if status.now is not None:
        blocks += [Line(peak_line(status.now, lang), "warn"), _changes(status.now.profile, lang)]
    if status.coming is not None:
        rules = PeakProfile.model_validate(status.coming.rules)
        blocks += [Line(_line("peak_is_coming", status.coming, rules.zone, lang), "warn")]
        blocks.append(_changes(rules, lang))
    if not blocks:
        blocks.append(Line(say("peak_is_off", lang), "good"))
    if past and status.past:
        blocks.append(_past(status.past, lang))
    return blocks


def _line(word: str, period: PeakPeriod, zone: str, lang: Language) -> str:
    return say(
        word,
        lang,
        profile=period.profile,
        since=told_time(period.since, zone),
        until=told_time(period.until, zone),
        reason=period.reason,
        by=period.switched_by,
    )


def _changes(rules: PeakProfile, lang: Language) -> Sheet:
    sheet = Sheet(say("peak_title", lang), [say("peak_about", lang), say("peak_change", lang)])
    for name, lane in rules.lanes.items():
        sheet.rows.append([name, _joined(_lane(lane, lang))])
    if stock := _stock(rules.stock, lang):
        sheet.rows.append([say("peak_stock", lang), _joined(stock)])
    if rules.freeze:
        frozen = [say(f"freeze_{name}", lang) for name in rules.freeze]
        sheet.rows.append([say("peak_frozen", lang), ", ".join(frozen)])
    return sheet


def _lane(lane: PeakLane, lang: Language) -> list[str]:
    told = [say("peak_paused", lang)] if lane.paused else []
    if lane.every is not None:
        told.append(say("peak_every", lang, time=_time(lane.every)))
    if lane.calls is not None:
        told.append(say("peak_calls", lang, share=_percent(lane.calls)))
    if lane.batch is not None:
        told.append(say("peak_batch", lang, count=lane.batch))
    return told


def _stock(stock: PeakStock, lang: Language) -> list[str]:
    told = [say("peak_buffer", lang, count=stock.buffer)] if stock.buffer else []
    if stock.buffer_share:
        told.append(say("peak_buffer_share", lang, share=_percent(stock.buffer_share)))
    if stock.minimum:
        told.append(say("peak_minimum", lang, count=stock.minimum))
    if stock.recompute is not None:
        told.append(say("peak_recompute", lang, count=stock.recompute))
    if stock.batch is not None:
        told.append(say("peak_batch", lang, count=stock.batch))
    return told


def _past(periods: list[PeakPeriod], lang: Language) -> Sheet:
    columns = ["peak_profile", "peak_from", "peak_to", "peak_by", "peak_reason", "peak_ended_by"]
    sheet = Sheet(say("peak_past_title", lang), [say(column, lang) for column in columns])
    for one in periods:
        zone = PeakProfile.model_validate(one.rules).zone
        # One that has run its time ended then, also before somebody noticed.
        ended = one.until if one.ended_at is None else one.ended_at
        by = say("peak_clock", lang) if one.ended_by in (None, "clock") else str(one.ended_by)
        since = told_time(one.since, zone)
        sheet.rows.append([one.profile, since, told_time(ended, zone), one.switched_by, one.reason, by])
    return sheet


def _joined(told: list[str]) -> str:
    return "; ".join(told)


def _time(seconds: float) -> str:
    return f"{seconds / _HOUR:g} h" if seconds >= _HOUR else f"{seconds / _MINUTES:g} min"


def _percent(share: float) -> str:
    return f"{share:.0%}" if round(share * 100) == share * 100 else f"{share:.1%}"
