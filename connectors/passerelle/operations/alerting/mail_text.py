"""The text of a mail: plain, and as HTML of which every word that is not ours is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from .digest import Digest, Line
from .words import say

__all__ = ["html_of", "text_of"]

#: Meant for mail programs: no style sheet, no picture, nothing that is loaded from anywhere.
_COLOURS = {"critical": "#b3261e", "warning": "#8a5a00", "closed": "#1b6e3c"}
_BODY = (
    "font-family:sans-serif;font-size:15px;line-height:1.45;color:#1a1a1a;max-width:640px;"
    "overflow-wrap:anywhere"
)


def text_of(digest: Digest) -> str:
    """Write a message as plain text."""
    lines = [digest.subject, ""]
    for line in digest.lines:
        lines += [f"* [{_mark(line, digest)}] {line.spoken.what}", f"  {line.since} (#{line.alert.id})"]
        if line.change != "closed":
            lines += [f"  {label} {text}" for label, text in _said(line, digest)]
        lines.append("")
    return "\n".join([*lines, *_closing(digest)]) + "\n"


def html_of(digest: Digest) -> str:
    """Write a message as a page that needs nothing from outside."""
    lang = digest.language
    parts = [
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(digest.subject)}</title></head>",
        f'<body style="{_BODY}"><h1 style="font-size:19px">{escape(digest.subject)}</h1>',
    ]
    for line in digest.lines:
        colour = _COLOURS["closed" if line.change == "closed" else line.alert.severity]
        parts.append(f'<div style="border-left:4px solid {colour};padding:0 0 0 12px;margin:0 0 18px">')
        parts.append(f'<h2 style="font-size:16px;margin:0">{escape(line.spoken.what)}</h2>')
        mark = f"{_mark(line, digest)} · {line.since} · #{line.alert.id}"
        parts.append(f'<p style="margin:2px 0;color:#555">{escape(mark)}</p>')
        if line.change != "closed":
            parts += [f"<p style='margin:6px 0'>{part}</p>" for part in _paragraphs(line, digest)]
        parts.append("</div>")
    parts += [f'<p style="color:#555">{escape(text)}</p>' for text in _closing(digest)]
    return "".join([*parts, "</body></html>"])


def _mark(line: Line, digest: Digest) -> str:
    change = say(line.change, digest.language)
    return change if line.change == "closed" else f"{say(line.alert.severity, digest.language)}, {change}"


def _said(line: Line, digest: Digest) -> Iterator[tuple[str, str]]:
    lang = digest.language
    yield say("effect", lang), line.spoken.effect
    yield say("advice", lang), line.spoken.advice
    yield say("page", lang), line.page


def _paragraphs(line: Line, digest: Digest) -> Iterator[str]:
    for label, text in _said(line, digest):
        said = escape(text)
        if text == line.page and text.startswith(("https://", "http://")):
            said = f'<a href="{escape(text, quote=True)}">{said}</a>'
        yield f"<b>{escape(label)}</b> {said}"


def _closing(digest: Digest) -> list[str]:
    lang = digest.language
    closing = [say("more", lang, n=digest.more)] if digest.more else []
    if any(line.change != "closed" for line in digest.lines):
        closing.append(say("take", lang))
    return [*closing, say("list", lang)]
