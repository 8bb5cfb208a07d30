"""Digest: what a channel does not know yet, what of it is told now, and as which message."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from ...ledger import Alert, Finding, Severity, Told
from .kinds import page_of, rank_of
from .settings import AlertSettings, Language, MailSettings, QuietHours, WebhookSettings
from .speaking import Spoken, one_line, speak, when
from .words import counted, say

__all__ = [
    "Change",
    "Digest",
    "Line",
    "News",
    "digest_of",
    "due",
    "is_quiet",
    "news_of",
    "summed_up",
    "trial_digest",
]

Change: TypeAlias = Literal["opened", "worse", "again", "closed"]

#: Lines of one message; the rest is counted.
_MOST_LINES = 40
_PAGES = "docs/runbook/"


class News(msgspec.Struct, frozen=True):
    """An alert and what is new of it for a channel."""

    alert: Alert
    change: Change


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of a message, in words; `page` is where its first five minutes are described."""

    alert: Alert
    change: Change
    spoken: Spoken
    since: str
    page: str


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """One message: `key` says what it tells, `more` counts what did not fit."""

    key: str
    severity: Severity
    language: Language
    subject: str
    lines: tuple[Line, ...]
    more: int = 0
    made_at: datetime
    name: str


def news_of(told: Sequence[Told], channel: MailSettings | WebhookSettings) -> list[News]:
    """Choose what a channel has to hear: what it does not know, unless it became better and goes on."""
    found: list[News] = []
    for alert, state in told:
        change = _change(alert, state)
        if change is not None and (state is not None or _concerns(alert, channel)):
            found.append(News(alert, change))
    return found


def due(
    news: Sequence[News], settings: AlertSettings, now: datetime, *, last_told: datetime | None
) -> list[tuple[Severity, list[News]]]:
    """Group what is told now: critical news at once; the rest once a window, and not in quiet hours.

    `last_told` is when the channel heard of something that was not critical.
    """
    critical = [one for one in news if one.alert.severity == "critical"]
    rest = [one for one in news if one.alert.severity != "critical"]
    groups: list[tuple[Severity, list[News]]] = [("critical", critical)] if critical else []
    if (
        rest
        and not is_quiet(settings.quiet, now)
        and _is_gathered(rest, settings.gathered_for, now, last_told)
    ):
        groups.append(("warning", rest))
    return groups


def is_quiet(quiet: QuietHours | None, now: datetime) -> bool:
    """Say whether these are quiet hours, by the clock of the people who sleep."""
    if quiet is None:
        return False
    begin, end = quiet.hours
    clock = now.astimezone(ZoneInfo(quiet.zone)).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def digest_of(
    news: Sequence[News], severity: Severity, lang: Language, settings: AlertSettings, now: datetime
) -> Digest:
    """Put news into one message: what is wrong before what is over, the gravest first."""
    zone = settings.time_zone
    ordered = sorted(
        news,
        key=lambda one: (
            one.change == "closed",
            one.alert.severity != "critical",
            rank_of(one.alert.kind),
            one.alert.since,
        ),
    )
    lines = tuple(_line(one, lang, settings, zone) for one in ordered[:_MOST_LINES])
    states = ";".join(sorted(f"{one.alert.id}={one.alert.state}" for one in news))
    return Digest(
        key=hashlib.sha256(f"{severity};{states}".encode()).hexdigest()[:32],
        severity=severity,
        language=lang,
        subject=_subject(ordered, lang),
        lines=lines,
        more=len(ordered) - len(lines),
        made_at=now,
        name=settings.name,
    )


def summed_up(found: Sequence[Finding], lang: Language = "en") -> str:
    """Count what is wrong by kind, the gravest first: `1 stopped by the guard, 3 late files`."""
    ordered = sorted(found, key=lambda one: (one.severity != "critical", rank_of(one.kind)))
    return _counted(ordered, lang) or say("nothing_wrong", lang)


def trial_digest(lang: Language, settings: AlertSettings, now: datetime) -> Digest:
    """Make the message that shows that a channel works."""
    return Digest(
        key=hashlib.sha256(f"test;{now.isoformat()}".encode()).hexdigest()[:32],
        severity="warning",
        language=lang,
        subject=say("test", lang),
        lines=(),
        made_at=now,
        name=settings.name,
    )


def _change(alert: Alert, state: str | None) -> Change | None:
    if alert.closed_at is not None:
        return None if state in (None, "closed") else "closed"
    if state is None:
        return "opened"
    if state == "closed":
        return "again"
    severity, size = _grade(state)
    new_severity, new_size = _grade(alert.state)
    if alert.acknowledged_at is not None:
        return "worse" if new_severity > severity else None
    return "worse" if (new_severity, new_size) > (severity, size) and new_severity >= severity else None


def _grade(state: str) -> tuple[int, int]:
    _, severity, size = state.split()
    return int(severity == "critical"), int(size)


def _concerns(alert: Alert, channel: MailSettings | WebhookSettings) -> bool:
    return (
        (not channel.critical_only or alert.severity == "critical")
        and (not channel.feeds or alert.feed in channel.feeds)
        and (not channel.kinds or alert.kind in channel.kinds)
    )


def _is_gathered(news: Sequence[News], window: timedelta, now: datetime, last_told: datetime | None) -> bool:
    """Say whether a message was long enough ago, and something has waited long enough for company."""
    if last_told is not None and now - last_told < window:
        return False
    return any(now - _moment(one, now, window) >= window for one in news)


def _moment(news: News, now: datetime, window: timedelta) -> datetime:
    """When there was something to tell; what grew worse or came back has waited already."""
    if news.change == "closed":
        return news.alert.closed_at or now
    return news.alert.opened_at if news.change == "opened" else now - window


def _subject(news: Sequence[News], lang: Language) -> str:
    """Say the worst first: `3 late files, 1 stopped by the guard; over: 1 feed that fails`."""
    wrong = _counted([one.alert for one in news if one.change != "closed"], lang)
    over = _counted([one.alert for one in news if one.change == "closed"], lang)
    parts = [wrong] if wrong else []
    parts += [f"{say('over', lang)}{' :' if lang == 'fr' else ':'} {over}"] if over else []
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def _counted(found: Sequence[Finding], lang: Language) -> str:
    by_kind = Counter(one.kind for one in found)
    return ", ".join(counted(kind, count, lang) for kind, count in by_kind.items())


def _line(news: News, lang: Language, settings: AlertSettings, zone: ZoneInfo) -> Line:
    alert = news.alert
    since = say("since", lang, when=when(alert.since, zone))
    if alert.closed_at is not None:
        since = say("lasted", lang, when=when(alert.since, zone), until=when(alert.closed_at, zone))
    elif alert.acknowledged_by is not None:
        who, why = one_line(alert.acknowledged_by, 80), one_line(alert.acknowledged_why or "")
        since = f"{since}; {say('looked_after', lang, who=who, why=why)}"
    return Line(
        alert=alert,
        change=news.change,
        spoken=speak(alert, lang, zone),
        since=since,
        page=f"{settings.runbook_url or _PAGES}{page_of(alert.kind)}",
    )
