"""The start of an XML file: its charset, its root and its header, read before the first record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..charset import HEAD, Charset, detect_charset
from ..rows import Group
from .doctype import is_bare_doctype
from .elements import Walker
from .parser import XmlParser
from .refusals import Refusals
from .source import XmlSource

__all__ = ["PRELUDE_LIMIT", "Prelude"]

#: The root and the header must stand in the first bytes of a file; 1 MiB is room for any of them.
PRELUDE_LIMIT = 1 << 20
_PIECE = 4_096


class Prelude:
    """What stands before the first record.

    Raises `FileRefused` when the file is empty, in another charset, has a DOCTYPE or another root, or when
    its header is not there. With `bare_doctype`, a DOCTYPE without declarations is passed over.
    """

    def __init__(
        self,
        source: XmlSource,
        refusals: Refusals,
        walker: Walker,
        *,
        record: list[str],
        header: list[str] | None,
        charset: str | None,
        override_prolog: bool,
        bare_doctype: bool = False,
    ) -> None:
        self._source = source
        self._refusals = refusals
        self._walker = walker
        self._record = record
        self._header_path = header
        self._bare_doctype = bare_doctype
        self.header: Group = {}
        # A stream may give fewer bytes at a time than tell the charset.
        while len(source.head) < HEAD and source.read_head():
            pass
        if not source.head.strip():
            raise refusals.empty()
        self.charset: Charset = detect_charset(
            source.head, file=refusals.file, declared=charset, override_prolog=override_prolog
        )
        found = self._read()
        if found is None and header is not None:
            raise refusals.missing("header", header)
        self.header = found or {}

    def _read(self) -> Group | None:
        """Read up to the end of the header with a parser of its own; the bytes are kept for the main one."""
        source = self._source
        parser = XmlParser(source, self._refusals, self.charset, ["start", "end"])
        start = _Start(self._record, self._header_path, self._walker, self._judge_root)
        fed = 0
        while len(source.head) <= PRELUDE_LIMIT:
            while fed < len(source.head):
                refused = parser.feed(source.head[fed : fed + _PIECE])
                fed += _PIECE
                if start.read(parser.events()):
                    return start.header
                if refused is not None:
                    raise refused()
            if not source.read_head():
                parser.close()
                break
        if not start.path:
            raise self._refusals.because(
                "malformed", "the start of a file without a root element", f"<{self._record[0]}>"
            )
        return start.header

    def _judge_root(self, element: Any) -> None:
        document = element.getroottree().docinfo
        if document.internalDTD is not None or document.doctype:
            self._judge_doctype(document.doctype)
        name = self._walker.name(element.tag)
        if name != self._record[0]:
            raise self._refusals.wrong_root(name, element.sourceline)

    def _judge_doctype(self, doctype: str) -> None:
        """Let a DOCTYPE pass that the feed ignores and that declares nothing; the parser never fetches it."""
        if not self._bare_doctype:
            raise self._refusals.doctype(doctype)
        # The bytes decide, not the parser's tree: that has no place for some declarations.
        if not is_bare_doctype(self._source.head.decode(self.charset.name, "replace")):
            raise self._refusals.declarations(doctype)


class _Start:
    """The elements before the first record, as they come: the root, then the header."""

    def __init__(
        self, record: list[str], header: list[str] | None, walker: Walker, judge_root: Callable[[Any], None]
    ) -> None:
        self.header: Group | None = None
        self.path: list[str] = []
        self._record = record
        self._header_path = header
        self._walker = walker
        self._judge_root = judge_root

    def read(self, events: Iterable[tuple[str, Any]]) -> bool:
        """Go through the elements that came so far; True behind the header, or at the first record."""
        for event, element in events:
            if event == "start":
                if not self.path:
                    self._judge_root(element)
                self.path.append(self._walker.name(element.tag))
                if self._header_path is None or self.path == self._record:
                    return True
            else:
                if self.path == self._header_path:
                    self.header = self._walker.group(element)
                self.path.pop()
                if self.header is not None or not self.path:
                    return True
        return False
