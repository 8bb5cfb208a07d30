"""Coverage report: the paths, fields, codes and rules of a mapping, each with how often it was met."""

from __future__ import annotations

import msgspec

__all__ = ["CodesUse", "Covered", "FieldUse", "PathUse", "RuleUse"]


class PathUse(msgspec.Struct, frozen=True):
    """A path that stands in the files: how often, how often with a text, and whether the mapping reads it.

    `part` is `record`, `header` or `trailer`; for another input of the mapping it is that input's name.
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
    """A rule for special cases (a condition, a default, a sentinel, a repair): how often it was needed."""

    to: str
    rule: str
    hits: int


class Covered(msgspec.Struct, frozen=True):
    """What was found. `missing` are paths that the mapping reads and no file has.

    `unknown` counts names, languages and codes that the mapping skips or keeps, by where they stood.
    """

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
    unknown: dict[str, int] = {}

    @property
    def read_share(self) -> float | None:
        """The share of the files' paths that the mapping reads."""
        return _share(sum(path.read for path in self.paths), len(self.paths))

    @property
    def fields_share(self) -> float | None:
        """The share of the mapping's fields that came to a value at least once."""
        return _share(sum(field.filled > 0 for field in self.fields), len(self.fields))

    @property
    def codes_share(self) -> float | None:
        """The share of the code rows that were hit at least once."""
        return _share(sum(one.hit for one in self.codes), sum(one.rows for one in self.codes))

    @property
    def rules_share(self) -> float | None:
        """The share of the rules for special cases that were needed at least once."""
        return _share(sum(rule.hits > 0 for rule in self.rules), len(self.rules))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
