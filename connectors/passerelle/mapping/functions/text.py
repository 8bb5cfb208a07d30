"""Functions of text: blanks, case, padding, parts, literal replacement."""

from __future__ import annotations

import re

from ..patterns import TextPattern
from ..slugs import transliterate
from ..unreadable import Unreadable
from .registry import Convert, reading, writing

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\ufeff]")


@writing("trim", "text", "text")
@reading("trim", "text", "text")
def trim() -> Convert:
    """Drop blanks at both ends, no-break blanks too.

    Example: `trim` makes `"a b"` of `"  a b "`.
    """
    return str.strip


@writing("squeeze", "text", "text")
@reading("squeeze", "text", "text")
def squeeze() -> Convert:
    """Make every run of blanks and line ends one blank, and drop those at both ends.

    Example: `squeeze` makes `"a b"` of `" a    b "`.
    """
    return lambda text: " ".join(text.split())


@reading("strip_control", "text", "text")
def strip_control(by: str = "") -> Convert:
    r"""Put a text (or nothing) in place of control characters; tabs and line ends stay.

    Without this function such a character is a fault, because it tells of damage.

    Example: `{strip_control: "*"}` makes `"* steel"` of `"\a steel"`.
    """
    return lambda text: _CONTROLS.sub(lambda _found: by, text)


@writing("upper", "text", "text")
@reading("upper", "text", "text")
def upper() -> Convert:
    """Write in capitals.

    Example: `upper` makes `"ÉTÉ"` of `"été"`.
    """
    return str.upper


@writing("lower", "text", "text")
@reading("lower", "text", "text")
def lower() -> Convert:
    """Write in small letters.

    Example: `lower` makes `"été"` of `"ÉTÉ"`.
    """
    return str.lower


@reading("title", "text", "text")
def title() -> Convert:
    """Write every word with a capital first and small letters behind it.

    Example: `title` makes `"Robe D'Été"` of `"ROBE D'ÉTÉ"`.
    """
    return lambda text: re.sub(r"\w+", lambda word: word[0].capitalize(), text)


@reading("sentence", "text", "text")
def sentence() -> Convert:
    """Write the first letter as a capital and all others small.

    Example: `sentence` makes `"Robe d'été"` of `"ROBE D'ÉTÉ"`.
    """
    return str.capitalize


@writing("prefix", "text", "text")
@reading("prefix", "text", "text")
def prefix(text: str) -> Convert:
    """Put a text in front.

    Example: `{prefix: "n° "}` makes `"n° 7"` of `"7"`.
    """
    return lambda value: text + value


@writing("suffix", "text", "text")
@reading("suffix", "text", "text")
def suffix(text: str) -> Convert:
    """Put a text behind.

    Example: `{suffix: " cm"}` makes `"80 cm"` of `"80"`.
    """
    return lambda value: value + text


@reading("pad", "text", "text")
def pad(width: int, fill: str = "0") -> Convert:
    """Fill up on the left to a width; what is longer stays as it is.

    Example: `{pad: 5}` makes `"00042"` of `"42"`.
    """
    _check_pad(width, fill)
    return lambda text: text.rjust(width, fill)


@writing("pad", ("integer", "text"), "text")
def pad_out(width: int, fill: str = "0") -> Convert:
    """Fill up on the left to a width; what is longer is a fault, because the partner would cut it.

    Example: `{pad: 5}` makes `"00042"` of `"42"`.
    """
    _check_pad(width, fill)

    def write(value: object) -> str:
        text = str(value)
        if len(text) > width:
            raise Unreadable("too_long", f"at most {width} characters")
        return text.rjust(width, fill)

    return write


def _check_pad(width: int, fill: str) -> None:
    if len(fill) != 1 or width < 1:
        raise ValueError("pad takes a width from 1 on and one character to fill with")


@writing("cut", "text", "text")
@reading("cut", "text", "text")
def cut(length: int) -> Convert:
    """Keep the first characters, without blanks behind them.

    Example: `{cut: 4}` makes `"abc"` of `"abc def"`.
    """
    if length < 1:
        raise ValueError("cut takes a length from 1 on")
    return lambda text: text[:length].rstrip()


@reading("substring", "text", "text")
def substring(start: int, length: int | None = None) -> Convert:
    """Keep the characters from a position on (the first is 1, the last is -1), so many or all.

    Example: `{substring: 3, length: 2}` makes `"38"` of `"AB38-X"`.
    """
    if start == 0 or (length is not None and length < 1):
        raise ValueError("substring counts from 1, or from the end with -1, and takes a length from 1 on")

    def read(text: str) -> str:
        begin = start - 1 if start > 0 else max(0, len(text) + start)
        return text[begin:] if length is None else text[begin : begin + length]

    return read


@reading("strip_zeros", "text", "text")
def strip_zeros() -> Convert:
    """Drop leading zeros of a text of digits; other texts stay as they are.

    Example: `strip_zeros` makes `"42"` of `"00042"`.
    """
    return lambda text: (text.lstrip("0") or "0") if text.isdecimal() else text


@writing("ascii", "text", "text")
@reading("ascii", "text", "text")
def ascii_() -> Convert:
    """Write letters with marks as plain ones; what has no plain form is left out.

    Example: `ascii` makes `"zolty"` of `"żółty"`.
    """
    return transliterate


@reading("replace", "text", "text")
def replace(text: str, by: str = "") -> Convert:
    """Put a literal text (or nothing) in place of another, wherever it stands.

    Example: `{replace: "/", by: "-"}` makes `"a-b-c"` of `"a/b/c"`.
    """
    if not text:
        raise ValueError("replace needs the text that is replaced")
    return lambda value: value.replace(text, by)


@reading("replace_pattern", "text", "text")
def replace_pattern(pattern: str, by: str = "") -> Convert:
    """Put a literal text (or nothing) in place of everything that fits a regular expression.

    Example: `{replace_pattern: "[^0-9]+"}` makes `"12345"` of `"12 345 kg"`.
    """
    known = TextPattern(pattern)
    return lambda text: known.replace(text, by)


@reading("pattern", "text", "text")
def pattern(pattern: str, group: str | int | None = None, otherwise: str = "reject") -> Convert:
    """Take out what fits a regular expression: its named or numbered group, its only group, or all of it.

    A text that does not fit is a fault, or `keep` keeps it, or `empty` makes nothing of it.

    Example: `{pattern: "(?P<size>[0-9]+) ?cm", group: size}` makes `"80"` of `"Tisch 80 cm"`.
    """
    known = TextPattern(pattern)
    wanted = _group(known, group)
    if otherwise not in ("reject", "keep", "empty"):
        raise ValueError(f"otherwise is reject, keep or empty, not {otherwise!r}")

    def read(text: str) -> str:
        found = known.search(text)
        if found is not None:
            return found[wanted] or ""
        if otherwise == "reject":
            raise Unreadable("no_match", f"a text that fits {pattern}")
        return text if otherwise == "keep" else ""

    return read


def _group(known: TextPattern, group: str | int | None) -> str | int:
    if group is None:
        return 1 if known.regex.groups == 1 else 0
    there = group in known.groups if isinstance(group, str) else 0 <= group <= known.regex.groups
    if not there:
        names = ", ".join(known.groups) or f"{known.regex.groups} without a name"
        raise ValueError(f"the pattern has no group {group!r}; it has {names}")
    return group
