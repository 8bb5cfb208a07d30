"""Repair of text that was encoded in UTF-8 once too often: exact, counted, never a guess."""

from __future__ import annotations

import re
from collections import Counter

from ..formats import codec_name
from .unreadable import Unreadable

__all__ = ["TextDoctor", "repair_text"]

# The letters of a language, its quotes and dashes, fit into the Windows charset of its region. What a
# repair gives must fit too: in ISO-8859-2 the bytes of a clean RÓŻOWA happen to be valid UTF-8, but
# what they decode to is Cyrillic.
_REPERTOIRES = {"iso8859-1": "cp1252", "iso8859-15": "cp1252", "iso8859-2": "cp1250"}
# Controls and replacement characters: no text of a shop has them.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DAMAGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")


def repair_text(text: str, charset: str) -> str:
    """Undo one double encoding: `CrÃ¨me` read as ISO-8859-1 is `Crème`; text that is not damaged so stays.

    The text is repaired when its bytes in `charset` are valid UTF-8 as a whole, and what they say is written
    with the letters of that charset's region.
    """
    if text.isascii():
        return text
    name = codec_name(charset) or charset
    try:
        repaired = text.encode(name).decode("utf-8")
        repaired.encode(_REPERTOIRES.get(name, name))
    except UnicodeError:
        return text
    return repaired


class TextDoctor:
    """Looks at every text with more than plain ASCII in it before it is mapped, and counts what it repairs.

    `charset` is the one whose wrong reading is undone; None repairs nothing. Repairs are counted by raw path,
    a text once however many fields read it, when the record they belong to is settled. Texts with letters
    that are lost (U+FFFD) are refused, unless they are to be kept: then they are counted in `lost_counts`.
    """

    def __init__(self, charset: str | None, *, keep_lost: bool = False) -> None:
        self.charset = charset
        self.keep_lost = keep_lost
        self.counts: Counter[str] = Counter()
        self.lost_counts: Counter[str] = Counter()
        self.pending: set[tuple[str, str]] = set()
        self.lost: set[tuple[str, str]] = set()

    def see(self, text: str, path: str) -> str:
        """Give the text, repaired where the rule says so.

        Raises:
            Unreadable: control characters or replacement characters are in it, and no rule removes them.
        """
        text = self._repaired(text, path)
        if _DAMAGE.search(text):
            self._check_lost(text, path)
            if _CONTROLS.search(text):
                raise self._damaged("control characters")
        return text

    def mend(self, text: str, path: str) -> str:
        """Give the text as `see` does, with its control characters: a function takes them away.

        Raises:
            Unreadable: replacement characters are in it: what they stand for is lost.
        """
        text = self._repaired(text, path)
        self._check_lost(text, path)
        return text

    def _check_lost(self, text: str, path: str) -> None:
        if "\ufffd" not in text:
            return
        if not self.keep_lost:
            raise self._damaged("replacement characters")
        self.lost.add((path, text))

    def _repaired(self, text: str, path: str) -> str:
        if self.charset is None:
            return text
        repaired = repair_text(text, self.charset)
        if repaired != text:
            self.pending.add((path, text))
        return repaired

    def _damaged(self, what: str) -> Unreadable:
        return Unreadable(
            "damaged_text",
            f"text without {what}",
            "The file is probably in another charset than declared, or was damaged before it came",
        )

    def settle(self) -> None:
        """Count what was repaired in the record that is done."""
        self.counts.update(path for path, _ in self.pending)
        self.lost_counts.update(path for path, _ in self.lost)
        self.forget()

    def forget(self) -> None:
        """Take back what was noted for a record that is read again."""
        self.pending.clear()
        self.lost.clear()
