"""Functions of markup: character references, and HTML in texts."""

from __future__ import annotations

import html
import re
from typing import Any

from ...formats.any_html import AnyHtml
from .registry import Convert, reading

# Where one of these begins or ends, a line ends.
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer", "h1",
        "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
        "table", "tr", "ul",
    }
)  # fmt: skip
_SILENT = frozenset({"script", "style", "template", "head", "title", "noscript", "iframe", "object"})
_EMPTY = frozenset({"br", "hr", "wbr"})


@reading("unescape", "text", "text")
def unescape(times: int = 1) -> Convert:
    """Read character references such as `&amp;` and `&eacute;`, once or as often as the text was escaped.

    Example: `{unescape: 2}` makes `"Vestes & gilets"` of `"Vestes &amp;amp; gilets"`.
    """
    if not 1 <= times <= _MOST_TIMES:
        raise ValueError(f"unescape reads references 1 to {_MOST_TIMES} times")

    def read(text: str) -> str:
        for _ in range(times):
            text = html.unescape(text)
        return text

    return read


_MOST_TIMES = 3


@reading("strip_html", "text", "text")
def strip_html(keep: tuple[str, ...] = ()) -> Convert:
    """Make plain text of HTML: tags go, blocks end lines, scripts and styles vanish with what they hold.

    The tags named in `keep` stay, without their attributes; the text is then HTML again.

    Example: `strip_html` makes `"Soft & warm"` of `"<p style='x'>Soft &amp; <b>warm</b></p>"`.
    """
    wanted = frozenset(tag.lower().strip("<>/") for tag in keep)
    if wanted & _SILENT:
        raise ValueError(f"{', '.join(sorted(wanted & _SILENT))} cannot be kept")
    return lambda text: _Stripper(wanted).strip(text)


class _Stripper(AnyHtml):
    """Collects what stays of one text."""

    def __init__(self, keep: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._keep = keep
        self._silent = 0
        self._parts: list[str] = []

    def strip(self, text: str) -> str:
        if "<" not in text and "&" not in text:
            return text.strip()
        self.feed(text)
        self.close()
        lines = (" ".join(line.split()) for line in "".join(self._parts).split("\n"))
        return "\n".join(line for line in lines if line)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:  # noqa: ARG002  # never kept
        if tag in _SILENT:
            self._silent += 1
        elif tag in self._keep:
            self._parts.append(f"<{tag}>")
        elif tag in _BLOCKS:
            self._parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in self._keep and tag not in _EMPTY:
            self._parts.append(f"</{tag}>")
        elif tag in _BLOCKS:
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            # A line end in the source of HTML is a blank.
            text = re.sub(r"\s+", " ", data)
            self._parts.append(html.escape(text, quote=False) if self._keep else text)
