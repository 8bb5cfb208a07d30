"""Charsets of a sample: what the file says itself, then what its bytes can and cannot be."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import NamedTuple

from .guess import Guess

__all__ = ["guess_charset", "is_ebcdic"]

_MARKS = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_PROLOG = re.compile(rb"""^<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._:-]*)["']""")
#: Of one byte a character, the commonest first: the first of equals is taken, the others are named.
_SINGLE = ("windows-1252", "ISO-8859-15", "cp850", "windows-1250", "ISO-8859-2")
# Signs that people type: currencies, quotes, dashes, units, the no-break blank.
_SIGNS = frozenset(
    "\u20ac\xa3\xa7\xb0\xb2\xb3\xb5\xab\xbb\xb7\xd7\xbd\xbc\xbe\u2013\u2014\u2026"
    "\u2018\u2019\u201a\u201c\u201d\u201e\u2022\u2122\xae\xa9\xa0\u2030"
)
_HIGH = 0x80
#: EBCDIC has its blank at 0x40 and its letters and digits above 0x80.
_BLANK = 0x40
_EBCDIC_SHARE = 0.5
_WORD = re.compile(r"\w*[^\x00-\x7f]\w*")
_MOST = 200_000


class _Reading(NamedTuple):
    charset: str
    score: int
    text: str


def is_ebcdic(head: bytes) -> bool:
    """Say whether the bytes look like text of a mainframe."""
    if not head or b"<" in head[:64] or head.startswith(tuple(mark for mark, _ in _MARKS)):
        return False
    high = sum(byte >= _HIGH for byte in head)
    blanks = head.count(_BLANK)
    return (high + blanks) / len(head) > _EBCDIC_SHARE and blanks > head.count(b" ")


def guess_charset(head: bytes) -> Guess:
    """Settle the charset of a sample: byte order mark, prolog, strict trial of UTF-8, then one-byte ones."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Guess(name, "certain", "the byte order mark says so")
    said = _PROLOG.match(head)
    if said is not None:
        name = said[1].decode("ascii")
        if _decodes(head, name):
            return Guess(name, "certain", "the prolog says so, and the bytes can be read")
        other = _by_bytes(head)
        return other._replace(
            sure="unsure", why=f"the prolog says {name}, but the bytes are none; {other.why}"
        )
    return _by_bytes(head)


def _decodes(head: bytes, charset: str) -> bool:
    try:
        codecs.getincrementaldecoder(charset)("strict").decode(head)
    except (LookupError, UnicodeDecodeError):
        return False
    return True


def _by_bytes(head: bytes) -> Guess:
    high = sum(byte >= _HIGH for byte in head[:_MOST])
    if not high:
        why = "only ASCII in the sample, which most charsets read alike: ask the sender"
        return Guess("UTF-8", "unsure", why, ("windows-1252", "ISO-8859-1"))
    if _decodes(head, "utf-8"):
        return Guess("UTF-8", "likely", f"{high} bytes above ASCII, and all of them are UTF-8")
    readings = sorted(map(_read, [head[:_MOST]] * len(_SINGLE), _SINGLE), key=lambda one: -one.score)
    best = readings[0]
    alike = tuple(one.charset for one in readings[1:] if one.text == best.text or one.score == best.score)
    rivals = tuple(one.charset for one in readings[1:] if one.score > best.score * 0.9)
    words = ", ".join(dict.fromkeys(_WORD.findall(best.text)))[:120]
    why = f"no UTF-8; read so, the words are {words}"
    return Guess(best.charset, "unsure" if alike else "likely", why, tuple(dict.fromkeys(alike + rivals)))


def _read(head: bytes, charset: str) -> _Reading:
    """Score how much a reading looks like words: marks inside words, signs that people type."""
    try:
        text = head.decode(charset)
    except UnicodeDecodeError:
        # A few bytes that the charset lacks do not speak against the others.
        text = head.decode(charset, "replace")
    score = 0
    for place, sign in enumerate(text):
        if sign.isascii():
            continue
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if sign.isalpha():
            # é in a word, É at its start or in capitals; é after a capital or É after a small letter is odd.
            odd = sign.isupper() and (before.islower() or (after.islower() and before.isalpha()))
            odd = odd or (sign.islower() and before.isupper() and after.isupper())
            score += -2 if odd else 2 if before.isalpha() or after.isalpha() else 0
        elif sign in _SIGNS:
            score += 1
        else:
            score -= 3 if unicodedata.category(sign) in ("Cc", "Co", "So", "Cn") else 1
    return _Reading(charset, score, text)
