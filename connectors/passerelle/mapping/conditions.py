"""Compiled conditions: one closure each, which asks the records around it and the file's header."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, NamedTuple, TypeAlias

from .decimals import DecimalPattern, number_reader
from .paths import ABSENT, Source, leaf_text
from .patterns import TextPattern
from .pipeline import Location, Report
from .spec.conditions import ConditionSpec
from .unreadable import Unreadable

__all__ = ["Condition", "compile_condition"]

#: Asks the header and the records, the outermost first.
Holds: TypeAlias = Callable[..., bool]
_Test: TypeAlias = Callable[[Any], bool]

_COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "above": gt, "below": lt, "at_least": ge, "at_most": le,
}  # fmt: skip


class Condition(NamedTuple):
    """A condition: `holds(header, record)` for a row, `holds(header, record, element, …)` within an `each`.

    `sources` are all places that it reads. `holds` raises Unreadable, with `path` and `received`, when a
    value that is compared as a number is none.
    """

    holds: Holds
    sources: tuple[Source, ...]


def compile_condition(
    spec: ConditionSpec, *, depth: int, header: str | None, report: Report, at: Location
) -> Condition | None:
    """Compile a condition; `depth` is how many records are around. None when a flaw was reported."""
    below = [("all", spec.all_), ("any", spec.any_), ("not", None if spec.not_ is None else (spec.not_,))]
    for word, inner in below:
        if inner is not None:
            made = [
                compile_condition(
                    one,
                    depth=depth,
                    header=header,
                    report=report,
                    at=(*at, word) if word == "not" else (*at, word, index),
                )
                for index, one in enumerate(inner)
            ]
            known = [condition for condition in made if condition is not None]
            return _joined(word, known) if len(known) == len(made) else None
    try:
        source = Source.parse(spec.path or "", depth=depth, header=header)
    except ValueError as error:
        report((*at, "path"), str(error))
        return None
    tests = _tests(spec, source, report, at)
    return None if tests is None else Condition(_asking(source, tests), (source,))


def _joined(word: str, conditions: list[Condition]) -> Condition:
    sources = tuple(source for condition in conditions for source in condition.sources)
    asked = [condition.holds for condition in conditions]
    if word == "not":
        (only,) = asked
        return Condition(lambda *around: not only(*around), sources)
    if word == "any":
        return Condition(lambda *around: any(holds(*around) for holds in asked), sources)
    return Condition(lambda *around: all(holds(*around) for holds in asked), sources)


def _asking(source: Source, tests: list[_Test]) -> Holds:
    """Bind a source to its tests."""
    find, several = source.find, source.find_all
    place = 0 if source.in_header else -1 - source.climb

    def holds(*around: Any) -> bool:
        values = around[place]
        try:
            found = find(values)
        except Unreadable:
            found = several(values)
        return all(test(found) for test in tests)

    if len(tests) > 1:
        return holds
    (only,) = tests
    if source.picks or source.in_header or len(source.names) != 1:

        def holds_one(*around: Any) -> bool:
            values = around[place]
            try:
                found = find(values)
            except Unreadable:
                found = several(values)
            return only(found)

        return holds_one

    (name,) = source.names

    def holds_near(*around: Any) -> bool:
        # The commonest case: one test of one name, which needs no search and may find a list.
        values = around[place]
        return only(values.get(name, ABSENT) if isinstance(values, dict) else ABSENT)

    return holds_near


def _tests(spec: ConditionSpec, source: Source, report: Report, at: Location) -> list[_Test] | None:
    tests: list[_Test] = []
    sound = True
    for name, wanted in spec.tests().items():
        try:
            tests.append(_test(name, wanted, spec, source))
        except ValueError as error:
            report((*at, "decimal" if name in _COMPARE and "example" in str(error) else name), str(error))
            sound = False
    return tests if sound else None


def _test(name: str, wanted: Any, spec: ConditionSpec, source: Source) -> _Test:
    match name:
        case "present":
            return lambda found: (found is not ABSENT) is wanted
        case "empty":
            return lambda found: (not any(_texts(found))) is wanted
        case "is" | "in":
            known = frozenset(wanted if name == "in" else (wanted,))
            return lambda found: not known.isdisjoint(_texts(found))
        case "is_not" | "not_in":
            others = frozenset(wanted if name == "not_in" else (wanted,))
            return lambda found: others.isdisjoint(_texts(found))
        case "matches":
            pattern = TextPattern(wanted)
            return lambda found: any(pattern.full(text) is not None for text in _texts(found) if text)
        case _:
            return _comparing(name, wanted, number_reader(spec.decimal), source)


def _comparing(name: str, wanted: str, read: Callable[[str], Decimal], source: Source) -> _Test:
    try:
        limit = DecimalPattern("1234.5").read(wanted)
    except Unreadable as error:
        raise ValueError(f"{wanted!r} is no number: write it with a point, such as 1234.5") from error
    compare = _COMPARE[name]

    def test(found: Any) -> bool:
        for text in _texts(found):
            if not text:
                continue
            try:
                number = read(text)
            except Unreadable as error:
                raise Unreadable(
                    error.code, error.expected, error.advice, path=source.text, received=text
                ) from error
            if compare(number, limit):
                return True
        return False

    return test


def _texts(found: Any) -> Iterable[str]:
    """Give the texts of what was found, without the blanks around them; a group counts by its own text."""
    if type(found) is str:
        return (found.strip(),)
    if found is ABSENT or found is None:
        return ()
    if isinstance(found, list):
        return [text for item in found for text in _texts(item)]
    if "#text" in found:
        return (leaf_text(found).strip(),)
    # A group without a text of its own: something is there.
    return ("\N{BLACK SQUARE}",) if found else ()
