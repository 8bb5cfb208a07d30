"""One EDIFACT message in the making: its segments as a tree, and everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from ...errors import Fault, Position
from ..rows import Group
from ..stated import states
from .syntax import Segment, Separators
from .tree import TAG, element_values, put

__all__ = ["Layout", "Message"]

#: How many components the elements with free text have at most (D.96A to D.01B), and what the last one, a
#: code, looks like. One more is an unreleased `:` in a text, which would otherwise be cut in silence.
TEXT_ELEMENTS: Mapping[str, Mapping[int, tuple[int, re.Pattern[str] | None]]] = {
    "FTX": {4: (5, None)},
    "IMD": {3: (6, re.compile("[A-Za-z]{2,3}"))},
    "NAD": {3: (5, None), 4: (6, re.compile("[0-9A-Z]{1,3}")), 5: (4, None)},
}
_SHOWN = 60


class Layout:
    """What a feed declares of its messages: their type, the groups, and the totals to be compared.

    `groups` gives for each trigger the tags that stand below it; a trigger named there opens a group inside.
    `totals` says what a CNT segment counts: by its qualifier, the tag of the segments to count or the path
    of the numbers to add (`QTY/e1.2`).
    """

    def __init__(
        self, message: str, groups: Mapping[str, Sequence[str]], totals: Mapping[str, str], file: str
    ) -> None:
        self.message = message
        self.groups = {trigger: frozenset(members) for trigger, members in groups.items()}
        self.totals = {
            qualifier: (tag, element)
            for qualifier, path in totals.items()
            for tag, _, element in [path.partition("/")]
        }
        self.sums: dict[str, list[tuple[str, str]]] = {}
        for qualifier, (tag, element) in self.totals.items():
            if element:
                self.sums.setdefault(tag, []).append((qualifier, element))
        self.file = file


class Message:
    """Takes the segments of one message from UNH on, and says at UNT what is wrong with it."""

    def __init__(self, layout: Layout, separators: Separators, ordinal: int, start: Segment) -> None:
        self.values: Group = {}
        self.faults: list[Fault] = []
        self.ordinal = ordinal
        self.line = start.line
        self.reference = start.component(1)
        self.kind = start.component(2)
        self.announced = start.tag == "UNH"
        self._layout = layout
        self._separators = separators
        self._raw: list[str] = []
        self._segments = 0
        self._tags: dict[str, int] = {}
        self._sums: dict[str, Decimal] = {}
        self._controls: list[tuple[Segment, int]] = []
        #: The groups that are open, from the outermost: the members of each and where they stand.
        self._open: list[tuple[frozenset[str], Group]] = []
        if not self.announced:
            self.fault("message_not_opened", start, start.raw, "UNH, which opens a message")
        self.add(start)

    @property
    def raw(self) -> str:
        """The message as it stood, a segment a line."""
        return "\n".join(f"{raw}{self._separators.terminator.strip()}" for raw in self._raw)

    @property
    def size(self) -> int:
        """Segments so far."""
        return self._segments

    def add(self, segment: Segment) -> None:
        """Put a segment where it belongs."""
        self._segments += 1
        self._raw.append(segment.raw)
        tag = segment.tag
        before = self._tags.get(tag, 0)
        if not before and TAG.fullmatch(tag) is None:
            self.fault("bad_segment", segment, segment.raw[:_SHOWN], "a tag of three capital letters")
            return
        self._tags[tag] = before + 1
        if tag in TEXT_ELEMENTS:
            self._judge_texts(segment)
        elif tag == "CNT":
            self._controls.append((segment, self._segments))
        if self._separators.repetition != " ":
            self._judge_repetition(segment)
        for qualifier, element in self._layout.sums.get(tag, ()):
            self._sum(segment, qualifier, element)
        values = element_values(segment.elements)
        while self._open and tag not in self._open[-1][0]:
            self._open.pop()
        put(self._open[-1][1] if self._open else self.values, tag, values)
        members = self._layout.groups.get(tag)
        if members is not None:
            self._open.append((members, values))

    def close(self, end: Segment | None) -> None:
        """Compare UNT (None when it never came) with what was read; the tree leaves it out."""
        if end is None:
            self._segments += 1
            self.fault("message_not_closed", None, None, "UNT, which closes the message")
            return
        self._raw.append(end.raw)
        self._segments += 1
        stated, reference = end.component(1), end.component(2)
        if not states(stated, self._segments):
            advice = "Segments are missing or doubled: ask for the message again"
            self.fault("segment_count", end, stated, f"{self._segments}, the segments of the message", advice)
        if reference != self.reference:
            self.fault("reference_mismatch", end, reference, f"{self.reference}, the reference in UNH")
        for control, number in self._controls:
            self._compare(control, number)

    def fault(
        self,
        code: str,
        segment: Segment | None,
        received: str | None,
        expected: str,
        advice: str = "",
        *,
        number: int | None = None,
    ) -> None:
        """Note something that is wrong, with the line and the number of its segment (of the last one)."""
        path = "UNH" if segment is None else f"{segment.tag}, segment {number or self._segments}"
        line = self.line if segment is None else segment.line
        position = Position(self._layout.file, self.ordinal, line, path)
        self.faults.append(Fault(code, position, received, expected, advice))

    def _judge_texts(self, segment: Segment) -> None:
        for number, (most, code) in TEXT_ELEMENTS[segment.tag].items():
            components = segment.elements[number] if number < len(segment.elements) else []
            if len(components) > most or (
                len(components) == most and code is not None and code.fullmatch(components[-1]) is None
            ):
                advice = f"A text may hold an unreleased {self._separators.component!r}: tell the sender"
                expected = f"at most {most - (code is not None)} components of text in element {number}"
                self.fault("too_many_components", segment, segment.raw, expected, advice)

    def _judge_repetition(self, segment: Segment) -> None:
        if self._separators.repeats(segment.raw):
            expected = "no repeated elements"
            advice = f"{self._separators.repetition!r} in a text must be released"
            self.fault("repeated_element", segment, segment.raw, expected, advice)

    def _sum(self, segment: Segment, qualifier: str, element: str) -> None:
        text = element_values(segment.elements).get(element)
        try:
            number = Decimal(str(text).replace(",", "."))
        except InvalidOperation:
            self.fault("not_a_number", segment, str(text), f"a number in {element} for the total {qualifier}")
            return
        self._sums[qualifier] = self._sums.get(qualifier, Decimal()) + number

    def _compare(self, control: Segment, number: int) -> None:
        qualifier = control.component(1)
        counted = self._layout.totals.get(qualifier)
        if counted is None:
            return
        tag, element = counted
        actual = self._sums.get(qualifier, Decimal()) if element else Decimal(self._tags.get(tag, 0))
        stated = control.component(1, 2)
        try:
            right = Decimal(stated.replace(",", ".")) == actual
        except InvalidOperation:
            right = False
        if not right:
            what = f"the sum of {tag}/{element}" if element else f"the number of {tag} segments"
            advice = "Lines are missing or doubled: ask for the message again"
            self.fault("control_total", control, stated, f"{actual}, {what}", advice, number=number)
