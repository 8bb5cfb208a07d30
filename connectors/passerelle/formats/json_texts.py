"""JSON values as raw texts: numbers keep their digits, true and false are words, null stays null.

The decoder of the standard library hands over the digits of a number as they stand; orjson and ijson give
their value (1.10 becomes 1.1). ijson also writes `?` for half a character, and its fast backend gives an
unusable object for a number of more than 4,300 digits.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from .layouts import Ill
from .rows import Group, Value

__all__ = ["JSON_LIMIT", "JsonTexts"]

#: A record of so many characters is none; a shop takes 16 MB, and advises 2 MB.
JSON_LIMIT = 8 << 20
#: Groups inside groups beyond this depth are no record but an attack, or another format.
_DEPTH_LIMIT = 64
#: A number that needs more places than this is none that a shop can take.
_PLACES = 400
_ADVICE = "Have it corrected at the source and sent again"
_TOO_DEEP = f"at most {_DEPTH_LIMIT} groups inside each other"


class JsonTexts:
    """Reads JSON values; what is wrong with the last one, though it is JSON, stands in `ills`."""

    def __init__(self) -> None:
        self.ills: list[Ill] = []
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._number,
            parse_float=self._number,
            parse_constant=self._constant,
        )

    def value(self, text: str, start: int = 0) -> tuple[Value, int]:
        """Read the value that starts there; gives it with the place where it ends.

        Raises:
            json.JSONDecodeError: it is no JSON, or its end is missing.
            RecursionError: it is nested a thousand times.
        """
        self.ills.clear()
        value, end = self._decoder.raw_decode(text, start)
        # What JSON says without these needs no second look.
        if text.find("\\ud", start, end) >= 0 or text.find("\\uD", start, end) >= 0:
            self._judge_characters(value)
        has_words = text.find("true", start, end) >= 0 or text.find("false", start, end) >= 0
        if has_words or text.count("{", start, end) + text.count("[", start, end) > _DEPTH_LIMIT:
            value = self._put_words([value], 1)[0]
        return value, end

    def group(self, text: str, start: int = 0) -> tuple[Group, int]:
        """Read the object that starts there; another value is noted in `ills`, and the group is empty."""
        value, end = self.value(text, start)
        if isinstance(value, dict):
            return value, end
        self.ills.append(Ill("malformed", None, text[start:end], "a JSON object, {…}", _ADVICE))
        return {}, end

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in values if names.count(name) > 1)
            self.ills.append(Ill("duplicate_name", twice, twice, "each name once in an object", _ADVICE))
        return values

    def _number(self, number: str) -> str:
        """Write an exponent out, as nobody else does: 1.5E3 is 1500."""
        has_exponent = "e" in number or "E" in number
        if len(number) > _PLACES or (has_exponent and abs(Decimal(number).adjusted()) > _PLACES):
            expected = f"numbers of at most {_PLACES} digits"
            self.ills.append(Ill("malformed", None, number, expected, _ADVICE))
            return number
        return format(Decimal(number), "f") if has_exponent else number

    def _constant(self, word: str) -> str:
        self.ills.append(Ill("malformed", None, word, "a number", _ADVICE))
        return word

    def _judge_characters(self, value: Any) -> None:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            half = f"\\u{ord(error.object[error.start]):04x}"
            self.ills.append(Ill("broken_text", None, half, "whole characters", _ADVICE))

    def _put_words(self, values: Any, depth: int) -> Any:
        """Put words in the place of true and false, wherever they stand in an object or a list."""
        if depth > _DEPTH_LIMIT + 1:
            self.ills.append(Ill("malformed", None, None, _TOO_DEEP, _ADVICE))
            return values
        for place, value in values.items() if isinstance(values, dict) else enumerate(values):
            if value is True:
                values[place] = "true"
            elif value is False:
                values[place] = "false"
            elif isinstance(value, dict | list):
                self._put_words(value, depth + 1)
        return values
