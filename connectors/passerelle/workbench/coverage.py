"""Coverage: what of a file the mapping reads, and what of the mapping a file ever needs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..formats import BadRow
from ..formats.xml.tree import PARENT
from ..mapping import CodeTable, Mapping
from ..mapping.opening import open_reader
from ..mapping.paths import listed
from ..mapping.spec import StepSpec
from .companions import sources_beside
from .coverage_report import CodesUse, Covered, FieldUse, PathUse, RuleUse
from .profile import leaves
from .reads import bare, control_paths, record_paths, within
from .rules import Rules, spoken
from .sample import Sample
from .trace_log import FieldTrace
from .tracing import Tracer

__all__ = ["coverage"]

_NUMBER = re.compile(r"\[\d+\]")
#: Unknown codes and unused rows that are kept by name.
_KEPT = 500
_REPAIR = "repair: double_encoded_utf8"


def coverage(mapping: Mapping, paths: Iterable[Path]) -> Covered:
    """Read whole files through a mapping and count what met what; each file is read twice.

    Raises:
        FileRefused: a file is not whole, or not of the mapping's format.
    """
    names = _Names(mapping)
    uses = _Uses(mapping)
    files = []
    for path in paths:
        files.append(path.name)
        names.take(path)
        with Sample(mapping, path) as sample:
            uses.take(sample)
    return Covered(
        mapping.feed,
        tuple(files),
        uses.records,
        uses.bad,
        uses.rejected,
        names.found(uses.read),
        names.missing(),
        uses.fields(),
        uses.codes(),
        uses.rules(),
        {f"{where}: {what}": count for (where, what), count in uses.unknown().most_common(_KEPT)},
    )


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


class _Names:
    """Every name of the files, whoever reads it."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._paths: dict[tuple[str, str], _Path] = {}
        self._controls = control_paths(mapping)

    def take(self, path: Path) -> None:
        """Look at a main file, and at the files of other inputs beside it."""
        with Sample(self._mapping, path, raw=True) as sample:
            self._add("header", sample.header)
            for row in sample.rows():
                if not isinstance(row, BadRow):
                    self._add("record", row.values)
            self._add("trailer", sample.reader.trailer)
        for name, files in sources_beside(self._mapping, path).inputs.items():
            for file in files:
                with file.open() as stream:
                    format_ = self._mapping.spec.inputs[name].format
                    for row in open_reader(format_, stream, file=file.name).rows():
                        if not isinstance(row, BadRow):
                            self._add(name, row.values)

    def _add(self, part: str, values: Any) -> None:
        for names, text in leaves(values):
            if PARENT in names:
                # It stands in the file once: in the record around.
                continue
            self._paths.setdefault((part, listed(names)), _Path()).add(text)

    def found(self, traced: set[tuple[str, str]]) -> tuple[PathUse, ...]:
        """List the names; those that a field asked for while it was read are read, whatever else says so."""
        reads = {part: record_paths(self._mapping, part) for part in self._mapping.spec.inputs}
        reads["record"] = record_paths(self._mapping)
        return tuple(
            PathUse(
                path,
                part,
                (part, path) in traced
                or (reads[part].hold(path) if part in reads else path in self._controls),
                seen.count,
                seen.filled,
                seen.example,
            )
            for (part, path), seen in self._paths.items()
        )

    def missing(self) -> tuple[str, ...]:
        """List what the mapping reads and no file has."""
        if self._mapping.assembly is not None:
            # Names of an assembled record stand in no file as they are.
            return ()
        there = {path for part, path in self._paths if part == "record"}
        asked = sorted({bare(path) for path in self._mapping.paths} - {""})
        return tuple(path for path in asked if not within(path, there))


