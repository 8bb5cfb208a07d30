"""Read a row twice: quickly and carefully; both must agree."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from passerelle.errors import DataError, Position
from passerelle.formats import Group, Row
from passerelle.mapping import Mapping
from passerelle.mapping.fields import FAULTY, Scope

__all__ = ["faults", "read"]


def read(mapping: Mapping, values: Group, header: Group | None = None) -> Any:
    """Map a row as the library does, and compare with the careful reading."""
    record = mapping.record(Row(values, 1, 1), file="f", header=header)
    scope = Scope(copy.deepcopy(values), Position("f", 1, 1), header or {})
    careful = mapping._record.careful(scope)  # noqa: SLF001  # the reference that the quick one must agree with
    mapping._doctor.forget()  # noqa: SLF001  # as above
    mapping._misses.forget()  # noqa: SLF001  # as above
    assert careful is not FAULTY
    assert record == careful
    return record


def faults(mapping: Mapping, values: Group, header: Group | None = None) -> dict[str | None, str]:
    """Map a row that must fail; gives the fault codes by path."""
    with pytest.raises(DataError) as caught:
        mapping.record(Row(values, 7, 99), file="f", header=header)
    return {fault.position.path: fault.code for fault in caught.value.faults}
