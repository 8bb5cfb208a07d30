"""Text: bytes to lines, decoded strictly, whatever their line ends; the last ones can be shown again."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator
from io import StringIO
from typing import BinaryIO

from ..errors import Fault, FileRefused, Position
from .charset import is_ebcdic, text_codec

__all__ = ["LINE_LIMIT", "RECORD_LIMIT", "TextSource", "excerpt"]

CHUNK = 65_536
#: A line of so many characters is none: the file is another one than the feed says.
LINE_LIMIT = 16 << 20
#: One record of so many characters is none: its end was lost.
RECORD_LIMIT = 64 << 20
#: What DOS and CP/M put at the end of a text file.
_END_MARK = "\x1a"
#: The line end of IBM hosts.
_NEL = "\x85"
_LINE_END = re.compile("\r\n|\n|\r")
_EXCERPT = 200


class TextSource:
    """The text of one file, read once: lines with their ends, in batches, in flat memory.

    A line ends with CR LF, LF, CR (EBCDIC also: NEL) or with the file. 0x1A closes the file; behind it only
    blank lines may follow. With `final_newline`, the last line must have its line end.

    Reading raises `FileRefused`: `charset_conflict`, `wrong_charset`, `truncated`, `content_after_end_mark`,
    `line_too_long`.
    """

    def __init__(self, stream: BinaryIO, *, file: str, charset: str, final_newline: bool = False) -> None:
        self.file = file
        self.charset = charset
        self.needed_from = 1
        """The lines from here on are kept, to be shown again by `raw`."""
        self._stream = stream
        self._final_newline = final_newline
        self._given = 0
        self._carry: list[str] = []
        self._kept: deque[tuple[int, list[str]]] = deque()
        self._end_mark: int | None = None

    def batches(self) -> Iterator[list[str]]:
        """Yield the lines, many at a time."""
        carried = 0
        for piece in self._pieces():
            if "\n" not in piece and "\r" not in piece:
                self._carry.append(piece)
                carried += len(piece)
                if carried > LINE_LIMIT:
                    raise self.refuse(
                        "line_too_long",
                        f"{carried} characters without a line end",
                        "lines",
                        "Check the format of the feed against the file",
                        line=self._given + 1,
                    )
                continue
            self._carry.append(piece)
            lines = list(StringIO("".join(self._carry), newline=""))
            # The last line is not yet whole; a CR at its end may be half of a CR LF, an end mark the end.
            whole = lines[-1].endswith("\n") and _END_MARK not in lines[-1]
            self._carry = [] if whole else [lines.pop()]
            carried = len(self._carry[0]) if self._carry else 0
            yield from self._batch(lines)
        yield from self._batch(list(StringIO("".join(self._carry), newline="")), last=True)

    def pieces(self) -> Iterator[str]:
        """Yield the text as it comes, for formats that know no lines."""
        for piece in self._pieces():
            yield piece
            self._given += piece.count("\n")

    def raw(self, first: int, last: int) -> str:
        """Show lines again, without the last one's line end; they must not be before `needed_from`."""
        lines = [
            line for start, batch in self._kept for line in batch[max(first - start, 0) : last + 1 - start]
            if start <= last
        ]  # fmt: skip
        return "".join(lines).rstrip("\r\n")

    def fault(
        self,
        code: str,
        received: str | None,
        expected: str,
        advice: str = "",
        *,
        record: int | None = None,
        line: int | None = None,
        path: str | None = None,
    ) -> Fault:
        """Say what is wrong in this file."""
        received = None if received is None else excerpt(received)
        return Fault(code, Position(self.file, record, line, path), received, expected, advice)

    def refuse(
        self, code: str, received: str | None, expected: str, advice: str = "", *, line: int | None = None
    ) -> FileRefused:
        """Say why this file is not taken."""
        return FileRefused(self.fault(code, received, expected, advice, line=line))

    def _batch(self, lines: list[str], *, last: bool = False) -> Iterator[list[str]]:
        if self._end_mark is not None or (lines and any(_END_MARK in line for line in lines)):
            lines = self._before_end_mark(lines, last=last)
        if not lines:
            return
        if last and self._final_newline and not lines[-1].endswith(("\n", "\r")):
            raise self.refuse(
                "truncated",
                lines[-1],
                "a line end behind the last line",
                "The file is cut short: ask for it again; nothing of it was taken",
                line=self._given + len(lines),
            )
        while self._kept and self._kept[0][0] + len(self._kept[0][1]) <= self.needed_from:
            self._kept.popleft()
        self._kept.append((self._given + 1, lines))
        self._given += len(lines)
        yield lines

    def _before_end_mark(self, lines: list[str], *, last: bool) -> list[str]:
        """Take the end mark away; nothing but blank lines may stand behind it."""
        for index, line in enumerate(lines):
            blank = not line.strip(" \t\r\n" + _END_MARK)
            if self._end_mark is None and not line.startswith(_END_MARK):
                continue
            if not blank:
                raise self.refuse(
                    "content_after_end_mark",
                    line.rstrip("\r\n"),
                    f"the end of the file, as the mark 0x1A in line {self._end_mark or self._given + 1} says",
                    "Two files may have been joined: ask for the file again",
                    line=self._given + index + 1,
                )
            if self._end_mark is None:
                self._end_mark = self._given + index + 1
            lines[index] = "\n"
        if last and self._end_mark is None:
            # It may also stand behind the last text, on the same line.
            for index in range(len(lines) - 1, -1, -1):
                text = lines[index].rstrip("\r\n")
                if text.strip():
                    lines[index] = text.rstrip(_END_MARK) + lines[index][len(text) :]
                    break
        return lines

    def _pieces(self) -> Iterator[str]:
        chunk = self._stream.read(CHUNK)
        while chunk and len(chunk) < len(codecs.BOM_UTF32_LE):
            more = self._stream.read(CHUNK)
            chunk += more
            if not more:
                break
        codec, mark = text_codec(chunk, file=self.file, charset=self.charset)
        decoder = codecs.getincrementaldecoder(codec)("strict")
        host = is_ebcdic(codec)
        chunk, offset = chunk[mark:] or self._stream.read(CHUNK), mark
        while chunk:
            state = decoder.getstate()
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                good = len(chunk) - (len(error.object) - error.start)
                decoder.setstate(state)
                raise self._wrong_bytes(
                    error, decoder.decode(chunk[: max(good, 0)]), offset + good
                ) from error
            if text:
                yield text.replace(_NEL, "\n") if host else text
            offset += len(chunk)
            chunk = self._stream.read(CHUNK)
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise self.refuse(
                "truncated",
                f"0x{error.object[error.start :].hex()} at the end",
                f"a whole character in {self.charset}",
                "The file is cut short: ask for it again; nothing of it was taken",
                line=self._line_after(""),
            ) from error

    def _wrong_bytes(self, error: UnicodeDecodeError, before: str, offset: int) -> FileRefused:
        wrong = error.object[error.start : max(error.end, error.start + 1)]
        return self.refuse(
            "wrong_charset",
            f"0x{wrong.hex()} at byte {offset + 1}",
            f"text in {self.charset}",
            "Ask the sender which charset the bytes are in, and declare it",
            line=self._line_after(before),
        )

    def _line_after(self, text: str) -> int:
        return self._given + len(_LINE_END.findall("".join(self._carry) + text)) + 1


def excerpt(text: str) -> str:
    """Shorten what is shown in a message."""
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