class _Codes:
    """One `code` step of one field."""

    def __init__(self, table: CodeTable, step: StepSpec) -> None:
        self.table = table
        self.entries = table.meanings(step.options.get("column"))
        self.hit: set[str] = set()
        self.unknown: Counter[str] = Counter()

    def add(self, given: Any) -> None:
        code = given.strip() if isinstance(given, str) else self.table.joined(given)
        if code in self.entries:
            self.hit.add(code)
        elif code in self.unknown or len(self.unknown) < _KEPT:
            self.unknown[code] += 1


class _Uses:
    """Every field of the mapping with its functions, codes and rules, while records are read."""

    def __init__(self, mapping: Mapping) -> None:
        self.records = self.bad = self.rejected = 0
        #: What the fields asked for.
        self.read: set[tuple[str, str]] = set()
        self._mapping = mapping
        self._before = Counter(mapping.unknown)
        self._rules = Rules(mapping.spec)
        self._tracer = Tracer(mapping)
        self._states: dict[str, Counter[str]] = {path: Counter() for path in self._rules.fields}
        self._codes = dict(self._code_steps())
        self._special = dict.fromkeys(self._special_rules(), 0)

    def _code_steps(self) -> Iterator[tuple[tuple[str, str], _Codes]]:
        for path in self._rules.fields:
            for step in self._rules.steps(path):
                table = self._mapping.tables.get(_argument(step)) if step.name == "code" else None
                if table is not None:
                    yield (path, spoken(step)), _Codes(table, step)

    def _special_rules(self) -> Iterator[tuple[str, str]]:
        for path, field in self._rules.fields.items():
            if field.when is not None:
                yield path, self._rules.spoken(path, ["when"])[0]
            yield from ((path, spoken(step)) for step in field.via if step.name == "default")
            for step in self._rules.steps(path):
                if step.name == "none_if" or "none" in step.options:
                    yield path, spoken(step)
        if self._mapping.spec.repair.double_encoded_utf8 is not False:
            yield "", _REPAIR

    def take(self, sample: Sample) -> None:
        """Read a file through the mapping, and each record once more to be told."""
        header = sample.header
        for row in sample.rows():
            item = sample.item(row, header)
            if isinstance(row, BadRow):
                self.bad += 1
                continue
            self.records += 1
            self.rejected += bool(item.faults)
            _, traces = self._tracer.trace(row, file=sample.file, header=header)
            for trace in traces:
                self._add(trace)

    def _add(self, trace: FieldTrace) -> None:
        to = self._rules.written(trace.fills)
        self._states.setdefault(to, Counter())[trace.state] += 1
        for read in trace.reads:
            if read.source.startswith("/"):
                self.read.add(("header", bare(read.source).strip("/").partition("/")[2]))
            elif read.found:
                self.read.add(("record", bare(read.path)))
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
            if (to, name) in self._special and step.error is None:
                # A condition counts when it holds, a sentinel when it is met.
                self._special[to, name] += step.result is (True if step.name == "when" else None)
            if step.name == "repair":
                self._special["", _REPAIR] += 1

    def fields(self) -> tuple[FieldUse, ...]:
        """List the fields with what came of them."""
        return tuple(
            FieldUse(
                to,
                filled=states.total() - states["absent"] - states["faulty"],
                absent=states["absent"],
                faulty=states["faulty"],
            )
            for to, states in self._states.items()
        )

    def codes(self) -> tuple[CodesUse, ...]:
        """List the tables as each field uses them."""
        return tuple(
            CodesUse(
                to,
                used.table.name,
                len(used.entries),
                len(used.hit),
                tuple(code for code in used.entries if code not in used.hit)[:_KEPT],
                dict(used.unknown.most_common()),
            )
            for (to, _), used in self._codes.items()
        )

    def rules(self) -> tuple[RuleUse, ...]:
        """List the rules for special cases."""
        return tuple(RuleUse(to, rule, hits) for (to, rule), hits in self._special.items())

    def unknown(self) -> Counter[tuple[str, str]]:
        """Count names, languages and codes that the mapping goes on without."""
        return self._mapping.unknown - self._before


def _argument(step: StepSpec) -> str:
    return str(step.argument[0]) if step.argument else ""
