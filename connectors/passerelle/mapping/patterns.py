"""Patterns: regular expressions of a mapping, kept to those that no text can make slow."""

from __future__ import annotations

import re

from .unreadable import Unreadable

__all__ = ["LONGEST_TEXT", "TextPattern"]

#: Longer texts are no codes; and the time of a search is bounded by it.
LONGEST_TEXT = 500
_LONGEST_PATTERN = 200
#: Runs of any length in one pattern: each one more multiplies the work by the length of the text.
_MOST_RUNS = 3
_TOKEN = re.compile(
    r"(?P<escape>\\(?:[0-9]|.))|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<open>\((?:\?(?:[aimsx]+:|[aimsx]+(?=\))|:|P<\w+>|[^)\w]?.))?)|(?P<close>\))"
    r"|(?P<run>\*|\+|\{[0-9]*,\})|(?P<times>\{[0-9]+(?:,[0-9]+)?\}|\?)|(?P<or>\|)|(?P<other>.)",
    re.DOTALL,
)
_PLAIN_GROUP = re.compile(r"\((?:\?(?:[aimsx]+:?|:|P<\w+>))?")
_ONCE = {"?", "{1}", "{0,1}", "{1,1}"}


class TextPattern:
    """A regular expression that is read in time bounded by its text's length.

    It may not look around, refer back to a group, or repeat a group that holds a repetition or a choice.

    Raises:
        ValueError: it is no regular expression, or one of those that a text can make slow.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self.regex = re.compile(text)
        except re.error as error:
            raise ValueError(f"{text!r} is no regular expression: {error}") from error
        _check(text)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of its groups."""
        return tuple(self.regex.groupindex)

    def full(self, text: str) -> re.Match[str] | None:
        """Match the whole text; raises Unreadable when it is too long to be matched."""
        return self.regex.fullmatch(_bounded(text))

    def search(self, text: str) -> re.Match[str] | None:
        """Find the first place that fits; raises Unreadable when the text is too long."""
        return self.regex.search(_bounded(text))

    def replace(self, text: str, by: str) -> str:
        """Put a literal text in place of everything that fits."""
        return self.regex.sub(lambda _found: by, _bounded(text))


def _bounded(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise Unreadable("too_long", f"at most {LONGEST_TEXT} characters where a pattern is looked for")
    return text


def _check(text: str) -> None:
    if len(text) > _LONGEST_PATTERN:
        raise ValueError(f"a pattern has at most {_LONGEST_PATTERN} characters, not {len(text)}")
    runs = 0
    # Of each open group: whether a repetition or a choice stands in it.
    groups = [False]
    closed = False
    for token in _TOKEN.finditer(text):
        kind, what = token.lastgroup, token[0]
        _refuse(text, kind, what)
        many = kind == "run" or (kind == "times" and what not in _ONCE)
        if closed and many:
            raise ValueError(f"{text!r} repeats a group that holds a repetition or a choice")
        runs += kind == "run"
        groups[-1] = groups[-1] or many or kind == "or"
        closed = False
        if kind == "open":
            groups.append(False)
        elif kind == "close" and len(groups) > 1:
            closed = groups.pop()
            groups[-1] = groups[-1] or closed
    if runs > _MOST_RUNS:
        raise ValueError(f"{text!r} has {runs} runs of any length (*, +), at most {_MOST_RUNS} are taken")


def _refuse(text: str, kind: str | None, what: str) -> None:
    if kind == "open" and _PLAIN_GROUP.fullmatch(what) is None:
        raise ValueError(f"{text!r}: {what} looks around or back; write the pattern without it")
    if kind == "escape" and what[1].isdigit() and what[1] != "0":
        raise ValueError(f"{text!r}: {what} refers back to a group; write the pattern without it")
