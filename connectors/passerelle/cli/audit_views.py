"""The audit log as people see it: one line a decision, what it was and what it became."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import msgspec
from rich.console import Console

from ..ledger import AuditEntry
from .peak_words import PEAK_WORDS
from .sheets import Line, Sheet, terminal
from .words import Language, say

__all__ = ["print_audit"]

#: Values shown of one change; the JSON has all.
_SHOWN = 6
_LONGEST = 80


def print_audit(entries: Iterable[AuditEntry], *, as_json: bool, lang: Language) -> None:
    """Print the lines; with `as_json` one JSON document instead."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(list(entries)).decode() + "\n")
        return
    columns = ["audit_at", "audit_who", "audit_what", "audit_subject", "audit_change", "audit_reason"]
    sheet = Sheet(say("audit_title", lang), [say(column, lang) for column in columns], whole=frozenset({0}))
    for entry in entries:
        at = f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}"
        change = _change(entry.before, entry.after)
        sheet.rows.append([at, entry.who, _what(entry.what, lang), entry.subject, change, entry.reason])
    Console().print(terminal([sheet] if sheet.rows else [Line(say("audit_empty", lang))]))


def _what(word: str, lang: Language) -> str:
    """Say a word of the log; one that other rooms added later stays as it is."""
    return say(f"audit_{word}", lang) if f"audit_{word}" in PEAK_WORDS else word.replace("_", " ")


def _change(before: Any, after: Any) -> str:
    """Put each value beside what it was; what did not change is left out."""
    if not isinstance(before, dict | None) or not isinstance(after, dict | None):
        return f"{_short(before)} → {_short(after)}"
    old, new = before or {}, after or {}
    told = [
        f"{name}: {_short(new[name])}"
        if name not in old
        else f"{name}: {_short(old[name])} → {_short(new.get(name))}"
        for name in {**old, **new}
        if name not in old or old[name] != new.get(name)
    ]
    more = f"\n… +{len(told) - _SHOWN}" if len(told) > _SHOWN else ""
    return "\n".join(told[:_SHOWN]) + more


def _short(value: Any) -> str:
    text = "—" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
