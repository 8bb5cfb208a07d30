"""Reached: which raw paths the compiled fields read, so that readers of files bring them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..conditions import Condition
from ..fields import Conditional, Each, Field, FirstOf, Gathered, Lines, Localized, Pairs, Record
from ..paths import Source, listed

__all__ = ["all_sources", "full_paths", "raw_paths"]


def raw_paths(record: Record) -> list[str]:
    """List the raw paths below the record that the fields read, groups written out."""
    return [path for source, around in _walked(record.fields, ()) for path in full_paths(source, around)]


def all_sources(record: Record) -> list[Source]:
    """List every source of the fields, those of nested records too."""
    return [source for source, _ in _walked(record.fields, ())]


def full_paths(source: Source, around: tuple[str, ...] = ()) -> list[str]:
    """Write out what a source reads; `around` are the written-out paths of the groups it stands in."""
    if source.in_header:
        return []
    above = around[: len(around) - source.climb] if source.climb else around
    return [listed((*(name for name in above[-1:] if name), *names)) for names in source.reads()]


def _walked(fields: Iterable[Field], around: tuple[str, ...]) -> Iterator[tuple[Source, tuple[str, ...]]]:
    """Give every source with the groups it stands in, the outermost first."""
    for field in fields:
        yield from ((source, around) for source in field.sources)
        match field:
            case Each():
                inside = _inside(field.source, around)
                yield from _walked(field.record.fields, inside)
                yield from _asked(inside, field.where, field.first)
            case Conditional():
                yield from _walked([field.field], around)
            case FirstOf():
                yield from _walked([alternative.field for alternative in field.alternatives], around)
            case Gathered(origins=Lines() as lines):
                inside = _inside(lines.each, around)
                yield from ((source, inside) for source in (lines.text, lines.by) if source is not None)
                yield from _asked(inside, lines.where)
            case Pairs() | Localized():
                inside = _inside(field.each, around)
                yield from ((source, inside) for source in field.inner_sources)
                yield from _asked(inside, field.where)


def _asked(
    around: tuple[str, ...], *conditions: Condition | None
) -> Iterator[tuple[Source, tuple[str, ...]]]:
    for condition in conditions:
        if condition is not None:
            yield from ((source, around) for source in condition.sources)


def _inside(each: Source, around: tuple[str, ...]) -> tuple[str, ...]:
    return (*around, next(iter(full_paths(each, around)), around[-1] if around else ""))
