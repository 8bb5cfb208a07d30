"""Batches: records of one file in a compact form; rows are made of those only that somebody asks for.

A record that did not change costs its key and its fingerprint: no dict, no line number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, groupby, islice
from typing import Protocol, TypeGuard, runtime_checkable

from orjson import dumps
from xxhash import xxh3_64_intdigest, xxh3_128_digest

from .keeping import Kept, kept_parts, kept_rows
from .rows import BadRow, Row

__all__ = [
    "BATCH",
    "Batched",
    "Chosen",
    "Gathering",
    "GivenRows",
    "Parts",
    "RowBatch",
    "in_batches",
]

#: Records of a batch, unless the caller wants another number.
BATCH = 1000


class RowBatch(Protocol):
    """Records that stand one behind the other in a file; to be used before the next batch is asked for."""

    bad: Sequence[BadRow]
    """Records in between that cannot be read; the length and the places are without them."""

    def __len__(self) -> int:
        """Count the records."""
        ...

    def texts(self, path: str) -> Sequence[str] | None:
        """Give the text at a path, record by record; None unless it is one text in every record."""
        ...

    def fingerprints(self, version: bytes) -> list[bytes]:
        """Digest the raw values of each record (16 bytes) with the version of what will read them.

        Equal values under equal names in equal order, and only they, have equal fingerprints, whichever
        way they were read. Place and line do not count.
        """
        ...

    def row(self, place: int) -> Row:
        """Make the row of one record; places count from 0."""
        ...

    def rows(self) -> Iterator[Row]:
        """Make every row."""
        ...

    def kept(self, places: Sequence[int]) -> Kept:
        """Keep some records past the next batch: their rows, in this order, are made when it is called.

        What is kept holds nothing of the batch itself.
        """
        ...


@runtime_checkable
class Batched(Protocol):
    """A reader that knows a faster way than row by row."""

    def batches(self, size: int = BATCH, texts: Sequence[str] = ()) -> Iterator[RowBatch]:
        """Yield the records of the file, up to `size` together; instead of `rows`, and once like them.

        `texts` are the paths whose texts will be asked for of every record.
        """
        ...


@lru_cache(1024)
def seed_of(version: bytes, names: tuple[str, ...]) -> int:
    """Begin a fingerprint with what all records of one shape share."""
    return xxh3_64_intdigest(version + dumps(names))


class GivenRows:
    """A batch of rows that were made already."""

    def __init__(self, rows: Sequence[Row], bad: Sequence[BadRow] = ()) -> None:
        self.bad = bad
        self._rows = rows

    def __len__(self) -> int:
        """Count the records."""
        return len(self._rows)

    def texts(self, path: str) -> Sequence[str] | None:
        """Give the text at a path, record by record; None unless it is one text in every record."""
        found = [row.values.get(path) for row in self._rows]
        return found if _are_texts(found) else None

    def fingerprints(self, version: bytes) -> list[bytes]:
        """Digest the raw values of each record."""
        prints: list[bytes] = []
        shape: tuple[str, ...] = ()
        seed = seed_of(version, shape)
        for values, _, _ in self._rows:
            names = tuple(values)
            if names != shape:
                shape, seed = names, seed_of(version, names)
            prints.append(xxh3_128_digest(dumps([*values.values()]), seed))
        return prints

    def row(self, place: int) -> Row:
        """Give one row."""
        return self._rows[place]

    def rows(self) -> Iterator[Row]:
        """Give every row."""
        return iter(self._rows)

    def kept(self, places: Sequence[int]) -> Kept:
        """Keep some records past the next batch."""
        return kept_rows([self._rows[place] for place in places])

    def part(self, start: int, end: int) -> GivenRows:
        """Give some of the rows, as a batch of their own."""
        return self if start <= 0 and end >= len(self._rows) else GivenRows(self._rows[start:end])


class Parts:
    """Several batches as one."""

    def __init__(self, parts: Sequence[RowBatch]) -> None:
        self.bad: Sequence[BadRow] = [row for part in parts for row in part.bad]
        self._parts = parts
        self._starts = list(accumulate(map(len, parts), initial=0))

    def __len__(self) -> int:
        """Count the records."""
        return self._starts[-1]

    def texts(self, path: str) -> Sequence[str] | None:
        """Give the text at a path, record by record; None unless it is one text in every record."""
        found: list[str] = []
        for part in self._parts:
            texts = part.texts(path)
            if texts is None:
                return None
            found += texts
        return found

    def fingerprints(self, version: bytes) -> list[bytes]:
        """Digest the raw values of each record."""
        return [one for part in self._parts for one in part.fingerprints(version)]

    def row(self, place: int) -> Row:
        """Make the row of one record."""
        part = bisect_right(self._starts, place) - 1
        return self._parts[part].row(place - self._starts[part])

    def rows(self) -> Iterator[Row]:
        """Make every row."""
        for part in self._parts:
            yield from part.rows()

    def kept(self, places: Sequence[int]) -> Kept:
        """Keep some records past the next batch."""
        starts = self._starts
        return kept_parts(
            [
                self._parts[part].kept([place - starts[part] for place in some])
                for part, some in groupby(places, lambda place: bisect_right(starts, place) - 1)
            ]
        )


class Gathering:
    """Puts parts together until there are enough of them for a batch."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._parts: list[RowBatch] = []
        self.room = size
        """Records that the batch under way still takes."""

    def add(self, part: RowBatch) -> None:
        """Take a part that is not larger than the room."""
        self._parts.append(part)
        self.room -= len(part)

    def take(self) -> RowBatch:
        """Give what came together, hold nothing of it, and begin anew."""
        parts, self._parts, self.room = self._parts, [], self._size
        return parts[0] if len(parts) == 1 else Parts(parts)


class Chosen:
    """Some records of a batch, by their places in it."""

    def __init__(self, batch: RowBatch, places: Sequence[int], bad: Sequence[BadRow] = ()) -> None:
        self.bad = bad
        self._batch = batch
        self._places = places

    def __len__(self) -> int:
        """Count the records."""
        return len(self._places)

    def texts(self, path: str) -> Sequence[str] | None:
        """Give the text at a path, record by record; None unless it is one text in every record."""
        texts = self._batch.texts(path)
        return None if texts is None else [texts[place] for place in self._places]

    def fingerprints(self, version: bytes) -> list[bytes]:
        """Digest the raw values of each record."""
        prints = self._batch.fingerprints(version)
        return [prints[place] for place in self._places]

    def row(self, place: int) -> Row:
        """Make the row of one record."""
        return self._batch.row(self._places[place])

    def rows(self) -> Iterator[Row]:
        """Make every row."""
        return map(self._batch.row, self._places)

    def kept(self, places: Sequence[int]) -> Kept:
        """Keep some records past the next batch."""
        return self._batch.kept([self._places[place] for place in places])


def in_batches(rows: Iterable[Row | BadRow], size: int = BATCH) -> Iterator[RowBatch]:
    """Put rows together that come one by one."""
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        good = [row for row in batch if isinstance(row, Row)]
        yield GivenRows(good, () if len(good) == len(batch) else _bad(batch))


def _bad(rows: Iterable[Row | BadRow]) -> list[BadRow]:
    return [row for row in rows if isinstance(row, BadRow)]


def _are_texts(found: Sequence[object]) -> TypeGuard[Sequence[str]]:
    return set(map(type, found)) == {str}
