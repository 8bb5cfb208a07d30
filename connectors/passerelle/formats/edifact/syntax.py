"""EDIFACT syntax: separators, release characters, character sets, and segments with their place in a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...errors import Fault, FileRefused, Position

__all__ = ["CODECS", "LEVEL_A", "LEVEL_B", "NOISE", "Segment", "Separators", "cut_segments"]

#: Codecs of the syntax identifiers (ISO 9735 data element 0001, and IATA's own). UNOX (ISO 2022, changing
#: within the text) is left out: such a feed declares its charset.
CODECS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "iso8859-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOL": "iso8859-15",
    "UNOW": "utf-8",
    "UNOY": "utf-8",
    "IATA": "ascii",
    "IATB": "ascii",
}
#: What texts of level A may hold (ISO 9735:1988, 5.1); level B adds small letters.
LEVEL_A = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-()/='+:?!\"%&*;<>")
LEVEL_B = LEVEL_A | frozenset("abcdefghijklmnopqrstuvwxyz")
#: What may stand between two segments and means nothing: line ends, blanks, and the marks that end a file.
NOISE = " \t\r\n\x00\x1a"
#: No segment is as long; text that goes on for so long has lost its terminator.
SEGMENT_LIMIT = 1 << 20
_UNA_LENGTH = 9
_SHOWN = 40


class Separators(NamedTuple):
    """The service characters of an interchange, in the order of a UNA segment."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    repetition: str = " "
    terminator: str = "'"

    @classmethod
    def from_una(cls, una: str) -> Separators:
        """Read the nine characters of a UNA segment; ValueError when they cannot separate anything."""
        separators = cls(*una[3:_UNA_LENGTH].ljust(6))
        working = [separators.component, separators.element, separators.terminator]
        if separators.release != " ":
            working.append(separators.release)
        if len(set(working)) != len(working) or any(mark.isalnum() for mark in working):
            raise ValueError(f"{una[:_UNA_LENGTH]!r} is no UNA segment")
        if separators.terminator in "\n " or una[_UNA_LENGTH - 1 : _UNA_LENGTH + 1] == "\r\n":
            # Lines end the segments; what stands for their end may have been turned into CRLF, or a blank.
            return separators._replace(terminator="\n")
        return separators

    @property
    def una(self) -> str:
        """The UNA segment that tells these separators."""
        return "UNA" + "".join(self)

    def released(self, text: str) -> str:
        """Put the release character in front of every service character of a text."""
        for mark in (self.release, self.component, self.element, self.terminator, self.repetition):
            if mark in text and mark != " ":
                text = text.replace(mark, self.release + mark)
        return text

    def split(self, raw: str) -> list[list[str]]:
        """Split a segment into elements and their components; the first element is the tag."""
        if self.release == " " or self.release not in raw:
            return [element.split(self.component) for element in raw.split(self.element)]
        elements, text, released = [[""]], "", False
        for character in raw:
            if released:
                text, released = text + character, False
            elif character == self.release:
                released = True
            elif character == self.component:
                elements[-1][-1], text = text, ""
                elements[-1].append("")
            elif character == self.element:
                elements[-1][-1], text = text, ""
                elements.append([""])
            else:
                text += character
        elements[-1][-1] = text
        return elements

    def repeats(self, raw: str) -> bool:
        """Tell whether a segment has repeated elements (syntax 4: an unreleased repetition separator)."""
        if self.repetition == " " or self.repetition not in raw:
            return False
        pairs = re.compile(f"{re.escape(self.release)}.", re.DOTALL)
        return self.repetition in (raw if self.release == " " else pairs.sub("", raw))


class Segment(NamedTuple):
    """One segment: its tag, its elements as lists of components, its line, and its text as it stood."""

    tag: str
    elements: list[list[str]]
    line: int
    raw: str

    def component(self, element: int, component: int = 1) -> str:
        """Read one component by its numbers from 1; empty when it is not there."""
        if element < len(self.elements) and component <= len(self.elements[element]):
            return self.elements[element][component - 1]
        return ""


def cut_segments(pieces: Iterable[str], separators: Separators, *, file: str, line: int) -> Iterator[Segment]:
    """Cut decoded text into segments; `line` is the line that the first piece starts in.

    Line ends inside a segment are wrapping, not text (no character set of EDIFACT holds them), unless they
    are the terminator. Raises FileRefused when the text ends inside a segment, or never ends one.
    """
    by_line = separators.terminator == "\n"
    whole = _whole_segment(separators)
    rest = ""
    for piece in pieces:
        rest += piece
        position = 0
        while found := whole.match(rest, position):
            position = found.end()
            raw = found[1]
            body = raw.lstrip(NOISE)
            start = line + raw.count("\n", 0, len(raw) - len(body))
            if by_line:
                line += 1
                body = body.rstrip("\r")
            elif "\n" in body or "\r" in body:
                line = start + body.count("\n")
                body = body.replace("\r", "").replace("\n", "")
            else:
                line = start
            if body:
                yield _segment(body, separators, start)
        rest = rest[position:]
        if len(rest) > SEGMENT_LIMIT:
            raise _unended(rest, separators, file, line)
    if by_line and rest.strip(NOISE):
        yield _segment(rest.strip(NOISE), separators, line)
    elif rest.strip(NOISE):
        raise _unended(rest, separators, file, line)


def _whole_segment(separators: Separators) -> re.Pattern[str]:
    end = re.escape(separators.terminator)
    if separators.release == " ":
        return re.compile(f"([^{end}]*+){end}")
    release = re.escape(separators.release)
    # A file that is wrapped at a fixed width may be wrapped behind a release character as well.
    wrapped = "" if separators.terminator == "\n" else "[\r\n]*+"
    return re.compile(f"([^{release}{end}]*+(?:{release}{wrapped}.[^{release}{end}]*+)*+){end}", re.DOTALL)


def _segment(raw: str, separators: Separators, line: int) -> Segment:
    elements = separators.split(raw)
    # `LIN:1:2` nests explicitly (ISO 9735:1988, 9.2); the tag alone names the segment.
    return Segment(elements[0][0], elements, line, raw)


def _unended(rest: str, separators: Separators, file: str, line: int) -> FileRefused:
    advice = "The file is cut short: ask for it again; nothing of it was taken"
    if separators.terminator not in rest and "\n" in rest.strip(NOISE):
        advice = "If its segments end with the line, declare segment_end: newline; else the file is cut short"
    received = rest.strip(NOISE)[:_SHOWN]
    expected = f"a segment that ends with {separators.terminator!r}"
    return FileRefused(Fault("truncated", Position(file, line=line), received, expected, advice))
