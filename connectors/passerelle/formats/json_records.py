"""JSON in: one document with a list of records, streaming; what stands around it tells about the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import BinaryIO

from ..errors import FileRefused
from .json_texts import JSON_LIMIT, JsonTexts
from .layouts import Ill
from .reading import TextReader
from .rows import BadRow, Group, Row, Value
from .text import TextSource

__all__ = ["JsonReader"]

_ADVICE = "Have it corrected at the source and sent again"
_ASK_AGAIN = "The file is cut short: ask for it again; nothing of it was taken"
_SHOWN = 40
_SPACE = re.compile(r"[ \t\n\r]*")


class JsonReader(TextReader):
    """Reads one JSON document; a `Reader`.

    `record` is the path from the root to the list of records (`/data/items`), `/` when the root is that list.
    Numbers are texts with their digits (an exponent is written out), true and false are `true` and `false`,
    null is None. What stands around the list in front of it is the header; the trailer is all that stands
    around it, since the members of a JSON object have no order that counts. Other lists are passed over.

    A record that is no object (`malformed`), names something twice (`duplicate_name`) or holds half a
    character (`broken_text`) is yielded as `BadRow`. Raises `FileRefused`: as `TextSource`; `empty_file`,
    `malformed`, `truncated`, `record_missing`, `record_too_long`.
    """

    def __init__(self, stream: BinaryIO, *, file: str, charset: str = "utf-8", record: str = "/") -> None:
        super().__init__(TextSource(stream, file=file, charset=charset))
        self._cursor = _Cursor(self._source)
        self._record = record
        self._around: Group = {}
        self._lists: list[str] = []
        path = [name for name in record.split("/") if name]
        self._walk = self._to_records(path, self._around, "")

    def _read_start(self) -> Group:
        if self._cursor.peek() == "":
            raise self._source.refuse("empty_file", None, "a JSON document", "Ask for the file again")
        if not next(self._walk, False):
            raise self._source.refuse(
                "record_missing",
                ", ".join([*self._lists, *_lists_in(self._around, "")]) or "no list",
                f"a list of records at {self._record}",
                "Check the record path of the feed against the file",
            )
        # What comes behind the records belongs to the trailer alone.
        return deepcopy(self._around)

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield the records in file order; a stream is read once."""
        self._start()
        cursor = self._cursor
        for raw, values, line in cursor.items():
            self._count += 1
            if cursor.texts.ills or not isinstance(values, dict):
                ills = list(cursor.texts.ills)
                if not isinstance(values, dict):
                    ills.append(Ill("malformed", None, raw, "a JSON object, {…}", _ADVICE))
                yield self._bad(line, raw, ills)
            else:
                yield Row(values, self._count, line)
        if next(self._walk, False):
            raise cursor.refuse("malformed", self._record, "one list of records at that path")
        if cursor.peek():
            raise cursor.refuse("malformed", cursor.peek(), "nothing behind the document")
        # They may stand anywhere in the document: there is no line to tell.
        self._close(self._around, None)
        self._finish()

    def _to_records(self, path: Sequence[str], group: Group, above: str) -> Iterator[bool]:
        """Read what stands around the records; stops at their list, and goes on behind it."""
        cursor = self._cursor
        if not path:
            if cursor.peek() == "[":
                yield True
            else:
                cursor.value()
            return
        if cursor.peek() != "{":
            cursor.value()
            return
        met: set[str] = set()
        for name in cursor.names():
            here = f"{above}/{name}"
            if name in met:
                raise cursor.refuse("duplicate_name", name, "each name once in an object")
            met.add(name)
            opening = cursor.peek()
            if name == path[0] and opening == ("[" if len(path) == 1 else "{"):
                inner: Group = {}
                if opening == "{":
                    group[name] = inner
                yield from self._to_records(path[1:], inner, here)
            elif opening == "[":
                self._lists.append(here)
                for _ in cursor.items():
                    pass
            else:
                group[name] = cursor.value()


