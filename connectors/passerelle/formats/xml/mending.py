"""Mending XML: what no XML file may hold is taken out of its bytes before they are parsed, and counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..charset import is_wide
from .markup import sections
from .source import Bytes

__all__ = ["MendedXml", "Mending"]

_CONTROLS = bytes(byte for byte in range(0x20) if byte not in b"\t\n\r")
_BLANKED = bytes(0x20 if byte in _CONTROLS else byte for byte in range(256))
_CONTROL = re.compile(b"[%s]" % re.escape(_CONTROLS))
#: What a character of XML may be (XML 1.0, production 2).
_CHARACTERS = ((0x9, 0xA), (0xD, 0xD), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
#: U+FFFE and U+FFFF in UTF-8.
_NO_CHARACTER = re.compile(b"\xef\xbf[\xbe\xbf]")
_NUMBER = re.compile(rb"&#(?:([0-9]{1,10})|x([0-9a-fA-F]{1,8}));")
_BARE = re.compile(rb"&(?!#[0-9]{1,10};|#x[0-9a-fA-F]{1,8};|[A-Za-z_][\w.:-]{0,31};)")
#: What starts so near to the end of what was read may go on: by its first byte.
_REACH = ((b"&", 40), (b"<", len("<![CDATA[")))
#: How the end of a section may begin, the longer first. A whole end is never parted: nobody would see it.
_BEGUN_ENDS = (b"]]", b"]", b"--", b"-", b"?")
_CHUNK = 65_536
_WIDEST = 4


class Mending(NamedTuple):
    """Which damage is mended: characters that XML 1.0 does not allow, and `&` that begins nothing."""

    illegal_characters: Literal["refuse", "remove", "blank"] = "refuse"
    bare_ampersands: Literal["refuse", "escape"] = "refuse"


class MendedXml:
    """The bytes of an XML file without its illegal characters, from a stream that need not be seekable.

    Control characters are illegal wherever they stand, as are references to any (`&#x1;`), U+FFFE and U+FFFF.
    `<`, `>`, `&` and line ends must be single bytes of their own in the charset; `utf8` says whether it is
    UTF-8. What is mended is counted in `repairs`. Lines stay where they are.
    """

    def __init__(self, stream: Bytes, mending: Mending, *, utf8: bool, repairs: Counter[str]) -> None:
        self._stream = stream
        self._illegal = mending.illegal_characters != "refuse"
        self._instead = b" " if mending.illegal_characters == "blank" else b""
        self._escape = mending.bare_ampersands == "escape"
        self._utf8 = utf8
        self._repairs = repairs
        self._begun = False
        self._half = b""
        self._carry = b""
        self._inside: bytes | None = None
        self._line = 1
        self._counts: Counter[str] = Counter()
        self._first: dict[str, tuple[int, str]] = {}

    def read(self, size: int = _CHUNK) -> bytes:
        """Read some bytes, not always as many; none at the end of the file."""
        while True:
            raw = self._stream.read(size)
            if not self._begun:
                raw = self._begin(raw)
            buffer = self._carry + (self._without_illegal(raw) if self._illegal else raw)
            cut = _whole(buffer) if raw else len(buffer)
            self._carry = buffer[cut:]
            mended = self._mended(buffer[:cut])
            if mended or not raw:
                return mended

    def _begin(self, raw: bytes) -> bytes:
        """Look at the first bytes: wide characters are full of zeros, and of another charset than said."""
        while raw and len(raw) < _WIDEST:
            more = self._stream.read(_CHUNK)
            if not more:
                break
            raw += more
        self._begun = True
        if is_wide(raw):
            self._illegal = self._escape = False
        return raw

    @property
    def notes(self) -> list[str]:
        """Say in sentences what was mended, and where it was first met."""
        said = {
            "illegal characters": "taken out" if not self._instead else "replaced by blanks",
            "bare ampersands": "written as &amp;",
        }
        return [
            "{} {} {}, the first in line {}: {}".format(count, what, said[what], *self._first[what])
            for what, count in self._counts.items()
        ]

    def _count(self, what: str, count: int, first: str, line: int) -> None:
        self._repairs[what] += count
        self._counts[what] += count
        known = self._first.get(what)
        # Raw characters are met before the references that stand in front of them.
        if known is None or line < known[0]:
            self._first[what] = (line, first)

    def _without_illegal(self, raw: bytes) -> bytes:
        """Take out what is illegal everywhere; before marks are looked for, for they may close around it."""
        kept = self._without_controls(raw)
        return self._without_no_characters(kept, is_last=not raw) if self._utf8 else kept

    def _without_controls(self, raw: bytes) -> bytes:
        kept = raw.translate(None, _CONTROLS)
        if len(kept) == len(raw):
            return raw
        first = _CONTROL.search(raw)
        if first is not None:
            line = self._line_in(raw, first.start())
            self._count("illegal characters", len(raw) - len(kept), f"U+{first[0][0]:04X}", line)
        return raw.translate(_BLANKED) if self._instead else kept

    def _without_no_characters(self, raw: bytes, *, is_last: bool) -> bytes:
        text, self._half = self._half + raw, b""
        if not is_last and text.endswith((b"\xef", b"\xef\xbf")):
            cut = text.rindex(b"\xef")
            text, self._half = text[:cut], text[cut:]
        first = _NO_CHARACTER.search(text) if b"\xef\xbf" in text else None
        if first is None:
            return text
        line = self._line_in(text, first.start())
        kept, count = _NO_CHARACTER.subn(self._instead, text)
        self._count("illegal characters", count, "U+FFFE or U+FFFF", line)
        return kept

    def _line_in(self, raw: bytes, place: int) -> int:
        """Say in which line a place is of what was just read."""
        return self._line + self._carry.count(b"\n") + raw.count(b"\n", 0, place)

    def _mended(self, piece: bytes) -> bytes:
        lines = piece.count(b"\n")
        parts: list[bytes] = []
        before = self._line
        for text, is_hidden in self._sections(piece):
            parts.append(text if is_hidden or b"&" not in text else self._references(text))
            self._line += text.count(b"\n")
        self._line = before + lines
        return b"".join(parts)

    def _sections(self, piece: bytes) -> Iterator[tuple[bytes, bool]]:
        """Tell what is text and markup from what stands in comments and the like, where `&` is plain text."""
        for part, closing in sections(piece, self._inside):
            yield part, self._inside is not None
            self._inside = closing

    def _references(self, text: bytes) -> bytes:
        if self._illegal and b"&#" in text:
            text = self._without_references(text)
        if self._escape:
            first = _BARE.search(text)
            if first is not None:
                line = self._line + text.count(b"\n", 0, first.start())
                text, count = _BARE.subn(b"&amp;", text)
                self._count("bare ampersands", count, "&", line)
        return text

    def _without_references(self, text: bytes) -> bytes:
        """Put nothing or a blank in place of each reference to an illegal character."""

        def replaced(found: re.Match[bytes]) -> bytes:
            if _is_legal(found):
                return found[0]
            line = self._line + text.count(b"\n", 0, found.start())
            self._count("illegal characters", 1, found[0].decode(), line)
            return self._instead

        return _NUMBER.sub(replaced, text)


def _is_legal(reference: re.Match[bytes]) -> bool:
    code = int(reference[1]) if reference[1] is not None else int(reference[2], 16)
    return any(first <= code <= last for first, last in _CHARACTERS)


def _whole(buffer: bytes) -> int:
    """Say up to where nothing is cut in two."""
    end = len(buffer)
    found = (buffer.find(mark, max(end - reach, 0)) for mark, reach in _REACH)
    cut = min((place for place in found if place >= 0), default=end)
    begun = next((len(mark) for mark in _BEGUN_ENDS if buffer.endswith(mark)), 0)
    return min(cut, end - begun)
