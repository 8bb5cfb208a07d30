"""The start of an EDIFACT interchange: its separators, its character set, and its text from there on."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from ...errors import Fault, FileRefused, Position
from .syntax import CODECS, NOISE, Separators

__all__ = ["Interchange"]

CHUNK = 65_536
_NOISE = NOISE.encode()
_UNA_LENGTH = 9
_SHOWN = 40
_DECLARE = "Ask the sender which charset the bytes are in, and declare it: charset: UTF-8"


class Interchange:
    """One interchange before it is cut into segments.

    `declared` is the codec that the feed declares; without it, the syntax identifier in UNB decides. With
    `by_line`, line ends close the segments unless UNA says otherwise.

    Raises:
        FileRefused: `empty_file`, `no_interchange`, `malformed` (UNA), `charset_unknown`, `charset_conflict`.
    """

    def __init__(self, stream: BinaryIO, *, file: str, declared: str | None, by_line: bool) -> None:
        self._stream = stream
        self._file = file
        self._head = stream.read(CHUNK)
        self._read = 0
        self._marked = self._head.startswith(codecs.BOM_UTF8)
        self._head = self._head.removeprefix(codecs.BOM_UTF8)
        self._declared = declared
        # Up to the syntax identifier everything is ASCII, whatever follows (ISO 9735); a feed may differ.
        text = self._head.decode(declared or "latin-1", "replace")
        body = text.lstrip(NOISE)
        skipped = len(text) - len(body)
        self.line = 1 + text.count("\n", 0, skipped)
        if not body:
            raise self._refuse("empty_file", None, "an interchange that starts with UNA or UNB", "")
        self.separators = Separators(terminator="\n") if by_line else Separators()
        if body.startswith("UNA"):
            try:
                self.separators = Separators.from_una(body)
            except ValueError as error:
                expected = "UNA and six different service characters"
                raise self._refuse("malformed", body[:_UNA_LENGTH], expected, _DECLARE) from error
            skipped += _UNA_LENGTH
            self.line += body.count("\n", 0, _UNA_LENGTH)
            body = body[_UNA_LENGTH:].lstrip(NOISE)
        if not body.startswith("UNB"):
            advice = "The start is damaged, or this is no EDIFACT file: ask for it again"
            raise self._refuse("no_interchange", body[:_SHOWN], "UNB, which opens the interchange", advice)
        self.codec = declared or self._stated(body)
        if self._marked and codecs.lookup(self.codec).name not in ("utf-8", "ascii"):
            raise self._refuse("charset_conflict", "a byte order mark of utf-8", self.codec, _DECLARE)
        self._skipped = skipped
        # Until bytes prove the contrary, text of a set of one byte may be UTF-8 in disguise.
        of_one_byte = declared is None and self.codec.startswith("iso8859")
        self._disguise = codecs.getincrementaldecoder("utf-8")() if of_one_byte else None
        self._beyond_ascii = False

    def pieces(self) -> Iterator[str]:
        """Decode what follows UNA, piece by piece.

        Raises FileRefused when bytes are not in the charset, and at the end when text that is stated to be
        of a set of one byte was UTF-8 throughout.
        """
        decoder = codecs.getincrementaldecoder(self.codec)()
        skip, chunk, place = self._skipped, self._head, 0
        self._head = b""
        while chunk:
            text = self._decode(decoder, chunk, place, final=False)
            place += len(chunk)
            yield text[skip:]
            skip = max(0, skip - len(text))
            chunk = self._stream.read(CHUNK)
        yield self._decode(decoder, b"", place, final=True)
        if self._disguise is not None and self._beyond_ascii:
            advice = f"{_DECLARE}; or, if the text is right as it is, charset: {self.codec}"
            raise self._refuse("charset_conflict", "text that is UTF-8", f"{self.codec}, as UNB says", advice)

    def _decode(self, decoder: codecs.IncrementalDecoder, chunk: bytes, place: int, *, final: bool) -> str:
        if self._disguise is not None and (final or not chunk.isascii() or self._beyond_ascii):
            self._beyond_ascii = self._beyond_ascii or not chunk.isascii()
            try:
                self._disguise.decode(chunk, final)
            except UnicodeDecodeError:
                self._disguise = None
        try:
            return decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            received = (
                f"bytes {error.object[error.start : error.end].hex(' ')} near byte {place + error.start}"
            )
            whose = "as the feed declares" if self._declared is not None else "as UNB says"
            raise self._refuse("wrong_charset", received, f"{self.codec}, {whose}", _DECLARE) from error

    def _stated(self, body: str) -> str:
        """Read the syntax identifier: the first component of UNB."""
        header = body.partition(self.separators.terminator)[0].split(self.separators.element)
        syntax = header[1].split(self.separators.component)[0] if len(header) > 1 else ""
        if syntax not in CODECS:
            known = "one of " + ", ".join(CODECS)
            raise self._refuse("charset_unknown", syntax[:_SHOWN], known, _DECLARE)
        return CODECS[syntax]

    def _refuse(self, code: str, received: str | None, expected: str, advice: str) -> FileRefused:
        line = self.line if code in ("malformed", "no_interchange") else None
        return FileRefused(Fault(code, Position(self._file, line=line), received, expected, advice))
