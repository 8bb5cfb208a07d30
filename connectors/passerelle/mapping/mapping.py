"""A mapping: one feed's meaning, compiled once: raw rows in, canonical records out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

import msgspec

from ..errors import DataError, Position
from ..formats import Group, Reader, Row, RowBatch
from .assembly import AssembledReader, Assembly, Sources
from .codes import CodeTable
from .compiling import all_sources, raw_paths
from .entities import ENTITIES
from .fields import FAULTY, Field, Leaf, Record, Scope
from .generated import Code
from .keys import UNUSUAL, Keys
from .misses import Misses
from .opening import open_reader
from .origins import AssembledRow
from .paths import ABSENT, Source, pseudo_names
from .repair import TextDoctor
from .spec import AssemblySpec, MappingSpec
from .unreadable import Unreadable

__all__ = ["Mapping"]

#: Part of every mapping's version: raised when the same YAML begins to give other records.
ENGINE = "1"


class Mapping:
    """What one feed's rows mean; made by `load_mapping`.

    `version` tells two meanings apart: a record that was mapped under the same version needs no mapping.
    It covers what decides about records (entity, format, repair, key, fields, code tables), not the guard,
    the folder or the target. `paths` are the raw paths that are read. `fields` are the compiled fields by
    name. `repairs` counts repaired texts by raw path. `pseudo_names` are the names such as `#ordinal` or
    `#file.language` that must stand in a row's values although no file brings them. `assembly` says how
    several rows become one before they are read (None: each row is a record).
    """

    def __init__(
        self,
        spec: MappingSpec,
        *,
        file: str,
        record: Record,
        keys: tuple[Leaf, ...],
        tables: dict[str, CodeTable],
        doctor: TextDoctor,
        assembly: Assembly | None = None,
        misses: Misses | None = None,
    ) -> None:
        self.spec = spec
        self.assembly = assembly
        self.file = file
        self.feed = spec.feed
        self.entity = spec.entity
        self.record_type: type[msgspec.Struct] = ENTITIES[spec.entity]
        self.creates = spec.creates
        self.version_bytes = _version(spec, tables)
        self.version = self.version_bytes.hex()
        self.tables = tables
        sources = all_sources(record)
        self._header_sources = {source.text: source for source in sources if source.in_header}
        self.pseudo_names = pseudo_names([*sources, *(source for leaf in keys for source in leaf.sources)])
        self._record = record
        self._keys = Keys(keys, feed=spec.feed)
        self._doctor = doctor
        self._misses = Misses() if misses is None else misses
        self.paths: tuple[str, ...] = tuple(dict.fromkeys([*raw_paths(record), *self._keys.paths]))
        self._fast: Callable[[Group, Group], Any] = _fast_record(
            # A reader that is asked for one attribute brings them all.
            record,
            attributed=assembly is not None or any("@" in path or "#text" in path for path in self.paths),
        )

    @property
    def fields(self) -> dict[str, Field]:
        """The compiled fields of the record by what they fill."""
        return {field.to: field for field in self._record.fields}

    @property
    def repairs(self) -> Counter[str]:
        """How many texts were repaired so far, by raw path."""
        return self._doctor.counts

    @property
    def unknown(self) -> Counter[tuple[str, str]]:
        """What was not known and gone on without, so far: codes by table, names and languages by field."""
        return self._misses.counts

    def version_under(self, header: Group) -> bytes:
        """Tell meanings apart file by file: the version, and what the fields read of this file's header."""
        if not self._header_sources:
            return self.version_bytes
        read = [_read(source, header) for _, source in sorted(self._header_sources.items())]
        return hashlib.blake2b(self.version_bytes + msgspec.json.encode(read), digest_size=16).digest()

    def reader(self, stream: BinaryIO, *, file: str, sources: Sources | None = None) -> Reader:
        """Open a reader for one of this feed's files, told which paths will be read.

        `sources` are the files of the other inputs, where the feed has any (see `assembly`).
        """
        if self.assembly is None:
            return open_reader(self.spec.format, stream, file=file, paths=self.paths)
        main = open_reader(self.spec.format, stream, file=file)
        return AssembledReader(self.assembly, main, file=file, sources=sources)

    def keys(self, rows: Sequence[Row], *, file: str = "") -> list[str | DataError]:
        """Name many source records at once, in their order; a record without a key gives its error."""
        return self._keys.many(rows, file=file)

    def keys_of(self, batch: RowBatch, *, file: str = "") -> list[str | DataError]:
        """Name the records of a batch as `keys` does, without making rows of them where that is possible."""
        return self._keys.of(batch, file=file)

    def key(self, row: Row, *, file: str = "") -> str:
        """Name the source record by its raw values; the same record has the same key in every file.

        Raises:
            DataError: a part of the key is absent or empty.
        """
        return self._keys.one(row, file=file)

    def record(self, row: Row, *, file: str = "", header: Group | None = None) -> Any:
        """Map one row to its canonical record.

        Raises:
            DataError: all faults of the record, each with file, line, record and path.
        """
        doctor = self._doctor
        if self.assembly is not None and isinstance(row, AssembledRow) and row.faults:
            raise DataError(row.faults, record_key=self._known_key(row))
        try:
            record = self._fast(row.values, header or {})
        except UNUSUAL:
            doctor.pending.clear()
            self._misses.forget()
            record = self._careful(row, file, header or {})
        if doctor.pending:
            doctor.settle()
        if self._misses.pending:
            self._misses.settle()
        return record

    def _careful(self, row: Row, file: str, header: Group) -> Any:
        scope = Scope(row.values, Position(file or self.feed, row.ordinal, row.line), header)
        record = self._record.careful(scope)
        if record is FAULTY:
            self._doctor.settle()
            self._misses.settle()
            raise DataError(tuple(scope.faults), record_key=self._known_key(row)) from None
        return record

    def _known_key(self, row: Row) -> str | None:
        try:
            return self.key(row)
        except DataError:
            return None


def _read(source: Source, header: Group) -> Any:
    try:
        found = source.find_all(header)
    except Unreadable:
        # Every record that reads it has a fault; whatever the header holds tells files apart.
        return header
    return None if found is ABSENT else found


def _fast_record(record: Record, *, attributed: bool) -> Callable[[Group, Group], Any]:
    code = Code()
    code.attributed = attributed
    result = record.emit(code, ["v0"])
    code.line(f"return {result}")
    return code.function("record", "v0, header")


def _version(spec: MappingSpec, tables: dict[str, CodeTable]) -> bytes:
    meaning = spec.model_dump(
        mode="json", include={"entity", "format", "repair", "key", "fields", "codes", "creates"}
    )
    if spec.inputs or AssemblySpec.model_fields.keys() & spec.model_fields_set:
        meaning["assembly"] = spec.model_dump(
            mode="json",
            include={*AssemblySpec.model_fields, "inputs"},
            exclude={"inputs": {"__all__": {"files"}}},
        )
    digest = hashlib.blake2b(ENGINE.encode(), digest_size=16)
    digest.update(msgspec.json.encode(meaning, order="deterministic"))
    for name in sorted(tables):
        digest.update(name.encode() + tables[name].digest)
    return digest.digest()
