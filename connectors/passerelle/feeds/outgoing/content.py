"""Content of what leaves: records as one file, or as the body of one request, and what it could not hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO

from ...ledger import Content, Ledger
from ...mapping import OutgoingMapping
from ...records import Order, OrderRequest
from ..orders.remarks import OrderRemarks
from .names import FileNames, attempt_name, record_key

__all__ = ["OutgoingContent"]


class OutgoingContent:
    """Writes records by the mapping of a feed; by HTTP each is a content of its own, named by its key."""

    def __init__(self, ledger: Ledger, mapping: OutgoingMapping, remarks: OrderRemarks) -> None:
        self._ledger = ledger
        self._mapping = mapping
        self._remarks = remarks
        self._names = FileNames(mapping)
        self._by_http = mapping.spec.http is not None
        #: Whether each record leaves by itself.
        self.is_single = mapping.one_record_a_file or self._by_http

    def of(self, records: Sequence[Order | OrderRequest], now: datetime) -> Callable[[int], Content]:
        """What makes the content of these records once its number is known, as the outbox asks for it."""
        key = record_key(records[0])
        is_again = self._by_http and self._ledger.outbox.get(self._mapping.feed, key) is not None

        def build(sequence: int) -> Content:
            buffer = BytesIO()
            written = self._mapping.write(records, buffer, sequence=sequence, written_at=now)
            for table, what in written.unknown:
                self._remarks.add(f"{table} does not know {what!r}", f"file number {sequence}")
            for lost in written.lost:
                self._remarks.add(
                    f"{lost.path}: the file cannot hold {lost.character!r}, {lost.written} stands for it",
                    f"file number {sequence}",
                )
            if self._by_http:
                return Content(attempt_name(key, sequence if is_again else None), buffer.getvalue())
            return Content(self._names.name(sequence, now), buffer.getvalue())

        return build
