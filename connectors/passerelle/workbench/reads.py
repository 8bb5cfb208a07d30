"""Reads: which places of a file a mapping reads, written without qualifiers and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Names
from dataclasses import dataclass

from ..mapping import CodeTable, Mapping
from ..mapping.spec import AssemblySpec, FieldSpec, InputSpec, JoinSpec

__all__ = ["Reads", "bare", "coded_paths", "control_paths", "record_paths", "within"]

_WHICH = re.compile(r"\[[^\]]*\]")


def bare(path: str) -> str:
    """Leave qualifiers and numbers out of a path: `DTM[e1.1=137]/e1.2` is `DTM/e1.2`."""
    return _WHICH.sub("", path).removesuffix("/#text")


def record_paths(mapping: Mapping, source: str = "") -> Reads:
    """Tell what the mapping reads of the rows of its main files, or of the input that is named."""
    spec = mapping.spec
    prefixes = {prefix for name, prefix in _prefixes(spec, spec.inputs, "") if name == source}
    told: set[str] = set()
    if mapping.assembly is not None:
        _texts(spec.model_dump(by_alias=True, include={*AssemblySpec.model_fields, "inputs"}), told)
    paths = frozenset(bare(path) for path in mapping.paths)
    return Reads(paths, frozenset({"", *prefixes} if not source else prefixes), frozenset(map(bare, told)))


@dataclass(frozen=True, slots=True)
class Reads:
    """What is read of one source: `paths` of the assembled record below `prefixes`, and what is `named`."""

    paths: frozenset[str]
    prefixes: frozenset[str]
    named: frozenset[str]

    def hold(self, path: str) -> bool:
        """Say whether a path of the source's own rows is read."""
        return path in self.named or any(f"{prefix}{path}" in self.paths for prefix in self.prefixes)


def _prefixes(
    spec: AssemblySpec, inputs: Names[str, InputSpec], above: str, source: str = ""
) -> Iterator[tuple[str, str]]:
    """Tell below which names the rows of each source stand in the assembled record."""
    if spec.group is not None:
        above = f"{above}{spec.group.as_}/"
        yield source, above
    for name, join in spec.join.items():
        yield from _joined_below(name, join, inputs, above)


def _joined_below(
    name: str, join: JoinSpec, inputs: Names[str, InputSpec], above: str
) -> Iterator[tuple[str, str]]:
    at = f"{bare(join.at)}/" if join.at is not None else ""
    below = f"{above}{at}{name}/"
    yield join.input, below
    yield from _prefixes(inputs[join.input], inputs, below, join.input)
    for inner, deeper in join.join.items():
        yield from _joined_below(inner, deeper, inputs, below)


def _texts(value: object, told: set[str]) -> None:
    """Collect every text of a part of the spec: a name that stands anywhere in it is read."""
    if isinstance(value, str):
        told.add(value.replace("../", ""))
    elif isinstance(value, dict):
        for name, inner in value.items():
            _texts(name, told)
            _texts(inner, told)
    elif isinstance(value, list | tuple):
        for inner in value:
            _texts(inner, told)


def control_paths(mapping: Mapping) -> frozenset[str]:
    """Name what the controls read of header and trailer; they may name the element itself or not."""
    controls = mapping.spec.controls
    day = None if controls.date is None else controls.date.header
    places = (controls.count, controls.sequence, controls.mode, day, *controls.sums)
    named = [path.lstrip("/") for path in places if path is not None]
    return frozenset([*named, *(path.partition("/")[2] for path in named if "/" in path)])


def within(path: str, there: Iterable[str]) -> bool:
    """Say whether a path stands in a file, or anything below it."""
    return any(one == path or one.startswith(f"{path}/") for one in there)


def coded_paths(mapping: Mapping) -> dict[str, CodeTable]:
    """Name the paths whose texts are looked up in a code table."""
    return dict(_coded(mapping, mapping.spec.fields, ()))


def _coded(
    mapping: Mapping, fields: Iterable[FieldSpec], around: tuple[str, ...]
) -> Iterator[tuple[str, CodeTable]]:
    for field in fields:
        tables = [
            mapping.tables[str(step.argument[0])]
            for step in field.via
            if step.name == "code" and step.argument and str(step.argument[0]) in mapping.tables
        ]
        sources = [*(field.from_ or ()), *([field.each] if field.each is not None and tables else [])]
        for table in tables:
            yield from ((_joined(source, around), table) for source in sources)
        if field.each is not None:
            yield from _coded(mapping, field.fields or (), (*around, _joined(field.each, around)))


def _joined(source: str, around: tuple[str, ...]) -> str:
    climb = source.count("../")
    above = around[: len(around) - climb]
    return "/".join([*above[-1:], bare(source[3 * climb :])])
