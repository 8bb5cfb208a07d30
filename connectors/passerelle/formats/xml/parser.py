"""libxml2 fed piece by piece: without DTD, entities or network, its errors as refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias

from lxml import etree

from ...errors import FileRefused
from ..charset import Charset
from .refusals import Refusals
from .source import XmlSource

__all__ = ["OPTIONS", "Refusal", "XmlParser", "encoding_of"]

#: Makes the refusal; its position holds the last good record at that moment.
Refusal: TypeAlias = Callable[[], FileRefused]

_ERROR_LEVEL = 2
#: Behind a DOCTYPE an entity that nobody declared is only a warning to libxml2, and its text would be lost.
_UNDECLARED = "WAR_UNDECLARED_ENTITY"
#: To iconv, UTF-16 of a byte order has no second dash.
_WIDE = re.compile(r"(utf-\d\d)-([bl]e)")
#: How every parser reads: no DTD, no entities, no network, libxml2's limits, nothing kept that no one reads.
# collect_ids stays on: turned off, libxml2 takes it for a wish to load the DTD, from files too.
# Any: lxml's stubs know its parsers' words one by one only.
OPTIONS: Mapping[str, Any] = {
    "remove_blank_text": True,
    "remove_comments": True,
    "remove_pis": True,
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
}
#: A comment of so many bytes is far from libxml2's limit.
_COMMENT = 1 << 18


def encoding_of(charset: str, refusals: Refusals) -> str:
    """Give the name by which libxml2 and its iconv know a charset."""
    for name in (charset, charset.replace("_", "-"), _WIDE.sub(r"\1\2", charset)):
        try:
            etree.XMLPullParser(encoding=name)
        except LookupError:
            continue
        return name
    raise refusals.because(
        "charset_unknown", charset, "a charset that XML can be read in", "Ask the sender for UTF-8"
    )


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
            options["encoding"] = encoding_of(charset.name, refusals)
        self._parser: Any = etree.XMLPullParser(**options, **OPTIONS)
        self._source = source
        self._refusals = refusals
        self._charset = charset
        self._skipped = 0
        self._column = 0

    def events(self) -> Iterable[tuple[str, Any]]:
        """Give what came since the last question, as `(event, element)`."""
        events: Iterable[tuple[str, Any]] = self._parser.read_events()
        return events

    def feed(self, chunk: bytes) -> Refusal | None:
        """Feed once. A refusal is handed back to be made later: the records before it are to be read."""
        raised: etree.XMLSyntaxError | None = None
        try:
            for comment in self._stand_in():
                self._parser.feed(comment)
            self._parser.feed(chunk)
        except etree.XMLSyntaxError as error:
            raised = error
        # An undeclared entity or prefix, or a wrong xml:id, lxml only logs, and would go on.
        for entry in self._parser.feed_error_log:
            is_wrong = entry.level >= _ERROR_LEVEL or entry.type_name == _UNDECLARED
            if is_wrong and entry.domain_name in ("PARSER", "NAMESPACE", "DTD"):
                if entry.domain_name == "NAMESPACE":
                    return partial(self._refusals.wrong_namespace, entry.message, entry.line)
                if raised is None:
                    return partial(self._refusals.malformed, entry.message, entry.line)
                break
        return None if raised is None else partial(self._refused, raised, at_end=False)

    def skip(self, lines: int, column: int) -> None:
        """Leave out whole elements with so many ends of lines, and so many characters behind the last."""
        self._skipped += lines
        self._column = column if lines else self._column + column

    def _stand_in(self) -> Iterator[bytes]:
        """Give comments in place of what was left out, so that an error names the right line and column."""
        while self._skipped or self._column:
            lines, columns = min(self._skipped, _COMMENT), 0
            self._skipped -= lines
            if not self._skipped:
                columns = min(self._column, _COMMENT)
                self._column -= columns
            room = columns - len("-->" if lines else "<!---->")
            yield b"<!--" + b"\n" * lines + b" " * max(room, 0) + b"-->"

    def close(self) -> None:
        """Say that this was all; raises `FileRefused` when it is not all of a file."""
        try:
            for comment in self._stand_in():
                self._parser.feed(comment)
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise self._refused(error, at_end=True) from error

    def _refused(self, error: Any, *, at_end: bool) -> FileRefused:
        root = f"</{self._refusals.root}>".encode()
        whole = self._charset.ascii_compatible and self._source.tail.rstrip().endswith(root)
        return self._refusals.parser_error(
            error, charset=self._charset.name, cut_short=not whole, at_end=at_end
        )
