"""Reading one file of a feed: its rows, and whether header, name and trailer tell the same story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from ...errors import Fault, FileRefused, Position
from ...files import FileName
from ...formats import BadRow, Batched, Counting, Group, Noting, Row, RowBatch, in_batches, text_of
from ...formats.stated import states
from ...mapping import Mapping, Sources

__all__ = ["FeedReader"]


class FeedReader:
    """Rows of one file, checked against what the file says of itself (facts: file-exchange 31, 38).

    Raises FileRefused while reading: cut short, wrong counts, a header that contradicts the name. Nothing
    of such a file may be applied, so plan all rows before applying any.
    """

    def __init__(
        self, mapping: Mapping, stream: BinaryIO, name: FileName, sources: Sources | None = None
    ) -> None:
        """Open a file; `sources` are those of its other inputs, where it has any."""
        self._mapping = mapping
        self._name = name
        beside = Sources(parts=name.parts) if sources is None else sources
        self._reader = mapping.reader(stream, file=name.name, sources=beside)
        self._repaired_before = mapping.repairs.total()
        self._unknown_before = mapping.unknown.copy()
        self.header: Group = self._reader.read_header()
        self._check_header()

    @property
    def repaired(self) -> int:
        """Texts repaired so far, by the feed's rule."""
        return self._mapping.repairs.total() - self._repaired_before

    @property
    def notes(self) -> list[str]:
        """What people should know of the rows, once every row was read and mapped."""
        own = self._reader.notes if isinstance(self._reader, Noting) else []
        return [*own, *self._mapping.notes(self._unknown_before)]

    @property
    def count(self) -> int:
        """Records read so far."""
        return self._reader.count

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield every row; the trailer's count is compared after the last one."""
        yield from self._reader.rows()
        self._check_trailer()

    def batches(self, size: int = 1000, texts: Sequence[str] = ()) -> Iterator[RowBatch]:
        """Yield every record, up to `size` together, in the fastest way its format knows; as `rows`."""
        reader = self._reader
        if isinstance(reader, Batched):
            yield from reader.batches(size, [*self._mapping.spec.key, *texts])
        else:
            yield from in_batches(reader.rows(), size)
        self._check_trailer()

    def _check_trailer(self) -> None:
        path = self._mapping.spec.controls.count
        if path is None:
            return
        told = text_of(self._reader.trailer, path)
        count = self._reader.counted if isinstance(self._reader, Counting) else self._reader.count
        if told is None or not states(told, count):
            raise self._refused(
                "wrong_count",
                path,
                told,
                f"{count}, the records that are in the file",
                "Ask the sender for the file again: lines were lost or added on the way",
                line=self._reader.trailer_line,
            )

    def _check_header(self) -> None:
        controls = self._mapping.spec.controls
        if controls.sequence is not None and self._name.sequence is not None:
            told = text_of(self.header, controls.sequence)
            if told is None or not states(told, self._name.sequence):
                raise self._refused(
                    "header_mismatch",
                    controls.sequence,
                    told,
                    f"sequence {self._name.sequence}, as in the name",
                    "The file was renamed or mixed up: ask the sender which of the two is right",
                )
        if controls.mode is not None and self._name.mode is not None:
            told = text_of(self.header, controls.mode)
            if self._mapping.spec.files.modes.get((told or "").strip()) != self._name.mode:
                raise self._refused(
                    "header_mismatch",
                    controls.mode,
                    told,
                    f"the code of a {self._name.mode} file, as in the name",
                    "Full or delta decides what absence means: ask the sender which it is",
                )

    def _refused(
        self,
        code: str,
        path: str,
        received: str | None,
        expected: str,
        advice: str,
        *,
        line: int | None = None,
    ) -> FileRefused:
        position = Position(self._name.name, line=line, path=path)
        return FileRefused(Fault(code, position, received, expected, advice))
