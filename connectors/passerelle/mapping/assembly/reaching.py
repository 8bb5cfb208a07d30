"""Reaching: the texts at a path of a row in the making, and the keys that rows are joined and grouped by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import msgspec

from ..paths import ABSENT, Source, leaf_text
from .drafts import Surroundings

__all__ = ["Place", "joined_key", "keys_at", "pseudo_text"]

_encode = msgspec.json.Encoder().encode


class Place:
    """A path of a row, or of a group that hangs in it; `climb` is how many groups up it starts."""

    __slots__ = ("_name", "climb", "pseudo", "source", "text")

    def __init__(self, text: str, *, depth: int = 0) -> None:
        """Read the path; raises ValueError when it is none, or leads out of the row."""
        self.text = text
        self.source = Source.parse(text, depth=depth, header=None)
        self.pseudo = self.source.pseudo
        # In the fields such a name means the row; here it means the row that hangs where the path starts.
        self.climb = text.count("../") if self.pseudo is not None else self.source.climb
        plain = len(self.source.names) == 1 and not self.source.picks
        self._name = self.source.names[0] if plain else None

    def texts(self, values: dict[str, Any]) -> list[str]:
        """Give the texts that stand there, without the blanks around them; empty ones are none.

        Raises:
            Unreadable: a group stands there, or something on the way repeats.
        """
        if self._name is not None:
            found = values.get(self._name)
            if type(found) is str:
                found = found.strip()
                return [found] if found else []
        found = self.source.find_all(values)
        if found is ABSENT:
            return []
        return [text for text in (leaf_text(item).strip() for item in found) if text]


def pseudo_text(name: str, around: Surroundings, ordinal: int, line: int | None) -> str:
    """Give the text of a name that no file brings; empty when there is none."""
    if name == "#ordinal":
        return str(ordinal)
    if name == "#line":
        return "" if line is None else str(line)
    return around.parts.get(name.removeprefix("#file."), "")


def joined_key(parts: Sequence[str]) -> str:
    """Make one key of several parts; parts that hold any character stay apart."""
    return parts[0] if len(parts) == 1 else _encode(parts).decode()


def keys_at(parts: Sequence[list[str]]) -> list[str]:
    """Make the keys of a row from the texts of each part; a part without a text gives none."""
    if len(parts) == 1:
        return parts[0]
    if all(len(texts) == 1 for texts in parts):
        return [joined_key([texts[0] for texts in parts])]
    return [joined_key(each) for each in product(*parts)]
