"""Repertoires: which characters a file can hold, for feeds that rather write ? than reject a record."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...formats import codec_name
from ..spec import FormatSpec

__all__ = ["fitting"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# As XML 1.0 has it: tabs and line ends are texts like others there.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def fitting(spec: FormatSpec) -> Callable[[str], tuple[str, str]]:
    """Give what makes a text fit a format: the text with `?` in it, and the characters that went."""
    if spec.xml is not None:
        # What the charset lacks is written as a reference, and lost to nobody.
        return lambda text: _replaced(text, _NOT_XML.findall(text))
    if spec.edifact is not None:
        # Its writer knows the levels of EDIFACT and the nearest letters.
        return lambda text: (text, "")
    charset = codec_name(spec.charset) or "ascii"

    def fit(text: str) -> tuple[str, str]:
        lost = _CONTROL.findall(text)
        try:
            text.encode(charset)
        except UnicodeEncodeError:
            lost += [character for character in dict.fromkeys(text) if not _holds(charset, character)]
        return _replaced(text, lost)

    return fit


def _replaced(text: str, lost: list[str]) -> tuple[str, str]:
    for character in lost:
        text = text.replace(character, "?")
    return text, "".join(lost)


def _holds(charset: str, character: str) -> bool:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