def _lists_in(group: Group, above: str) -> Iterator[str]:
    for name, value in group.items():
        if isinstance(value, dict):
            yield from _lists_in(value, f"{above}/{name}")
        elif isinstance(value, list):
            yield f"{above}/{name}"


class _Cursor:
    """A place in the document, and the text from there on that was read already."""

    def __init__(self, source: TextSource) -> None:
        self.texts = JsonTexts()
        self._source = source
        self._pieces = source.pieces()
        self._text = ""
        self._at = 0
        self._line = 1
        self._counted = 0
        self._ended = False

    def peek(self) -> str:
        """Give the next character that is no blank; "" at the end of the document."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]  # matches "" too
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read_more():
                return ""

    def names(self) -> Iterator[str]:
        """Go through an object, stopping in front of each value, which is to be read there."""
        self._take("{")
        if self.peek() == "}":
            self._take("}")
            return
        while True:
            if self.peek() != '"':
                raise self._unexpected("a name in quotes")
            name = str(self.value())
            self._take(":")
            yield name
            if self.peek() == "}":
                self._take("}")
                return
            self._take(",")

    def items(self) -> Iterator[tuple[str, Value, int]]:
        """Go through a list: each item as it stands, its value and its line."""
        self._take("[")
        if self.peek() == "]":
            self._take("]")
            return
        while True:
            self.peek()
            line = self._line_here()
            value, end = self._value()
            raw, self._at = self._text[self._at : end], end
            yield raw, value, line
            if self.peek() == "]":
                self._take("]")
                return
            self._take(",")

    def value(self) -> Value:
        """Read one value that must be without fault."""
        self.peek()
        value, self._at = self._value()
        for ill in self.texts.ills:
            raise self.refuse(ill.code, ill.received, ill.expected)
        return value

    def refuse(self, code: str, received: str | None, expected: str, advice: str = _ADVICE) -> FileRefused:
        """Say why this document is not taken."""
        return self._source.refuse(code, received, expected, advice, line=self._line_here())

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _value(self) -> tuple[Value, int]:
        while True:
            try:
                value, end = self.texts.value(self._text, self._at)
            except json.JSONDecodeError as error:
                wrong = error.pos - self._at
                if not self._read_more(double=True):
                    raise self._broken(error, wrong) from error
            except RecursionError as error:
                raise self.refuse("malformed", None, "JSON that is not nested so deep") from error
            else:
                # A number at the end of what was read may go on.
                if end < len(self._text) or not self._read_more():
                    return value, end

    def _take(self, character: str) -> None:
        if self.peek() != character:
            raise self._unexpected(character)
        self._at += 1

    def _unexpected(self, expected: str) -> FileRefused:
        received = self.peek()
        if not received:
            return self.refuse("truncated", "the end of the file", expected, _ASK_AGAIN)
        return self.refuse("malformed", self._text[self._at :][:_SHOWN], expected)

    def _broken(self, error: json.JSONDecodeError, wrong: int) -> FileRefused:
        rest = self._text[self._at :].rstrip()
        if wrong >= len(rest) or error.msg.startswith("Unterminated") or rest[-1] not in "}]":
            return self.refuse("truncated", rest[:_SHOWN], "the end of the document", _ASK_AGAIN)
        self._at += wrong
        return self.refuse("malformed", rest[wrong:][:_SHOWN], f"JSON ({error.msg})")

    def _read_more(self, *, double: bool = False) -> bool:
        """Read on, as much again as is not used yet when a value is longer than it."""
        if self._ended:
            return False
        self._line_here()
        parts = [self._text[self._at :]]
        wanted = len(parts[0]) if double else 1
        if wanted > JSON_LIMIT:
            expected = f"a value of at most {JSON_LIMIT} characters"
            raise self.refuse("record_too_long", parts[0], expected, "Check the record path of the feed")
        got = 0
        while got < wanted:
            piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
                break
            parts.append(piece)
            got += len(piece)
        self._text, self._at, self._counted = "".join(parts), 0, 0
        return got > 0
