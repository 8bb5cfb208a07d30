"""Outgoing mappings: canonical records to the file that a partner expects, in the words of incoming ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from ...errors import DataError
from ...formats import Group, Replacement, Writer
from ..codes import CodeTable
from ..opening import open_writer
from ..spec import OutgoingSpec
from .nodes import Branch
from .page import Page, Scope
from .paths import Around
from .records import Sheet, Totals
from .values import Addend

__all__ = ["OutgoingMapping", "Written"]

#: What `tree` and `check` put where a record speaks of its file, before there is one.
_UNSENT = Sheet(1, datetime(2000, 1, 1, tzinfo=UTC))


class Written(NamedTuple):
    """A written file: how many records, the trailer as written, and what the file could not hold."""

    records: int
    trailer: Group
    replaced: tuple[Replacement, ...]
    #: What code tables did not know and were told to go on without: the table, what it does not know.
    unknown: tuple[tuple[str, str], ...] = ()

    @property
    def lost(self) -> tuple[Replacement, ...]:
        """What was replaced by something else; a character reference (`&#339;`) loses nothing."""
        return tuple(one for one in self.replaced if not one.written.startswith("&#"))


class OutgoingMapping:
    """How one kind of record is written for a partner; made by `load_mapping`."""

    def __init__(
        self,
        spec: OutgoingSpec,
        *,
        file: str,
        header: Branch,
        fields: Branch,
        trailer: Branch,
        addends: tuple[Addend, ...] = (),
        tables: Iterable[CodeTable] = (),
    ) -> None:
        self._misses = [table.misses for table in tables]
        self.spec = spec
        self.file = file
        self.feed = spec.feed
        self.entity = spec.entity
        self._header = header
        self._fields = fields
        self._trailer = trailer
        self._addends = addends

    @property
    def one_record_a_file(self) -> bool:
        """True when the format has room for a single record: an XML document whose root is the record."""
        xml = self.spec.format.xml
        return xml is not None and xml.record.strip("/").count("/") == 0

    def tree(self, record: Any, *, name: str = "", sheet: Sheet = _UNSENT, ordinal: int = 1) -> Group:
        """Turn a record into the values of its element, as a reader of the file would bring them.

        `name` is what faults call the record; `sheet` and `ordinal` are what it may say of its file.

        Raises:
            DataError: everything that the partner requires and the record does not have.
        """
        return self._tree(record, Page(name or self._name(record)), sheet, ordinal)

    def check(self, record: Any, *, name: str = "") -> Group:
        """Find out whether a record can be written: all it needs is there, and all of it fits the format.

        Raises:
            DataError: everything that is missing, or everything that the format cannot hold (a character, a
                text that is too long for its column).
        """
        values = self.tree(record, name=name)
        with _Calling(name or self._name(record)):
            self._writer(BytesIO()).check(values)
        return values

    def write(
        self, records: Iterable[Any], stream: BinaryIO, *, sequence: int, written_at: datetime
    ) -> Written:
        """Write a whole file: header, records, trailer. The same records give the same bytes.

        Raises:
            DataError: one of the records lacks something or does not fit (ask `check` for each first).
        """
        for misses in self._misses:
            misses.pending.clear()
        sheet = Sheet(sequence, written_at)
        sums = [Decimal(0)] * len(self._addends)
        count = 0
        with self._writer(stream) as out:
            out.write_header(self._group(self._header, sheet, sheet))
            for count, record in enumerate(records, 1):
                name = self._name(record)
                values = self._tree(record, Page(name), sheet, count)
                with _Calling(name):
                    out.write(values)
                around = Around((record,), sheet, count)
                for place, (path, added) in enumerate(self._addends):
                    sums[place] += added(path.read(around))
            trailer = self._group(self._trailer, _totals(sheet, count, out), sheet, tuple(sums))
            out.write_trailer(trailer)
        unknown = tuple(one for misses in self._misses for one in misses.pending)
        return Written(count, trailer, tuple(out.replaced), unknown)

    def _writer(self, stream: BinaryIO) -> Writer:
        return open_writer(self.spec.format, stream, file=self.feed, replace=self.spec.unfit == "replace")

    def _tree(self, record: Any, page: Page, sheet: Sheet, ordinal: int) -> Group:
        values, _ = self._fields.tree(Scope(page, Around((record,), sheet, ordinal)))
        if page.faults:
            raise DataError(tuple(page.faults), record_key=page.name)
        return values

    def _group(
        self, branch: Branch, record: Sheet | Totals, sheet: Sheet, sums: tuple[Decimal, ...] = ()
    ) -> Group:
        page = Page(self.feed, sums)
        values, _ = branch.tree(Scope(page, Around((record,), sheet, 0)))
        if page.faults:
            raise DataError(tuple(page.faults))
        return values

    def _name(self, record: Any) -> str:
        number = getattr(record, "order_number", None) or getattr(record, "key", None)
        return f"{self.entity} {number or '?'}"


def _totals(sheet: Sheet, count: int, out: Writer) -> Totals:
    before = sum(out.counts.values())
    return Totals(sheet.sequence, sheet.written_at, count, before + 1, before)


class _Calling:
    """Says of which record the faults of a writer are."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DataError):
            faults = tuple(
                fault._replace(position=fault.position._replace(file=self._name)) for fault in error.faults
            )
            raise DataError(faults, record_key=self._name) from error
