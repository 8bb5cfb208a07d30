"""Totals: what header or trailer say that the rows add up to, compared when all were read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from ..errors import Fault, FileRefused, Position
from ..formats import BadRow, Group, Reader, Row, text_of
from .around import ReaderAround
from .decimals import number_reader
from .paths import ABSENT, Source, leaf_text
from .pipeline import Location, Report
from .spec.controls import SumSpec
from .unreadable import Unreadable

__all__ = ["SummedReader", "Total", "totals_of"]

_NOT_DIGITS = re.compile("[^0-9]+")


class Total:
    """One total: the place where it stands, what it adds up, and how far it is."""

    def __init__(self, path: str, source: Source, read: Callable[[str], Decimal], *, in_header: bool) -> None:
        self.path = path
        self.source = source
        self.read = read
        self.in_header = in_header
        self.sum = Decimal(0)
        self.unreadable = 0

    def add(self, values: Group) -> None:
        """Add what stands in a row: nothing adds nothing, and what cannot be read is counted."""
        try:
            found = self.source.find_all(values)
            for item in () if found is ABSENT else found:
                text = leaf_text(item)
                if text and not text.isspace():
                    self.sum += self.read(text)
        except Unreadable:
            self.unreadable += 1


def _hash(text: str) -> Decimal:
    return Decimal(_NOT_DIGITS.sub("", text) or "0")


def totals_of(
    specs: Mapping[str, SumSpec], header: str | None, report: Report, at: Location
) -> tuple[Total, ...]:
    """Compile the totals of a feed; flaws are reported."""
    totals: list[Total] = []
    for path, spec in specs.items():
        try:
            source = Source.parse(spec.of, depth=0, header=None)
        except ValueError as error:
            report((*at, "sums", path, "of"), str(error))
            continue
        try:
            read = _hash if spec.hash else number_reader(spec.decimal)
        except ValueError as error:
            report((*at, "sums", path, "decimal"), str(error))
            continue
        totals.append(Total(path, source, read, in_header=path.lstrip("/").split("/")[0] == header))
    return tuple(totals)


class SummedReader(ReaderAround):
    """A reader that adds up what its rows hold, and refuses the file when its totals say otherwise."""

    def __init__(self, inner: Reader, totals: tuple[Total, ...], *, file: str) -> None:
        super().__init__(inner)
        self._file = file
        self._totals = [Total(t.path, t.source, t.read, in_header=t.in_header) for t in totals]

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield every row, then compare; raises FileRefused when a total is another one."""
        totals = self._totals
        bad = 0
        for row in self._inner.rows():
            if isinstance(row, BadRow):
                bad += 1
            else:
                for total in totals:
                    total.add(row.values)
            yield row
        for total in totals:
            self._compare(total, bad + total.unreadable)

    def _compare(self, total: Total, unreadable: int) -> None:
        told: Any = text_of(self._header if total.in_header else self._inner.trailer, total.path.lstrip("/"))
        try:
            number = None if told is None or not told.strip() else total.read(told)
        except Unreadable:
            number = None
        if number == total.sum:
            return
        advice = "Ask the sender for the file again: lines were lost, doubled or changed on the way"
        if unreadable:
            advice = (
                f"{unreadable} of its records cannot be read: have them corrected and the file sent again"
            )
        line = None if total.in_header else self._inner.trailer_line
        position = Position(self._file, line=line, path=total.path)
        expected = f"{total.sum:f}, what {total.source.text} adds up to"
        raise FileRefused(Fault("wrong_total", position, told, expected, advice))
