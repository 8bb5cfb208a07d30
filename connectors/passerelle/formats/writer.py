"""Writers: what any format offers to an outgoing mapping, and how its texts become bytes."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from .rows import Group

__all__ = ["Replacement", "Writer"]


class Replacement(NamedTuple):
    """A character that the file cannot hold as itself: where it stood, and what was written for it."""

    path: str
    character: str
    written: str


class Writer(Protocol):
    """One file of any format, written once from its start to its end; a context manager.

    Used so: `with open_writer(format, stream) as out:`, then `out.write_header(…)`, `out.write(…)` for each
    record, `out.write_trailer(…)`.
    The same values give the same bytes. Leaving the context after an error leaves the file visibly cut
    short. A format without a header or a trailer writes nothing for it.

    `write`, `write_header`, `write_trailer` and `check` raise `DataError` with every fault of the values
    that the format cannot hold (`too_long` for a fixed column, `not_writable`, …), before any byte of them
    is written, and `ConfigError` when the values have a name for which the format has no place.
    """

    @property
    def counts(self) -> Counter[str]:
        """How many records of each name or record type were written so far, for a trailer."""
        ...

    @property
    def replaced(self) -> list[Replacement]:
        """What the charset cannot hold, and what was written for it."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def check(self, values: Group) -> None:
        """Raise what `write` would raise for a record, and write nothing."""
        ...

    def write_header(self, values: Group) -> None:
        """Write what the file says of itself at its start; called once, before any record."""
        ...

    def write(self, values: Group) -> None:
        """Write one record."""
        ...

    def write_trailer(self, values: Group) -> None:
        """Write what the file says of itself at its end; called once, behind the last record."""
        ...
