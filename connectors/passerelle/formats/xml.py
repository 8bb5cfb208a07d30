"""XML in: a stream of bytes to rows, one record in memory at a time, without DTD, entities or network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from lxml import etree

from ..errors import Fault, FileRefused, Position
from .charset import Charset, detect_charset
from .elements import Walker, forget_before
from .lines import LineCounter
from .rows import Group, Row

__all__ = ["XmlReader"]

CHUNK = 65_536
#: The root and the header must stand in the first bytes of a file; 1 MiB is room for any of them.
PRELUDE_LIMIT = 1 << 20
#: A file that goes on for so long without a record is refused: its tree would fill the memory.
RECORD_LIMIT = 64 << 20
_PIECE = 4_096
_TAIL = 256

# libxml2's own numbers (xmlerror.h).
_ERROR_LEVEL = 2
_DOCUMENT_END = 5
_INVALID_CHAR = 9
_TAG_NOT_FINISHED = 77
_INVALID_ENCODING = 81


class XmlReader:
    """Reads one XML file from a stream that need not be seekable.

    `record`, `header` and `trailer` are paths from the root (`/FICHIER/LIGNE`). `charset` is what the
    feed declares; the prolog must agree with it, unless `override_prolog`. `paths` are the raw paths that
    will be read: when none goes below the record, a faster reading of flat records is taken, and attributes
    are left out when none is named. Both readings give the same texts; text between the elements of a group
    is never read. With `ignore_namespaces`, names are local names.

    Every method raises `FileRefused` when the file is not what it should be: cut short, not well formed,
    another root, a DOCTYPE, another charset, no header, no trailer. Its position holds the last good record.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        file: str,
        record: str,
        header: str | None = None,
        trailer: str | None = None,
        charset: str | None = None,
        override_prolog: bool = False,
        ignore_namespaces: bool = False,
        paths: Iterable[str] | None = None,
    ) -> None:
        self._stream = stream
        self._file = file
        self._record = _names(record)
        self._header_path = None if header is None else _names(header)
        self._trailer_path = None if trailer is None else _names(trailer)
        self._declared = charset
        self._override_prolog = override_prolog
        wanted = None if paths is None else list(paths)
        self._walker = Walker(
            attributes=wanted is None or any("@" in path for path in wanted), local=ignore_namespaces
        )
        self._flat = wanted is not None and not any("/" in path or "@" in path for path in wanted)
        self._charset: Charset | None = None
        self._head = b""
        self._tail = b""
        self._ended = False
        self._header: Group | None = None
        self._trailer: Group | None = None
        self._trailer_line: int | None = None
        self._parent: Any = None
        self._started = False
        self._finished = False
        self._count = 0

    @property
    def header(self) -> Group:
        """The header's values, without the header's own name; empty when the feed has no header."""
        return self.read_header()

    @property
    def trailer(self) -> Group:
        """The trailer's values, once every row was read; empty when the feed has no trailer."""
        if not self._finished:
            raise LookupError("the trailer is known after the last row")
        return self._trailer or {}

    @property
    def trailer_line(self) -> int | None:
        """The line where the trailer starts, once every row was read; None when it is not known for sure."""
        return self._trailer_line

    @property
    def charset(self) -> Charset:
        """The charset that the file is decoded with, and who said so."""
        self.read_header()
        return self._judge_charset(self._head)

    @property
    def count(self) -> int:
        """How many records were read so far."""
        return self._count

    def read_header(self) -> Group:
        """Read only the start of the file: root, charset, header. `rows` goes on from there."""
        if self._header is None:
            self._header = self._read_prelude()
            if self._header is None:
                if self._header_path is not None:
                    raise self._missing("header", self._header_path)
                self._header = {}
        return self._header

    def rows(self) -> Iterator[Row]:
        """Yield every record; the trailer is known when they are exhausted. A stream is read once."""
        self.read_header()
        if self._started:
            raise LookupError("the rows of a stream are read once")
        self._started = True
        # A tag filter keeps all other elements in C.
        paths = [self._record] if self._trailer_path is None else [self._record, self._trailer_path]
        parser = self._parser(["end"], [f"{{*}}{p[-1]}" if self._walker.local else p[-1] for p in paths])
        charset = self._judge_charset(self._head)
        lines = LineCounter(self._record[-1], known=charset.ascii_compatible, local=self._walker.local)
        silent = 0
        for chunk in self._chunks():
            lines.feed(chunk)
            refused = self._feed(parser, chunk)
            before = self._count
            yield from self._records(parser, lines)
            if refused is not None:
                raise refused
            silent = 0 if self._count > before else silent + len(chunk)
            if silent > RECORD_LIMIT:
                raise self._refuse(
                    "no_record",
                    f"{silent} bytes without one",
                    f"an element {_path(self._record)}",
                    "Check the record path of the feed against the file",
                )
        self._close(parser)
        if self._trailer_path is not None and self._trailer is None:
            raise self._missing("trailer", self._trailer_path)
        self._trailer_line = self._line_in_tail(lines)
        self._finished = True

    def _records(self, parser: Any, lines: LineCounter) -> Iterator[Row]:
        """Yield the records that ended in the last piece, and free them together, in one cut."""
        record, flat, group = self._record[-1], self._flat and not self._walker.local, self._walker.group
        next_line, count, parent = lines.next, self._count, self._parent
        last: Any = None
        for _, element in parser.read_events():
            above = element.getparent()
            if above is not parent:
                if not self._adopt(element, above, lines):
                    continue
                parent = above
            if element.tag != record and self._walker.name(element.tag) != record:
                self._other(element)
                continue
            line = next_line()
            values: Group
            if flat:
                values = {child.tag: child.text or "" for child in element}
                # Fewer names than elements: something repeats. An empty text may be a group.
                if len(values) != len(element) or ("" in values.values() and _has_groups(element)):
                    values = group(element)
            else:
                values = group(element)
            self._count = count = count + 1
            last = element
            yield Row(values, count, line)
        if last is not None and parent is not None:
            # Not the last one itself: the parser may still hang the text behind it on to it.
            last.clear()
            del parent[: parent.index(last)]

    def _adopt(self, element: Any, above: Any, lines: LineCounter) -> bool:
        """Take a new parent of records; False when this element is no record but only named like one."""
        if self._walker.place(above) == self._record[:-1]:
            forget_before(above)
            self._parent = above
            return True
        if self._walker.name(element.tag) == self._record[-1]:
            if self._record[-1] in self._walker.place(above):
                lines.lose()
            else:
                lines.next()
        self._other(element)
        return False

    def _other(self, element: Any) -> None:
        if self._walker.place(element) == self._trailer_path:
            self._trailer = self._walker.group(element)

    def _line_in_tail(self, lines: LineCounter) -> int | None:
        """Count back from the end of the file to the start tag of the trailer, if that stands near."""
        if self._trailer_path is None or lines.line is None:
            return None
        _, start, rest = self._tail.rpartition(f"<{self._trailer_path[-1]}>".encode())
        return lines.line - rest.count(b"\n") if start else None

    # The start of the file -------------------------------------------------------------------------

    def _read_prelude(self) -> Group | None:
        """Read up to the end of the header with a parser of its own; the bytes are kept for the main one."""
        self._read_more()
        self._judge_charset(self._head)
        parser = self._parser(["start", "end"], None)
        prelude = _Prelude(self._record, self._header_path, self._walker, self._judge_root)
        fed = 0
        while len(self._head) <= PRELUDE_LIMIT:
            while fed < len(self._head):
                refused = self._feed(parser, self._head[fed : fed + _PIECE])
                fed += _PIECE
                if prelude.read(parser.read_events()):
                    return prelude.header
                if refused is not None:
                    raise refused
            if not self._read_more():
                self._close(parser)
                break
        if not prelude.path:
            root = f"<{self._record[0]}>"
            raise self._refuse("malformed", "the start of a file without a root element", root, "")
        return prelude.header

    def _read_more(self) -> bool:
        piece = self._stream.read(CHUNK)
        self._ended = not piece
        self._head += piece
        self._tail = self._head[-_TAIL:]
        return bool(piece)

    def _judge_charset(self, head: bytes) -> Charset:
        if self._charset is None:
            if not head.strip():
                root = f"an XML file with the root <{self._record[0]}>"
                raise self._refuse("empty_file", None, root, "Ask for the file again")
            self._charset = detect_charset(
                head, file=self._file, declared=self._declared, override_prolog=self._override_prolog
            )
        return self._charset

    def _judge_root(self, element: Any) -> None:
        document = element.getroottree().docinfo
        if document.internalDTD is not None or document.doctype:
            raise self._refuse(
                "dtd_forbidden",
                document.doctype,
                "XML without DOCTYPE",
                "DTDs and entities are never read: ask the sender to leave them out",
                line=1,
            )
        name = self._walker.name(element.tag)
        if name != self._record[0]:
            raise self._refuse(
                "wrong_root",
                f"<{name}>",
                f"<{self._record[0]}>",
                "This is another kind of file: check the folder and the pattern of the feed",
                line=element.sourceline,
            )

    # Reading on ------------------------------------------------------------------------------------

    def _parser(self, events: list[str], tags: list[str] | None) -> Any:
        # Any: lxml's stubs know neither `read_events` of elements alone nor the fields of its errors.
        charset = self._judge_charset(self._head)
        options: dict[str, Any] = {"events": events, "tag": tags}
        if charset.override:
            options["encoding"] = charset.name
        return etree.XMLPullParser(
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

    def _chunks(self) -> Iterator[bytes]:
        """Give the file in pieces that end behind a `>`, so that no text is ever split between two."""
        carry, piece, self._head = b"", self._head, b""
        while piece:
            cut = piece.rfind(b">") + 1
            if not cut and len(carry) > PRELUDE_LIMIT:
                cut = len(piece)
            if cut:
                yield carry + piece[:cut]
                carry = piece[cut:]
            else:
                carry += piece
            piece = b"" if self._ended else self._stream.read(CHUNK)
            self._tail = (self._tail + piece)[-_TAIL:]
        if carry:
            yield carry

    def _feed(self, parser: Any, chunk: bytes) -> FileRefused | None:
        """Feed once. A refusal is handed back, because the records before it are still to be read."""
        try:
            parser.feed(chunk)
        except etree.XMLSyntaxError as error:
            return self._refused(error, at_end=False)
        # lxml raises nothing for an undeclared entity: it logs it, and would start afresh.
        for entry in parser.feed_error_log:
            if entry.level >= _ERROR_LEVEL and entry.domain_name == "PARSER":
                return self._malformed(entry.message, entry.line)
        return None

    def _close(self, parser: Any) -> None:
        try:
            parser.close()
        except etree.XMLSyntaxError as error:
            raise self._refused(error, at_end=True) from error

    def _refused(self, error: Any, *, at_end: bool) -> FileRefused:
        code, line, text = error.code, error.lineno, error.msg
        root, charset = self._record[0], self._judge_charset(self._head)
        if code == _DOCUMENT_END and not at_end:
            advice = "Two files may have been joined, or an end mark was added: ask for the file again"
            return self._refuse("content_after_root", text, f"nothing after </{root}>", advice, line=line)
        if code == _INVALID_ENCODING:
            advice = "Ask the sender which charset the bytes are in, and declare it"
            return self._refuse("wrong_charset", text, f"bytes in {charset.name}", advice, line=line)
        complete = charset.ascii_compatible and self._tail.rstrip().endswith(f"</{root}>".encode())
        if at_end and (code == _TAG_NOT_FINISHED or not complete):
            advice = "The file is cut short: ask for it again; nothing of it was taken"
            return self._refuse("truncated", text, f"the end of the file with </{root}>", advice, line=line)
        advice = "Characters below U+0020 are not XML: ask the sender to drop them"
        return self._malformed(text, line, advice if code == _INVALID_CHAR else "")

    def _malformed(self, text: str, line: int, advice: str = "") -> FileRefused:
        return self._refuse("malformed", text, "well-formed XML", advice, line=line)

    def _missing(self, what: str, path: list[str]) -> FileRefused:
        advice = "Its controls cannot be checked: ask for the file again"
        return self._refuse(f"{what}_missing", None, f"an element {_path(path)}", advice)

    def _refuse(
        self, code: str, received: str | None, expected: str, advice: str, *, line: int | None = None
    ) -> FileRefused:
        position = Position(self._file, self._count or None, line or None)
        return FileRefused(Fault(code, position, received, expected, advice))


class _Prelude:
    """What stands before the first record: the root, then the header."""

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


def _has_groups(element: Any) -> bool:
    return any(len(child) for child in element)


def _names(path: str) -> list[str]:
    names = path.strip("/").split("/")
    if not all(names):
        raise ValueError(f"{path!r} is no path from the root, such as /FICHIER/LIGNE")
    return names


def _path(names: list[str]) -> str:
    return "/" + "/".join(names)
