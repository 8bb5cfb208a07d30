"""Tracing: the careful reading of a record, watched: which texts it asked for, what each function made.

Nothing here knows what a mapping means. The compiled fields are copied with a watcher in the place of each
pipeline and condition, and are then read as the mapping itself reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import Position
from ..formats import Group, Row
from ..mapping import Mapping, load_incoming
from ..mapping.fields import FAULTY, Scope
from ..mapping.origins import AssembledRow
from .trace_log import FieldTrace, Log
from .watchers import watched_record

__all__ = ["Tracer"]


class Tracer:
    """Reads records of one mapping and tells field by field how.

    It loads the mapping again: what is read only to be told must not count as repaired or unknown.
    """

    def __init__(self, mapping: Mapping) -> None:
        self._log = Log()
        self._record = watched_record(load_incoming(Path(mapping.file)).compiled, self._log)

    def trace(self, row: Row, *, file: str, header: Group) -> tuple[Any, list[FieldTrace]]:
        """Give the canonical record (None when it has faults), and every field in the order of reading."""
        self._log.start(row)
        scope = Scope(row.values, Position(file, row.ordinal, row.line), header)
        record = self._record.careful(scope)
        made_badly = isinstance(row, AssembledRow) and row.faults
        faulty = record is FAULTY or bool(scope.faults) or made_badly
        return None if faulty else record, self._log.fields
