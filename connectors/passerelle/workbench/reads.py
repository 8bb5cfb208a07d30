"""Reads: which places of a file a mapping reads, written without qualifiers and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..mapping import CodeTable, Mapping
from ..mapping.spec import FieldSpec

__all__ = ["bare", "coded_paths", "control_paths", "record_paths", "within"]

_WHICH = re.compile(r"\[[^\]]*\]")


def bare(path: str) -> str:
    """Leave qualifiers and numbers out of a path: `DTM[e1.1=137]/e1.2` is `DTM/e1.2`."""
    return _WHICH.sub("", path).removesuffix("/#text")


def record_paths(mapping: Mapping) -> frozenset[str]:
    """Name what the mapping reads of a record."""
    return frozenset(bare(path) for path in mapping.paths)


def control_paths(mapping: Mapping) -> frozenset[str]:
    """Name what the controls read of header and trailer; they may name the element itself or not."""
    controls = mapping.spec.controls.model_dump(exclude_none=True).values()
    named = [path for path in controls if isinstance(path, str)]
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
