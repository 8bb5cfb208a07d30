"""Coverage: what of a file the mapping reads, and what of the mapping a file ever needs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from ..formats import Row
from ..mapping import Mapping
from ..mapping.spec import StepSpec
from .profile import leaves
from .reads import bare, control_paths, record_paths, within
from .rules import Rules, spoken
from .sample import Sample
from .tracing import FieldTrace, Tracer

__all__ = ["CodesUse", "Covered", "FieldUse", "PathUse", "RuleUse", "coverage"]

_NUMBER = re.compile(r"\[\d+\]")
#: Unknown codes and unused rows that are kept by name.
_KEPT = 500


class PathUse(msgspec.Struct, frozen=True):
    """A path that stands in the files: how often, how often with a text, and whether the mapping reads it.

    `part` is `record`, `header` or `trailer`.
    """

    path: str
    part: str
    read: bool
    count: int
    filled: int
    example: str


class FieldUse(msgspec.Struct, frozen=True):
    """A field of the mapping: how often it came to a value, was left out, or was at fault."""

    to: str
    filled: int
    absent: int
    faulty: int


class CodesUse(msgspec.Struct, frozen=True):
    """A code table as one field uses it: rows hit and never hit, codes without a row by their count."""

    to: str
    table: str
    rows: int
    hit: int
    unused: tuple[str, ...]
    unknown: dict[str, int]


class RuleUse(msgspec.Struct, frozen=True):
    """A rule for special cases (a default, a sentinel, a repair) and how often it was needed."""

    to: str
    rule: str
    hits: int


class Covered(msgspec.Struct, frozen=True):
    """What was found. `missing` are paths that the mapping reads and no file has."""

    feed: str
    files: tuple[str, ...]
    records: int
    bad: int
    rejected: int
    paths: tuple[PathUse, ...]
    missing: tuple[str, ...]
    fields: tuple[FieldUse, ...]
    codes: tuple[CodesUse, ...]
    rules: tuple[RuleUse, ...]

    @property
    def read_share(self) -> float:
        """The share of the files' paths that the mapping reads."""
        return _share(sum(path.read for path in self.paths), len(self.paths))

    @property
    def fields_share(self) -> float:
        """The share of the mapping's fields that came to a value at least once."""
        return _share(sum(field.filled > 0 for field in self.fields), len(self.fields))

    @property
    def codes_share(self) -> float:
        """The share of the code rows that were hit at least once."""
        return _share(sum(one.hit for one in self.codes), sum(one.rows for one in self.codes))

    @property
    def rules_share(self) -> float:
        """The share of the rules for special cases that were needed at least once."""
        return _share(sum(rule.hits > 0 for rule in self.rules), len(self.rules))


def coverage(mapping: Mapping, paths: Iterable[Path]) -> Covered:
    """Read whole files through a mapping and count what met what.

    Raises:
        FileRefused: a file is not whole, or not of the mapping's format.
    """
    tally = _Tally(mapping)
    files = []
    for path in paths:
        files.append(path.name)
        with Sample(mapping, path, whole=True) as sample:
            tally.take(sample)
    return tally.covered(tuple(files))


class _Path:
    def __init__(self) -> None:
        self.count = 0
        self.filled = 0
        self.example = ""

    def add(self, text: str | None) -> None:
        self.count += 1
        if text is not None and text.strip():
            self.filled += 1
            self.example = self.example or text.strip()


class _Codes:
    """One `code` step of one field."""

    def __init__(self, table: str, entries: dict[str, str]) -> None:
        self.table = table
        self.entries = entries
        self.hit: set[str] = set()
        self.unknown: Counter[str] = Counter()

    def add(self, given: Any) -> None:
        code = str(given).strip()
        if code in self.entries:
            self.hit.add(code)
        elif code in self.unknown or len(self.unknown) < _KEPT:
            self.unknown[code] += 1


