"""Speaking: an alert as its words say it, with text of others made harmless."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ...ledger import Alert
from ...sync.causes import cause
from ...sync.guard_words import stop_told
from .settings import Language
from .words import say, words_of

__all__ = ["Spoken", "one_line", "speak", "when"]

_LONGEST = 300
_MANY = 1_000


class Spoken(NamedTuple):
    """What is told of one alert, each a line of text."""

    what: str
    effect: str
    advice: str


def speak(alert: Alert, lang: Language, zone: ZoneInfo) -> Spoken:
    """Put an alert into words; text of others is one line of at most 300 characters."""
    values = _values(alert, lang, zone)
    words = words_of(alert.kind)
    if words is None:
        return Spoken(f"{alert.kind} {alert.feed} {alert.subject}".strip(), "", "")
    if alert.subject == "mappings":
        return Spoken(
            say("configuration", lang, **values), *(_fill(part, lang, values) for part in words[3:])
        )
    return Spoken(*(_fill(part, lang, values) for part in words[2:]))


def when(moment: datetime, zone: ZoneInfo) -> str:
    """Tell a moment as people at the shop read their clocks."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def one_line(text: object, longest: int = _LONGEST) -> str:
    """Make one harmless line of text that others wrote.

    Control characters, line breaks and marks that turn the direction of writing become blanks; a long text
    is cut.
    """
    plain = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in str(text))
    line = " ".join(plain.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _fill(texts: tuple[str, str], lang: Language, values: dict[str, Any]) -> str:
    return texts[lang == "fr"].format(**values)


def _values(alert: Alert, lang: Language, zone: ZoneInfo) -> dict[str, Any]:
    facts = alert.facts
    values: dict[str, Any] = {
        "feed": alert.feed or one_line(alert.subject, 80),
        "count": _number(alert.count, lang),
        "message": one_line(facts.get("message") or facts.get("note") or say("nothing", lang)),
        "why": one_line((facts.get("expected") or {}).get(lang) or say("nothing", lang)),
        "effect": one_line((facts.get("effect") or {}).get(lang) or say("no_effect", lang)),
        "file": one_line(facts.get("file", ""), 120),
        "files": ", ".join(one_line(name, 120) for name in facts.get("files", ())),
        "who": one_line(facts.get("who", ""), 120),
        "orders": ", ".join(one_line(number, 60) for number in facts.get("orders", ())),
        "step": facts.get("step", ""),
        "name": (facts.get("name") or {}).get(lang, ""),
        "received": _number(int(facts.get("received", 0)), lang),
        "checked": _number(int(facts.get("checked", 0)), lang),
        "causes": ", ".join(
            f"{cause(str(row['code']), lang)} ({row['count']})" for row in facts.get("causes", ())
        ),
        "missing": _span(facts),
        "last": _moment(facts.get("last_at"), zone) or say("ever", lang),
        "heartbeat": _moment(facts.get("heartbeat_at"), zone) or "",
    }
    if lang == "fr" and (stop := stop_told(facts.get("breaches", ()), lang)) is not None:
        values["message"] = one_line(stop.what)
    plan = facts.get("plan")
    values["plan"] = "" if plan is None else say("plan_waits", lang, number=plan)
    values["state"] = one_line(facts.get("state", ""), 80)
    values["queue"] = say("subscription" if alert.subject == "subscription" else "unreadable", lang, **values)
    values["sweep"] = one_line((facts.get("expected") or {}).get(lang) or say("silent", lang, **values))
    values["budget"] = "" if alert.kind != "budget_exhausted" else _budget(alert, lang)
    return values


def _budget(alert: Alert, lang: Language) -> str:
    facts = alert.facts
    numbers = {
        name: _number(int(facts.get(name, 0)), lang) for name in ("calls", "allowed", "again", "minutes")
    }
    word = "refused" if alert.subject == "refused" else "used_up"
    return say(word, lang, feed=alert.feed, feeds=", ".join(facts.get("feeds", ())), **numbers)


def _span(facts: dict[str, Any]) -> str:
    first, last = facts.get("first"), facts.get("last")
    return "" if first is None else str(first) if first == last else f"{first}-{last}"


def _moment(text: str | None, zone: ZoneInfo) -> str | None:
    return None if text is None else when(datetime.fromisoformat(text), zone)


def _number(count: int, lang: Language) -> str:
    # A narrow no-break space in French, as people there read numbers.
    return f"{count:,}".replace(",", "\u202f") if lang == "fr" and count >= _MANY else f"{count:,}"
