"""EDIFACT in: an interchange to rows, one message each, with the checks that the syntax makes possible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Literal

from ...errors import ConfigError, Fault, FileRefused, Position
from ..charset import codec_name
from ..rows import BadRow, Group, Row
from ..stated import states
from .messages import Layout, Message
from .opening import Interchange
from .syntax import Segment, Separators, cut_segments
from .tree import element_values

__all__ = ["EdifactReader"]

#: A message is one row, in memory as a whole; beyond this many segments the file is refused.
SEGMENTS_LIMIT = 500_000
#: CNT+2 is the number of line items in every message type of the trade.
LINE_ITEMS = {"2": "LIN"}
_OUTSIDE = frozenset({"UNB", "UNG", "UNH", "UNE", "UNZ"})
_MESSAGE_TYPE = re.compile("[A-Z]{6}")
_SHOWN = 60
_COUNTS = "Messages are missing or doubled: ask for the file again; nothing of it was taken"
_ONE_INTERCHANGE = "Interchanges were joined: ask for one a file"


class EdifactReader:
    """Reads one interchange (UNA, UNB … UNZ) from a stream that need not be seekable.

    A row is one message of the type `message`, its segments named by their tags as in `edifact_tree`:
    repeated ones are lists, the members of `groups` stand below their trigger. UNT is compared and left out.
    The header is UNB, the trailer UNZ, both without their tags.

    The character set is what UNB says, unless the feed declares `charset`. With `segment_end` newline, lines
    end the segments of a file without UNA. Message types in `ignore` are passed over: other feeds read them.
    With `application` ignore, the application reference of UNB may name another type than its messages have.
    `totals` says what CNT counts, see `Layout`.

    A message that is wrong in itself becomes a `BadRow` and the others go on: another type, segments, their
    count, references or totals that do not fit. `FileRefused` is raised for what concerns all: no UNB, an
    unknown charset or bytes of another one, a cut file, counts and references of UNZ and UNE.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        file: str,
        message: str,
        groups: Mapping[str, Sequence[str]] | None = None,
        charset: str | None = None,
        segment_end: Literal["newline"] | None = None,
        ignore: Sequence[str] = (),
        application: Literal["check", "ignore"] = "check",
        totals: Mapping[str, str] | None = None,
    ) -> None:
        declared = None if charset is None else codec_name(charset)
        if charset is not None and declared is None:
            raise ConfigError(f"charset {charset!r} is not known", advice="Use a name such as ISO-8859-1")
        self._stream = stream
        self._file = file
        self._layout = Layout(message, groups or {}, LINE_ITEMS if totals is None else totals, file)
        self._declared = declared
        self._by_line = segment_end == "newline"
        self._ignore = frozenset(ignore)
        self._application = application
        self._separators = Separators()
        self._segments: Iterator[Segment] | None = None
        self._header: Segment | None = None
        self._trailer: Segment | None = None
        self._references: set[str] = set()
        self._count = 0
        self._messages = 0
        self._groups = 0

    @property
    def count(self) -> int:
        """Records read so far, those included that cannot be read."""
        return self._count

    @property
    def counted(self) -> int:
        """What UNZ counts: all messages, those of other types included, or the groups of them."""
        return self._groups or self._messages

    @property
    def trailer(self) -> Group:
        """The elements of UNZ once every row was read."""
        if self._trailer is None:
            raise LookupError("the trailer is known after the last row")
        return element_values(self._trailer.elements)

    @property
    def trailer_line(self) -> int | None:
        """The line of UNZ once every row was read."""
        return None if self._trailer is None else self._trailer.line

    def read_header(self) -> Group:
        """Read UNA and UNB: the elements of UNB, `e5` being the control reference."""
        header, _ = self._open()
        return element_values(header.elements)

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield the messages in file order."""
        header, segments = self._open()
        group: Segment | None = None
        first = 0
        message: Message | None = None
        for segment in segments:
            tag = segment.tag
            if message is not None and tag not in _OUTSIDE:
                if tag == "UNT":
                    yield from self._closed(message, segment)
                    message = None
                else:
                    self._take(message, segment)
                continue
            if message is not None:
                yield from self._closed(message, None)
                message = None
            if self._trailer is not None or tag == "UNB":
                raise self._refuse("content_after_end", segment, "one interchange", _ONE_INTERCHANGE)
            if tag == "UNG":
                group, first = segment, self._messages
                self._groups += 1
            elif tag == "UNE" or (tag == "UNZ" and group is not None):
                self._judge_group(segment, group, self._messages - first)
                group = None
            elif tag == "UNZ":
                # UNZ counts the groups of an interchange that has them (ISO 9735:1988, element 0036).
                what = "groups" if self._groups else "messages"
                self._judge_end(segment, header.component(5), f"{self.counted}, the {what} that were read")
                self._trailer = segment
            else:
                self._messages += 1
                message = Message(self._layout, self._separators, self._messages, segment)
        if self._trailer is None:
            advice = "The file is cut short: ask for it again; nothing of it was taken"
            raise self._refuse("truncated", None, "UNZ, which closes the interchange", advice)

    def _take(self, message: Message, segment: Segment) -> None:
        if message.size >= SEGMENTS_LIMIT:
            expected = f"a message of at most {SEGMENTS_LIMIT:,} segments"
            raise self._refuse("message_too_large", segment, expected, "Ask for smaller messages")
        message.add(segment)

    def _closed(self, message: Message, end: Segment | None) -> Iterator[Row | BadRow]:
        if message.announced and message.kind in self._ignore:
            return
        message.close(end)
        if message.announced:
            self._judge_kind(message)
            if message.reference in self._references:
                advice = "The message came twice, or two have one reference: ask the sender which"
                expected = "a reference that no other message of the interchange has"
                message.fault("duplicate_reference", None, message.reference, expected, advice)
            self._references.add(message.reference)
        self._count += 1
        if message.faults:
            yield BadRow(message.ordinal, message.line, message.raw, tuple(message.faults))
        else:
            yield Row(message.values, message.ordinal, message.line)

    def _judge_kind(self, message: Message) -> None:
        wanted = self._layout.message
        if message.kind != wanted:
            advice = "If another feed reads these, name them under ignore"
            message.fault("wrong_message_type", None, message.kind, f"{wanted}, as the feed declares", advice)
        announced = self._open()[0].component(7)
        if self._groups or self._application == "ignore" or _MESSAGE_TYPE.fullmatch(announced) is None:
            return
        if announced != message.kind:
            expected = f"{announced}, as UNB announces"
            advice = "If this partner always writes so, declare application: ignore"
            message.fault("message_not_announced", None, message.kind, expected, advice)

    def _judge_group(self, end: Segment, group: Segment | None, number: int) -> None:
        if group is None:
            raise self._refuse("group_not_opened", end, "UNG, which opens a group", _COUNTS)
        if end.tag != "UNE":
            raise self._refuse("group_not_closed", end, "UNE, which closes the group", _COUNTS)
        self._judge_end(end, group.component(5), f"{number}, the messages that were read")

    def _judge_end(self, end: Segment, reference: str, counted: str) -> None:
        """Compare the count and the control reference of UNE or UNZ."""
        stated = end.component(1)
        if not states(stated, int(counted.partition(",")[0])):
            raise self._refuse("count_mismatch", end, counted, _COUNTS)
        if end.component(2) != reference:
            expected = f"{reference}, the control reference at the start"
            raise self._refuse("reference_mismatch", end, expected, _COUNTS)

    def _open(self) -> tuple[Segment, Iterator[Segment]]:
        if self._segments is None or self._header is None:
            start = Interchange(self._stream, file=self._file, declared=self._declared, by_line=self._by_line)
            self._separators = start.separators
            self._segments = cut_segments(start.pieces(), start.separators, file=self._file, line=start.line)
            self._header = next(self._segments)
            if self._header.component(1, 2) != "4":
                # The fifth character of UNA separates repetitions from syntax 4 on; before, it is reserved.
                self._separators = start.separators._replace(repetition=" ")
            elif start.separators.repetition == " ":
                self._separators = start.separators._replace(repetition="*")
        return self._header, self._segments

    def _refuse(self, code: str, segment: Segment | None, expected: str, advice: str) -> FileRefused:
        line = None if segment is None else segment.line
        received = None if segment is None else segment.raw[:_SHOWN]
        position = Position(self._file, self._count or None, line)
        return FileRefused(Fault(code, position, received, expected, advice))
