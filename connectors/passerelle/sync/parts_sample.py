"""The sample of a plan that several processes carry out: what each of them drew, put together again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

import msgspec
from typing_extensions import override

from .fingerprints import encode_record
from .foreign import said
from .job import Job
from .protocols import Change
from .sampling import Sample, Taken

__all__ = ["DrawnRow", "PartSample", "gathered"]

R = TypeVar("R", bound=msgspec.Struct)


class DrawnRow(NamedTuple):
    """A record that was drawn, by its place in the plan; `record` where another one was carried than planned.

    Rows compare as the sample draws: by risk, then by a number that the key alone decides.
    """

    risk: float
    lot: int
    key: str
    seq: int
    record: msgspec.Raw | None


class PartSample(Sample[R]):
    """Draws among the records of one process, and tells what it drew since it was asked last."""

    def __init__(self, job: Job[R]) -> None:
        super().__init__(job)
        self._rows: list[DrawnRow] = []
        self.seqs: dict[str, int] = {}
        """Places of the records that are under way."""

    @override
    def offer(self, key: str, record: R, change: Change, planned: R) -> None:
        super().offer(key, record, change, planned)
        for drawn in self._drawn if key in self._records else ():
            if drawn.key == key:
                other = None if record == planned else msgspec.Raw(encode_record(record))
                self._rows.append(DrawnRow(drawn.risk, drawn.lot, key, self.seqs[key], other))

    def told(self) -> tuple[list[DrawnRow], dict[str, msgspec.Raw | None]]:
        """Give what was drawn since the last time, and of all records those that are not as planned."""
        rows, self._rows = self._rows, []
        other, self._other = self._other, {}
        return rows, {
            key: None if record is None else msgspec.Raw(encode_record(record))
            for key, record in other.items()
        }


class _Gathered(Sample[R]):
    """All records of a plan, but for those that were told to be otherwise."""

    def __init__(self, job: Job[R], other: dict[str, msgspec.Raw | None]) -> None:
        super().__init__(job)
        kind = job.sink.record_type
        self._other = {
            key: None if one is None else msgspec.json.decode(one, type=kind) for key, one in other.items()
        }


class _Drawn(Generic[R]):
    """The riskiest of the records that were drawn."""

    def __init__(self, job: Job[R], rows: Iterable[DrawnRow]) -> None:
        self._job = job
        self._rows = sorted(rows, key=lambda row: row[:3], reverse=True)[: job.verify_sample]

    def __iter__(self) -> Iterator[Taken[R]]:
        job = self._job
        for row in self._rows:
            if row.record is not None:
                yield Taken(row.key, msgspec.json.decode(row.record, type=job.sink.record_type))
                continue
            for item in job.ledger.plans.read(job.run_id, after=row.seq - 1, limit=1):
                change = msgspec.json.decode(item.change or b"null", type=Change | None)
                record = msgspec.json.decode(item.record or b"", type=job.sink.record_type)
                yield Taken(row.key, said(record, change))


def gathered(
    job: Job[R], rows: Iterable[DrawnRow], other: dict[str, msgspec.Raw | None]
) -> Iterable[Taken[R]]:
    """Put together what the processes drew, as one process would have drawn it; the plan must be there."""
    return _Gathered(job, other) if job.verify_all else _Drawn(job, rows)
