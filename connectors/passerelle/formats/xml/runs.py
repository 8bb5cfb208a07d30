"""Whole records in a row, parsed as a document of their own: the same elements for half of the work.

A parser that tells of elements as they end calls back for each of them, and most of what it costs is that.
Between two records a file may be cut: what stands there up to the end of another record is the content of a
document, when it is nothing but whole records. Whatever else it is goes to the parser that reads the file.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from lxml import etree

from ..charset import COMMON, Charset
from .parser import OPTIONS, encoding_of
from .refusals import Refusals

__all__ = ["RunParser"]

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
#: So many runs more may turn out to be something else than did not: then the file is not of that kind.
_PATIENCE = 8


class RunParser:
    """Parses runs of records whose parent gives them nothing: no namespace, no rule about blanks, no DTD."""

    def __init__(self, record: str, charset: Charset, refusals: Refusals) -> None:
        self._record = record
        self._patience = _PATIENCE if charset.name in COMMON else 0
        self._charset = charset.name
        self._parser: Any = None
        if self._patience:
            self._parser = etree.XMLParser(encoding=encoding_of(charset.name, refusals), **OPTIONS)

    def suits(self, parent: Any) -> bool:
        """Tell whether records below this parent mean the same by themselves."""
        if not self._patience or parent.nsmap or parent.getroottree().docinfo.internalDTD is not None:
            return False
        return all(one.get(_SPACE) is None for one in (parent, *parent.iterancestors()))

    def elements(self, run: bytes) -> list[Any]:
        """Parse what stands between two records of a file; none when it is not just whole records."""
        if not self._patience:
            return []
        elements: list[Any] = []
        # Without an end or too many of them, a prefix or an entity that nobody declared: it is no document.
        with suppress(etree.XMLSyntaxError):
            elements += etree.fromstring(b"".join((b"<r>", run, b"</r>")), self._parser)
        if elements and [element.tag for element in elements].count(self._record) == len(elements):
            self._patience = min(self._patience + 1, _PATIENCE)
            return elements
        self._patience -= 1
        return []

    def column(self, run: bytes) -> int:
        """Count the characters of a run behind its last end of line."""
        return len(run[run.rfind(b"\n") + 1 :].decode(self._charset))
