"""EDIFACT out: messages as values to one interchange, with its counts, references and character set."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from ...errors import ConfigError, DataError, Fault, Position
from ..rows import Group, Value
from ..writer import Replacement
from .syntax import CODECS, LEVEL_A, LEVEL_B, Separators
from .tree import TAG, elements_of, segments_in

__all__ = ["EdifactWriter", "TextPlace", "text_components"]

_LEVELS = {"UNOA": LEVEL_A, "UNOB": LEVEL_B, "IATA": LEVEL_A, "IATB": LEVEL_B}
_MOST_REFERENCE = 14
_NEW_SYNTAX = "4"


class TextPlace(NamedTuple):
    """Where free text goes on: how many components of which width follow each other in an element."""

    components: int
    width: int


#: Free text of the UN/EDIFACT directories (D.96A): tag, element, first component of the text.
TEXT_PLACES: Mapping[tuple[str, int, int], TextPlace] = {
    ("FTX", 4, 1): TextPlace(5, 70),
    ("IMD", 3, 4): TextPlace(2, 35),
    ("NAD", 3, 1): TextPlace(5, 35),
    ("NAD", 4, 1): TextPlace(5, 35),
    ("NAD", 5, 1): TextPlace(3, 35),
}


def text_components(text: str, *, width: int = 35, most: int = 5) -> list[str]:
    """Spread a text over components: cut behind a blank where the parts suffice, else at the width.

    The parts joined without anything between them are the text. Raises ValueError when they would be more
    than `most`.
    """
    if len(text) > width * most:
        raise ValueError(f"{len(text)} characters do not fit in {most} components of {width}")
    for between_words in (True, False):
        parts, rest = [], text
        while len(rest) > width:
            cut = rest.rfind(" ", 0, width) + 1 if between_words else width
            parts.append(rest[: cut or width])
            rest = rest[cut or width :]
        parts.append(rest)
        if len(parts) <= most:
            break
    return parts


class EdifactWriter:
    """Writes one interchange: UNA and UNB first, then messages, UNZ on leaving; a `Writer`.

    `message` is what UNH says of each message (`ORDERS:D:96A:UN:EAN008`), unless its values hold `UNH`
    elements. `syntax` names the character set (UNOA … UNOL, UNOW, UNOY) that texts are held to, `version`
    the syntax version. `sender` and `recipient` are written `4012345000009:14`. `reference` is the control
    reference that closes the interchange again, `prepared` its moment in the sender's time. What
    `write_header` gives goes before these; the header is written with the first message at the latest.

    The values of a message have the shape that `EdifactReader` gives: tags in the order of the file, a
    repeated segment as a list, the members of a group below its trigger, so that what is written reads as
    it was. UNT, UNZ and message references need not be given: they are counted. A long text at one of
    `TEXT_PLACES` goes on in the components behind it when these are not given.

    With `replace`, characters that the character set does not hold are written as their nearest letter or
    `?` and listed in `replaced`; without it they are faults.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        file: str,
        message: str,
        syntax: str = "UNOC",
        version: str = "3",
        sender: str | None = None,
        recipient: str | None = None,
        reference: str | None = None,
        prepared: dt.datetime | None = None,
        application: str | None = None,
        test: bool = False,
        newline: str = "\r\n",
        replace: bool = False,
    ) -> None:
        if syntax not in CODECS:
            raise ConfigError(f"EDIFACT has no syntax {syntax!r}", advice=f"Use one of {', '.join(CODECS)}")
        self._stream = stream
        self._file = file
        self._kind = message.split(":")
        self._codec = CODECS[syntax]
        self._level = _LEVELS.get(syntax)
        self._separators = Separators(repetition="*" if version == _NEW_SYNTAX else " ")
        self._newline = newline
        self._replace = replace
        self._header: Group = {"e1.1": syntax, "e1.2": version}
        self._name_party("e2", sender)
        self._name_party("e3", recipient)
        if prepared is not None:
            day = "%Y%m%d" if version == _NEW_SYNTAX else "%y%m%d"
            self._header |= {"e4.1": prepared.strftime(day), "e4.2": prepared.strftime("%H%M")}
        self._header |= {"e5": reference, "e7": application, "e11": "1" if test else None}
        self._started = False
        self.counts: Counter[str] = Counter()
        self.replaced: list[Replacement] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A file whose writing failed stays visibly cut short.
        if kind is None:
            self._start()
            self._put([self._segment("UNZ", [[str(self.counts[self._kind[0]])], [self._reference]])])

    def write_header(self, values: Group) -> None:
        """Write UNA and UNB; `values` are elements of UNB (`e2.1`, `e5`) that replace the writer's own."""
        if self._started:
            raise ConfigError(f"{self._file}: the interchange has its header already")
        own = {name: text for name, text in self._header.items() if not _overruled(name, values)}
        self._header = own | values
        self._start()

    def check(self, values: Group) -> None:
        """Raise what `write` would raise for a message, and write nothing."""
        self._message(values, [])

    def write(self, values: Group) -> None:
        """Write one message, UNH and UNT with it."""
        replaced: list[Replacement] = []
        segments = self._message(values, replaced)
        self._start()
        self._put(segments)
        self.replaced += replaced
        self.counts[self._kind[0]] += 1

    def write_trailer(self, values: Group) -> None:
        """Write nothing: UNZ is counted, and stands behind the last message."""

    @property
    def _reference(self) -> str:
        return str(self._header.get("e5") or "")

    def _name_party(self, element: str, party: str | None) -> None:
        for place, text in enumerate((party or "").split(":"), 1):
            self._header[f"{element}.{place}"] = text

    def _start(self) -> None:
        if self._started:
            return
        missing = [
            what
            for what, name in (("a sender", "e2"), ("a recipient", "e3"), ("a moment", "e4"))
            if not (self._header.get(name) or self._header.get(f"{name}.1"))
        ]
        if not 0 < len(self._reference) <= _MOST_REFERENCE:
            missing.append("a control reference of 1 to 14 characters")
        if missing:
            advice = "Give them in the header of the mapping, as elements of UNB"
            raise ConfigError(f"{self._file}: the interchange lacks {', '.join(missing)}", advice=advice)
        segment = self._render([("UNB", "UNB", self._header)], self.replaced)
        self._put([self._separators.una + self._newline, *segment])
        self._started = True

    def _message(self, values: Group, replaced: list[Replacement]) -> list[str]:
        own: Group = {"e1": str(self.counts[self._kind[0]] + 1)}
        own |= {f"e2.{place}": text for place, text in enumerate(self._kind, 1)}
        given = values.get("UNH", {})
        if not isinstance(given, dict):
            raise ConfigError(f"{self._file}: UNH holds {type(given).__name__}, expected elements such as e1")
        own = {name: text for name, text in own.items() if not _overruled(name, given)} | {
            name: text for name, text in given.items() if TAG.fullmatch(name) is None
        }
        body = segments_in({tag: item for tag, item in values.items() if tag not in ("UNH", "UNT")}, "")
        rendered = self._render([("UNH", "UNH", own), *body], replaced)
        reference = own.get("e1") or own.get("e1.1")
        return [*rendered, self._segment("UNT", [[str(len(rendered) + 1)], [str(reference)]])]

    def _render(
        self, segments: list[tuple[str, str, Mapping[str, Value]]], replaced: list[Replacement]
    ) -> list[str]:
        faults: list[Fault] = []
        rendered = []
        for tag, path, values in segments:
            elements = elements_of(values, path)
            for number, components in enumerate(elements, 1):
                self._spread(tag, number, components, path, faults)
                for place, text in enumerate(components, 1):
                    components[place - 1] = self._held(text, f"{path}/e{number}.{place}", faults, replaced)
            rendered.append(self._segment(tag, elements))
        if faults:
            raise DataError(tuple(faults))
        return rendered

    def _spread(self, tag: str, number: int, components: list[str], path: str, faults: list[Fault]) -> None:
        """Let a text that is too wide for its component go on in those behind it."""
        for (of, element, first), (most, width) in TEXT_PLACES.items():
            texts = components[first - 1 : first - 1 + most] if (of, element) == (tag, number) else []
            if max(map(len, texts), default=0) <= width:
                continue
            if len(texts[0]) <= width * most and not any(texts[1:]):
                parts = text_components(texts[0], width=width, most=most)
                components[first - 1 : first - 1 + most] = parts + [""] * (len(texts) - len(parts))
            else:
                position = Position(self._file, self._ordinal, path=f"{path}/e{number}.{first}")
                expected = f"at most {most} components of {width} characters"
                advice = "Cut the text in the mapping, or leave its spreading to the writer"
                faults.append(Fault("too_long", position, max(texts, key=len), expected, advice))

    @property
    def _ordinal(self) -> int:
        return self.counts[self._kind[0]] + 1

    def _held(self, text: str, path: str, faults: list[Fault], replaced: list[Replacement]) -> str:
        """Give the text as the character set holds it."""
        if all(map(self._holds, text)):
            return text
        written = []
        for character in text:
            fitting = character if self._holds(character) else self._nearest(character)
            if fitting != character:
                replaced.append(Replacement(path, character, fitting))
                if not self._replace:
                    faults.append(self._unheld(character, path))
            written.append(fitting)
        return "".join(written)

    def _unheld(self, character: str, path: str) -> Fault:
        position = Position(self._file, self._ordinal, path=path)
        expected = f"a character of {self._header['e1.1']}"
        return Fault("not_writable", position, character, expected, "Use another syntax, or mend the text")

    def _holds(self, character: str) -> bool:
        if self._level is not None:
            return character in self._level
        if unicodedata.category(character) == "Cc":
            return False
        try:
            character.encode(self._codec)
        except UnicodeEncodeError:
            return False
        return True

    def _nearest(self, character: str) -> str:
        if character.isspace():
            return " "
        for candidate in (character.upper(), unicodedata.normalize("NFKD", character)):
            plain = "".join(letter for letter in candidate if not unicodedata.combining(letter))
            for fitting in (candidate, plain, plain.upper()):
                if fitting and all(map(self._holds, fitting)):
                    return fitting
        return "?"

    def _segment(self, tag: str, elements: list[list[str]]) -> str:
        # Nothing empty stands at the end of an element or segment: nothing is cut off (ISO 9735:1988, 7.1).
        marks = self._separators
        parts = [marks.component.join(map(marks.released, components)) for components in elements]
        return marks.element.join([tag, *parts]) + marks.terminator + self._newline

    def _put(self, segments: list[str]) -> None:
        self._stream.write("".join(segments).encode(self._codec))


def _overruled(name: str, values: Mapping[str, Value]) -> bool:
    """Tell whether an element is given by others: one component of it replaces all."""
    element = name.partition(".")[0]
    return any(given.partition(".")[0] == element for given in values)
