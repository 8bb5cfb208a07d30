"""Drift: what is different between two files of one feed, and whether the mapping reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from ..formats import Group
from ..mapping import CodeTable, Mapping
from ..mapping.paths import listed
from .profile import Column, Profile, leaves
from .reads import coded_paths, control_paths, record_paths

__all__ = ["Change", "Drifted", "drift"]

Kind = Literal["new", "lost", "kind", "wider", "empty", "repeats", "codes", "lost_codes", "records"]

#: A share of empties that moves by less says nothing about the sender.
_SHARE = 0.10
_FEW = 10
#: A free text may be longer any day; so much longer, it is another text.
_WIDER = 1.5
_MORE_DIGITS = 2
#: Without a table, a column with more codes than before is news only while it stays a column of few codes.
_SHOWN = 20


class Change(msgspec.Struct, frozen=True):
    """One difference: where (`part` is record, header, trailer or file), what it was and what it is.

    `read` is True when the mapping reads what changed.
    """

    kind: Kind
    part: str
    path: str
    before: str
    after: str
    read: bool


class Drifted(msgspec.Struct, frozen=True):
    """All differences between two files; those that the mapping reads first."""

    old: str
    new: str
    changes: tuple[Change, ...]

    @property
    def read_changes(self) -> tuple[Change, ...]:
        """The differences in what the mapping reads."""
        return tuple(change for change in self.changes if change.read)


def drift(old: tuple[str, Profile], new: tuple[str, Profile], mapping: Mapping | None = None) -> Drifted:
    """Compare two files by their profiles; without a mapping everything counts as read."""
    (old_name, before), (new_name, after) = old, new
    changes = [*_records(before, after), *_columns(before, after, mapping)]
    for part, left, right in (
        ("header", before.header, after.header),
        ("trailer", before.trailer, after.trailer),
    ):
        changes += _outside(part, left, right, mapping)
    return Drifted(old_name, new_name, tuple(sorted(changes, key=lambda change: not change.read)))


def _records(before: Profile, after: Profile) -> Iterator[Change]:
    if before.records != after.records:
        gone = after.records == 0
        yield Change("records", "file", "", str(before.records), str(after.records), read=gone)


def _outside(part: str, before: Group, after: Group, mapping: Mapping | None) -> Iterator[Change]:
    old, new = ({listed(names): text for names, text in leaves(part_)} for part_ in (before, after))
    read = None if mapping is None else control_paths(mapping)
    for path in sorted(set(old) - set(new)):
        yield Change("lost", part, path, old[path] or "", "", read is None or path in read)
    for path in sorted(set(new) - set(old)):
        yield Change("new", part, path, "", new[path] or "", read=False)


def _columns(before: Profile, after: Profile, mapping: Mapping | None) -> Iterator[Change]:
    read = None if mapping is None else record_paths(mapping)
    tables = {} if mapping is None else coded_paths(mapping)
    for path in dict.fromkeys([*before.columns, *after.columns]):
        is_read = read is None or read.hold(path)
        old, new = before.columns.get(path), after.columns.get(path)
        if old is None and new is not None:
            # What nobody read before is no danger, unless the mapping was waiting for it.
            yield Change("new", "record", path, "", _sight(new), read=read is not None and is_read)
        elif new is None and old is not None:
            yield Change("lost", "record", path, _sight(old), "", is_read)
        elif old is not None and new is not None:
            yield from _column(old, new, before.records, after.records, is_read=is_read)
            table = tables.get(path)
            if table is not None or (old.is_code and new.is_code):
                # A mapping that looks nothing up takes any code.
                judged = is_read and (mapping is None or table is not None)
                yield from _codes(old, new, table, is_read=judged)


def _sight(column: Column) -> str:
    return f"{column.kind}, {', '.join(column.examples())}" if column.filled else column.kind


def _column(old: Column, new: Column, before: int, after: int, *, is_read: bool) -> Iterator[Change]:
    found: list[tuple[Kind, str, str]] = []
    if old.filled and new.filled and not _alike(old, new):
        found.append(("kind", _writing(old), _writing(new)))
    if _is_wider(old, new):
        found.append(("wider", str(old.longest), str(new.longest)))
    if old.most == 1 and new.most > 1:
        found.append(("repeats", "1", str(new.most)))
    was, now = _empties(old, before), _empties(new, after)
    if min(before, after) >= _FEW and abs(was - now) >= _SHARE:
        found.append(("empty", f"{was:.0%}", f"{now:.0%}"))
    for kind, left, right in found:
        yield Change(kind, "record", old.path, left, right, is_read)


def _codes(old: Column, new: Column, table: CodeTable | None, *, is_read: bool) -> Iterator[Change]:
    added = [code for code in new.texts if code not in old.texts]
    if table is not None:
        known = [code for code in added if code in table.entries]
        unknown = [f"{code} (not in {table.name})" for code in added if code not in table.entries]
        # A code that the table knows is no surprise to the mapping.
        if unknown:
            yield Change("codes", "record", old.path, "", _listed(unknown), is_read)
        if known:
            yield Change("codes", "record", old.path, "", _listed(known), read=False)
    elif added:
        yield Change("codes", "record", old.path, "", _listed(added), is_read)
    lost = [code for code in old.texts if code not in new.texts]
    if lost and table is None:
        yield Change("lost_codes", "record", old.path, _listed(lost), "", read=False)


def _listed(codes: list[str]) -> str:
    more = f", … ({len(codes)})" if len(codes) > _SHOWN else ""
    return ", ".join(codes[:_SHOWN]) + more


def _empties(column: Column, records: int) -> float:
    """Give the share of records without a text; an element that is not there is as empty as one that is."""
    return 1 - min(column.filled, records) / records if records else 0.0


def _alike(old: Column, new: Column) -> bool:
    """Say whether both are written in one way: what read the old texts reads the new ones."""
    if old.kind == "date":
        return bool(set(old.dates) & set(new.dates))
    if old.kind in ("integer", "decimal"):
        return (
            new.kind in ("integer", "decimal")
            and (old.integers <= new.integers)
            and bool(set(old.decimals) & set(new.decimals))
        )
    # Codes may become texts, and texts may by chance be numbers on a quiet day.
    return True


def _writing(column: Column) -> str:
    ways = column.dates if column.kind == "date" else column.decimals if column.kind == "decimal" else ()
    return f"{column.kind} {ways[0]}" if ways else column.kind


def _is_wider(old: Column, new: Column) -> bool:
    if not old.filled or new.longest <= old.longest:
        return False
    if old.shortest == old.longest and old.filled > 1:
        return old.kind != "integer" or old.leading_zero or new.longest > old.longest + _MORE_DIGITS
    if old.kind in ("integer", "decimal"):
        return new.longest > old.longest + _MORE_DIGITS
    return new.longest > _WIDER * old.longest
