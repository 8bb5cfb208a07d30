"""libxml2 fed piece by piece: without DTD, entities or network, its errors as refusals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree

from ..errors import FileRefused
from .charset import Charset
from .xml_refusals import Refusals
from .xml_source import XmlSource

__all__ = ["XmlParser"]

_ERROR_LEVEL = 2
#: A comment of so many bytes is far from libxml2's limit.
_COMMENT = 1 << 18


class XmlParser:
    """One pass of the parser over a file. With `tags`, elements of other names stay in C."""

    def __init__(
        self,
        source: XmlSource,
        refusals: Refusals,
        charset: Charset,
        events: list[str],
        tags: list[str] | None = None,
    ) -> None:
        # Any: lxml's stubs know neither `read_events` of elements alone nor the fields of its errors.
        options: dict[str, Any] = {"events": events, "tag": tags}
        if charset.override:
            options["encoding"] = charset.name
        self._parser: Any = etree.XMLPullParser(
            **options,
            remove_blank_text=True,
            remove_comments=True,
            remove_pis=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
        )
        self._source = source
        self._refusals = refusals
        self._charset = charset
        self._skipped = 0

    def events(self) -> Iterable[tuple[str, Any]]:
        """Give what came since the last question, as `(event, element)`."""
        events: Iterable[tuple[str, Any]] = self._parser.read_events()
        return events

    def feed(self, chunk: bytes) -> FileRefused | None:
        """Feed once. A refusal is handed back, because the records before it are still to be read."""
        try:
            while self._skipped:
                lines = min(self._skipped, _COMMENT)
                self._skipped -= lines
                # Only the lines of what was read otherwise, so that an error names the right one.
                self._parser.feed(b"<!--" + b"\n" * lines + b"-->")
            self._parser.feed(chunk)
        except etree.XMLSyntaxError as error:
            return self._refused(error, at_end=False)
        # lxml raises nothing for an undeclared entity: it logs it, and would start afresh.
        for entry in self._parser.feed_error_log:
            if entry.level >= _ERROR_LEVEL and entry.domain_name == "PARSER":
                return self._refusals.malformed(entry.message, entry.line)
        return None

    def skip(self, lines: int) -> None:
        """Leave out whole elements that hold so many ends of lines."""
        self._skipped += lines

    def close(self) -> None:
        """Say that this was all; raises `FileRefused` when it is not all of a file."""
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise self._refused(error, at_end=True) from error

    def _refused(self, error: Any, *, at_end: bool) -> FileRefused:
        root = f"</{self._refusals.root}>".encode()
        whole = self._charset.ascii_compatible and self._source.tail.rstrip().endswith(root)
        return self._refusals.parser_error(
            error, charset=self._charset.name, cut_short=not whole, at_end=at_end
        )
