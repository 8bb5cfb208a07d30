"""Controls: what a source says of itself beside its rows, compiled: the day in its header, count and sums."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import Fault, FileRefused, Position
from ..formats import BadRow, Group, Reader, Row, text_of
from ..formats.stated import states
from .around import ReaderAround
from .dates import DatePattern, IsoPattern
from .pipeline import Location, Report
from .spec import FilesSpec
from .spec.controls import ControlsSpec, DaySpec, SourceControlsSpec
from .totals import SummedReader, Total, totals_of
from .unreadable import Unreadable

__all__ = ["Controls", "CountedReader", "DayControl", "compile_controls"]

_PART = re.compile(r"\{([a-z_][a-z0-9_]*)(?::([^{}]+))?\}")
#: What each of these controls is compared with: a part of the name.
_NAMED = {"sequence": "{sequence:5}", "mode": "{mode}"}


class DayControl(NamedTuple):
    """The day that a header tells, which is to be the one in the file's name."""

    path: str
    told: DatePattern | IsoPattern
    part: str
    named: DatePattern

    def check(self, header: Group, *, file: str, parts: Mapping[str, str]) -> None:
        """Compare; raises FileRefused when the days differ. A file whose name was not read is not judged."""
        named = parts.get(self.part)
        if named is None:
            return
        day = self.named.read(named).date()
        text = text_of(header, self.path.lstrip("/"))
        try:
            agrees = text is not None and self.told.read(text).date() == day
        except Unreadable:
            agrees = False
        if not agrees:
            raise FileRefused(
                Fault(
                    "header_mismatch",
                    Position(file, path=self.path),
                    text,
                    f"{day}, the day in the name",
                    "The file was renamed, or it is an old one under a new name: ask the sender",
                )
            )


@dataclass(frozen=True, slots=True)
class Controls:
    """The controls of one source: the main files, or those of an input."""

    day: DayControl | None = None
    totals: tuple[Total, ...] = ()
    count: str | None = None

    def summed(self, reader: Reader, *, file: str) -> Reader:
        """Put what compares the sums around a reader."""
        return SummedReader(reader, self.totals, file=file) if self.totals else reader

    def around(self, reader: Reader, *, file: str, parts: Mapping[str, str]) -> Reader:
        """Put all that compares around the reader of a file, the day first; raises FileRefused."""
        if self.day is not None:
            self.day.check(reader.read_header(), file=file, parts=parts)
        counted = reader if self.count is None else CountedReader(reader, self.count, file=file)
        return self.summed(counted, file=file)


class CountedReader(ReaderAround):
    """A reader that refuses the file when its trailer, or its header, counts other records than there are."""

    def __init__(self, inner: Reader, path: str, *, file: str) -> None:
        super().__init__(inner)
        self._path = path
        self._file = file

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield every row, then compare; raises FileRefused when the count is another one."""
        yield from self._inner.rows()
        told, count = text_of(self.trailer, self._path), self.counted
        if told is None or not states(told, count):
            raise FileRefused(
                Fault(
                    "wrong_count",
                    Position(self._file, line=self.trailer_line, path=self._path),
                    told,
                    f"{count}, the records that are in the file",
                    "Ask the sender for the file again: lines were lost or added on the way",
                )
            )


def compile_controls(
    spec: SourceControlsSpec, files: FilesSpec, header: str | None, report: Report, at: Location = ()
) -> Controls:
    """Compile the controls of a source whose files are named so; flaws are reported."""
    here = (*at, "controls")
    parts = dict(_PART.findall(f"{files.folder}/{files.pattern}"))
    if isinstance(spec, ControlsSpec):
        for word, example in _NAMED.items():
            if getattr(spec, word) is not None and word not in parts:
                report(
                    (*here, word),
                    f"{word} is compared with the file's name, and pattern has no {example}",
                )
    day = None if spec.date is None else _day(spec.date, parts, report, (*here, "date"))
    return Controls(day, totals_of(spec.sums, header, report, here), spec.count)


def _day(spec: DaySpec, parts: Mapping[str, str], report: Report, at: Location) -> DayControl | None:
    dated = {part: form for part, form in parts.items() if form and not form.isdigit()}
    named = next(((part, made) for part, form in dated.items() if (made := _dates(form)) is not None), None)
    if named is None:
        report(at, "date is compared with the file's name, and pattern has no day, such as {date:AAAAMMJJ}")
        return None
    if spec.form is None:
        return DayControl(spec.header, named[1], *named)
    told = IsoPattern() if spec.form == "iso" else _dates(spec.form)
    if told is None:
        letters = "use AAAA, AA, MM, JJ, hh, mm, ss, or iso"
        report((*at, "form"), f"{spec.form!r} is no pattern of days: {letters}")
        return None
    return DayControl(spec.header, told, *named)


def _dates(form: str) -> DatePattern | None:
    try:
        dates = DatePattern(form)
    except ValueError:
        return None
    return dates if dates.dated else None