class _Tally:
    """Counts while files are read."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._rules = Rules(mapping.spec)
        self._tracer = Tracer(mapping)
        self._records = self._bad = self._rejected = 0
        self._paths: dict[tuple[str, str], _Path] = {}
        self._read = {("record", path) for path in record_paths(mapping)}
        self._read |= {(part, path) for part in ("header", "trailer") for path in control_paths(mapping)}
        self._fields: dict[str, Counter[str]] = {path: Counter() for path in self._rules.fields}
        self._codes = dict(self._code_steps())
        self._special = dict.fromkeys(self._special_rules(), 0)

    def _code_steps(self) -> Iterable[tuple[tuple[str, str], _Codes]]:
        for path in self._rules.fields:
            for step in self._rules.steps(path):
                table = self._mapping.tables.get(_argument(step)) if step.name == "code" else None
                if table is not None:
                    yield (path, spoken(step)), _Codes(table.name, table.entries)

    def _special_rules(self) -> Iterable[tuple[str, str]]:
        for path, field in self._rules.fields.items():
            yield from ((path, spoken(step)) for step in field.via if step.name == "default")
            for step in self._rules.steps(path):
                if step.name == "none_if" or "none" in step.options:
                    yield path, spoken(step)
        if self._mapping.spec.repair.double_encoded_utf8 is not False:
            yield "", "repair: double_encoded_utf8"

    def take(self, sample: Sample) -> None:
        header = sample.header
        self._add_part("header", header)
        for row in sample.rows():
            if not isinstance(row, Row):
                self._bad += 1
                continue
            self._records += 1
            for path, text in leaves(row.values):
                self._paths.setdefault(("record", path), _Path()).add(text)
            record, traces = self._tracer.trace(row, file=sample.file, header=header)
            self._rejected += record is None
            for trace in traces:
                self._add_trace(trace)
        self._add_part("trailer", sample.reader.trailer)

    def _add_part(self, part: str, values: Any) -> None:
        for path, text in leaves(values):
            self._paths.setdefault((part, path), _Path()).add(text)

    def _add_trace(self, trace: FieldTrace) -> None:
        to = _NUMBER.sub("", trace.fills)
        self._fields.setdefault(to, Counter())[trace.state] += 1
        for read in trace.reads:
            if read.source.startswith("/"):
                self._read.add(("header", bare(read.source).strip("/").partition("/")[2]))
            elif read.found:
                self._read.add(("record", bare(read.path)))
        self._add_steps(to, trace)
        if trace.state == "stand_in":
            for path, rule in self._special:
                if path == to and rule.startswith("default"):
                    self._special[path, rule] += 1

    def _add_steps(self, to: str, trace: FieldTrace) -> None:
        names = self._rules.spoken(trace.fills, (step.name for step in trace.steps))
        for name, step in zip(names, trace.steps, strict=True):
            if (to, name) in self._codes:
                self._codes[to, name].add(step.given)
            if (to, name) in self._special and step.result is None and step.error is None:
                self._special[to, name] += 1
            if step.name == "repair":
                self._special["", "repair: double_encoded_utf8"] += 1

    def covered(self, files: tuple[str, ...]) -> Covered:
        paths = tuple(
            PathUse(path, part, self._is_read(part, path), seen.count, seen.filled, seen.example)
            for (part, path), seen in self._paths.items()
        )
        there = {path for part, path in self._paths if part == "record"}
        missing = tuple(path for path in sorted(record_paths(self._mapping)) if not within(path, there))
        fields = tuple(
            FieldUse(
                to,
                filled=states.total() - states["absent"] - states["faulty"],
                absent=states["absent"],
                faulty=states["faulty"],
            )
            for to, states in self._fields.items()
        )
        codes = tuple(
            CodesUse(
                to,
                used.table,
                len(used.entries),
                len(used.hit),
                tuple(code for code in used.entries if code not in used.hit)[:_KEPT],
                dict(used.unknown.most_common()),
            )
            for (to, _), used in self._codes.items()
        )
        rules = tuple(RuleUse(to, rule, hits) for (to, rule), hits in self._special.items())
        return Covered(
            self._mapping.feed,
            files,
            self._records,
            self._bad,
            self._rejected,
            paths,
            missing,
            fields,
            codes,
            rules,
        )

    def _is_read(self, part: str, path: str) -> bool:
        return (part, path) in self._read


def _argument(step: StepSpec) -> str:
    return str(step.argument[0]) if step.argument else ""


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
