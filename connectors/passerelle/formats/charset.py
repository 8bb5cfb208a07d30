"""Charsets: what the feed declares, the prolog says and the bytes show must agree before a file is read."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

import ebcdic  # noqa: F401  # registers the code pages of IBM hosts (cp297, cp1141, cp1147, …)

from ..errors import ConfigError, Fault, FileRefused, Position

__all__ = ["COMMON", "HEAD", "Charset", "codec_name", "detect_charset", "is_ebcdic", "is_wide", "text_codec"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark starts with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_EXACT = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
#: How XML in wide characters starts when it has no mark (XML 1.0, appendix F).
_WIDE = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_PROLOG = re.compile(r"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._:-]*)["'][^>]*\?>""")
#: Charsets in which Python and libxml2 read every byte alike, and `<` is one byte that means nothing else.
COMMON = frozenset({"ascii", "utf-8", "iso8859-1", "iso8859-2", "iso8859-15", "cp1250", "cp1252"})
#: Enough for a mark and a prolog in any width.
HEAD = 1024
_ADVICE = (
    "Ask the sender which charset the bytes are in; when the prolog lies in every file,"
    " declare the charset with override_prolog: true"
)


class Charset(NamedTuple):
    """How a file is to be decoded: the codec, who said so, and whether the parser must be told."""

    name: str
    source: str
    override: bool
    ascii_compatible: bool


def codec_name(charset: str) -> str | None:
    """Give the one name under which a charset is known (`latin1` and `ISO-8859-1` are the same), or None."""
    try:
        # Python also knows codecs that are no charsets, such as base64: these encode no text.
        "".encode(charset)
        return codecs.lookup(charset).name
    except (LookupError, ValueError):
        return None


def is_ebcdic(charset: str) -> bool:
    """Tell the charsets of IBM hosts: `A` is 0xC1 in all of them."""
    return codecs.encode("A", charset) == b"\xc1"


def detect_charset(
    head: bytes, *, file: str, declared: str | None = None, override_prolog: bool = False
) -> Charset:
    """Settle the charset of an XML file from its first bytes (1,024 of them are enough).

    A byte order mark is believed, and so are characters that are seen to be wide; then the prolog; then what
    the feed declares; then UTF-8, as XML says.

    Two that disagree refuse the file, unless the feed says that this partner's prolog lies.

    Raises:
        FileRefused: `charset_conflict` or `charset_unknown`.
        ConfigError: the declared charset is not known.
    """
    wanted = None if declared is None else _known(declared)
    mark, marked = next(
        ((mark, name) for mark, name in (*_BOMS, *_WIDE) if head.startswith(mark)), (b"", None)
    )
    said = _prolog_encoding(head[:HEAD], marked)
    prolog = None if said is None or override_prolog else codec_name(said)
    if said is not None and prolog is None and not override_prolog:
        raise _refuse(file, "charset_unknown", said, "a charset that is known here")
    if marked is not None:
        how = "byte order mark" if any(mark == one for one, _ in _BOMS) else "start"
        return _from_mark(marked, how, prolog, wanted, file)
    if prolog is not None and wanted is not None and prolog != wanted:
        raise _refuse(file, "charset_conflict", said, f"{declared}, as the feed declares")
    if prolog is not None:
        return _charset(prolog, "prolog", override=False)
    if wanted is not None:
        return _charset(wanted, "feed", override=True)
    # The parser is told, too: it may find a prolog where none was looked for.
    return _charset("utf-8", "default", override=True)


def is_wide(head: bytes) -> bool:
    """Tell bytes of UTF-16 or UTF-32, with or without a mark, by the first four of them."""
    return any(head.startswith(mark) for mark, name in (*_BOMS, *_WIDE) if name != "utf-8")


def text_codec(head: bytes, *, file: str, charset: str) -> tuple[str, int]:
    """Give the codec of a text file, and how many bytes of mark stand in front of its text.

    The feed declares the charset; a byte order mark must say the same, and is no part of the text. UTF-16
    and UTF-32 of unsaid byte order need the mark.

    Raises:
        FileRefused: `charset_conflict`.
        ConfigError: the declared charset is not known.
    """
    wanted = _known(charset).removesuffix("-sig")
    # To a host, the bytes of a mark are letters like others.
    if not is_ebcdic(wanted):
        for mark, marked in _BOMS:
            if head.startswith(mark):
                exact = _EXACT.get(mark, marked)
                if wanted not in (marked, exact):
                    raise _refuse(file, "charset_conflict", f"a byte order mark of {exact}", charset)
                return exact, len(mark)
    if wanted in ("utf-16", "utf-32") and head:
        expected = f"{charset} with a byte order mark"
        raise _refuse(file, "charset_conflict", f"bytes {head[:4].hex(' ')}", expected)
    return wanted, 0


def _known(declared: str) -> str:
    wanted = codec_name(declared)
    if wanted is None:
        raise ConfigError(
            f"charset {declared!r} is not known", advice="Use a name such as ISO-8859-1 or UTF-8"
        )
    return wanted


def _from_mark(marked: str, how: str, prolog: str | None, wanted: str | None, file: str) -> Charset:
    for other, whose in ((prolog, "prolog"), (wanted, "feed")):
        # A prolog of UTF-16LE with a little endian mark agrees; only the family is compared.
        if other is not None and other != marked and not _same_width(marked, other):
            expected = f"what the {whose} declares: {other}"
            raise _refuse(file, "charset_conflict", f"a {how} of {marked}", expected)
    return Charset(marked, how, override=True, ascii_compatible=marked == "utf-8")


def _same_width(marked: str, other: str) -> bool:
    """Say whether a charset of wide characters is the other one, in the byte order that one leaves open."""
    return marked != "utf-8" and (other.startswith(marked) or marked.startswith(f"{other}-"))


def _charset(name: str, source: str, *, override: bool) -> Charset:
    try:
        compatible = b"<>/\n a".decode(name) == "<>/\n a"
    except UnicodeDecodeError:
        compatible = False
    return Charset(name, source, override, compatible)


def _prolog_encoding(head: bytes, marked: str | None) -> str | None:
    if marked is not None and marked != "utf-8":
        text = head[: len(head) // 4 * 4].decode(marked, "replace")
    else:
        text = head.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    found = _PROLOG.match(text)
    return found[1] if found else None


def _refuse(file: str, code: str, received: str | None, expected: str) -> FileRefused:
    return FileRefused(Fault(code, Position(file, line=1), received, expected, _ADVICE))
