"""NDJSON in: one JSON object a line, a bad line alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from .json_texts import JSON_LIMIT, JsonTexts
from .layouts import Ill
from .reading import TextReader
from .rows import BadRow, Group, Row
from .text import TextSource

__all__ = ["NdjsonReader"]

_ADVICE = "Have it corrected at the source and sent again"


class NdjsonReader(TextReader):
    """Reads one file of JSON objects, one a line; a `Reader`. Empty lines are no records.

    Numbers are texts with their digits (an exponent is written out), true and false are `true` and `false`,
    null is None.

    A line that is no JSON object (`malformed`), names something twice (`duplicate_name`) or holds half a
    character (`broken_text`) is yielded as `BadRow`. Raises `FileRefused` as `TextSource` does.
    """

    def __init__(
        self, stream: BinaryIO, *, file: str, charset: str = "utf-8", final_newline: bool = False
    ) -> None:
        super().__init__(TextSource(stream, file=file, charset=charset, final_newline=final_newline))
        self._texts = JsonTexts()

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield the records in file order; a stream is read once."""
        self._start()
        number, ills = 0, self._texts.ills
        for batch in self._source.batches():
            self._source.needed_from = number + 1
            for line in batch:
                number += 1
                text = line.strip()
                if not text:
                    continue
                self._count += 1
                values = self._read(text)
                if ills:
                    yield self._bad(number, text, ills)
                else:
                    yield Row(values, self._count, number)
        self._finish()

    def _read_start(self) -> Group:
        # There is neither header nor trailer.
        return {}

    def _read(self, text: str) -> Group:
        ills = self._texts.ills
        if len(text) > JSON_LIMIT:
            ills[:] = [Ill("malformed", None, text, f"at most {JSON_LIMIT} characters", _ADVICE)]
            return {}
        try:
            values, end = self._texts.group(text)
        except json.JSONDecodeError as error:
            expected = f"JSON ({error.msg} at character {error.pos + 1})"
            ills[:] = [Ill("malformed", None, text, expected, _ADVICE)]
            return {}
        except RecursionError:
            ills[:] = [Ill("malformed", None, text, "JSON that is not nested so deep", _ADVICE)]
            return {}
        if end < len(text):
            ills.append(Ill("malformed", None, text[end:], "one object a line", _ADVICE))
        return values
