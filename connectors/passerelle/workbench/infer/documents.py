"""JSON, NDJSON and EDIFACT of a sample: they say themselves what they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .guess import Guess, Layout

__all__ = ["guess_edifact", "guess_json"]

_MESSAGE = re.compile(r"UNH\+[^+']*\+([A-Z]{6})")


def guess_json(text: str, charset: Guess) -> Layout | None:
    """Tell a document with a list of records from one object a line; None when it is neither."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(isinstance(_parsed(line), dict) for line in lines[:2]):
        why = "every line is an object of its own"
        return Layout("ndjson", {"charset": charset.value}, "certain", why, [f"charset: {charset}"])
    document = _parsed(text)
    lists = sorted(_lists(document, ""), key=lambda one: -one[1])
    if not lists:
        return None
    path = lists[0][0] or "/"
    others = ", ".join(name or "/" for name, _ in lists[1:4])
    sure = "likely" if len(lists) > 1 else "certain"
    why = f"a list of {lists[0][1]} objects"
    note = f"record: {sure}: {why}" + (f"; or {others}" if others else "")
    return Layout(
        "json", {"charset": charset.value, "record": path}, "likely", why, [f"charset: {charset}", note]
    )


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=str)
    except ValueError:
        return None


def _lists(value: Any, path: str) -> Iterator[tuple[str, int]]:
    """List the lists of objects that stand outside of any other list."""
    if isinstance(value, list):
        if value and all(isinstance(item, dict) for item in value):
            yield path, len(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _lists(inner, f"{path}/{name}")


def guess_edifact(text: str, charset: Guess) -> Layout | None:
    """Name the message of an interchange; None when no message starts in the sample."""
    found = _MESSAGE.search(text)
    if found is None:
        return None
    others = sorted(set(_MESSAGE.findall(text)) - {found[1]})
    notes = [f"charset: {charset}", f"message: certain: UNH says {found[1]}"]
    if others:
        notes.append(f"the sample holds other messages too: {', '.join(others)}")
    return Layout("edifact", {"message": found[1]}, "certain", "UNA or UNB at the start", notes)
