"""Firing: mutated files read one after the other, each within its time, all within the memory."""

from __future__ import annotations

import io
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import msgspec

from passerelle.errors import DataError, FileRefused
from passerelle.formats import Row
from passerelle.mapping import Mapping
from tests.memory import high_water

from .cases import Case
from .mutations import mutate
from .packing import PackedCase

__all__ = ["Tally", "fire"]

#: No file may take longer (seconds of work: a machine that is busy elsewhere is no fault of a reader).
PATIENCE = 2.0
#: Nor may it wait for anything (seconds of the clock).
STANDSTILL = 30.0


class Hang(BaseException):
    """A file took longer than its time; no Exception, so that nothing on the way catches it."""


class Tally(msgspec.Struct):
    """What came of the files of one case; `broken` names those that broke a rule, and how."""

    case: str
    files: int = 0
    refused: int = 0
    rows: int = 0
    mapped: int = 0
    quarantined: int = 0
    slowest: float = 0.0
    peak_mb: float = 0.0
    broken: list[str] = msgspec.field(default_factory=list)


def fire(case: Case | PackedCase, files: int, *, first: int = 0, keep: Path | None = None) -> Tally:
    """Read the mutated files `first` to `first + files`; those that break a rule are kept in `keep`."""
    tally = Tally(case.name)
    seeds = case.seeds()
    mapping = None if isinstance(case, PackedCase) else case.mapping()
    signal.signal(signal.SIGPROF, _give_up)
    signal.signal(signal.SIGALRM, _give_up)
    for number in range(first, first + files):
        content = mutate(seeds, number)
        start = time.process_time()
        fault: str | None = None
        signal.setitimer(signal.ITIMER_PROF, PATIENCE)
        signal.setitimer(signal.ITIMER_REAL, STANDSTILL)
        try:
            if isinstance(case, PackedCase):
                fault = _unpack(case, content, tally)
            elif mapping is not None:
                fault = _read(mapping, content, tally)
        except Hang:
            fault = f"took longer than {PATIENCE} s"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            fault = f"{type(error).__name__}: {error}"
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
        tally.slowest = max(tally.slowest, time.process_time() - start)
        tally.files += 1
        if fault is not None:
            tally.broken.append(f"{case.name} {number}: {fault[:300]}")
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{case.name}-{number}").write_bytes(content)
    tally.peak_mb = high_water() / 2**20
    return tally


def _read(mapping: Mapping, content: bytes, tally: Tally) -> str | None:
    """Read one file to its end, or to its refusal; say which rule it broke."""
    reader = mapping.reader(io.BytesIO(content), file="mutated")
    rows = mapped = quarantined = 0
    state: Literal["read", "refused"] = "read"
    try:
        header = reader.read_header()
        for row in reader.rows():
            rows += 1
            if _is_mapped(mapping, row, header):
                mapped += 1
            else:
                quarantined += 1
    except FileRefused as error:
        state = "refused"
        if not error.fault.expected:
            return f"refused without saying what was expected: {error}"
    tally.rows += rows
    tally.mapped += mapped
    tally.quarantined += quarantined
    tally.refused += state == "refused"
    if state == "read" and reader.count != rows:
        return f"the reader counted {reader.count} records and gave {rows}"
    return None


def _unpack(case: PackedCase, content: bytes, tally: Tally) -> str | None:
    """Unpack one file; its members count as records that are mapped."""
    members, refused, fault = case.read(content)
    tally.rows += members
    tally.mapped += members
    tally.refused += refused
    return fault


def _is_mapped(mapping: Mapping, row: Any, header: dict[str, Any]) -> bool:
    if not isinstance(row, Row):
        return False
    try:
        mapping.key(row)
        mapping.record(row, file="mutated", header=header)
    except DataError:
        return False
    return True


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise Hang
